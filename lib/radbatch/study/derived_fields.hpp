// What people choose images by and no single header element says: the class of a kernel, the contrast of an
// MR sequence, the phase of a CT, the view of a radiograph.
//
// A field that is guessed says so: beside `kernel_class` stands `kernel_class_source`. Sources: "header"
// (said or implied by header values; not stored, it is the default), "rule" (read out of free text or scan
// parameters), "pixels", "user" (--assume).
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "radbatch/study/cohort.hpp"

namespace radbatch {

/// Fields that have a source, in the order of their columns: n_slices slice_step_mm orientation is_localizer
/// is_derived kernel_class mr_contrast contrast_phase_hint acquisition_order s_since_first_acquisition view
/// body_part us_mode.
std::span<const std::string_view> derived_fields();
/// Where the value of a field came from; empty where it has none.
std::string source_of(const Json& attributes, std::string_view field);

/// Adds the derived fields that are not there yet to the images of one case. `assumed` (keyword or field ->
/// value) fills in what the header leaves open, before anything is derived from it.
void derive_fields(std::span<Candidate> candidates, std::span<const FileRecord> records,
                   const Assumptions& assumed = {});

/// "Modality=CT" -> keyword and value. Throws Error(ExitCode::usage) for what cannot be assumed, naming the
/// nearest that can.
std::pair<std::string, std::string> parse_assumption(const std::string& text);

}  // namespace radbatch
