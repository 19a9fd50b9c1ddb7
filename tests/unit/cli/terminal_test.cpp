#include "radbatch/cli/terminal.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <functional>

#include "error_text.hpp"
#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/file_descriptor.hpp"
#include "radbatch/base/json.hpp"
#include "temporary_folder.hpp"

using namespace radbatch;
using namespace radbatch::test;

namespace {

/// What arrives on a descriptor while `act` runs.
std::string written_to(int fd, const std::function<void()>& act) {
  const FileDescriptor original(::dup(fd)), file(::memfd_create("captured", MFD_CLOEXEC));
  std::fflush(nullptr);
  ::dup2(file.get(), fd);
  act();
  std::fflush(nullptr);
  ::dup2(original.get(), fd);
  return read_file("/proc/self/fd/" + std::to_string(file.get()));
}

std::string shown(const TerminalOptions& options, const std::function<void(Terminal&)>& act) {
  return written_to(STDERR_FILENO, [&] {
    Terminal terminal("radbatch-test", options);
    act(terminal);
  });
}

void say_everything(Terminal& terminal) {
  terminal.info("3 cases");
  terminal.detail("study-1: refused");
  terminal.warning("odd");
}

}  // namespace

TEST_CASE("messages go to standard error, as many as were asked for") {
  CHECK(shown({}, say_everything) == "radbatch-test: 3 cases\nradbatch-test: warning: odd\n");
  CHECK(shown({.quiet = true}, say_everything) == "radbatch-test: warning: odd\n");
  CHECK(shown({.verbose = true}, say_everything) ==
        "radbatch-test: 3 cases\nradbatch-test: study-1: refused\nradbatch-test: warning: odd\n");
}

TEST_CASE("an error shows its code and what to do next") {
  const Error problem(Reason::truncated_pixels, "study-3f2a1b: pixel data is 1 byte, 8192 expected",
                      "copy it again");
  CHECK(shown({.quiet = true}, [&](Terminal& terminal) { terminal.error(problem); }) ==
        "radbatch-test: error: study-3f2a1b: pixel data is 1 byte, 8192 expected (E_TRUNCATED_PIXELS)\n"
        "hint: copy it again\n");
  CHECK(shown({.color = When::always}, [&](Terminal& terminal) {
          terminal.error(Error(ExitCode::device, "no GPU"));
        }) == "radbatch-test: \x1b[31merror: \x1b[0mno GPU\n");
}

TEST_CASE("progress is drawn when asked for, and wiped before the next line") {
  const auto act = [](Terminal& terminal) {
    terminal.progress({"classifying", 3, 3, {{Status::done, 1}, {Status::failed, 2}}});
    terminal.info("finished");
  };
  CHECK(shown({.progress = When::always}, act) ==
        "\r\x1b[Kclassifying 3/3 100%  2 failed\r\x1b[Kradbatch-test: finished\n");
  CHECK(shown({.progress = When::never}, act) == "radbatch-test: finished\n");
  CHECK(shown({}, act) == "radbatch-test: finished\n");
}

TEST_CASE("a progress line says how far, how fast, how long still, what went wrong, what is busy") {
  Progress progress{"classifying", 812, 2000, {{Status::done, 800}, {Status::failed, 12}}};
  progress.per_second = 3.25;
  progress.by_reason = {{"E_IO", 3}, {"E_TRUNCATED_PIXELS", 9}};
  progress.busy = {{"classify", 0.98}, {"prepare", 0.31}};
  CHECK(progress_text(progress, 200) ==
        "classifying 812/2000 40%  3.2/s  6:05 left  12 failed (E_TRUNCATED_PIXELS 9, E_IO 3)  classify 98%  "
        "prepare 31%");
  CHECK(progress_text(progress, 40) == "classifying 812/2000 40%  3.2/s  6:05 le");
  progress.per_second = 0.01;
  CHECK(progress_text(progress, 200).find("  0.6/min  33:00:00 left") != std::string::npos);
}

TEST_CASE("a log for machines has events, one for people has not") {
  const TemporaryFolder folder;
  const auto log_of = [&](bool as_json) {
    const std::string file = (folder.path() / (as_json ? "json" : "text")).string();
    Terminal terminal("radbatch-test", {.log_file = file, .log_as_json = as_json});
    terminal.event({"case", {{"case_id", "a"}, {"status", "done"}}});
    return read_file(file);
  };
  CHECK(log_of(false).empty());
  Json line = Json::parse(log_of(true));
  CHECK(line["event"] == "case");
  CHECK(line["facts"]["case_id"] == "a");
  CHECK(line["tool"] == "radbatch-test");
}

TEST_CASE("data goes to standard output and nothing else does") {
  std::string errors;
  const std::string data = written_to(STDOUT_FILENO, [&] {
    errors = shown({}, [](Terminal& terminal) { CHECK(terminal.data("{\"end\":true}")); });
  });
  CHECK(data == "{\"end\":true}\n");
  CHECK(errors == "");
}

TEST_CASE("the log has everything, with time and level") {
  const TemporaryFolder folder;
  TerminalOptions options{.quiet = true, .log_file = (folder / "log").string(), .log_as_json = true};
  shown(options, say_everything);
  const std::string log = read_file(folder / "log");
  const Json second =
      Json::parse(log.substr(log.find('\n') + 1, log.find('\n', log.find('\n') + 1) - log.find('\n')));
  CHECK(second["level"] == "detail");
  CHECK(second["text"] == "study-1: refused");
  CHECK(second["time"].get<std::string>().size() == 20);
  options.log_file = (folder / "no/log").string();
  CHECK(error_of([&] { Terminal("t", options); }) ==
        "7: cannot open the log " + options.log_file + ": No such file or directory");
}

TEST_CASE("when to show colours and progress") {
  CHECK(parse_when("auto") == When::automatic);
  CHECK(error_of([] { parse_when("maybe"); }) == "2: expected auto, always or never, not 'maybe'");
}
