#include "radbatch/model/segment_rules.hpp"

#include <algorithm>
#include <string>

#include "radbatch/model/bundle.hpp"

namespace radbatch {
namespace {

double seconds_of(const Fields& fields, const std::string& key) {
  if (!fields.has(key)) return 0;
  const double seconds = fields.number(key);
  if (!(seconds >= 0 && seconds <= 1e6)) fields.refuse(key, "must be seconds from 0 to 1000000");
  return seconds;
}

std::optional<double> threshold_of(const Fields& fields, const std::string& key) {
  if (!fields.has(key)) return std::nullopt;
  const double value = fields.number(key);
  if (!(value >= 0 && value <= 1)) fields.refuse(key, "must be from 0 to 1");
  return value;
}

void read_smoothing(const Fields& fields, SegmentRules& rules) {
  if (!fields.has("smooth")) return;
  const Fields smooth(fields.at("smooth"), fields.place("smooth"), {"kind", "seconds"});
  rules.smoothing = smooth.choice("kind", {"mean", "median"}) == 0 ? Smoothing::mean : Smoothing::median;
  smooth.number("seconds");
  rules.smooth_s = seconds_of(smooth, "seconds");
  if (rules.smooth_s == 0) smooth.refuse("seconds", "must be more than 0");
}

/// The largest low threshold that no finding's threshold is below; nothing where no finding is held against
/// one.
std::optional<double> smallest_threshold(const SegmentRules& rules, const std::vector<Head>& heads) {
  std::optional<double> smallest;
  for (const Head& head : heads) {
    if (head.kind != HeadKind::binary && head.kind != HeadKind::multi_label) continue;
    for (const Finding& finding : head.findings) {
      const std::optional<double> own = rules.threshold ? rules.threshold : finding.threshold;
      if (own) smallest = std::min(smallest.value_or(*own), *own);
    }
  }
  return smallest;
}

}  // namespace

std::optional<SegmentRules> read_segments(const Fields& sidecar, const std::vector<Head>& heads) {
  if (!sidecar.has("segments")) return std::nullopt;
  const Fields fields(sidecar.at("segments"), sidecar.place("segments"),
                      {"smooth", "threshold", "low_threshold", "minimum_s", "merge_gap_s"});
  SegmentRules rules;
  read_smoothing(fields, rules);
  rules.threshold = threshold_of(fields, "threshold");
  rules.low_threshold = threshold_of(fields, "low_threshold");
  rules.minimum_s = seconds_of(fields, "minimum_s");
  rules.merge_gap_s = seconds_of(fields, "merge_gap_s");
  const auto smallest = smallest_threshold(rules, heads);
  const bool has_classes =
      std::ranges::any_of(heads, [](const Head& head) { return head.kind == HeadKind::multi_class; });
  if (!smallest && !has_classes) {
    sidecar.refuse("segments", "finds nothing: no finding has a threshold",
                   "give \"threshold\" here, or \"thresholds\" in the head");
  }
  if (rules.low_threshold && !(smallest && *rules.low_threshold <= *smallest)) {
    fields.refuse("low_threshold", smallest
                                       ? "is above a finding's threshold"
                                       : "means nothing for multi-class heads, which take the top class");
  }
  return rules;
}

}  // namespace radbatch
