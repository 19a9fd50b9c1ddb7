#include "radbatch/base/json.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "error_text.hpp"
#include "radbatch/base/atomic_file.hpp"
#include "temporary_folder.hpp"

using namespace radbatch;
using namespace radbatch::test;

TEST_CASE("canonical JSON: one line, sorted keys, no spaces, Unicode as it is") {
  const Json value = {{"b", 1}, {"a", {1.5, "胸", nullptr, true}}};
  CHECK(canonical(value) == R"({"a":[1.5,"胸",null,true],"b":1})");
  CHECK(canonical(parse_json(R"( {"b":1, "a":[1.5,"\u80f8",null,true]} )", "x")) == canonical(value));
}

TEST_CASE("numbers come back as they were") {
  for (double number : {0.1, 1.0 / 3, 5e-324, 1.7976931348623157e308, -0.0}) {
    CHECK(parse_json(canonical(number), "x").get<double>() == number);
  }
  CHECK(canonical(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
}

TEST_CASE("bytes that are not UTF-8 are replaced, not thrown at") {
  CHECK(canonical("a\xFF"
                  "b") == "\"a\uFFFDb\"");
  CHECK(pretty(Json{{"x", "\xD0"}}) == "{\n  \"x\": \"\uFFFD\"\n}\n");
}

TEST_CASE("what is not JSON is named with its position") {
  CHECK(error_of([] { parse_json("{\"a\": NaN}", "plan.json"); }) ==
        "2: plan.json is not valid JSON: [json.exception.parse_error.101] parse error at line 1, column 7: "
        "syntax "
        "error while parsing value - invalid literal; last read: '\"a\": N'");
  CHECK(error_of([] { parse_json("", "plan.json"); }) ==
        "2: plan.json is not valid JSON: [json.exception.parse_error.101] parse error at line 1, column 1: "
        "syntax "
        "error while parsing value - unexpected end of input; expected '[', '{', or a literal");
}

TEST_CASE("a JSON file that is missing is an error of the command line") {
  const TemporaryFolder folder;
  const std::string path = (folder / "radbatch.json").string();
  CHECK(error_of([&] { read_json_file(path); }) == "2: cannot read " + path + ": No such file or directory");
  write_file_atomically(path, R"({"name": "x"})");
  CHECK(read_json_file(path) == Json{{"name", "x"}});
}
