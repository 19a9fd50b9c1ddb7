#include "radbatch/batch/levels_table.hpp"

#include "radbatch/batch/levels.hpp"
#include "radbatch/model/activation.hpp"

namespace radbatch {
namespace {

/// The largest of that member of "levels" over the cases: the width of a matrix, a number of items.
std::size_t largest(const RunRecord& run, const std::string& member) {
  std::size_t most = 0;
  for (const Case& one : run.cases) {
    const Json result = run.outcomes.at(one.id).result;
    if (result.contains("levels")) most = std::max(most, result.at("levels").value(member, std::size_t{0}));
  }
  return most;
}

/// "<head>.<finding>", or "<head>.above_<finding>" for the steps between grades.
std::vector<std::string> logit_names(const Bundle& bundle) {
  std::vector<std::string> names;
  for (const Head& head : bundle.heads) {
    const bool steps = raw_classes(head) < head.findings.size();
    for (std::size_t i = 0; i < raw_classes(head); ++i)
      names.push_back(head.name + (steps ? ".above_" : ".") + head.findings[i].slug);
  }
  return names;
}

ItemScores item_scores_of(const Bundle& bundle, const KeptLevels& kept) {
  ItemScores scores{std::string(name(kept.level)), kept.items, level_scores(bundle, kept), {}};
  if (kept.starts) scores.starts.assign(kept.starts->values.begin(), kept.starts->values.end());
  return scores;
}

}  // namespace

void add_levels(ResultsContent& content, const Bundle& bundle, const RunRecord& run) {
  const auto kept_of = [&run](std::size_t row) {
    return kept_levels(run.outcomes.at(run.cases[row].id).result, run.folder.root());
  };
  if (const std::size_t width = largest(run, "logits"); width > 0) {
    content.matrices.push_back({"logits", "logit", width, logit_names(bundle), [kept_of](std::size_t row) {
                                  const auto kept = kept_of(row);
                                  return kept ? kept->logits : std::vector<float>();
                                }});
  }
  if (const std::size_t width = largest(run, "features"); width > 0) {
    content.matrices.push_back({"features", "feature", width, {}, [kept_of](std::size_t row) {
                                  const auto kept = kept_of(row);
                                  return kept ? kept->features : std::vector<float>();
                                }});
  }
  if (largest(run, "items") < 2) return;
  content.items = [kept_of, &bundle](std::size_t row) -> std::optional<ItemScores> {
    const auto kept = kept_of(row);
    if (!kept || kept->members.empty()) return std::nullopt;
    return item_scores_of(bundle, *kept);
  };
}

}  // namespace radbatch
