// Man page, completions and JSON come from the one list of options.
#include <doctest/doctest.h>

#include "error_text.hpp"
#include "radbatch/cli/command_line.hpp"

using namespace radbatch;
using namespace radbatch::test;

namespace {

std::string described(const std::string& form) {
  std::string model, range;
  bool stream = false;
  std::vector<std::string> inputs;
  CommandLine line("radbatch-test", "Does nothing, it's a test.", "radbatch-test x -o y");
  line.arguments("INPUT...", inputs, "files");
  line.text("-m,--model", "BUNDLE", model, "The model's folder");
  range = "0-1";
  line.text("--range", "A-B", range, ".5 to [1]");
  line.flag("--stream", stream, "As a stream", Shown::all);
  const char* const argv[] = {"radbatch-test", "--describe", form.c_str()};
  return line.parse(3, argv).value();
}

}  // namespace

TEST_CASE("--describe json") {
  const Json json = Json::parse(described("json"));
  CHECK(json["tool"] == "radbatch-test");
  CHECK(json["arguments"] == "INPUT...");
  REQUIRE(json["options"].size() == 3);
  CHECK(
      canonical(json["options"][0]) ==
      R"({"common":true,"default":"","environment":"RADBATCH_MODEL","group":"Options","help":"The model's folder",)"
      R"("metavar":"BUNDLE","names":["--model","-m"],"repeatable":false})");
  CHECK(json["options"][1]["default"] == "0-1");
  CHECK(json["options"][2]["common"] == false);
}

TEST_CASE("--describe man: dashes, leading dots and apostrophes are safe from roff") {
  const std::string man = described("man");
  CHECK(man.starts_with(".TH radbatch\\-test 1 \"\" \"radbatch "));
  CHECK(man.substr(man.find(".SH NAME")) == R"(.SH NAME
radbatch\-test \- Does nothing, it's a test.
.SH SYNOPSIS
.B radbatch\-test
[options] INPUT...
.SH EXAMPLE
radbatch\-test x \-o y
.SH OPTIONS
.SS Options
.TP
\fB\-\-model, \-m\fR BUNDLE
The model's folder
.TP
\fB\-\-range\fR A\-B
\&.5 to [1] (built in: 0\-1)
.TP
\fB\-\-stream\fR 
As a stream
.SH NOTE
For research. Not for clinical use.
)");
}

TEST_CASE("--describe bash, zsh and fish") {
  CHECK(described("bash") == R"(_radbatch_test() {
  local word=${COMP_WORDS[COMP_CWORD]}
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W '--help --help-all --config --print-config --describe --model -m --range --stream' -- "$word"))
  else
    COMPREPLY=($(compgen -f -- "$word"))
  fi
}
complete -o filenames -F _radbatch_test radbatch-test
)");
  CHECK(described("zsh") == R"(#compdef radbatch-test
_arguments \
  '--model[The model'\''s folder]:BUNDLE:_files' \
  '-m[The model'\''s folder]:BUNDLE:_files' \
  '--range[.5 to (1)]:A-B:' \
  '--stream[As a stream]' \
  '*:input:_files'
)");
  CHECK(described("fish") == R"(complete -c radbatch-test -l model -s m -r -d 'The model'\''s folder'
complete -c radbatch-test -l range -x -d '.5 to [1]'
complete -c radbatch-test -l stream -d 'As a stream'
)");
}

TEST_CASE("another form is an error that lists the forms") {
  CHECK(error_of([] { described("yaml"); }) ==
        "2: --describe: unknown form 'yaml' [one of json, man, bash, zsh, fish]");
}
