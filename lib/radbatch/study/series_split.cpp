#include "radbatch/study/series_split.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <ranges>
#include <set>
#include <tuple>
#include <unordered_map>

#include "radbatch/study/attributes.hpp"
#include "radbatch/study/candidate_facts.hpp"
#include "radbatch/study/stack_split.hpp"

namespace radbatch {
namespace {

using Files = std::vector<std::size_t>;

/// Modalities whose instances are pictures, even where the header gives a position.
bool is_picture_modality(const Json& attributes) {
  constexpr std::array<std::string_view, 17> pictures{"CR", "DX", "MG", "US", "SC", "XA", "RF",  "IO",  "PX",
                                                      "OT", "ES", "XC", "GM", "SM", "OP", "OPT", "IVUS"};
  return std::ranges::find(pictures, text_of(attributes, "Modality")) != pictures.end();
}

bool is_one_image(const Json& attributes) {
  return is_picture_modality(attributes) || is_secondary_capture(attributes) ||
         number_of(attributes, "NumberOfFrames").value_or(1) > 1 ||
         number_of(attributes, "SamplesPerPixel").value_or(1) > 1;
}

/// Slices that may share a stack have equal values here; orientation is compared with a tolerance.
std::string stack_key(const Slice& slice) {
  std::string key = is_localizer(*slice.header) ? "localizer" : "";
  for (std::string_view keyword : {"Rows", "Columns", "EchoNumbers", "StackID"}) {
    key += "\n" + slice.text(keyword);
  }
  if (!slice.text("SeriesInstanceUID").empty()) return key;
  // Nothing says what a series is: what is the same all through a series has to.
  for (std::string_view keyword :
       {"Modality", "SeriesNumber", "SeriesDescription", "ConvolutionKernel", "FrameOfReferenceUID"}) {
    key += "\n" + slice.text(keyword);
  }
  return key;
}

/// Slices of one key and orientation.
struct Group {
  std::string key;
  std::vector<double> orientation;  ///< of the first slice
  std::vector<Slice> slices;

  bool takes(const std::string& other_key, const std::vector<double>& other) const {
    return key == other_key && std::ranges::equal(orientation, other, [](double x, double y) {
             return std::abs(x - y) <= SAME_DIRECTION;
           });
  }
};

void add_to_group(Slice slice, std::vector<Group>& groups) {
  std::string key = stack_key(slice);
  std::vector<double> orientation = slice.numbers("ImageOrientationPatient");
  // The last group first: neighbours in a series are usually neighbours in a stack.
  for (Group& group : std::views::reverse(groups)) {
    if (group.takes(key, orientation)) return group.slices.push_back(std::move(slice));
  }
  groups.push_back({std::move(key), std::move(orientation), {}});
  groups.back().slices.push_back(std::move(slice));
}

class CaseSplitter {
 public:
  CaseSplitter(std::span<const FileRecord> records, std::span<const std::size_t> files) : records_(records) {
    for (std::size_t file : files) ++n_with_uid_[uid(file)];
  }

  const Json& header(std::size_t file) const { return records_[file].attributes; }

  void add_file(std::size_t file) { add(candidate_of_file(records_, file)); }

  void add_member(std::size_t file) {
    Member member;
    member.file = file;
    member.series = text_of(header(file), "SeriesInstanceUID");
    member.instance = uid(file);
    for (const char* keyword : {"Modality", "SeriesNumber", "SeriesDescription", "SOPClassUID"}) {
      if (header(file).contains(keyword)) member.attributes[keyword] = header(file)[keyword];
    }
    member.reason = records_[file].reason.value_or(Reason::not_image);
    member.detail = records_[file].detail;
    result.members.push_back(std::move(member));
  }

  /// All image files of one SeriesInstanceUID, by instance number.
  void add_series(const Files& files) {
    Files placeless, damaged;
    std::vector<Group> groups;
    for (std::size_t file : files) {
      if (holds_slices(header(file))) {
        add_frames(file, groups);
      } else if (is_one_image(header(file)) && !(records_[file].reason && !header(file).contains("Rows"))) {
        add_file(file);
      } else if (has_position(header(file))) {
        add_to_group({file, -1, &header(file)}, groups);
      } else {
        (records_[file].reason ? damaged : placeless).push_back(file);
      }
    }
    add_placeless(placeless);
    add_stacks(groups, damaged);
  }

  ImagesOfCase finish() {
    number_acquisitions(result.candidates, records_);
    std::ranges::stable_sort(result.candidates, {}, [&](const Candidate& candidate) {
      const Json& first = header(candidate.files.front());
      constexpr double last = std::numeric_limits<double>::infinity();
      return std::tuple(number_of(first, "SeriesNumber").value_or(last), candidate.series,
                        number_of(first, "InstanceNumber").value_or(last), uid(candidate.files.front()));
    });
    return std::move(result);
  }

