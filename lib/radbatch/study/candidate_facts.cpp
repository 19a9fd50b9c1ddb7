#include "radbatch/study/candidate_facts.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/study/attributes.hpp"
#include "radbatch/study/ultrasound.hpp"

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
  for (const char* fact : {"is_video", "duration_s", "frame_rate", "rotation_degrees", "video_codec",
                           "video_container", "FrameTime", "CineRate", "RecommendedDisplayFrameRate"}) {
    if (record.attributes.contains(fact)) candidate.attributes[fact] = record.attributes[fact];
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
  candidate.source.attributes.erase("frame_groups");
  for (std::size_t file : files) {
    candidate.source.files.push_back(readable_path(records[file]));
    if (records[file].plain)
      candidate.source.plain.emplace(candidate.source.files.back(), *records[file].plain);
  }
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
  if (const auto spacing = ultrasound_spacing(attributes)) return *spacing;
  return Json::array();
}

/// The image whose planes are these slices, in this order.
Candidate candidate_of_slices(std::span<const FileRecord> records, std::span<const Slice> slices) {
  std::vector<std::size_t> files;
  std::map<std::size_t, std::size_t> place_of;
  for (const Slice& slice : slices) {
    if (place_of.emplace(slice.file, files.size()).second) files.push_back(slice.file);
  }
  Candidate candidate = candidate_with_source(records, files);
  const Slice& head = slices.front();
  if (files.size() == 1) candidate.instance = head.text("SOPInstanceUID");
  for (std::string_view keyword : series_keywords()) {
    const auto own = head.own.find(std::string(keyword));
    if (own != head.own.end()) candidate.attributes[own.key()] = *own;
  }
  candidate.source.attributes.update(without_identifiers(head.own));
  candidate.attributes["channels"] = channels_of(*head.header);
  if (head.frame < 0) return candidate;
  for (const Slice& slice : slices) {
    Plane plane{place_of.at(slice.file), slice.frame, std::nullopt};
    const auto slope = slice.own.find("RescaleSlope");
    if (slope != slice.own.end() && slope->is_number()) {
      plane.rescale = {slope->get<double>(), slice.number("RescaleIntercept").value_or(0)};
    }
    candidate.source.planes.push_back(plane);
  }
  if (const auto mosaic = head.header->find("mosaic"); mosaic != head.header->end()) {
    candidate.source.mosaic_side = mosaic_side((*mosaic)["n_images"].get<std::int64_t>());
  }
  return candidate;
}

/// Seconds of a DICOM time or date and time: the day counts only so far as it changes within one image.
std::optional<double> seconds_of(const std::string& text) {
  const std::size_t point = std::min(text.find('.'), text.size());
  if (point < 6 || text.find_first_not_of("0123456789.") != text.npos) return std::nullopt;
  const double clock = std::stod(text.substr(point - 6));
  const double hours = std::floor(clock / 1e4), minutes = std::floor(clock / 100) - 100 * hours;
  const double day = point >= 14 ? std::stod(text.substr(point - 8, 2)) : 0;
  return day * 86400 + hours * 3600 + minutes * 60 + (clock - std::floor(clock / 100) * 100);
}

/// When each time point began, from the first; empty when the headers do not say or do not agree.
std::vector<double> times_of(const Stack& stack) {
  const std::size_t per_time = stack.slices.size() / stack.time_points;
  std::vector<double> times;
  for (std::size_t t = 0; t < stack.time_points; ++t) {
    std::optional<double> begin;
    for (std::size_t i = t * per_time; i < (t + 1) * per_time; ++i) {
      const auto time = seconds_of(stack.slices[i].text("AcquisitionTime"));
      if (time && (!begin || *time < *begin)) begin = time;
    }
    if (!begin) return {};
    times.push_back(*begin);
  }
  const double first = times.front();
  for (double& time : times) time = rounded(time - first, 1e4);
  if (!std::ranges::is_sorted(times) || times.back() <= 0) return {};
  return times;
}

void add_time_facts(Candidate& candidate, const Stack& stack) {
  Json& facts = candidate.attributes;
  facts["frames"] = stack.time_points;
  if (stack.is_incomplete) facts["is_incomplete"] = true;
  if (stack.time_points == 1) return;
  facts["time_axis"] = stack.time_axis;
  if (const std::vector<double> times = times_of(stack); !times.empty()) facts["frame_times_s"] = times;
  const std::size_t per_time = stack.slices.size() / stack.time_points;
  // Whatever tells the volumes apart: repeated directions are numbered by acquisition or time.
  if (!stack.slices.front().number("DiffusionBValue")) return;
  for (std::size_t t = 0; t < stack.time_points; ++t) {
    const Slice& slice = stack.slices[t * per_time];
    facts["b_values"].push_back(slice.number("DiffusionBValue").value_or(0));
    facts["b_directions"].push_back(slice.numbers("DiffusionGradientOrientation"));
  }
}

