#include "radbatch/batch/outcomes.hpp"

#include <doctest/doctest.h>

#include "error_text.hpp"
#include "radbatch/base/atomic_file.hpp"
#include "radbatch/batch/journal_reader.hpp"
#include "temporary_folder.hpp"

using namespace radbatch;
using namespace radbatch::test;

namespace {

CaseOutcome outcome(const std::string& id, Status status, const std::string& detail = "") {
  CaseOutcome one;
  one.case_id = id;
  one.status = status;
  one.detail = detail;
  one.fingerprint = "now";
  if (status == Status::failed) one.reason = Reason::io;
  return one;
}

}  // namespace

TEST_CASE("an outcome is read back from where the journal put it") {
  const TemporaryFolder folder;
  JournalWriter journal(folder.path(), "1of1");
  Outcomes outcomes;
  for (const std::string id : {"b", "a", "c"})
    outcomes.put(id, Status::done, journal.append(outcome(id, Status::done, "of " + id)));
  CHECK(outcomes.at("a").detail == "of a");
  CHECK(outcomes.at("c").detail == "of c");
  outcomes.put("a", Status::failed, journal.append(outcome("a", Status::failed, "again")));
  CHECK(outcomes.at("a").detail == "again");
  CHECK(outcomes.status("a") == Status::failed);
  CHECK(outcomes.size() == 3);
}

TEST_CASE("of several journals the best outcome of a case is read back, as read_journals has it") {
  const TemporaryFolder folder;
  const auto keep = [&](const std::string& file, const CaseOutcome& one) {
    write_file_atomically(folder / file, journal_line(to_json(one)) + "{\"crc\":\"torn");
  };
  keep("1.ndjson", outcome("x", Status::done, "first"));
  keep("2.ndjson", outcome("x", Status::failed, "later, and worse"));
  keep("3.ndjson", outcome("y", Status::failed, "only one"));
  const Outcomes outcomes(folder.path());
  for (const auto& [id, best] : read_journals(folder.path()))
    CHECK(to_json(outcomes.at(id)) == to_json(best));
  CHECK(outcomes.at("x").detail == "first");
  CHECK(outcomes.size() == 2);
}

TEST_CASE("more journals than may be open at once are read back") {
  const TemporaryFolder folder;
  for (int i = 0; i < 200; ++i) {
    const std::string id = std::to_string(i);
    write_file_atomically(folder / (id + ".ndjson"), journal_line(to_json(outcome(id, Status::done, id))));
  }
  const Outcomes outcomes(folder.path());
  for (int i = 0; i < 200; ++i) CHECK(outcomes.at(std::to_string(i)).detail == std::to_string(i));
}

TEST_CASE("a case without outcome is interrupted") {
  const Outcomes none;
  CHECK(none.status("x") == Status::interrupted);
  CHECK(none.at("x").reason == Reason::interrupted);
  CHECK(!none.contains("x"));
}

TEST_CASE("a record that is no longer there is an error that names the case") {
  const TemporaryFolder folder;
  write_file_atomically(folder / "1.ndjson", journal_line(to_json(outcome("x", Status::done))));
  const Outcomes outcomes(folder.path());
  write_file_atomically(folder / "1.ndjson", "something else");
  CHECK(error_of([&] { outcomes.at("x"); }) == "E_IO: the record of x is no longer in 1.ndjson");
}

TEST_CASE("the newest sitting of a shard is found, whatever others did since") {
  const auto sitting = [](std::size_t index, std::size_t count, int cases) {
    return Json{{"shard", {{"index", index}, {"count", count}}}, {"cases", cases}};
  };
  const std::vector<Json> sittings{sitting(0, 2, 1), sitting(0, 2, 2), sitting(1, 2, 3), sitting(0, 3, 4)};
  CHECK(last_sitting(sittings, {0, 2})->at("cases") == 2);
  CHECK(last_sitting(sittings, {1, 2})->at("cases") == 3);
  CHECK(!last_sitting(sittings, {1, 3}));
}
