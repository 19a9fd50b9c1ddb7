// The header values that a sidecar is made of, read when an image is converted: the scan does not carry them
// for every file of a cohort.
#pragma once

#include <filesystem>
#include <span>
#include <string_view>

#include "radbatch/base/json.hpp"

namespace radbatch {

/// DICOM keywords with their values, text in UTF-8, as FileRecord::attributes; of enhanced objects the values
/// of the shared functional groups and of the first frame. Only what identifies nobody, unless `with_phi`.
/// An unreadable file gives an empty object: the pixels' reader will say why.
Json read_sidecar_header(const std::filesystem::path& path, bool with_phi);

/// Which keywords those are.
std::span<const std::string_view> sidecar_keywords();
/// What `with_phi` adds.
std::span<const std::string_view> identifying_keywords();

}  // namespace radbatch