/// The matrix cannot say where slices with uneven steps lie.
void add_positions(Candidate& candidate, const StackGeometry& stack, std::span<const SliceGeometry> slices) {
  if (!stack.is_uneven && stack.tilt_degrees <= TILTED_DEGREES) return;
  for (std::size_t i : stack.order) candidate.source.positions.push_back(slices[i].position);
}

void add_ultrasound_facts(Candidate& candidate, const Json& header) {
  if (text_of(header, "Modality") != "US" && !header.contains("ultrasound_regions")) return;
  const UltrasoundMode mode = ultrasound_mode(header);
  candidate.attributes["us_mode"] = mode.mode;
  if (!mode.source.empty()) candidate.attributes["us_mode_source"] = mode.source;
  if (const auto region = tissue_region(header)) candidate.attributes["us_region_px"] = region->px;
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

void refuse_odd_stack(Candidate& candidate, const StackGeometry& stack, std::size_t n_slices) {
  const std::size_t n = stack.order.size();
  if (stack.mixed_orientation()) {
    refuse(candidate, Reason::mixed_orientation,
           std::to_string(stack.odd_ones.size()) + " of " + std::to_string(n_slices) +
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
  return has_position(Slice{0, -1, &attributes});
}

Candidate candidate_of_file(std::span<const FileRecord> records, std::size_t file) {
  Candidate candidate = candidate_with_source(records, std::span(&file, 1));
  const Json& header = records[file].attributes;
  candidate.instance = text_of(header, "SOPInstanceUID");
  const std::vector<double> size = numbers_of(header, "size");
  const std::int64_t frames = whole_number(header, "NumberOfFrames", 1);
  // Frames of an enhanced object that do not say where they lie are pictures, whatever the modality.
  const bool is_placeless = flag_of(header, "is_enhanced");
  const bool frames_are_slices = size.size() < 3 && frames > 1 && is_sliced_modality(header) && !is_placeless;
  const std::int64_t slices = size.size() > 2 ? std::llround(size[2]) : frames_are_slices ? frames : 1;
  Json& facts = candidate.attributes;
  facts["n_slices"] = slices;
  facts["frames"] = frames_are_slices ? 1 : frames;
  facts["channels"] = channels_of(header);
  if (is_placeless) facts["is_without_geometry"] = true;
  facts["dims"] = whole_number(header, "dims", slices > 1 ? 3 : 2);
  facts["spacing_mm"] = spacing_of(header);
  const std::int64_t columns = whole_number(header, "Columns", 0), rows = whole_number(header, "Rows", 0);
  facts["size"] = header.contains("size") ? header["size"] : Json::array({columns, rows, slices});
  add_ultrasound_facts(candidate, header);
  return candidate;
}

Candidate candidate_of_chapters(std::span<const FileRecord> records, std::span<const std::size_t> files) {
  Candidate clip = candidate_of_file(records, files.front());
  clip.files.assign(files.begin(), files.end());
  clip.source.files.clear();
  double seconds = 0;
  std::int64_t frames = 0;
  for (const std::size_t file : files) {
    clip.source.files.push_back(readable_path(records[file]));
    frames += whole_number(records[file].attributes, "NumberOfFrames", 1);
    seconds += number_of(records[file].attributes, "duration_s").value_or(0);
  }
  clip.attributes["frames"] = frames;
  clip.attributes["duration_s"] = seconds;
  inherit_reason(clip, records);
  return clip;
}

Candidate candidate_of_stack(std::span<const FileRecord> records, const Stack& found) {
  std::vector<SliceGeometry> slices;
  for (const Slice& slice : found.slices) slices.push_back(slice_geometry(slice));
  const std::size_t per_time = slices.size() / found.time_points;
  const Slice& head = found.slices.front();
  const double thickness =
      head.number("SpacingBetweenSlices").value_or(head.number("SliceThickness").value_or(0));
  try {
    StackGeometry stack = solve_stack(std::span(slices).first(per_time), thickness > 0 ? thickness : 1.0);
    if (found.time_points > 1) stack.odd_ones = solve_stack(slices).odd_ones;
    Stack ordered = found;
    for (std::size_t i = 0; i < ordered.slices.size(); ++i) {
      ordered.slices[i] = found.slices[i / per_time * per_time + stack.order[i % per_time]];
    }
    Candidate candidate = candidate_of_slices(records, ordered.slices);
    candidate.source.lps = stack.lps;
    candidate.source.time_points = static_cast<std::int64_t>(found.time_points);
    add_stack_facts(candidate, stack, slices[stack.order.front()]);
    add_positions(candidate, stack, slices);
    add_time_facts(candidate, ordered);
    refuse_odd_stack(candidate, stack, found.slices.size());
    return candidate;
  } catch (const Error& error) {
    if (!error.reason()) throw;
    Candidate candidate = candidate_of_slices(records, found.slices);
    candidate.attributes["n_slices"] = found.slices.size();
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
