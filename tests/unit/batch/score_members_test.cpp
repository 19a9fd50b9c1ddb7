#include "radbatch/batch/score_members.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "../model/example_bundle.hpp"

using namespace radbatch;
using radbatch::testing::example_sidecar;
using radbatch::testing::load;

namespace {

Json two_labels() {
  Json sidecar = example_sidecar();
  sidecar["heads"] = Json::array({{{"name", "h"},
                                   {"kind", "multi-label"},
                                   {"activation", "inside"},
                                   {"findings", {{{"name", "a"}}, {{"name", "b"}}}},
                                   {"thresholds", {{"a", 0.5}}}}});
  return sidecar;
}

ClassifyPass pass(const std::string& name, float a, float b) {
  return {name, {{"0", {1, 2}, {a, b}}}};
}

MemberScores score(const Bundle& bundle, const std::vector<ClassifyMember>& members, bool calibrate = true) {
  return score_members(
      bundle, members,
      [&](const ClassifyPass& one) {
        const HeadOutput output{"0", 1, 2, one.outputs[0].values};
        return score_case(bundle, {&output, 1});
      },
      calibrate);
}

const std::vector<ClassifyMember> four{{"fold-0", {pass("plain", 0.1F, 0.9F), pass("flip-LR", 0.4F, 0.9F)}},
                                       {"fold-1", {pass("plain", 0.35F, 0.9F), pass("flip-LR", 0.2F, 0.9F)}}};

}  // namespace

TEST_CASE("mean and spread are over all members and sights, members over their sights") {
  const MemberScores scores = score(load(two_labels()), four);
  CHECK(scores.scores.heads[0].values[0] == doctest::Approx(0.2625));
  CHECK(scores.sd[0][0] == doctest::Approx(0.13768926368215256).epsilon(1e-6));  // numpy.std([...], ddof=1)
  CHECK(scores.sd[0][1] == doctest::Approx(0));
  CHECK(scores.names == std::vector<std::string>{"fold-0", "fold-1"});
  CHECK(scores.members[0] == doctest::Approx(0.25));
  CHECK(scores.members[2] == doctest::Approx(0.275));
}

TEST_CASE("one plain answer is what score_case says of it, to the last bit") {
  const Bundle bundle = load(two_labels());
  const MemberScores scores = score(bundle, {{"model", {pass("plain", 0.3F, 0.7F)}}});
  CHECK(scores.scores.heads[0].values == std::vector<float>{0.3F, 0.7F});
  CHECK(scores.sd[0] == std::vector<double>{0, 0});
}

TEST_CASE("calibration is of the mean, thresholds of calibrated values; both can be left out") {
  Json sidecar = two_labels();
  const Json curve = {{"x", {0, 1}}, {"y", {0.5, 1}}};
  sidecar["calibration"] = {{"kind", "isotonic"}, {"parameters", {{"a", curve}, {"b", curve}}}};
  const Bundle bundle = load(sidecar);
  CHECK(score(bundle, four).scores.heads[0].values[0] == doctest::Approx(0.63125));
  CHECK(score(bundle, four).scores.heads[0].decisions[0] == true);
  CHECK(score(bundle, four, false).scores.heads[0].values[0] == doctest::Approx(0.2625));
  CHECK(score(bundle, four, false).scores.heads[0].decisions[0] == false);
  CHECK(score(bundle, four).members[0] == doctest::Approx(0.25));
}

TEST_CASE("members that were shown other tensors are refused") {
  std::vector<ClassifyMember> odd = four;
  odd[1].passes.pop_back();
  CHECK_THROWS_AS(score(load(two_labels()), odd), Error);
}

TEST_CASE("members survive the journal, and a case without them has NaN") {
  const std::vector<float> values{0.1F, 1, 0.33333334F, 0};
  const Json result = Json::parse(Json{{"members", members_to_json({"a", "b"}, values)}}.dump());
  CHECK(members_from_json(result, 4) == values);
  CHECK(std::isnan(members_from_json(Json::object(), 2)[1]));
  CHECK_THROWS_AS(members_from_json(result, 3), Error);
}
