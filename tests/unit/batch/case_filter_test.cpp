#include "radbatch/batch/case_filter.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "error_text.hpp"
#include "radbatch/base/atomic_file.hpp"
#include "temporary_folder.hpp"

using namespace radbatch;
using namespace radbatch::test;
using Ids = std::vector<std::string>;

namespace {

std::vector<Case> cases(const Ids& ids) {
  std::vector<Case> made;
  for (const std::string& id : ids) made.emplace_back().id = id;
  return made;
}

const std::vector<Case> five = cases({"apple", "banana", "cherry", "chestnut", "date"});

Ids left(const RunOptions& options, const std::vector<Case>& from = five) {
  return ids_of(filtered(from, options));
}

}  // namespace

TEST_CASE("only and exclude take ids, unique prefixes and files with one a line") {
  const TemporaryFolder folder;
  write_file_atomically(folder / "ids.txt", "date\r\n\nbanana\n");
  RunOptions options;
  CHECK(left(options) == ids_of(five));
  options.only = {"cher", "@" + (folder / "ids.txt").string()};
  CHECK(left(options) == Ids{"banana", "cherry", "date"});
  options.exclude = {"b"};
  CHECK(left(options) == Ids{"cherry", "date"});
  options.only.clear();
  CHECK(left(options) == Ids{"apple", "cherry", "chestnut", "date"});
}

TEST_CASE("an id that no case has is an error that names the option") {
  RunOptions options;
  options.only = {"chery"};
  CHECK(error_of([&] { left(options); }) == "2: --only: no case begins with 'chery' [did you mean cherry?]");
  options.only = {"che"};
  CHECK(error_of([&] { left(options); }) == "2: --only: 2 cases begin with 'che': cherry, chestnut");
  options.only.clear();
  options.exclude = {"@/nowhere/ids"};
  CHECK(error_of([&] { left(options); }) ==
        "2: --exclude: cannot read /nowhere/ids: No such file or directory");
}

TEST_CASE("a limit takes the first by id") {
  RunOptions options;
  options.limit = 2;
  CHECK(left(options) == Ids{"apple", "banana"});
  options.limit = 9;
  CHECK(left(options).size() == 5);
  options.limit = 0;
  CHECK(left(options).empty());
}

TEST_CASE("a sample depends on the seed and the ids, not on the order or on other cases") {
  RunOptions options;
  options.sample = 2;
  std::vector<Case> reversed(five.rbegin(), five.rend());
  Ids sample = left(options), other_way = left(options, reversed);
  std::ranges::sort(other_way);
  CHECK(sample.size() == 2);
  CHECK(sample == other_way);
  options.sample = 3;
  const Ids larger = left(options);
  CHECK(std::ranges::includes(larger, sample));
  bool differs = false;
  for (options.seed = 1; options.seed < 10; ++options.seed) differs = differs || left(options) != larger;
  CHECK(differs);
}

TEST_CASE("what was chosen comes back from the record of a shard, lists as ids") {
  const TemporaryFolder folder;
  write_file_atomically(folder / "ids.txt", "apple\n");
  RunOptions options, restored;
  options.only = {"@" + (folder / "ids.txt").string()};
  options.exclude = {"date"};
  options.limit = 3;
  options.seed = 7;
  CHECK(canonical(filter_json(options)) ==
        R"({"exclude":["date"],"limit":3,"only":["apple"],"sample":null,"seed":7})");
  apply_filter_json(filter_json(options), restored);
  CHECK(filter_json(restored) == filter_json(options));
  CHECK_FALSE(restored.sample.has_value());
}

TEST_CASE("every case is in exactly one shard") {
  for (const Case& one : five) {
    int times = 0;
    for (std::size_t i = 0; i < 3; ++i) times += is_in_shard(one, {i, 3});
    CHECK(times == 1);
    CHECK(is_in_shard(one, {0, 1}));
  }
}
