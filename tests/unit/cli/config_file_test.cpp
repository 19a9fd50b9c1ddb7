#include "radbatch/cli/config_file.hpp"

#include <doctest/doctest.h>

#include "error_text.hpp"

using namespace radbatch;
using namespace radbatch::test;

namespace {

/// "key=a|b" for each entry.
std::vector<std::string> parsed(const std::string& text) {
  std::vector<std::string> lines;
  for (const ConfigEntry& entry : parse_config(text, "c")) {
    std::string& line = lines.emplace_back(entry.key + "=");
    for (const std::string& value : entry.values) line += (line.ends_with('=') ? "" : "|") + value;
  }
  return lines;
}

std::string fault(const std::string& text) {
  return error_of([&] { parse_config(text, "c"); });
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("names, values, lists and comments") {
  CHECK(parsed("") == Lines{});
  CHECK(parsed("# only a comment") == Lines{});
  CHECK(parsed("a = 1\r\n\n  b=\"x # y\"  # why\nc = 'C:\\new'\n\"d\" = true") ==
        Lines{"a=1", "b=x # y", "c=C:\\new", "d=true"});
  CHECK(parsed("a = [\"x,y\", 'z', 3]\nb = []\nc = [ # first\n  1,\n  2,\n]\n") ==
        Lines{"a=x,y|z|3", "b=", "c=1|2"});
  CHECK(parsed(R"(a = "q\"b\\n\tx")") == Lines{"a=q\"b\\n\tx"});
}

TEST_CASE("what is broken is named with its line") {
  CHECK(fault("a = 1\nb\n") == "2: c, line 2: expected name = value");
  CHECK(fault("a =\n") == "2: c, line 1: expected name = value");
  CHECK(fault("= 1") == "2: c, line 1: expected name = value");
  CHECK(fault("a = 1 2") == "2: c, line 1: unexpected text after the value of 'a'");
  CHECK(fault("a = \"x\n\"") == "2: c, line 1: expected \" at the end of a string");
  CHECK(fault("a = 'x") == "2: c, line 1: expected ' at the end of a string");
  CHECK(fault("a = \"C:\\data\"") == "2: c, line 1: unknown escape \\d in a string");
  CHECK(fault("a = \"\\") == "2: c, line 1: unknown escape \\%0A in a string");
  CHECK(fault("a = [1 2]") == "2: c, line 1: expected , or ] in a list");
  CHECK(fault("a = [1,\n") == "2: c, line 2: expected ] at the end of a list");
  CHECK(fault("a = [1, # x") == "2: c, line 1: expected ] at the end of a list");
  CHECK(fault("[run]\na = 1") == "2: c, line 1: there are no sections, only name = value");
  CHECK(fault("a = 1\na = 2") == "2: c, line 2: 'a' is there twice");
}

TEST_CASE("every string survives writing and reading") {
  std::string all;
  for (int c = 1; c < 256; ++c) all += static_cast<char>(c);
  CHECK(parse_config("a = " + config_string(all), "c")[0].values == Lines{all});
  CHECK(parse_config("a = " + config_string(""), "c")[0].values == Lines{""});
}
