#include "radbatch/batch/case_inputs.hpp"

#include <algorithm>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/study/attributes.hpp"
#include "radbatch/study/derived_fields.hpp"

namespace radbatch {
namespace {

/// What manifests say in JSON, and tables in text.
bool is_registered(const Case& one) {
  const auto at = one.carried.find("registered");
  if (at == one.carried.end() || at->is_null()) return false;
  if (at->is_boolean()) return at->get<bool>();
  const std::string word = to_lower_ascii(at->is_string() ? at->get<std::string>() : at->dump());
  if (word == "true" || word == "1") return true;
  if (word.empty() || word == "false" || word == "0") return false;
  throw Error(Reason::frame_of_reference,
              "the manifest's \"registered\" is '" + printable(word) + "', neither true nor false");
}

const step::CropToRegion* region_step(const Plan& plan) {
  for (const PlanStep& s : plan.steps) {
    if (const auto* crop = std::get_if<step::CropToRegion>(&s)) return crop;
  }
  return nullptr;
}

}  // namespace

std::vector<CaseInput> case_inputs(const Bundle& bundle, const Case& one, const Selection& selection) {
  if (const SelectedInput* fault = selection.fault()) throw Error(*fault->reason, fault->detail, fault->hint);
  std::vector<CaseInput> inputs;
  for (std::size_t i = 0; i < bundle.inputs.size(); ++i) {
    CaseInput& input = inputs.emplace_back(CaseInput{&bundle.inputs[i], nullptr, 0});
    const std::optional<std::size_t> chosen = selection.inputs.at(i).candidate;
    if (chosen) {
      input.candidate = &one.candidates.at(*chosen);
      input.image = *chosen;
    } else if (input.spec->if_missing == FillMissing::refuse) {
      throw Error(Reason::missing_input, "the case has no image for the input '" + input.spec->name + "'");
    }
  }
  if (std::ranges::none_of(inputs, [](const CaseInput& input) { return input.candidate != nullptr; }))
    throw Error(Reason::missing_input, "the case has an image for none of the model's inputs");
  return inputs;
}

std::vector<std::string> check_frames_of_reference(const Case& one, const std::vector<CaseInput>& inputs) {
  std::vector<const CaseInput*> there;
  for (const CaseInput& input : inputs) {
    if (input.candidate) there.push_back(&input);
  }
  if (there.size() < 2) return {};
  if (is_registered(one)) return {"W_REGISTERED"};
  std::vector<std::string> flags;
  const auto frame = [](const CaseInput& input) {
    return text_of(input.candidate->attributes, "FrameOfReferenceUID");
  };
  for (const CaseInput* input : there) {
    if (source_of(input->candidate->attributes, "FrameOfReferenceUID") == "user") flags = {"W_REGISTERED"};
    const std::string a = frame(*there.front()), b = frame(*input);
    if (!a.empty() && a == b) continue;
    const std::string both = "'" + there.front()->spec->name + "' and '" +
                             (input == there.front() ? there[1] : input)->spec->name + "'";
    throw Error(
        Reason::frame_of_reference,
        a.empty() || b.empty() ? "no FrameOfReferenceUID says that " + both + " lie in one coordinate system"
                               : both + " have different FrameOfReferenceUIDs",
        "if they are registered, say so: \"registered\": true in the manifest, or for a cohort of files "
        "without a header --assume FrameOfReferenceUID=1");
  }
  return flags;
}

Json wanted_region(const Bundle& bundle, const Case& one, bool is_prepared) {
  const step::CropToRegion* crop = region_step(bundle.plan);
  if (!crop && !one.region.empty()) {
    throw Error(Reason::prepare,
                "the manifest gives the case a region (" + one.region.begin().key() +
                    "), and no step of the model's plan takes one",
                "the plan step CropToRegion does");
  }
  if (is_prepared) return Json::object();
  if (crop && one.region.empty() && crop->if_missing == step::IfMissing::refuse) {
    throw Error(Reason::missing_input, "the plan crops around a region, and the manifest gives the case none",
                "give the case a \"roi\" or a \"mask\"");
  }
  return one.region;
}

}  // namespace radbatch
