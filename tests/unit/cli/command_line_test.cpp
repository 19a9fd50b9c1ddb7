#include "radbatch/cli/command_line.hpp"

#include <doctest/doctest.h>

#include "environment.hpp"
#include "error_text.hpp"
#include "radbatch/base/atomic_file.hpp"
#include "temporary_folder.hpp"

using namespace radbatch;
using namespace radbatch::test;
using Words = std::vector<std::string>;

namespace {

/// A tool with one option of every sort.
struct Example {
  Example() {
    line.arguments("INPUT...", inputs, "files");
    line.text("-o,--output", "FOLDER", output, "Where to");
    line.group("More");
    line.text("--jobs", "N", jobs, "How many");
    line.list("--only", "ID", only, "Only these", Shown::all);
    line.flag("-s,--stream", stream, "As a stream");
    line.option({.names = "--show",
                 .metavar = "N",
                 .help = "Pictures",
                 .set = [this](const std::string& word) { show = word; },
                 .alone = "24"});
  }

  std::optional<std::string> parse(Words words) {
    words.insert(words.begin(), "radbatch-test");
    std::vector<const char*> argv;
    for (const std::string& word : words) argv.push_back(word.c_str());
    return line.parse(static_cast<int>(argv.size()), argv.data());
  }

  Words inputs, only;
  std::string output, jobs = "4", show;
  bool stream = false;
  CommandLine line{"radbatch-test", "Does nothing.", "radbatch-test x -o y"};
};

std::string error_with(const Words& words) {
  return error_of([&] { Example().parse(words); });
}

std::string config(const TemporaryFolder& folder, const std::string& text) {
  write_file_atomically(folder / "c.toml", text);
  return (folder / "c.toml").string();
}

}  // namespace

TEST_CASE("options and arguments in any order") {
  Example tool;
  CHECK_FALSE(tool.parse({"a", "-o", "out", "--only", "x", "b", "--only=y", "-s", "-"}).has_value());
  CHECK(tool.inputs == Words{"a", "b", "-"});
  CHECK(tool.output == "out");
  CHECK(tool.only == Words{"x", "y"});
  CHECK(tool.stream);
  CHECK(tool.jobs == "4");
}

TEST_CASE("values that look like options, and a file with a dash") {
  Example tool;
  tool.parse({"--output=-x", "--", "-file"});
  CHECK(tool.output == "-x");
  CHECK(tool.inputs == Words{"-file"});
}

TEST_CASE("option before environment before config before what is built in") {
  const TemporaryFolder folder;
  const std::string file = config(folder, "jobs = 1\noutput = \"c\"\nonly = [\"a\", \"b\"]\nstream = true\n");
  const auto jobs = [&](const Words& words) {
    Example tool;
    tool.parse(words);
    return tool.jobs;
  };
  CHECK(jobs({}) == "4");
  CHECK(jobs({"--config", file}) == "1");
  const EnvironmentVariable variable("RADBATCH_JOBS", "2");
  CHECK(jobs({"--config", file}) == "2");
  CHECK(jobs({"--config", file, "--jobs", "3"}) == "3");
  Example tool;
  tool.parse({"--config", file, "--only", "c"});
  CHECK(tool.output == "c");
  CHECK(tool.only == Words{"c"});
  CHECK(tool.stream);
}

TEST_CASE("a wrong option names the nearest, a far one the way to the list") {
  CHECK(error_with({"--jbos", "3"}) == "2: unknown option --jbos [did you mean --jobs?]");
  CHECK(error_with({"--ouptut=x"}) == "2: unknown option --ouptut=x [did you mean --output?]");
  CHECK(error_with({"--wavelength"}) == "2: unknown option --wavelength [see --help-all for every option]");
  CHECK(error_with({"in", "--strem"}) == "2: unknown option --strem [did you mean --stream?]");
}

TEST_CASE("a missing value and a doubled option are named") {
  CHECK(error_with({"--jobs"}) == "2: --jobs: 1 required TEXT missing [see radbatch-test --help]");
  CHECK(error_with({"--jobs", "1", "--jobs", "2"}) == "2: --jobs is given more than once");
  const EnvironmentVariable variable("RADBATCH_STREAM", "yes");
  CHECK(error_with({}) == "2: --stream: expected true or false, not 'yes'");
}

TEST_CASE("an unknown or broken config is an error that names the file") {
  const TemporaryFolder folder;
  const std::string file = config(folder, "job = 3\n");
  CHECK(error_with({"--config", file}) == "2: " + file + ": unknown key 'job' [did you mean --jobs?]");
  config(folder, "# mine\n[section]\njobs = 3\n");
  CHECK(error_with({"--config", file}) ==
        "2: " + file + ", line 2: there are no sections, only name = value");
  config(folder, "jobs = [1, 2]\n");
  CHECK(error_with({"--config", file}) == "2: --jobs is given more than once");
  const std::string missing = (folder / "no.toml").string();
  CHECK(error_with({"--config", missing}) == "2: cannot read " + missing + ": No such file or directory");
}

TEST_CASE("what --print-config prints, --config accepts") {
  const TemporaryFolder folder;
  const Words odd{"a b", "c\\d\"e", "x,y", "[z]", "#1", "it's", "胸", "tab\there", "line\n2", ""};
  Words words{"--output", odd[1], "--jobs", "8", "--stream", "--print-config"};
  for (const std::string& id : odd) words.insert(words.end(), {"--only", id});
  const std::string printed = Example().parse(words).value();
  Example tool;
  tool.parse({"--config", config(folder, printed)});
  CHECK(tool.only == odd);
  CHECK(tool.output == odd[1]);
  CHECK(tool.jobs == "8");
  CHECK(tool.stream);
}

TEST_CASE("the printed config of a plain command") {
  CHECK(Example().parse({"--only", "x", "-s", "--print-config"}) ==
        "# radbatch-test --config FILE\n# jobs = \"4\"\nonly = [\"x\"]\nstream = true\n");
}

TEST_CASE("the short help and the long one") {
  CHECK(Example().parse({"--help"}) == R"(Does nothing.

Usage: radbatch-test [options] INPUT...

Example:
  radbatch-test x -o y

  INPUT...                   files

Options:
  -o, --output FOLDER        Where to

More:
  --jobs N                   How many [4]
  -s, --stream               As a stream
  --show [N]                 Pictures

Help:
  -h, --help                 Show the common options and an example
  --help-all                 Show every option
)");
  const std::string all = Example().parse({"--help-all"}).value();
  CHECK(all.find("  --only ID                  Only these\n") != std::string::npos);
  CHECK(all.ends_with(
      "\nEvery option can also be given as RADBATCH_<NAME> in the environment or in a --config file.\n"));
}

TEST_CASE("an option that may stand alone takes a number and no argument for its value") {
  const std::vector<std::pair<Words, std::pair<std::string, Words>>> cases{
      {{"--show", "x"}, {"24", {"x"}}},
      {{"x", "--show"}, {"24", {"x"}}},
      {{"--show", "7", "x"}, {"7", {"x"}}},
      {{"--show=9", "5"}, {"9", {"5"}}},
      {{"--show", "--stream", "x"}, {"24", {"x"}}}};
  for (const auto& [words, expected] : cases) {
    Example example;
    example.parse(words);
    CHECK(example.show == expected.first);
    CHECK(example.inputs == expected.second);
  }
}
