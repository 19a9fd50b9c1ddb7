// The header values that grouping, selection and tables need, as JSON. Internal to the module.
#pragma once

#include "radbatch/base/json.hpp"

class DcmItem;

namespace radbatch {

/// Keywords of the attributes that are present, with text in UTF-8; empty and malformed values are left out.
/// Adds "text_encoding" (TextDecoder::evidence) where any text is not plain ASCII.
Json read_attributes(DcmItem& dataset);

}  // namespace radbatch
