#include "radbatch/study/stack_split.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <tuple>
#include <utility>

#include "radbatch/study/attributes.hpp"

namespace radbatch {
namespace {

using Keywords = std::vector<std::string_view>;
using Indices = std::vector<std::size_t>;
/// The value of each keyword: as numbers where it is numeric, so that 10 comes after 9.
using Label = std::vector<std::pair<std::vector<double>, std::string>>;
using Parts = std::map<Label, Indices>;

/// Where the volumes over time repeat a position, it is the same point up to the noise of headers.
constexpr double SAME_POINT_MM = 0.05;

/// Kinds of image: each is an image of its own.
const std::array<Keywords, 3> kinds{{{"EchoTime"}, {"ImageType"}, {"ComplexImageComponent"}}};
/// What tells the time points of a series apart, the surest first.
const std::array<Keywords, 10> axes{{{"TemporalPositionIdentifier"},
                                     {"DiffusionBValue", "DiffusionGradientOrientation"},
                                     {"TriggerTime"},
                                     {"TemporalPositionIdentifier", "TriggerTime"},
                                     {"FrameReferenceTime"},
                                     {"AcquisitionNumber"},
                                     {"DiffusionBValue", "DiffusionGradientOrientation", "AcquisitionNumber"},
                                     {"AcquisitionTime"},
                                     {"FrameReferenceDateTime"},
                                     {"ContentTime"}}};
/// Where nothing above fits: images of their own if that leaves no two slices at one position.
const std::array<Keywords, 7> last_kinds{{{"TemporalPositionIdentifier"},
                                          {"DiffusionBValue"},
                                          {"EchoTime"},
                                          {"ImageType"},
                                          {"AcquisitionNumber"},
                                          {"ComplexImageComponent"},
                                          {"DimensionIndexValues"}}};

Vector3 normal_of(const SliceGeometry& s) {
  const Vector3 &r = s.row, &c = s.column;
  return {r[1] * c[2] - r[2] * c[1], r[2] * c[0] - r[0] * c[2], r[0] * c[1] - r[1] * c[0]};
}

double distance(const Vector3& a, const Vector3& b) {
  return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/// DimensionIndexValues without the columns that count slices: what else the maker tells frames apart by.
std::string other_dimensions(const Slice& slice) {
  const std::vector<double> values = slice.numbers("DimensionIndexValues");
  std::string label;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto names = slice.own.find("dimensions");
    const std::string name =
        names != slice.own.end() && i < names->size() ? (*names)[i].get<std::string>() : "";
    if (name == "InStackPositionNumber" || name == "ImagePositionPatient" || name == "StackID") continue;
    label += std::to_string(std::llround(values[i])) + " ";
  }
  return label;
}

Label label_of(const Slice& slice, const Keywords& keywords) {
  Label label;
  for (std::string_view keyword : keywords) {
    if (keyword == "DimensionIndexValues") {
      label.emplace_back(std::vector<double>{}, other_dimensions(slice));
      continue;
    }
    std::vector<double> numbers = slice.numbers(keyword);
    std::string text = numbers.empty() ? slice.text(keyword) : "";
    label.emplace_back(std::move(numbers), std::move(text));
  }
  return label;
}

class Splitter {
 public:
  explicit Splitter(std::vector<Slice> slices) : slices_(std::move(slices)) {
    for (const Slice& slice : slices_) geometry_.push_back(slice_geometry(slice));
    find_places();
  }

  std::vector<Stack> split() {
    if (!is_measurable_) return {whole()};
    if (!repeats(everything())) {
      const Parts parts = parts_by({"TemporalPositionIdentifier"});
      if (parts.size() > 1) return apart(parts);
      return {whole()};
    }
    if (auto stacks = by_kind()) return *stacks;
    if (auto stacks = over_time()) return *stacks;
    for (const Keywords& keywords : last_kinds) {
      const Parts parts = parts_by(keywords);
      const bool is_clear =
          std::ranges::none_of(parts, [&](const auto& part) { return repeats(part.second); });
      if (is_clear) return apart(parts);
    }
    if (auto stack = by_instance_number()) return {*stack};
    return {whole()};
  }

 private:
  Indices everything() const {
    Indices all(slices_.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    return all;
  }

  /// Numbers the positions along the normal: place_[slice]. Positions nearer than SAME_POSITION_MM are one.
  void find_places() {
    const Vector3 normal = normal_of(geometry_.front());
    std::vector<double> along;
    for (const SliceGeometry& slice : geometry_) {
      const Vector3& p = slice.position;
      along.push_back(p[0] * normal[0] + p[1] * normal[1] + p[2] * normal[2]);
      is_measurable_ = is_measurable_ && std::isfinite(along.back());
    }
    if (!is_measurable_) return;
    Indices order = everything();
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return along[i]; });
    place_.resize(order.size());
    std::size_t first = order.front();
    for (std::size_t n = 0; n < order.size(); ++n) {
      const std::size_t here = order[n];
      if (n > 0 && along[here] - along[order[n - 1]] >= SAME_POSITION_MM) ++n_places_, first = here;
      place_[here] = n_places_;
      const bool is_same_point =
          distance(geometry_[here].position, geometry_[first].position) <= SAME_POINT_MM;
      points_agree_ = points_agree_ && is_same_point;
    }
    ++n_places_;
  }

