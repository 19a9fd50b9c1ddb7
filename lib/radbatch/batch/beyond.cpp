#include "radbatch/batch/beyond.hpp"

#include <algorithm>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/batch/beyond_columns.hpp"
#include "radbatch/batch/infer_work.hpp"
#include "radbatch/model/uncertainty.hpp"

namespace radbatch {
namespace {

constexpr std::size_t MOST_MEMBER_VALUES = 8192;  // base64 of float32: 44 KiB of a record's 64

std::size_t count_findings(const Bundle& bundle) {
  std::size_t count = 0;
  for (const Head& head : bundle.heads) count += head.findings.size();
  return count;
}

/// They are 0..k-1; 0 where the backends of the kind are none.
std::size_t count_folds(const Bundle& bundle, const std::string& kind) {
  int last = -1;
  for (const Backend& backend : bundle.backends)
    if (backend.kind == kind) last = std::max(last, backend.fold.value_or(-1));
  return static_cast<std::size_t>(last + 1);
}

/// Mean over the items, so that a case has one vector whatever its number of slices.
std::vector<double> features_of(const ClassifyPass& pass, const std::string& name) {
  const auto output = std::ranges::find(pass.outputs, name, &OutputArray::name);
  if (output == pass.outputs.end())
    throw Error(Reason::model_output, "the network gave no output '" + name + "' of features");
  const auto items = static_cast<std::size_t>(output->shape.at(0));
  std::vector<double> features(output->values.size() / items, 0);
  for (std::size_t i = 0; i < output->values.size(); ++i) features[i % features.size()] += output->values[i];
  for (double& value : features) value /= static_cast<double>(items);
  return features;
}

}  // namespace

BeyondOptions beyond_options_from_json(const Json& options) {
  BeyondOptions beyond;
  beyond.tta = options.value("tta", "");
  beyond.folds = options.value("folds", std::vector<int>());
  beyond.entropy = options.value("entropy", false);
  beyond.calibrate = options.value("calibration", true);
  beyond.restored_rule = options.value("conformal", Json());
  beyond.ood = options.contains("ood");
  beyond.ood_kind = options.value("ood", "");
  return beyond;
}

Beyond::Beyond(const Bundle& bundle, const std::vector<const Backend*>& members, const BeyondOptions& options,
               bool is_restored)
    : bundle_(bundle), options_(options) {
  if (!options.tta.empty()) tta_ = chosen_tta(options.tta, bundle.tta);
  for (const Backend* member : members) member_names_.push_back(member_name(*member));
  if (members.size() == count_folds(bundle, members.front()->kind)) options_.folds.clear();
  if (members.size() * count_findings(bundle) > MOST_MEMBER_VALUES)
    throw Error(ExitCode::model, "the model has too many folds and findings for one record of a case");
  if (!options.restored_rule.is_null()) {
    rule_ = conformal_rule_from_json(options.restored_rule);
  } else if (!options.conformal.empty()) {
    rule_ = read_conformal_table(bundle, options.conformal, options.method.value_or(ConformalMethod::lac),
                                 options.alpha.value_or(0.1));
  } else if (options.alpha || options.method) {
    throw Error(ExitCode::usage, "--alpha and --conformal-method are for --conformal TABLE");
  }
  if (options.ood) choose_reference(is_restored);
}

void Beyond::choose_reference(bool is_restored) {
  const Reference& reference = bundle_.reference;
  const std::string hint = "add one to radbatch.json: docs/beyond-a-score.md";
  if (!reference.features && !reference.histogram)
    throw Error(ExitCode::usage, "model '" + bundle_.name + "' has no reference of its training data", hint);
  if (options_.ood_kind.empty()) options_.ood_kind = reference.features ? "features" : "histogram";
  const bool wants_features = options_.ood_kind == "features";
  if (wants_features ? !reference.features : !reference.histogram) {
    throw Error(ExitCode::usage, "the reference of model '" + bundle_.name + "' has no " + options_.ood_kind,
                hint);
  }
  if (!wants_features) histogram_ = reference.histogram;
  if (wants_features && !is_restored) features_.emplace(*reference.features, bundle_.folder);
}

void Beyond::add_to(Json& options) const {
  if (!tta_.empty()) options["tta"] = to_text(tta_);
  if (!options_.folds.empty()) options["folds"] = options_.folds;
  if (options_.entropy) options["entropy"] = true;
  if (!options_.calibrate && !bundle_.calibration.empty()) options["calibration"] = false;
  if (rule_) options["conformal"] = to_json(*rule_);
  if (options_.ood) options["ood"] = options_.ood_kind;
}

std::vector<ResultColumn> Beyond::columns() const {
  std::vector<ResultColumn> columns;
  if (has_spread()) columns = spread_columns(bundle_);
  if (options_.entropy) std::ranges::move(entropy_columns(bundle_), std::back_inserter(columns));
  if (rule_) std::ranges::move(set_columns(bundle_, *rule_), std::back_inserter(columns));
  if (options_.ood) columns.push_back(distance_column(bundle_, options_.ood_kind));
  return columns;
}

void Beyond::add_members(ResultsContent& content, const RunRecord& run) const {
  if (member_names_.size() < 2) return;
  content.member_names = member_names_;
  const std::size_t count = member_names_.size() * count_findings(bundle_);
  for (const Case& one : run.cases)
    std::ranges::copy(members_from_json(run.outcomes.at(one.id).result, count),
                      std::back_inserter(content.members));
}

Json Beyond::sights(const std::string& axes) const {
  Json list = nullptr;
  if (tta_.empty()) return list;
  for (const Sight& sight : sights_of(tta_, axes)) list.push_back(to_json(sight));
  return list;
}

double Beyond::tensor_distance(std::span<const float> values) const {
  return histogram_distance(histogram_of(values, *histogram_), *histogram_);
}

void Beyond::score(std::span<const ClassifyMember> members, Level level,
                   std::optional<double> tensor_distance, CaseOutcome& outcome) const {
  const auto score_pass = [&](const ClassifyPass& pass) {
    return score_case(bundle_, head_outputs(pass), level);
  };
  const MemberScores result = score_members(bundle_, members, score_pass, options_.calibrate);
  if (result.names != member_names_)
    throw Error(Reason::model_output, "the worker answered for other networks than the run's");
  // Built beside the outcome: a case that fails half way has no result.
  Json values = to_json(bundle_, result.scores);
  if (has_spread()) add_spread(bundle_, result, values);
  if (member_names_.size() > 1) values["members"] = members_to_json(result.names, result.members);
  if (options_.entropy) add_entropy(bundle_, result.scores, values);
  if (rule_) add_sets(bundle_, *rule_, result.scores, values);
  if (features_) values["ood_score"] = static_cast<float>(distance_of(members.front().passes.front()));
  if (histogram_ && tensor_distance) values["ood_score"] = static_cast<float>(*tensor_distance);
  if (is_beyond_limit(values)) outcome.flags.push_back("W_OUT_OF_DISTRIBUTION");
  outcome.result = std::move(values);
}

double Beyond::distance_of(const ClassifyPass& pass) const {
  return (*features_)(features_of(pass, bundle_.reference.features->output));
}

bool Beyond::is_beyond_limit(const Json& result) const {
  if (!result.contains("ood_score")) return false;
  const std::optional<double> limit = features_ ? bundle_.reference.features->limit : histogram_->limit;
  // Compared as float32, so that the flag can be repeated from the printed score.
  return limit && result["ood_score"].get<float>() > static_cast<float>(*limit);
}

}  // namespace radbatch
