#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>

#include <atomic>
#include <cerrno>
#include <future>

#include "error_text.hpp"
#include "radbatch/base/atomic_file.hpp"
#include "radbatch/batch/journal_reader.hpp"
#include "temporary_folder.hpp"

using namespace radbatch;
using namespace radbatch::test;
namespace fs = std::filesystem;
using Fingerprints = std::map<std::string, std::string>;

namespace {

CaseOutcome outcome(const std::string& id, Status status, const std::string& fingerprint,
                    const std::string& detail = {}) {
  CaseOutcome made;
  made.case_id = id;
  made.status = status;
  if (status == Status::refused) made.reason = Reason::spacing;
  if (status == Status::failed) made.reason = Reason::io;
  made.fingerprint = fingerprint;
  made.detail = detail;
  return made;
}

std::string line(const CaseOutcome& one) {
  return journal_line(to_json(one));
}

/// What counts of two records, whichever of two journals holds which.
std::string best_of(const CaseOutcome& a, const CaseOutcome& b, const Fingerprints& now = {}) {
  std::string details;
  for (const auto& [first, second] : {std::pair(a, b), std::pair(b, a)}) {
    const TemporaryFolder folder;
    write_file_atomically(folder / "1.ndjson", line(first));
    write_file_atomically(folder / "2.ndjson", line(second));
    details += read_journals(folder.path(), now).at("x").detail;
  }
  return details;
}

fs::path only_file(const TemporaryFolder& folder) {
  return fs::directory_iterator(folder.path())->path();
}

}  // namespace

TEST_CASE("the bytes of a journal line") {
  // printf '{"case_id":"a"}' | crc32
  CHECK(journal_line({{"case_id", "a"}}) == "{\"crc\":\"05da7a29\",\"record\":{\"case_id\":\"a\"}}\n");
}

TEST_CASE("an outcome comes back from its line") {
  CaseOutcome made = outcome("study-1", Status::refused, "f", "spacing 9 mm, \"1 to 5\" 胸");
  made.n_files = 3;
  made.n_inputs = 1;
  made.missing_inputs = {"t1"};
  made.content_key = "c";
  made.result_key = "r";
  made.flags = {"W_MISSING_SLICES"};
  made.result = {{"scores", {0.1, 1.0 / 3}}};
  made.story = {{"steps", {"Spacing"}}};
  made.seconds = {{"prepare", 0.25}};
  const std::string text = line(made);
  CHECK(to_json(outcome_from_json(record_of(text.substr(0, text.size() - 1)))) == to_json(made));
}

TEST_CASE("a line that is torn anywhere or has one bit changed does not count") {
  std::string text = line(outcome("a", Status::done, "f"));
  text.pop_back();
  REQUIRE(record_of(text).is_object());
  std::size_t believed = 0;
  for (std::size_t n = 0; n < text.size(); ++n) believed += !record_of(text.substr(0, n)).is_null();
  for (std::size_t bit = 0; bit < 8 * text.size(); ++bit) {
    std::string damaged = text;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    believed += !record_of(damaged).is_null();
  }
  CHECK(believed == 0);
}

TEST_CASE("a torn last line and damaged lines cost only themselves") {
  const TemporaryFolder folder;
  const std::string a = line(outcome("a", Status::done, "f")), b = line(outcome("b", Status::done, "f"));
  std::string flipped = line(outcome("c", Status::done, "f"));
  flipped[40] ^= 1;
  write_file_atomically(folder / "x.ndjson",
                        a + "\n" + flipped + b + line(outcome("d", Status::done, "f")).substr(0, 60));
  write_file_atomically(folder / "x.txt", line(outcome("e", Status::done, "f")));
  const auto best = read_journals(folder.path());
  REQUIRE(best.size() == 2);
  CHECK(best.contains("a"));
  CHECK(best.contains("b"));
  CHECK(read_journals(folder / "none").empty());
}

TEST_CASE("of several records the one for today's files counts, then done, then refused, then failed") {
  const CaseOutcome done = outcome("x", Status::done, "old", "done;"),
                    refused = outcome("x", Status::refused, "old", "refused;");
  const CaseOutcome failed = outcome("x", Status::failed, "new", "failed;");
  CHECK(best_of(done, refused) == "done;done;");
  CHECK(best_of(refused, failed) == "refused;refused;");
  CHECK(best_of(done, failed) == "done;done;");
  CHECK(best_of(done, failed, {{"x", "new"}}) == "failed;failed;");
  CHECK(best_of(done, refused, {{"x", "other"}}) == "done;done;");
  CHECK(best_of(done, failed, {{"y", "new"}}) == "done;done;");
}

