// NIfTI headers.
#include <span>

#include "radbatch/image/nifti_header.hpp"
#include "target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return radbatch::fuzz::refuses_only_by_error(data, size, [](std::string_view text) {
    const auto bytes = std::as_bytes(std::span(text.data(), text.size()));
    if (!radbatch::is_nifti(bytes)) return;
    const radbatch::NiftiHeader header = radbatch::parse_nifti_header(bytes);
    header.data_bytes();
    radbatch::nifti_attributes(header);
  });
}
