#include "radbatch/study/candidate_facts.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/study/attributes.hpp"

namespace radbatch {
namespace {

/// Header positions carry float noise that would make tables unreadable.
double rounded(double value, double per_unit) {
  return std::round(value * per_unit) / per_unit;
}

std::string of_n(std::size_t i, std::size_t n) {
  return std::to_string(i + 1) + " of " + std::to_string(n);
}

void refuse(Candidate& candidate, Reason reason, std::string detail) {
  if (candidate.reason) return;
  candidate.reason = reason;
  candidate.detail = std::move(detail);
}

/// The first file's reason, by its number in the series and not by its path, which may be a name.
void inherit_reason(Candidate& candidate, std::span<const FileRecord> records) {
  const std::size_t n = candidate.files.size();
  for (std::size_t i = 0; i < n; ++i) {
    const FileRecord& record = records[candidate.files[i]];
    if (record.reason) {
      refuse(candidate, *record.reason, n == 1 ? record.detail : "file " + of_n(i, n) + ": " + record.detail);
    }
  }
}

std::int64_t whole_number(const Json& attributes, std::string_view keyword, std::int64_t missing) {
  const std::optional<double> number = number_of(attributes, keyword);
  return number && std::abs(*number) < 1e15 ? std::llround(*number) : missing;
}

std::int64_t channels_of(const Json& attributes) {
  if (text_of(attributes, "PhotometricInterpretation") == "PALETTE COLOR") return 3;
  return whole_number(attributes, "SamplesPerPixel", 1);
}

void keep_keywords(Candidate& candidate, const FileRecord& record) {
  for (std::string_view keyword : series_keywords()) {
    const auto value = record.attributes.find(std::string(keyword));
    if (value != record.attributes.end()) candidate.attributes[std::string(keyword)] = *value;
  }
  if (record.kind != FileKind::dicom) return;
  if (text_of(record.attributes, "StudyInstanceUID").empty())
    candidate.attributes["is_without_study_uid"] = true;
  candidate.attributes["is_localizer"] = is_localizer(record.attributes);
  candidate.attributes["is_secondary_capture"] = is_secondary_capture(record.attributes);
}

Candidate candidate_with_source(std::span<const FileRecord> records, std::span<const std::size_t> files) {
  const FileRecord& first = records[files.front()];
  Candidate candidate;
  candidate.files.assign(files.begin(), files.end());
  candidate.series = text_of(first.attributes, "SeriesInstanceUID");
  candidate.source.kind = first.kind;
  candidate.source.attributes = without_identifiers(first.attributes);
  for (std::size_t file : files) candidate.source.files.push_back(readable_path(records[file]));
  keep_keywords(candidate, first);
  inherit_reason(candidate, records);
  return candidate;
}

/// Spacing of one instance in the order i, j; DICOM's PixelSpacing is row spacing (j) first.
Json spacing_of(const Json& attributes) {
  if (attributes.contains("spacing_mm")) return attributes["spacing_mm"];
  for (std::string_view keyword : {"PixelSpacing", "ImagerPixelSpacing"}) {
    const std::vector<double> spacing = numbers_of(attributes, keyword);
    if (spacing.size() == 2) return Json::array({spacing[1], spacing[0]});
  }
  return Json::array();
}

void add_stack_facts(Candidate& candidate, const StackGeometry& stack, const SliceGeometry& first) {
  const std::size_t n = stack.order.size();
  const double step = rounded(stack.slice_step_mm, 1e4);
  Json& facts = candidate.attributes;
  facts["n_slices"] = n;
  facts["dims"] = n > 1 ? 3 : 2;
  facts["size"] = {first.columns, first.rows, n};
  facts["spacing_mm"] = {first.column_spacing, first.row_spacing, step};
  facts["slice_step_mm"] = step;
  facts["slice_step_dev_mm"] = rounded(stack.slice_step_dev_mm, 1e4);
  facts["n_missing_slices"] = stack.n_missing_slices;
  facts["n_duplicate_positions"] = stack.duplicates.size();
  facts["is_uneven"] = stack.is_uneven;
  facts["tilt_degrees"] = rounded(stack.tilt_degrees, 1e2);
  facts["is_oblique"] = stack.is_oblique;
  facts["orientation"] = orientation_letters(stack.lps);
}

void refuse_odd_stack(Candidate& candidate, const StackGeometry& stack) {
  const std::size_t n = stack.order.size();
  if (stack.mixed_orientation()) {
    refuse(candidate, Reason::mixed_orientation,
           std::to_string(stack.odd_ones.size()) + " of " + std::to_string(n) +
               " slices differ from the first in orientation, size or pixel spacing");
  }
  if (!stack.duplicates.empty()) {
    const auto place = std::ranges::find(stack.order, stack.duplicates.front().second) - stack.order.begin();
    refuse(candidate, Reason::duplicate_slices,
           "slices " + std::to_string(place) + " and " + of_n(static_cast<std::size_t>(place), n) +
               " lie at one position (" + counted(stack.duplicates.size(), "such pair") + ")");
  }
}

std::string acquisition_time(const Json& attributes) {
  for (std::string_view moment : {"Acquisition", "Series", "Content"}) {
    const std::string keyword(moment);
    const std::string day = text_of(attributes, keyword + "Date");
    if (!day.empty()) return day + text_of(attributes, keyword + "Time");
  }
  return text_of(attributes, "AcquisitionDateTime");
}

}  // namespace

bool is_localizer(const Json& attributes) {
  const std::string type = text_of(attributes, "ImageType");
  return type.find("LOCALIZER") != type.npos || type.find("SCOUT") != type.npos;
}

bool is_secondary_capture(const Json& attributes) {
  return text_of(attributes, "SOPClassUID").starts_with("1.2.840.10008.5.1.4.1.1.7");
}

bool is_sliced_modality(const Json& attributes) {
  constexpr std::array<std::string_view, 4> sliced{"CT", "MR", "PT", "NM"};
  return std::ranges::find(sliced, text_of(attributes, "Modality")) != sliced.end();
}

bool has_position(const Json& attributes) {
  return numbers_of(attributes, "ImagePositionPatient").size() == 3 &&
         numbers_of(attributes, "ImageOrientationPatient").size() == 6 &&
         numbers_of(attributes, "PixelSpacing").size() == 2;
}

SliceGeometry slice_geometry(const Json& attributes) {
  const std::vector<double> position = numbers_of(attributes, "ImagePositionPatient");
  const std::vector<double> direction = numbers_of(attributes, "ImageOrientationPatient");
  const std::vector<double> spacing = numbers_of(attributes, "PixelSpacing");
  SliceGeometry slice;
  std::copy_n(position.begin(), 3, slice.position.begin());
  std::copy_n(direction.begin(), 3, slice.row.begin());
  std::copy_n(direction.begin() + 3, 3, slice.column.begin());
  slice.row_spacing = spacing[0];
  slice.column_spacing = spacing[1];
  slice.rows = whole_number(attributes, "Rows", 0);
  slice.columns = whole_number(attributes, "Columns", 0);
  slice.instance_number = whole_number(attributes, "InstanceNumber", 0);
  return slice;
}

Candidate candidate_of_file(std::span<const FileRecord> records, std::size_t file) {
  Candidate candidate = candidate_with_source(records, std::span(&file, 1));
  const Json& header = records[file].attributes;
  candidate.instance = text_of(header, "SOPInstanceUID");
  const std::vector<double> size = numbers_of(header, "size");
  const std::int64_t frames = whole_number(header, "NumberOfFrames", 1);
  const bool frames_are_slices = size.size() < 3 && frames > 1 && is_sliced_modality(header);
  const std::int64_t slices = size.size() > 2 ? std::llround(size[2]) : frames_are_slices ? frames : 1;
  Json& facts = candidate.attributes;
  facts["n_slices"] = slices;
  facts["frames"] = frames_are_slices ? 1 : frames;
  facts["channels"] = channels_of(header);
  facts["dims"] = whole_number(header, "dims", slices > 1 ? 3 : 2);
  facts["spacing_mm"] = spacing_of(header);
  const std::int64_t columns = whole_number(header, "Columns", 0), rows = whole_number(header, "Rows", 0);
  facts["size"] = header.contains("size") ? header["size"] : Json::array({columns, rows, slices});
  return candidate;
}

Candidate candidate_of_stack(std::span<const FileRecord> records, std::span<const std::size_t> files) {
  std::vector<SliceGeometry> slices;
  for (std::size_t file : files) slices.push_back(slice_geometry(records[file].attributes));
  const Json& header = records[files.front()].attributes;
  const double thickness =
      number_of(header, "SpacingBetweenSlices").value_or(number_of(header, "SliceThickness").value_or(0));
  try {
    const StackGeometry stack = solve_stack(slices, thickness > 0 ? thickness : 1.0);
    std::vector<std::size_t> ordered;
    for (std::size_t i : stack.order) ordered.push_back(files[i]);
    Candidate candidate = candidate_with_source(records, ordered);
    candidate.source.lps = stack.lps;
    add_stack_facts(candidate, stack, slices[stack.order.front()]);
    refuse_odd_stack(candidate, stack);
    candidate.attributes["frames"] = 1;
    candidate.attributes["channels"] = channels_of(header);
    if (files.size() == 1) candidate.instance = text_of(header, "SOPInstanceUID");
    return candidate;
  } catch (const Error& error) {
    if (!error.reason()) throw;
    Candidate candidate = candidate_with_source(records, files);
    candidate.attributes["n_slices"] = files.size();
    refuse(candidate, *error.reason(), error.message());
    return candidate;
  }
}

void number_acquisitions(std::span<Candidate> candidates, std::span<const FileRecord> records) {
  std::set<std::string> times;
  std::vector<std::string> time_of;
  for (const Candidate& candidate : candidates) {
    time_of.push_back(acquisition_time(records[candidate.files.front()].attributes));
    if (!time_of.back().empty()) times.insert(time_of.back());
  }
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (time_of[i].empty()) continue;
    candidates[i].attributes["acquisition_order"] = std::distance(times.begin(), times.find(time_of[i])) + 1;
  }
}

}  // namespace radbatch
