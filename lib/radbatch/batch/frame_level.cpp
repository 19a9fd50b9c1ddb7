#include "radbatch/batch/frame_level.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace radbatch {
namespace {

constexpr const char* INDEX = "frames.index";
constexpr const char* SECONDS = "frames.t_s";
constexpr const char* REST = "frames.t_s_rest";

CaseArray array_of(const char* name, std::vector<float> values) {
  CaseArray array;
  array.info.input = name;
  array.info.axes = "frame";
  array.info.shape = {static_cast<std::int64_t>(values.size())};
  array.values = std::move(values);
  return array;
}

const CaseArray* find(std::span<const CaseArray> arrays, std::string_view name) {
  const auto found = std::ranges::find(
      arrays, name, [](const CaseArray& one) -> std::string_view { return one.info.input; });
  return found == arrays.end() ? nullptr : &*found;
}

}  // namespace

std::optional<FrameList> frames_of_image(const Json& image, std::int64_t items) {
  FrameList frames;
  if (image.value("frames", std::int64_t{1}) != items) return std::nullopt;
  frames.seconds = image.value("frame_times_s", std::vector<double>());
  frames.indices = image.value("frame_indices", std::vector<std::int64_t>());
  if (frames.indices.empty()) {
    for (std::int64_t i = 0; i < items; ++i) frames.indices.push_back(i);
  }
  const auto n = static_cast<std::size_t>(items);
  const bool fits = frames.indices.size() == n && (frames.seconds.empty() || frames.seconds.size() == n) &&
                    std::ranges::is_sorted(frames.seconds);
  return fits ? std::optional(std::move(frames)) : std::nullopt;
}

std::vector<CaseArray> frame_arrays(const FrameList& frames) {
  std::vector<CaseArray> arrays{array_of(INDEX, {frames.indices.begin(), frames.indices.end()})};
  if (frames.seconds.empty()) return arrays;
  std::vector<float> seconds, rest;
  for (const double t : frames.seconds) {
    seconds.push_back(static_cast<float>(t));
    rest.push_back(static_cast<float>(t - static_cast<double>(seconds.back())));
  }
  arrays.push_back(array_of(SECONDS, std::move(seconds)));
  arrays.push_back(array_of(REST, std::move(rest)));
  return arrays;
}

std::optional<FrameList> frame_list(std::span<const CaseArray> arrays) {
  const CaseArray* index = find(arrays, INDEX);
  if (index == nullptr) return std::nullopt;
  FrameList frames;
  for (const float value : index->values)
    frames.indices.push_back(static_cast<std::int64_t>(std::llround(value)));
  const CaseArray *seconds = find(arrays, SECONDS), *rest = find(arrays, REST);
  for (std::size_t i = 0; seconds != nullptr && rest != nullptr && i < seconds->values.size(); ++i)
    frames.seconds.push_back(static_cast<double>(seconds->values[i]) +
                             static_cast<double>(rest->values.at(i)));
  return frames;
}

}  // namespace radbatch
