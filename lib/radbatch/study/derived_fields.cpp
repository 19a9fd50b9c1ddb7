#include "radbatch/study/derived_fields.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/study/attributes.hpp"
#include "radbatch/study/image_hints.hpp"

namespace radbatch {
namespace {

constexpr std::array<std::string_view, 13> fields{"n_slices",
                                                  "slice_step_mm",
                                                  "orientation",
                                                  "is_localizer",
                                                  "is_derived",
                                                  "kernel_class",
                                                  "mr_contrast",
                                                  "contrast_phase_hint",
                                                  "acquisition_order",
                                                  "s_since_first_acquisition",
                                                  "view",
                                                  "body_part",
                                                  "us_mode"};

/// Derived fields a user may set; those that follow from geometry are not a matter of opinion.
constexpr std::array<std::string_view, 6> assumable_fields{
    "kernel_class", "mr_contrast", "contrast_phase_hint", "view", "body_part", "us_mode"};
constexpr std::array<std::string_view, 15> assumable_keywords{
    "Modality",          "BodyPartExamined", "ViewPosition",   "Laterality",    "ImageLaterality",
    "SeriesDescription", "ProtocolName",     "Manufacturer",   "KVP",           "ConvolutionKernel",
    "StudyDescription",  "EchoTime",         "RepetitionTime", "InversionTime", "FrameOfReferenceUID"};

std::string source_key(std::string_view field) {
  if (field == "Modality") return "modality_source";
  return std::string(field) + "_source";
}

bool is_there(const Json& attributes, std::string_view field) {
  return attributes.contains(std::string(field));
}

void set_unless_there(Json& attributes, const char* field, const Guess& guess) {
  if (!guess || is_there(attributes, field)) return;
  attributes[field] = guess->value;
  if (guess->source != "header") attributes[source_key(field)] = guess->source;
}

void assume(Json& attributes, const Assumptions& assumed) {
  for (const auto& [field, value] : assumed) {
    if (is_there(attributes, field)) continue;
    attributes[field] = value;
    attributes[source_key(field)] = "user";
  }
}

/// Seconds since 1970 of "20260131" and "101530.5" (or of midnight's day 0 where the date was removed).
std::optional<double> seconds_of(const std::string& date, const std::string& time) {
  const auto digits = [](const std::string& text, std::size_t n) {
    return text.size() >= n && text.find_first_not_of("0123456789") >= n;
  };
  if (!digits(time, 4)) return std::nullopt;
  std::tm day{};
  day.tm_year = 70;
  day.tm_mday = 1;
  if (digits(date, 8)) {
    day.tm_year = std::stoi(date.substr(0, 4)) - 1900;
    day.tm_mon = std::stoi(date.substr(4, 2)) - 1;
    day.tm_mday = std::stoi(date.substr(6, 2));
  }
  const double of_day = std::stoi(time.substr(0, 2)) * 3600.0 + std::stoi(time.substr(2, 2)) * 60.0;
  const double seconds = digits(time, 6) ? std::stoi(time.substr(4, 2)) : 0;
  const std::size_t point = time.find('.');
  const bool has_fraction = point == 6 && digits(time.substr(7), 1);
  const double fraction = has_fraction ? std::stod("0." + time.substr(7, 6)) : 0;
  return static_cast<double>(::timegm(&day)) + of_day + seconds + fraction;
}

std::optional<double> acquired_at(const Json& header) {
  const std::string both = text_of(header, "AcquisitionDateTime");
  for (const char* moment : {"Acquisition", "Series", "Content"}) {
    const std::string time = text_of(header, std::string(moment) + "Time");
    if (const auto seconds = seconds_of(text_of(header, std::string(moment) + "Date"), time)) return seconds;
    if (both.size() > 8) return seconds_of(both.substr(0, 8), both.substr(8));
  }
  return std::nullopt;
}

void add_seconds(std::span<Candidate> candidates, std::span<const FileRecord> records) {
  std::vector<std::optional<double>> times;
  std::optional<double> first;
  for (const Candidate& candidate : candidates) {
    times.push_back(candidate.files.empty() ? std::nullopt
                                            : acquired_at(records[candidate.files.front()].attributes));
    if (times.back() && (!first || *times.back() < *first)) first = times.back();
  }
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    Json& attributes = candidates[i].attributes;
    if (!times[i] || is_there(attributes, "s_since_first_acquisition")) continue;
    attributes["s_since_first_acquisition"] = std::round((*times[i] - *first) * 100) / 100;
  }
}

/// What series_keywords() leaves out.
void take_from_header(Json& attributes, const Json& header) {
  const auto value = header.find("StudyDescription");
  if (value != header.end() && !is_there(attributes, "StudyDescription"))
    attributes["StudyDescription"] = *value;
}

/// Derived by the header's own word: the first value of ImageType.
void add_is_derived(Json& attributes) {
  const std::string type = text_of(attributes, "ImageType");
  if (!type.empty() && !is_there(attributes, "is_derived")) {
    attributes["is_derived"] = type.starts_with("DERIVED");
  }
}

}  // namespace

std::span<const std::string_view> derived_fields() {
  return fields;
}

std::string source_of(const Json& attributes, std::string_view field) {
  if (!is_there(attributes, field)) return {};
  const std::string source = text_of(attributes, source_key(field));
  return source.empty() ? "header" : source;
}

void derive_fields(std::span<Candidate> candidates, std::span<const FileRecord> records,
                   const Assumptions& assumed) {
  for (Candidate& candidate : candidates) {
    Json& attributes = candidate.attributes;
    assume(attributes, assumed);
    const auto modality = assumed.find("Modality");
    if (modality != assumed.end() && !is_there(candidate.source.attributes, "Modality")) {
      candidate.source.attributes["Modality"] = modality->second;
    }
    if (!candidate.files.empty()) take_from_header(attributes, records[candidate.files.front()].attributes);
    add_is_derived(attributes);
    set_unless_there(attributes, "kernel_class", kernel_class(attributes));
    set_unless_there(attributes, "mr_contrast", mr_contrast(attributes));
    set_unless_there(attributes, "contrast_phase_hint", contrast_phase(attributes));
    set_unless_there(attributes, "view", projection_view(attributes));
    set_unless_there(attributes, "body_part", body_part(attributes));
  }
  add_seconds(candidates, records);
}

std::pair<std::string, std::string> parse_assumption(const std::string& text) {
  const std::size_t sign = text.find('=');
  if (sign == text.npos || sign == 0 || sign + 1 == text.size()) {
    throw Error(ExitCode::usage, "expected KEYWORD=VALUE, not '" + printable(text) + "'",
                "e.g. --assume Modality=CT");
  }
  const std::string field = text.substr(0, sign);
  std::vector<std::string> known(assumable_keywords.begin(), assumable_keywords.end());
  known.insert(known.end(), assumable_fields.begin(), assumable_fields.end());
  if (std::ranges::find(known, field) == known.end()) {
    const std::string near = nearest(field, known);
    throw Error(ExitCode::usage, "'" + printable(field) + "' cannot be assumed",
                near.empty() ? "one of " + join(known, ", ") : "did you mean " + near + "?");
  }
  return {field, text.substr(sign + 1)};
}

}  // namespace radbatch
