#include "radbatch/report/main_results.hpp"

#include <algorithm>
#include <array>

#include "radbatch/report/part_pieces.hpp"
#include "radbatch/store/table.hpp"

namespace radbatch {
namespace {

constexpr std::size_t MOST_RESULTS = 8;
constexpr std::size_t MOST_BEFORE_FINDINGS = 5;
constexpr std::size_t MOST_FINDINGS = 3;  // more are told by their worst and their best

struct Headline {
  std::string_view part, metric, words;
};

/// Those that are of no single finding, or of the only one.
constexpr std::array OF_ALL{Headline{"discrimination", "accuracy", "Accuracy"},
                            Headline{"ordinal", "accuracy", "Right grade"},
                            Headline{"discrimination", "macro_auroc", "AUROC, mean of the findings"},
                            Headline{"ordinal", "kappa_quadratic", "Kappa, quadratic weights"}};
constexpr std::array OF_FINDING{Headline{"regression", "mean_absolute_error", "Mean absolute error"},
                                Headline{"discrimination", "auroc", "AUROC"}};
constexpr std::array OF_PAIR{Headline{"comparison", "macro_auroc_difference", "Difference in mean AUROC"},
                             Headline{"comparison", "accuracy_difference", "Difference in accuracy"}};

class Results {
 public:
  Results(const PartContext& context, std::span<const ReportPart> parts) : context_(context), parts_(parts) {
    n_models_ = static_cast<std::size_t>(std::ranges::count(context.data.raters, false, &Rater::is_reader));
  }

  void add_over_all(const Headline& what) {
    for (const MetricRow& row : rows_of(what))
      if (row.finding.empty() || context_.data.kind == TruthKind::ordinal)
        add(what, row, value_text(row.estimate.value), {});
  }

  void add_pairs(const Headline& what) {
    for (const MetricRow& row : rows_of(what, true))
      if (row.finding.empty()) add(what, row, difference_text({row.estimate.value, {}, 0, 0, {}}), row.model);
  }

  void add_findings(const Headline& what) {
    for (const Rater& rater : context_.data.raters) {
      if (rater.is_reader || results_.size() >= MOST_BEFORE_FINDINGS) continue;
      std::vector<MetricRow> rows = rows_of(what);
      std::erase_if(rows,
                    [&](const MetricRow& row) { return row.model != rater.name || row.finding.empty(); });
      const std::size_t n_rows = rows.size();
      if (n_rows > MOST_FINDINGS) {
        const auto by_value = [](const MetricRow& a, const MetricRow& b) {
          return *a.estimate.value < *b.estimate.value;
        };
        const auto [low, high] = std::ranges::minmax_element(rows, by_value);
        rows = {*low, *high};
      }
      const bool are_ends = n_rows > MOST_FINDINGS;
      for (const MetricRow& row : rows)
        add(what, row, value_text(row.estimate.value),
            are_ends ? context_.lang(&row == &rows.front() ? "lowest" : "highest") + ": " + row.finding
                     : row.finding);
    }
  }

  std::vector<MainResult> take() { return std::move(results_); }

 private:
  /// Of models, over all cases, with a value.
  std::vector<MetricRow> rows_of(const Headline& what, bool of_pairs = false) const {
    std::vector<MetricRow> rows;
    for (const ReportPart& part : parts_) {
      if (part.id != what.part) continue;
      for (const MetricRow& row : part.metrics)
        if (row.metric == what.metric && row.subgroup.empty() && row.estimate.value &&
            (of_pairs || is_model(row.model)))
          rows.push_back(row);
    }
    return rows;
  }

  bool is_model(const std::string& name) const {
    return std::ranges::any_of(context_.data.raters,
                               [&](const Rater& rater) { return !rater.is_reader && rater.name == name; });
  }

  void add(const Headline& what, const MetricRow& row, std::string value, const std::string& of) {
    if (results_.size() >= MOST_RESULTS) return;
    std::string words = context_.lang(what.words);
    if (!of.empty()) words += ", " + of;
    if (n_models_ > 1 && of != row.model) words += ", " + row.model;
    if (const auto& interval = row.estimate.interval)
      words += ", " + shortest(interval->level * 100) + "\u00A0% CI\u00A0" + value_text(interval->low) +
               (interval->low < 0 ? " to " : "–") + value_text(interval->high);
    results_.push_back({std::move(value), std::move(words), std::string(what.part), row.estimate});
  }

  const PartContext& context_;
  std::span<const ReportPart> parts_;
  std::size_t n_models_ = 0;
  std::vector<MainResult> results_;
};

}  // namespace

std::vector<MainResult> main_results_of(const PartContext& context, std::span<const ReportPart> parts) {
  Results results(context, parts);
  const bool are_grades = context.data.kind == TruthKind::ordinal;  // one grade against the rest is no result
  for (const Headline& what : OF_ALL)
    if (!are_grades || what.metric != "macro_auroc") results.add_over_all(what);
  for (const Headline& what : OF_PAIR) results.add_pairs(what);
  if (are_grades) return results.take();
  for (const Headline& what : OF_FINDING) results.add_findings(what);
  return results.take();
}

}  // namespace radbatch
