#include "radbatch/model/segments.hpp"

#include <doctest/doctest.h>

#include "error_text.hpp"
#include "example_bundle.hpp"

using namespace radbatch;
using namespace radbatch::testing;

namespace {

/// Ten frames a second.
std::vector<double> tenths(std::size_t n) {
  std::vector<double> seconds;
  for (std::size_t i = 0; i < n; ++i) seconds.push_back(static_cast<double>(i) / 10);
  return seconds;
}

Head one_finding(std::optional<double> threshold = std::nullopt) {
  Head head;
  head.kind = HeadKind::binary;
  head.findings = {{"Bleeding", "bleeding", "", threshold}};
  return head;
}

/// "0.2-0.5 0.8-0.9": begin and end of each segment.
std::string stretches(const Head& head, const SegmentRules& rules, const std::vector<float>& scores) {
  std::string text;
  const std::vector<double> seconds = tenths(scores.size() / head.findings.size());
  for (const Segment& one : find_segments(head, rules, scores, seconds)) {
    char part[64];
    std::snprintf(part, sizeof part, "%s%zu:%.1f-%.1f", text.empty() ? "" : " ", one.finding, one.start_s,
                  one.end_s);
    text += part;
  }
  return text;
}

std::string refused(const Json& segments, Json sidecar = example_sidecar()) {
  sidecar["segments"] = segments;
  const BundleFolder folder(sidecar);
  const std::string text = test::error_of([&] { load_bundle(folder.path); });
  return text.substr(std::min(text.find("segments"), text.size()));
}

}  // namespace

TEST_CASE("a window of time is smoothed by mean and median") {
  // numpy: [v[abs(t - x) <= 0.1].mean() for x in t], the same with numpy.median
  const std::vector<double> values{0, 1, 0, 0.5, 1}, seconds{0, 0.1, 0.2, 0.3, 0.5};
  const auto mean = smoothed(values, seconds, {Smoothing::mean, 0.2, {}, {}, 0, 0});
  const auto median = smoothed(values, seconds, {Smoothing::median, 0.2, {}, {}, 0, 0});
  const std::vector<double> means{0.5, 1.0 / 3, 0.5, 0.25, 1}, medians{0.5, 0, 0.5, 0.25, 1};
  for (std::size_t i = 0; i < 5; ++i) CHECK(mean[i] == doctest::Approx(means[i]));
  CHECK(median == medians);
}

TEST_CASE("a finding is there from the threshold on, down to the low one") {
  const std::vector<float> scores{0.1F, 0.6F, 0.4F, 0.35F, 0.1F, 0.4F, 0.9F};
  CHECK(stretches(one_finding(0.5), {}, scores) == "0:0.1-0.2 0:0.6-0.7");
  SegmentRules rules;
  rules.low_threshold = 0.3;
  CHECK(stretches(one_finding(0.5), rules, scores) == "0:0.1-0.4 0:0.6-0.7");
  rules.merge_gap_s = 0.2;
  CHECK(stretches(one_finding(0.5), rules, scores) == "0:0.1-0.7");
  rules = {};
  rules.threshold = 0.35;
  rules.minimum_s = 0.3;
  CHECK(stretches(one_finding(0.5), rules, scores) == "0:0.1-0.4");
  CHECK(stretches(one_finding(), {}, scores).empty());
}

TEST_CASE("of several classes the top one of each frame is there") {
  Head head;
  head.findings = {{"a", "a", "", {}}, {"b", "b", "", {}}};
  const std::vector<float> scores{0.9F, 0.1F, 0.6F, 0.4F, 0.5F, 0.5F, 0.2F, 0.8F};
  CHECK(stretches(head, {}, scores) == "0:0.0-0.3 1:0.3-0.4");
  SegmentRules rules;
  rules.threshold = 0.7;
  CHECK(stretches(head, rules, scores) == "0:0.0-0.1 1:0.3-0.4");
}

TEST_CASE("numbers of a segment are those of its frames") {
  const std::vector<float> scores{0.5F, 0.75F, 0.25F};
  const auto found = find_segments(one_finding(0.5), {}, scores, tenths(3));
  REQUIRE(found.size() == 1);
  CHECK(found[0].mean_p == 0.625);
  CHECK(found[0].max_p == 0.75);
  CHECK(found[0].n_frames == 2);
}

TEST_CASE("what a bundle says of segments is read strictly") {
  CHECK(refused({{"smoth", 1}}) == "segments: unknown key 'smoth' [did you mean 'smooth'?]");
  CHECK(refused({{"smooth", {{"kind", "mean"}, {"seconds", 0}}}}) ==
        "segments.smooth.seconds must be more than 0");
  CHECK(refused({{"minimum_s", -1}}) == "segments.minimum_s must be seconds from 0 to 1000000");
  CHECK(refused({{"low_threshold", 0.2}}) ==
        "segments.low_threshold means nothing for multi-class heads, which take the top class");
  Json sidecar = example_sidecar();
  sidecar["heads"][0]["kind"] = "multi-label";
  sidecar["heads"][0]["activation"] = "sigmoid";
  CHECK(refused({{"low_threshold", 0.6}}, sidecar) ==
        "segments.low_threshold is above a finding's threshold");
  sidecar["heads"][0].erase("thresholds");
  CHECK(refused(Json::object(), sidecar) ==
        "segments finds nothing: no finding has a threshold [give \"threshold\" here, or \"thresholds\" in "
        "the head]");
}

TEST_CASE("segments belong to what a run folder is claimed for, and only where they are declared") {
  const BundleFolder without;
  Json sidecar = example_sidecar();
  sidecar["segments"] = {{"minimum_s", 1}};
  const BundleFolder with(sidecar);
  CHECK(sidecar_sha256(load_bundle(with.path)) != sidecar_sha256(load_bundle(without.path)));
  CHECK(load_bundle(with.path).segments->minimum_s == 1);
}
