// Manifests and streams: lines of JSON from a pipe.
#include "radbatch/study/manifest.hpp"
#include "target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return radbatch::fuzz::refuses_only_by_error(
      data, size, [](std::string_view text) { radbatch::parse_manifest(text, "fuzz", "/nowhere"); });
}