  std::size_t n_places_in(const Indices& part) const {
    std::set<std::size_t> places;
    for (std::size_t i : part) places.insert(place_[i]);
    return places.size();
  }
  bool repeats(const Indices& part) const { return n_places_in(part) < part.size(); }

  Parts parts_by(const Keywords& keywords) const {
    Parts parts;
    for (std::size_t i = 0; i < slices_.size(); ++i) parts[label_of(slices_[i], keywords)].push_back(i);
    return parts;
  }

  Stack stack_of(const Indices& part) const {
    Stack stack;
    for (std::size_t i : part) stack.slices.push_back(slices_[i]);
    return stack;
  }
  Stack whole() const { return stack_of(everything()); }

  std::vector<Stack> apart(const Parts& parts) const {
    std::vector<Stack> stacks;
    for (const auto& [label, part] : parts) stacks.push_back(stack_of(part));
    return stacks;
  }

  /// Magnitude and phase, echoes, CT acquisitions and kernels: parts that each cover every position.
  std::optional<std::vector<Stack>> by_kind() const {
    std::vector<Keywords> all(kinds.begin(), kinds.end());
    if (slices_.front().text("Modality") == "CT") {
      all.push_back({"ConvolutionKernel"});
      all.push_back({"AcquisitionNumber"});
    }
    for (const Keywords& keywords : all) {
      const Parts parts = parts_by(keywords);
      const auto covers = [&](const auto& part) { return n_places_in(part.second) == n_places_; };
      if (parts.size() < 2 || !std::ranges::all_of(parts, covers)) continue;
      std::vector<Stack> stacks;
      for (const auto& [label, part] : parts) {
        std::ranges::move(split_slices(stack_of(part).slices), std::back_inserter(stacks));
      }
      return stacks;
    }
    return std::nullopt;
  }

  std::optional<std::vector<Stack>> over_time() const {
    if (!points_agree_) return std::nullopt;
    for (const Keywords& keywords : axes) {
      const Parts parts = parts_by(keywords);
      Indices counts;
      std::vector<Indices> complete, incomplete;
      bool is_clear = parts.size() > 1;
      for (const auto& [label, part] : parts) {
        is_clear = is_clear && !repeats(part);
        (part.size() == n_places_ ? complete : incomplete).push_back(part);
      }
      if (!is_clear || complete.size() < 2 || complete.size() <= incomplete.size()) continue;
      if (keywords.front() == "DiffusionBValue") sort_as_acquired(complete);
      std::vector<Stack> stacks{series_of(complete, std::string(keywords.front()))};
      for (const Indices& part : incomplete) {
        stacks.push_back(stack_of(part));
        stacks.back().is_incomplete = true;
      }
      return stacks;
    }
    return std::nullopt;
  }

  void sort_as_acquired(std::vector<Indices>& parts) const {
    std::ranges::stable_sort(parts, {}, [&](const Indices& part) {
      std::pair first(INT64_MAX, INT64_MAX);
      for (std::size_t i : part)
        first = std::min(first, std::pair(geometry_[i].instance_number, slices_[i].frame));
      return first;
    });
  }

  Stack series_of(std::vector<Indices> parts, std::string axis) const {
    Stack stack;
    for (Indices& part : parts) {
      std::ranges::sort(part, {}, [&](std::size_t i) { return place_[i]; });
      for (std::size_t i : part) stack.slices.push_back(slices_[i]);
    }
    stack.time_points = parts.size();
    if (parts.size() > 1) stack.time_axis = std::move(axis);
    return stack;
  }

  /// The last resort, not for CT: numbers that run through whole volumes one after the other, or through the
  /// time points of one position after the other.
  std::optional<Stack> by_instance_number() const {
    const std::size_t n = slices_.size(), times = n / n_places_;
    if (!points_agree_ || slices_.front().text("Modality") == "CT" || n % n_places_ != 0) return std::nullopt;
    Indices order = everything();
    const auto number = [&](std::size_t i) {
      return std::pair(geometry_[i].instance_number, slices_[i].frame);
    };
    std::ranges::sort(order, {}, number);
    if (std::ranges::adjacent_find(order, {}, number) != order.end()) return std::nullopt;
    std::vector<Indices> by_volume(times), by_slice(times);
    for (std::size_t i = 0; i < n; ++i) {
      by_volume[i / n_places_].push_back(order[i]);
      by_slice[i % times].push_back(order[i]);
    }
    for (const std::vector<Indices>& parts : {by_volume, by_slice}) {
      if (std::ranges::none_of(parts, [&](const Indices& part) { return repeats(part); })) {
        return series_of(parts, "InstanceNumber");
      }
    }
    return std::nullopt;
  }

  std::vector<Slice> slices_;
  std::vector<SliceGeometry> geometry_;
  Indices place_;
  std::size_t n_places_ = 0;
  bool is_measurable_ = true, points_agree_ = true;
};

}  // namespace

std::vector<Stack> split_slices(std::vector<Slice> slices) {
  return Splitter(std::move(slices)).split();
}

}  // namespace radbatch
