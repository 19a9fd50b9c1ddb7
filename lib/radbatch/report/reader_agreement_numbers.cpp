#include "radbatch/report/reader_agreement_numbers.hpp"

#include <algorithm>
#include <functional>
#include <limits>

#include "radbatch/stats/agreement.hpp"
#include "radbatch/stats/reader_agreement.hpp"

namespace radbatch {
namespace {

constexpr double NOT_DEFINED = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t OF_PAIR = 4, OF_GROUP = 5, AGAINST = 3;

/// All numbers of a question as a function of how many units there are of each kind.
class AgreementOfKinds {
 public:
  AgreementOfKinds(const ReaderGroup& group, const RatedQuestion& question, const RatingKinds& kinds)
      : kinds_(kinds),
        pairs_(rater_pairs(group)),
        q_(question.n_categories),
        weights_(question.is_ordered ? KappaWeights::quadratic : KappaWeights::none),
        counts_(count_ratings(std::span(kinds.ratings).first(group.readers.size()), q_)) {}

  std::size_t n_values() const { return pairs_.size() * OF_PAIR + OF_GROUP + AGAINST; }

  void operator()(std::span<const double> n_of_kind, std::span<double> values) const {
    double sum[2] = {0, 0}, n[2] = {0, 0};
    for (std::size_t p = 0; p < pairs_.size(); ++p) {
      const double kappa = fill_pair(pairs_[p], n_of_kind, values.subspan(p * OF_PAIR, OF_PAIR));
      sum[pairs_[p].has_model ? 1 : 0] += kappa;
      n[pairs_[p].has_model ? 1 : 0] += 1;
    }
    fill_group(n_of_kind, values.subspan(pairs_.size() * OF_PAIR, OF_GROUP));
    const std::span<double> against = values.last(AGAINST);
    for (std::size_t i = 0; i < 2; ++i) against[i] = n[i] > 0 ? sum[i] / n[i] : NOT_DEFINED;
    against[2] = against[1] - against[0];
  }

  const std::vector<ReaderPair>& pairs() const { return pairs_; }

 private:
  double fill_pair(const ReaderPair& pair, std::span<const double> n_of_kind,
                   std::span<double> values) const {
    std::vector<double> table(q_ * q_);
    for (std::size_t kind = 0; kind < n_of_kind.size(); ++kind) {
      const std::int32_t a = kinds_.ratings[pair.a][kind], b = kinds_.ratings[pair.b][kind];
      if (a >= 0 && b >= 0)
        table[static_cast<std::size_t>(a) * q_ + static_cast<std::size_t>(b)] += n_of_kind[kind];
    }
    const PairAgreement agreement = pair_agreement(table, q_);
    values[0] = kappa_value(table, q_, weights_).value_or(NOT_DEFINED);
    values[1] = agreement.adjusted.value_or(NOT_DEFINED);
    values[2] = agreement.positive_agreement.value_or(NOT_DEFINED);
    values[3] = agreement.negative_agreement.value_or(NOT_DEFINED);
    return values[0];
  }

  void fill_group(std::span<const double> n_of_kind, std::span<double> values) const {
    const GroupAgreement agreement = group_agreement(counts_, n_of_kind);
    values[0] = agreement.observed.value_or(NOT_DEFINED);
    values[1] = agreement.fleiss_kappa.value_or(NOT_DEFINED);
    values[2] = agreement.gwet_ac1.value_or(NOT_DEFINED);
    values[3] = agreement.alpha_nominal.value_or(NOT_DEFINED);
    values[4] = agreement.alpha_ordinal.value_or(NOT_DEFINED);
  }