  ImagesOfCase result;

 private:
  std::string uid(std::size_t file) const { return text_of(header(file), "SOPInstanceUID"); }

  void add(Candidate candidate) {
    const std::size_t n = candidate.files.size();
    const bool is_open = !candidate.reason || candidate.reason == Reason::duplicate_slices;
    for (std::size_t i = 0; i < n && is_open; ++i) {
      const std::string id = uid(candidate.files[i]);
      if (id.empty() || n_with_uid_.at(id) < 2) continue;
      candidate.reason = Reason::duplicate_slices;
      candidate.detail =
          (n == 1 ? std::string() : "file " + std::to_string(i + 1) + " of " + std::to_string(n) + ": ") +
          "another file has the same SOPInstanceUID and differs";
      break;
    }
    result.candidates.push_back(std::move(candidate));
  }

  /// The frames of an enhanced object or the tiles of a mosaic. Where they cannot be placed, the file is one
  /// image that is refused.
  void add_frames(std::size_t file, std::vector<Group>& groups) {
    std::string fault = fault_of_frames(header(file));
    std::vector<Slice> slices;
    if (fault.empty()) slices = slices_of(records_[file], file);
    if (!std::ranges::all_of(slices, [](const Slice& slice) { return has_position(slice); })) {
      fault = "not every frame has a position, an orientation and a pixel spacing";
    }
    if (fault.empty()) {
      for (Slice& slice : slices) add_to_group(std::move(slice), groups);
      return;
    }
    Candidate candidate = candidate_of_file(records_, file);
    if (!candidate.reason) {
      candidate.reason = Reason::bad_header;
      candidate.detail = std::move(fault);
    }
    add(std::move(candidate));
  }

  /// Slices whose header has no position: one is a picture, several cannot be put in order.
  void add_placeless(const Files& files) {
    if (files.empty()) return;
    if (files.size() == 1 || !is_sliced_modality(header(files.front()))) {
      for (std::size_t file : files) add_file(file);
      return;
    }
    Candidate candidate = candidate_of_file(records_, files.front());
    candidate.instance.clear();
    candidate.files = files;
    candidate.attributes["n_slices"] = files.size();
    candidate.reason = Reason::bad_header;
    candidate.detail =
        std::to_string(files.size()) +
        " slices have no ImagePositionPatient, ImageOrientationPatient or PixelSpacing to order them by";
    for (std::size_t file : std::span(files).subspan(1)) {
      candidate.source.files.push_back(readable_path(records_[file]));
    }
    add(std::move(candidate));
  }

  void add_stacks(std::vector<Group>& groups, const Files& damaged) {
    std::vector<Candidate> made;
    for (Group& group : groups) {
      for (const Stack& stack : split_slices(std::move(group.slices))) {
        made.push_back(candidate_of_stack(records_, stack));
      }
    }
    if (made.empty()) {
      for (std::size_t file : damaged) add_file(file);
    } else if (!damaged.empty()) {
      spoil(*std::ranges::max_element(made, {}, [](const Candidate& c) { return c.files.size(); }), damaged);
    }
    for (Candidate& candidate : made) add(std::move(candidate));
  }

  void spoil(Candidate& candidate, const Files& damaged) const {
    candidate.files.insert(candidate.files.end(), damaged.begin(), damaged.end());
    if (candidate.reason) return;
    const FileRecord& record = records_[damaged.front()];
    candidate.reason = record.reason;
    candidate.detail = "a file of the series (" + std::to_string(damaged.size()) + " of " +
                       std::to_string(candidate.files.size()) + " without a position): " + record.detail;
  }

  std::span<const FileRecord> records_;
  std::unordered_map<std::string, std::size_t> n_with_uid_;
};

}  // namespace

bool is_dicom_image(const FileRecord& record) {
  if (record.kind != FileKind::dicom || record.reason == Reason::not_image) return false;
  return record.reason || record.attributes.contains("Rows");
}

ImagesOfCase images_of(std::span<const FileRecord> records, std::span<const std::size_t> files) {
  CaseSplitter splitter(records, files);
  std::map<std::string, Files> series;
  for (std::size_t file : files) {
    if (records[file].kind != FileKind::dicom) {
      splitter.add_file(file);
    } else if (!is_dicom_image(records[file])) {
      splitter.add_member(file);
    } else {
      series[text_of(records[file].attributes, "SeriesInstanceUID")].push_back(file);
    }
  }
  for (auto& [uid, slices] : series) {
    std::ranges::stable_sort(slices, {}, [&](std::size_t file) {
      const Json& header = records[file].attributes;
      return std::pair(number_of(header, "InstanceNumber").value_or(0), text_of(header, "SOPInstanceUID"));
    });
    splitter.add_series(slices);
  }
  return splitter.finish();
}

}  // namespace radbatch
