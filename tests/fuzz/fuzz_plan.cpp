// Preparation plans out of bundles: what is parsed is written canonically and parsed back to the same.
#include "radbatch/base/json.hpp"
#include "radbatch/model/plan.hpp"
#include "target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return radbatch::fuzz::refuses_only_by_error(data, size, [](std::string_view text) {
    radbatch::parse_plan(radbatch::parse_json(std::string(text), "fuzz"));
  });
}
