#include "radbatch/dicom/parsed_values.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include "radbatch/dicom/attributes.hpp"
#include "radbatch/dicom/dataset.hpp"

namespace radbatch {
namespace {

DcmTagKey key_of(std::size_t attribute) {
  const std::uint32_t tag = wanted_attributes()[attribute].tag;
  return {static_cast<Uint16>(tag >> 16), static_cast<Uint16>(tag & 0xffff)};
}

}  // namespace

bool ParsedValues::has_value(std::size_t attribute) const {
  return dataset_.tagExistsWithValue(key_of(attribute));
}

std::string ParsedValues::text(std::size_t attribute) const {
  return find_text(dataset_, key_of(attribute));
}

std::optional<std::vector<double>> ParsedValues::numbers(std::size_t attribute) const {
  return find_values(dataset_, key_of(attribute));
}

}  // namespace radbatch
