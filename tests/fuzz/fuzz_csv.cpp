// CSV that people give to report and to --group: what is read can be written and read again.
#include "radbatch/store/table.hpp"
#include "target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return radbatch::fuzz::refuses_only_by_error(data, size, [](std::string_view text) {
    const std::string once = radbatch::to_csv(radbatch::read_csv(text, "fuzz"));
    const std::string twice = radbatch::to_csv(radbatch::read_csv(once, "fuzz"));
    if (once != twice) __builtin_trap();
  });
}
