// The header values that grouping, selection and tables need, as JSON. Internal to the module.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "radbatch/base/json.hpp"
#include "radbatch/dicom/header_values.hpp"
#include "radbatch/study/identity_mask.hpp"

namespace radbatch {

/// Text and numbers are kept under their keyword; the others only say what free text must not repeat.
enum class AttributeUse { text, numbers, name, identifier, date };

struct WantedAttribute {
  std::uint32_t tag;         ///< group << 16 | element
  std::string_view keyword;  ///< empty where the value is not kept
  AttributeUse use;
};

/// The list; HeaderValues counts its attributes by place in it.
const std::vector<WantedAttribute>& wanted_attributes();
std::size_t wanted_index(std::string_view keyword);

/// Keywords of the attributes that are present, with text in UTF-8; empty and malformed values are left out.
/// Who the patient is, is masked in free text (study/identity_mask.hpp). Adds "text_encoding"
/// (TextDecoder::evidence) where any text is not plain ASCII.
Json read_attributes(const HeaderValues& header);
/// Who the header says the patient is: what free text must not repeat.
Identity read_identity(const HeaderValues& header);

}  // namespace radbatch
