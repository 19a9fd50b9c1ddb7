#include "radbatch/prepare/explain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

#include "radbatch/base/error.hpp"
#include "radbatch/base/one_of.hpp"
#include "radbatch/prepare/chain.hpp"

namespace radbatch {
namespace {

using prepare_detail::Image;

/// Value steps that an executor could only carry out on values; their grid is the one before.
template <class Step>
constexpr bool keeps_grid =
    is_one_of<Step, step::EnsureType, step::CastToType, step::ToTensor, step::ThresholdIntensity,
              step::ClipIntensityPercentiles, step::HistogramNormalize, step::ShiftIntensity,
              step::AdjustContrast, step::TorchvisionToTensor, step::TorchvisionConvertImageDtype,
              step::TorchvisionToDtype, step::TorchvisionNormalize>;

/// Steps whose result only the image, its header or its case can tell.
template <class Step>
constexpr bool depends_on_image =
    is_one_of<Step, step::CropForeground, step::UltrasoundRegion, step::CropToRegion>;

template <class Step>
constexpr bool uses_statistics =
    is_one_of<Step, step::ScaleIntensity, step::ScaleIntensityRangePercentiles,
              step::ClipIntensityPercentiles, step::HistogramNormalize, step::AdjustContrast>;

template <class Step>
constexpr bool maps_values =
    is_one_of<Step, step::ScaleIntensityRange, step::ThresholdIntensity, step::ShiftIntensity,
              step::WindowLevel, step::TorchvisionToTensor, step::TorchvisionConvertImageDtype,
              step::TorchvisionToDtype, step::TorchvisionNormalize, step::TorchxrayvisionNormalize>;

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

class Explanation {
 public:
  explicit Explanation(const Plan& plan) : plan_(plan) {}

  PlanGrids run(const Volume& volume) {
    try {
      Image image = executor_->load(volume, 0, prepare_detail::loading_of(plan_)).image;
      tell("image", image, {});
      for (const PlanStep& step : plan_.steps) {
        StepGrid before = all_.steps.back();
        const auto carry_out = [&](const auto& s) { apply(image, step, s, before); };
        try {
          std::visit(carry_out, step);
        } catch (Error& error) {
          throw error.within(prepare_detail::step_title(plan_, all_.steps.size() - 1));
        }
        tell(name(step), image, before);
      }
      executor_->write(image, nullptr);
      all_.tensor = executor_->take_notes();
    } catch (const Error& problem) {
      all_.problem = problem.message();
    }
    return std::move(all_);
  }

 private:
  void tell(std::string_view name, const Image& image, const StepGrid& before) {
    all_.steps.push_back(grid_of(name, image, before));
    all_.steps.back().fused = executor_->take_notes();
  }

  template <class Step>
  void apply(Image& image, const PlanStep& step, const Step& s, StepGrid& grid) {
    if constexpr (depends_on_image<Step>) {
      grid.depends_on_image = true;
    } else if constexpr (std::is_same_v<Step, step::ExtractSlices>) {
      grid.items = take_slices(image, s);
    } else if constexpr (!keeps_grid<Step>) {
      executor_->apply(image, step);
    }
  }

  const Plan& plan_;
  const std::unique_ptr<prepare_detail::Executor> executor_ = prepare_detail::explaining_executor();
  PlanGrids all_;
};

}  // namespace

PlanGrids explain_grids(const Volume& volume, const Plan& plan) {
  return Explanation(plan).run(volume);
}

std::string value_effect(const PlanStep& step) {
  return std::visit(
      []<class Step>(const Step& s) -> std::string {
        if constexpr (std::is_same_v<Step, step::NormalizeIntensity>)
          return s.subtrahend.empty() || s.divisor.empty() ? "by statistics of the image" : "each value";
        if constexpr (uses_statistics<Step>) return "by statistics of the image";
        return maps_values<Step> ? "each value" : "";
      },
      step);
}

}  // namespace radbatch
