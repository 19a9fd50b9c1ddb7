#include "radbatch/prepare/explain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>
#include <variant>

#include "radbatch/base/error.hpp"
#include "radbatch/prepare/steps.hpp"

namespace radbatch {
namespace {

using prepare_detail::Image;

template <class Step, class... Others>
constexpr bool is_one_of = (std::is_same_v<Step, Others> || ...);

/// Steps that leave shape and geometry as they are. Any other is run.
template <class Step>
constexpr bool keeps_grid =
    is_one_of<Step, step::LoadImage, step::EnsureChannelFirst, step::EnsureType, step::CastToType,
              step::ToTensor, step::ScaleIntensityRange, step::ScaleIntensityRangePercentiles,
              step::ScaleIntensity, step::NormalizeIntensity>;

/// Steps whose result only the image can tell. CropForeground and the like belong here.
bool depends_on_image(const PlanStep& step) {
  return name(step) == "CropForeground" || std::holds_alternative<step::UltrasoundRegion>(step);
}

StepGrid grid_of(std::string_view name, const Image& image, const StepGrid& before) {
  StepGrid grid;
  grid.name = std::string(name);
  grid.shape.assign(image.shape.begin(), image.shape.begin() + 1 + image.dims);
  grid.axes.assign(image.axes.begin(), image.axes.begin() + image.dims);
  grid.ras = image.ras;
  grid.items = before.items;
  grid.depends_on_image = before.depends_on_image;
  return grid;
}

/// The first of the slices, and how many there are.
std::int64_t take_slices(Image& image, const step::ExtractSlices& s) {
  if (image.dims == 2) return 1;
  const int axis = static_cast<int>(s.axis);
  const std::int64_t n = image.shape[axis + 1];
  const std::int64_t to = std::min(s.to.value_or(n), n);
  if (s.from >= to)
    throw Error(Reason::prepare, fmt::format("slices from {} are wanted, axis {} has {}", s.from, axis, n));
  image = prepare_detail::slice_of(image, axis, s.from);
  return to - s.from;
}

template <class Step>
void run(Image& image, const Step& s, StepGrid& grid) {
  if constexpr (std::is_same_v<Step, step::ExtractSlices>) {
    grid.items = take_slices(image, s);
  } else if constexpr (!keeps_grid<Step>) {
    prepare_detail::apply(image, s);
  }
}

}  // namespace

PlanGrids explain_grids(const Volume& volume, const Plan& plan) {
  PlanGrids all;
  Image image = prepare_detail::grid_of(volume);
  all.steps.push_back(grid_of("image", image, {}));
  for (const PlanStep& step : plan.steps) {
    StepGrid before = all.steps.back();
    before.depends_on_image = before.depends_on_image || depends_on_image(step);
    try {
      if (!depends_on_image(step)) std::visit([&](const auto& s) { run(image, s, before); }, step);
    } catch (const Error& problem) {
      all.problem =
          fmt::format("step {} of the plan ({}): {}", all.steps.size(), name(step), problem.message());
      return all;
    }
    all.steps.push_back(grid_of(name(step), image, before));
  }
  return all;
}

std::string value_effect(const PlanStep& step) {
  const auto given = [](const step::NormalizeIntensity& s) {
    return !s.subtrahend.empty() && !s.divisor.empty();
  };
  if (const auto* s = std::get_if<step::NormalizeIntensity>(&step); s && given(*s)) return "each value";
  if (std::holds_alternative<step::NormalizeIntensity>(step) ||
      std::holds_alternative<step::ScaleIntensity>(step) ||
      std::holds_alternative<step::ScaleIntensityRangePercentiles>(step))
    return "by statistics of the image";
  return std::holds_alternative<step::ScaleIntensityRange>(step) ? "each value" : "";
}

}  // namespace radbatch