TEST_CASE("of equals the later record counts") {
  CaseOutcome first = outcome("x", Status::done, "f", "1"), second = outcome("x", Status::done, "f", "2");
  const TemporaryFolder folder;
  write_file_atomically(folder / "x.ndjson", line(first) + line(second));
  CHECK(read_journals(folder.path()).at("x").detail == "2");
}

TEST_CASE("a writer makes its file at the first record, after what it says of itself") {
  const TemporaryFolder folder;
  {
    JournalWriter journal(folder / "journal", "1of1");
    journal.describe({{"host", "h"}});
    CHECK_FALSE(fs::exists(folder / "journal"));
    journal.append(outcome("a", Status::done, "f"));
    journal.append(outcome("b", Status::failed, "f"));
    journal.sync(true);
  }
  CHECK(read_journals(folder / "journal").size() == 2);
  const std::vector<Json> sittings = read_sittings(folder / "journal");
  REQUIRE(sittings.size() == 1);
  CHECK(sittings[0]["host"] == "h");
  CHECK(sittings[0]["started_ns"].get<std::int64_t>() > 1'700'000'000'000'000'000);
  CHECK(fs::directory_iterator(folder / "journal")->path().filename().string().starts_with("1of1-"));
}

TEST_CASE("a record is at most 64 KiB: the story is left out first") {
  const TemporaryFolder folder;
  CaseOutcome long_story = outcome("a", Status::done, "f");
  long_story.result = {{"score", 0.5}};
  long_story.story = {{"steps", std::string(70000, 'x')}};
  JournalWriter journal(folder.path(), "1of1");
  journal.append(long_story);
  CHECK(fs::file_size(only_file(folder)) < MAX_RECORD_BYTES);
  const CaseOutcome read = read_journals(folder.path()).at("a");
  CHECK(read.result == Json{{"score", 0.5}});
  CHECK(read.story == Json{{"left_out", "longer than a journal record may be"}});
}

TEST_CASE("a full disk ends the run, and the torn line is taken back") {
  const TemporaryFolder folder;
  JournalWriter journal(folder.path(), "1of1");
  journal.append(outcome("a", Status::done, "f"));
  const auto size = fs::file_size(only_file(folder));
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{size + 20, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  const std::string said = error_of([&] { journal.append(outcome("b", Status::done, "f")); });
  ::setrlimit(RLIMIT_FSIZE, &before);
  CHECK(said ==
        "7: cannot write the journal: File too large [free space or choose another folder; what is committed "
        "stays good, "
        "run the same command again]");
  CHECK(fs::file_size(only_file(folder)) == size);
  journal.append(outcome("c", Status::done, "f"));
  CHECK(read_journals(folder.path()).size() == 2);
}

TEST_CASE("a slow disk holds up neither records nor the loop; the last fsync is waited for") {
  const TemporaryFolder folder;
  std::promise<void> disk;
  const std::shared_future<void> is_free = disk.get_future().share();
  std::atomic<int> n = 0;
  const auto slow = [&](int) {
    is_free.wait();
    ++n;
    return 0;
  };
  JournalWriter journal(folder.path(), "1of1", {slow, std::chrono::milliseconds(0)});
  for (const char* id : {"a", "b", "c"}) journal.append(outcome(id, Status::done, "f"));
  CHECK(read_journals(folder.path()).size() == 3);
  CHECK(n == 0);
  disk.set_value();
  journal.sync(true);
  CHECK(n == 2);  // one began with the first record; one more has what came after it
}

TEST_CASE("an fsync that failed ends the run at the next record, and whenever it is asked again") {
  const TemporaryFolder folder;
  JournalWriter journal(folder.path(), "1of1", {[](int) { return ENOSPC; }, std::chrono::hours(1)});
  journal.append(outcome("a", Status::done, "f"));
  const std::string text = "7: cannot save the journal: No space left on device";
  CHECK(error_of([&] { journal.sync(true); }) == text);
  CHECK(error_of([&] { journal.append(outcome("b", Status::done, "f")); }) == text);
  CHECK(error_of([&] { journal.sync(); }) == text);
}