  const RatingKinds& kinds_;
  std::vector<ReaderPair> pairs_;
  std::size_t q_;
  KappaWeights weights_;
  RatingCounts counts_;
};

Estimate told(const Bootstrapped& drawn, std::size_t n) {
  Estimate estimate = estimate_of(drawn, n);
  if (!estimate.value)
    estimate.why_not = n == 0 ? "no case was rated by both" : "all ratings are alike, chance agrees as well";
  return estimate;
}

/// Percent agreement of the units that both have rated.
Estimate observed(const RatedQuestion& question, const ReaderPair& pair, double level) {
  std::vector<std::uint8_t> right, among;
  for (std::size_t unit = 0; unit < question.units.size(); ++unit) {
    const std::int32_t a = question.ratings[pair.a][unit], b = question.ratings[pair.b][unit];
    among.push_back(a >= 0 && b >= 0 ? 1 : 0);
    right.push_back(among.back() && a == b ? 1 : 0);
  }
  return share_of_units(question.units, right, among, level);
}

PairNumbers pair_numbers(const PartContext& context, const RatedQuestion& question, const ReaderPair& pair,
                         std::span<const Bootstrapped> drawn) {
  const Language& lang = context.lang;
  const Estimate agreement = observed(question, pair, context.level);
  PairNumbers numbers{pair, {}};
  numbers.measures.push_back({"percent_agreement", lang("Agreement"), agreement});
  numbers.measures.push_back({question.is_ordered ? "kappa_quadratic" : "kappa",
                              lang(question.is_ordered ? "Kappa, quadratic weights" : "Cohen's kappa"),
                              told(drawn[0], agreement.n)});
  numbers.measures.push_back({"prevalence_adjusted_kappa", lang("Prevalence- and bias-adjusted kappa"),
                              told(drawn[1], agreement.n)});
  if (question.n_categories != 2) return numbers;
  numbers.measures.push_back({"positive_agreement", lang("Positive agreement"), told(drawn[2], agreement.n)});
  numbers.measures.push_back({"negative_agreement", lang("Negative agreement"), told(drawn[3], agreement.n)});
  return numbers;
}

std::size_t units_of_two(const ReaderGroup& group, const RatedQuestion& question) {
  std::size_t n = 0;
  for (std::size_t unit = 0; unit < question.units.size(); ++unit) {
    std::size_t n_ratings = 0;
    for (std::size_t r = 0; r < group.readers.size(); ++r)
      n_ratings += question.ratings[r][unit] >= 0 ? 1U : 0U;
    n += n_ratings >= 2 ? 1U : 0U;
  }
  return n;
}

}  // namespace

std::vector<ReaderPair> rater_pairs(const ReaderGroup& group) {
  std::vector<ReaderPair> pairs;
  const std::size_t n = group.readers.size();
  for (std::size_t a = 0; a < n; ++a)
    for (std::size_t b = a + 1; b < n; ++b) pairs.push_back({a, b, false});
  for (std::size_t a = 0; a < n && group.model; ++a) pairs.push_back({a, n, true});
  return pairs;
}

AgreementNumbers agreement_numbers(const PartContext& context, const ReaderGroup& group,
                                   const RatedQuestion& question) {
  const RatingKinds kinds = rating_kinds(question);
  const AgreementOfKinds metrics(group, question, kinds);
  std::vector<Bootstrapped> drawn(metrics.n_values());
  if (question.units.size() > 0)
    drawn = bootstrap_cells(bootstrap_plan(context), kinds.cells, metrics.n_values(), std::cref(metrics));
  AgreementNumbers numbers;
  const std::span<const Bootstrapped> all = drawn;
  for (std::size_t p = 0; p < metrics.pairs().size(); ++p)
    numbers.pairs.push_back(
        pair_numbers(context, question, metrics.pairs()[p], all.subspan(p * OF_PAIR, OF_PAIR)));
  if (group.readers.size() < 2) return numbers;
  const Language& lang = context.lang;
  const std::span<const Bootstrapped> of_group = all.subspan(metrics.pairs().size() * OF_PAIR, OF_GROUP);
  const std::size_t n = units_of_two(group, question);
  numbers.readers = {
      {"readers_agreement", lang("Agreeing pairs of ratings"), told(of_group[0], n)},
      {"fleiss_kappa", lang("Fleiss' kappa"), told(of_group[1], n)},
      {"gwet_ac1", "Gwet AC1", told(of_group[2], n)},
      {"krippendorff_alpha_nominal", lang("Krippendorff's alpha, nominal"), told(of_group[3], n)}};
  if (question.is_ordered)
    numbers.readers.push_back(
        {"krippendorff_alpha_ordinal", lang("Krippendorff's alpha, ordinal"), told(of_group[4], n)});
  if (!group.model) return numbers;
  const std::span<const Bootstrapped> against = all.last(AGAINST);
  numbers.against = {{"mean_kappa_readers", lang("Mean kappa of two readers"), told(against[0], n)},
                     {"mean_kappa_model", lang("Mean kappa of a reader and the model"), told(against[1], n)},
                     {"mean_kappa_model_minus_readers", lang("Their difference"), told(against[2], n)}};
  return numbers;
}

}  // namespace radbatch
