// Reading header values that may be missing, of another type than the standard says, or multi-valued.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "radbatch/base/json.hpp"

namespace radbatch {

/// The value as a table shows it: text as it is, numbers with the fewest digits, several values joined with a
/// backslash as in DICOM, true and false as 1 and 0; empty when missing.
std::string text_of(const Json& attributes, std::string_view keyword);
/// Numbers of a single value, an array or backslash-joined text; empty when missing or not numeric.
std::vector<double> numbers_of(const Json& attributes, std::string_view keyword);
/// The first number, or nothing.
std::optional<double> number_of(const Json& attributes, std::string_view keyword);
/// False when missing.
bool flag_of(const Json& attributes, std::string_view keyword);

/// Seconds between the frames of a time series or a cine, from FrameTime (ms), CineRate or, for MR,
/// RepetitionTime (ms); 0 where the header does not say.
double frame_step_seconds(const Json& attributes);

/// The value that cases are grouped by: as text_of; for ImageLaterality, Laterality stands in where it is
/// missing.
std::string group_value(const Json& attributes, std::string_view keyword);

/// DICOM keywords that describe a series and identify nobody: what candidates and series.csv carry.
std::span<const std::string_view> series_keywords();
/// DICOM keywords that describe a study or a subject and identify nobody: what studies.csv carries.
std::span<const std::string_view> study_keywords();
/// The attributes without what identifies a person, an institution or a date (names, ids, dates, times of
/// day): a copy that may be handed on. Durations (EchoTime, FrameTime ...) and UIDs stay.
Json without_identifiers(const Json& attributes);

}  // namespace radbatch
