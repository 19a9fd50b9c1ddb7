#include "radbatch/batch/frame_level.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace radbatch {
namespace {

constexpr std::string_view PREFIX = "frames.";
constexpr const char* INDEX = "frames.index";
constexpr const char* SECONDS = "frames.t_s";
constexpr const char* REST = "frames.t_s_rest";

CaseArray array_of(std::string name, std::vector<std::int64_t> shape, std::vector<float> values) {
  CaseArray array;
  array.info.input = std::move(name);
  array.info.axes = shape.size() == 2 ? "frame,class" : "frame";
  array.info.shape = std::move(shape);
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

std::vector<CaseArray> frame_arrays(const ClassifyPass& pass, const FrameList& frames) {
  const auto n = static_cast<std::int64_t>(frames.indices.size());
  std::vector<CaseArray> arrays;
  for (const OutputArray& output : pass.outputs)
    arrays.push_back(array_of(std::string(PREFIX) + output.name, output.shape, output.values));
  arrays.push_back(array_of(INDEX, {n}, {frames.indices.begin(), frames.indices.end()}));
  if (frames.seconds.empty()) return arrays;
  std::vector<float> seconds, rest;
  for (const double t : frames.seconds) {
    seconds.push_back(static_cast<float>(t));
    rest.push_back(static_cast<float>(t - static_cast<double>(seconds.back())));
  }
  arrays.push_back(array_of(SECONDS, {n}, std::move(seconds)));
  arrays.push_back(array_of(REST, {n}, std::move(rest)));
  return arrays;
}

std::optional<FrameLevel> frame_level(std::span<const CaseArray> arrays) {
  const CaseArray* index = find(arrays, INDEX);
  if (index == nullptr) return std::nullopt;
  FrameLevel level;
  for (const float value : index->values)
    level.frames.indices.push_back(static_cast<std::int64_t>(std::llround(value)));
  const CaseArray *seconds = find(arrays, SECONDS), *rest = find(arrays, REST);
  for (std::size_t i = 0; seconds != nullptr && rest != nullptr && i < seconds->values.size(); ++i)
    level.frames.seconds.push_back(static_cast<double>(seconds->values[i]) +
                                   static_cast<double>(rest->values.at(i)));
  for (const CaseArray& array : arrays) {
    if (array.info.input.starts_with(PREFIX) && array.info.shape.size() == 2)
      level.outputs.push_back({array.info.input.substr(PREFIX.size()), array.info.shape, array.values});
  }
  return level;
}

CaseScores score_frame(const Bundle& bundle, const FrameLevel& level, std::size_t item) {
  std::vector<HeadOutput> outputs;
  for (const OutputArray& output : level.outputs) {
    const auto classes = static_cast<std::size_t>(output.shape[1]);
    outputs.push_back(
        {output.name, 1, output.shape[1], std::span(output.values).subspan(item * classes, classes)});
  }
  return score_case(bundle, outputs, Level::frames);
}

}  // namespace radbatch
