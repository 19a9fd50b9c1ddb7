// What DICOM itself calls confidential: the attributes of the Basic Application Level Confidentiality Profile
// (PS3.15, Table E.1-1). None of them may leave the folder private/ of a run, a short list excepted.
#pragma once

#include <span>
#include <string_view>

namespace radbatch {

/// True for the 617 keywords of the table.
bool is_in_confidentiality_profile(std::string_view keyword);
/// Those of the table that tables, sidecars and streams may carry all the same: UIDs, by which rows are
/// joined with an archive; descriptions, by which series are selected (with the patient's own names and ids
/// masked, identity_mask.hpp); sex, age, size and weight, which results are adjusted for.
std::span<const std::string_view> kept_of_confidentiality_profile();

}  // namespace radbatch
