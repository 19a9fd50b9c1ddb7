#include "radbatch/model/plan_order_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <type_traits>
#include <vector>

#include "radbatch/base/one_of.hpp"
#include "radbatch/model/plan_fields.hpp"

namespace radbatch::plan_checks {
namespace {

template <class Step>
constexpr bool is_reading = is_one_of<Step, step::LoadImage, step::SampleFrames, step::EnsureChannelFirst,
                                      step::EnsureType, step::CastToType, step::ToTensor>;
/// Steps that put voxels elsewhere, leave some out or repeat them: the same numbers in any type.
template <class Step>
constexpr bool only_moves =
    is_one_of<Step, step::LoadImage, step::SampleFrames, step::EnsureChannelFirst, step::Orientation,
              step::CenterSpatialCrop, step::CenterScaleCrop, step::SpatialCrop, step::RepeatChannel,
              step::SqueezeDim, step::Transpose, step::Flip, step::Rotate90, step::TorchvisionCenterCrop,
              step::XRayCenterCrop, step::ExtractSlices, step::UltrasoundRegion>;
template <class Step>
constexpr bool converts_type =
    is_one_of<Step, step::LoadImage, step::EnsureType, step::CastToType, step::ToTensor>;
/// MONAI's steps that make float32 of whatever comes, before they count.
template <class Step>
constexpr bool begins_in_float32 =
    is_one_of<Step, step::NormalizeIntensity, step::ScaleIntensity, step::HistogramNormalize>;
template <class Step>
constexpr bool converts_stored_values =
    is_one_of<Step, step::TorchvisionToTensor, step::TorchvisionConvertImageDtype, step::TorchvisionToDtype>;
template <class Step>
constexpr bool changes_values =
    is_one_of<Step, step::ScaleIntensityRange, step::ScaleIntensityRangePercentiles, step::ScaleIntensity,
              step::NormalizeIntensity, step::ThresholdIntensity, step::ClipIntensityPercentiles,
              step::HistogramNormalize, step::ShiftIntensity, step::AdjustContrast, step::WindowLevel,
              step::TorchvisionNormalize, step::TorchvisionGrayscale, step::TorchxrayvisionNormalize> ||
    converts_stored_values<Step>;

class Order {
 public:
  void follow(const PlanStep& step, const std::string& path) {
    path_ = path;
    name_ = name(step);
    std::visit([&](const auto& s) { follow_step(s); }, step);
    is_first_ = is_first_ && std::holds_alternative<step::SampleFrames>(step);
  }
  void finish(const std::string& where) const {
    if (type_ != step::NumberType::float32)
      plan_fields::refuse(where, fmt::format("ends in {}, and networks take float32; end with "
                                             "{{\"name\": \"EnsureType\", \"dtype\": \"float32\"}}",
                                             type_name()));
  }

 private:
  template <class Step>
  void follow_step(const Step& s) {
    reading(s);
    types(s);
    stored_values(s);
  }

  template <class Step>
  void reading(const Step& s) {
    if constexpr (std::is_same_v<Step, step::LoadImage>) {
      if (!is_first_) refuse("after another step: reading comes first");
      is_reversed_ = s.reader == step::Reader::itk && s.reverse_indexing.value_or(false);
    }
    if constexpr (std::is_same_v<Step, step::EnsureChannelFirst>) {
      if (is_changed_) refuse("after a step on the image: it belongs to reading");
    }
    if constexpr (is_one_of<Step, step::Orientation, step::Spacing>) {
      if (is_reversed_)
        refuse(
            "after ITKReader with reverse_indexing: MONAI leaves the affine as it was, so the result "
            "would be wrong");
    }
    is_changed_ = is_changed_ || !is_reading<Step>;
  }

  template <class Step>
  void types(const Step& s) {
    if constexpr (converts_type<Step> || std::is_same_v<Step, step::ScaleIntensityRange>) {
      if (!converts_type<Step>) require_float32();
      if (s.dtype || std::is_same_v<Step, step::LoadImage>) type_ = s.dtype;
    } else if constexpr (begins_in_float32<Step>) {
      type_ = step::NumberType::float32;
    } else if constexpr (!only_moves<Step>) {
      require_float32();
    }
  }

  template <class Step>
  void stored_values(const Step& s) {
    if constexpr (std::is_same_v<Step, step::TorchvisionGrayscale>) {
      if (!is_tensor_)
        refuse(
            "before torchvision.ToTensor, where torchvision counts as Pillow does: use the step "
            "Grayscale there");
    }
    if constexpr (std::is_same_v<Step, step::TorchxrayvisionNormalize>) {
      if (!s.maxval && has_other_values_) refuse("of bits-stored after a step that changes values");
    }
    if constexpr (converts_stored_values<Step>) {
      if (has_other_values_) refuse("after a step that changes values: it divides those of the file");
      is_tensor_ = true;
    }
    has_other_values_ = has_other_values_ || changes_values<Step>;
  }

  void require_float32() const {
    if (type_ == step::NumberType::float32) return;
    refuse(
        fmt::format("on {}: MONAI would count in that type; put {{\"name\": \"EnsureType\", \"dtype\": "
                    "\"float32\"}} before it",
                    type_name()));
  }
  std::string type_name() const {
    return type_ ? std::string(plan_fields::number_types[static_cast<std::size_t>(*type_)])
                 : "the type of the file (LoadImage with dtype null)";
  }
  [[noreturn]] void refuse(const std::string& why) const {
    plan_fields::refuse(path_, fmt::format("{} {}", name_, why));
  }

  std::string path_;
  std::string_view name_;
  step::Conversion type_ = step::NumberType::float32;
  bool is_first_ = true, is_reversed_ = false, is_changed_ = false, is_tensor_ = false;
  bool has_other_values_ = false;
};

}  // namespace

void check_value_order(const Plan& plan, const std::string& where) {
  std::set<std::string> images;
  for (const std::vector<std::string>& keys : plan.keys) images.insert(keys.begin(), keys.end());
  if (images.empty()) images.insert("");
  for (const std::string& image : images) {
    Order order;
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
      const std::vector<std::string>& keys = keys_of(plan, i);
      if (keys.empty() || std::find(keys.begin(), keys.end(), image) != keys.end())
        order.follow(plan.steps[i], fmt::format("{}[{}]", where, i));
    }
    order.finish(where);
  }
}

}  // namespace radbatch::plan_checks
