// Rule sets laid over a model's inputs, and cases of several wanted images.
#include <algorithm>
#include <set>

#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/study/selection.hpp"

namespace radbatch {
namespace {

void lay_over(const InputRules& rules, SelectionRule& rule) {
  if (!rules.alternatives.empty()) rule.alternatives = rules.alternatives;
  if (rules.on_many) rule.on_many = *rules.on_many;
  if (rules.takes_localizers) rule.excludes_localizers = false;
  rule.is_required = rule.is_required && rules.is_required;
}

std::string image_suffix(const Candidate& candidate) {
  std::string key = candidate.series + '\0' + candidate.instance;
  if (candidate.series.empty() && !candidate.source.files.empty()) key += candidate.source.files.front();
  for (const char* keyword : {"AcquisitionNumber", "EchoNumbers", "TemporalPositionIdentifier",
                              "DiffusionBValue", "orientation", "size"}) {
    key += '\0' + candidate.attributes.value(keyword, Json()).dump();
  }
  return sha256_hex(key).substr(0, 8);
}

/// The case with one of its images; its other files too when it is the first.
Case with_one_image(const Case& one, std::size_t image, const std::set<std::size_t>& wanted, bool is_first) {
  Case part = one;
  std::set<std::size_t> elsewhere;
  part.candidates.clear();
  for (std::size_t i = 0; i < one.candidates.size(); ++i) {
    const bool is_other = i != image && wanted.contains(i);
    if (i == image || (is_first && !is_other)) part.candidates.push_back(one.candidates[i]);
    if (is_other) elsewhere.insert(one.candidates[i].files.begin(), one.candidates[i].files.end());
  }
  if (is_first) {
    std::erase_if(part.files, [&](std::size_t file) { return elsewhere.contains(file); });
  } else {
    part.files = one.candidates[image].files;
    std::ranges::sort(part.files);
    part.members.clear();
  }
  return part;
}

void split_case(const Case& one, const std::vector<std::size_t>& images, std::vector<Case>& cases) {
  const std::set<std::size_t> wanted(images.begin(), images.end());
  std::set<std::string> ids;
  for (std::size_t image : images) {
    Case part = with_one_image(one, image, wanted, image == images.front());
    const std::string id = one.id.substr(0, 108) + "-" + image_suffix(one.candidates[image]);
    part.id = id;
    // Images that nothing tells apart keep their order in the case.
    for (std::size_t n = 2; !ids.insert(part.id).second; ++n) part.id = id + "-" + std::to_string(n);
    cases.push_back(std::move(part));
  }
}

}  // namespace

void apply_rules(const RuleSet& rules, std::vector<SelectionRule>& inputs) {
  if (rules.inputs.size() == 1 && inputs.size() == 1)
    return lay_over(rules.inputs.front().second, inputs.front());
  std::vector<std::string> names;
  for (const SelectionRule& input : inputs) names.push_back(input.input);
  for (const auto& [name, input] : rules.inputs) {
    const auto at = std::ranges::find(names, name);
    if (at != names.end()) {
      lay_over(input, inputs[static_cast<std::size_t>(at - names.begin())]);
      continue;
    }
    const std::string near = nearest(name, names);
    throw Error(ExitCode::usage,
                "the rules speak of the input '" + printable(name) + "', the model has " + join(names, ", "),
                near.empty() ? "" : "did you mean " + near + "?");
  }
}

std::vector<SelectionRule> rules_of(const RuleSet& rules) {
  std::vector<SelectionRule> inputs;
  for (const auto& [name, input] : rules.inputs) {
    SelectionRule rule;
    rule.input = name;
    lay_over(input, rule);
    inputs.push_back(std::move(rule));
  }
  return inputs;
}

std::vector<Case> one_image_each(std::vector<Case> cases, std::span<const SelectionRule> rules) {
  const bool has_all =
      std::ranges::any_of(rules, [](const SelectionRule& r) { return r.on_many == OnMany::all; });
  if (!has_all) return cases;
  if (rules.size() > 1) {
    throw Error(ExitCode::usage, "--on-many all needs a model with one input",
                "several images of one input cannot be paired with those of another");
  }
  std::vector<Case> split;
  for (Case& one : cases) {
    const std::vector<std::size_t> fitting = select(one, rules).inputs.front().fitting;
    if (fitting.size() > 1) {
      split_case(one, fitting, split);
    } else {
      split.push_back(std::move(one));
    }
  }
  std::ranges::sort(split, {}, &Case::id);
  return split;
}

}  // namespace radbatch
