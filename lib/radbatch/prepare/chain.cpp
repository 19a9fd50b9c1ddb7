#include "radbatch/prepare/chain.hpp"

#include <fmt/format.h>

#include <type_traits>
#include <variant>

#include "radbatch/base/error.hpp"
#include "radbatch/prepare/steps.hpp"

namespace radbatch::prepare_detail {
namespace {

/// Already so, or done elsewhere: ExtractSlices by Preparation, names of images by prepare_several.
template <class Step>
constexpr bool changes_nothing =
    std::is_same_v<Step, step::LoadImage> || std::is_same_v<Step, step::EnsureChannelFirst> ||
    std::is_same_v<Step, step::EnsureType> || std::is_same_v<Step, step::CastToType> ||
    std::is_same_v<Step, step::ToTensor> || std::is_same_v<Step, step::ExtractSlices> ||
    std::is_same_v<Step, step::ResampleToMatch> || std::is_same_v<Step, step::ConcatItems> ||
    std::is_same_v<Step, step::CopyItems> || std::is_same_v<Step, step::SelectItems> ||
    std::is_same_v<Step, step::DeleteItems>;

}  // namespace

std::string step_title(const Plan& plan, std::size_t i) {
  return fmt::format("step {} of the plan ({})", i + 1, name(plan.steps[i]));
}

Json trace_entry(std::string_view name, const Image& image) {
  Json spacing = Json::array();
  for (int a = 0; a < image.dims; ++a) spacing.push_back(image.ras.spacing(a));
  return {{"name", std::string(name)}, {"shape", shape_json(image)}, {"spacing_mm", spacing}};
}

void run_step(Image& image, const Plan& plan, std::size_t i) {
  const auto run = [&]<class Step>(const Step& s) {
    if constexpr (!changes_nothing<Step>) apply(image, s);
  };
  try {
    std::visit(run, plan.steps[i]);
  } catch (Error& error) {
    throw error.within(step_title(plan, i));
  }
}

}  // namespace radbatch::prepare_detail
