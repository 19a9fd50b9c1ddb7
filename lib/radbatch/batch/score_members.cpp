#include "radbatch/batch/score_members.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/model/uncertainty.hpp"

namespace radbatch {
namespace {

static_assert(std::endian::native == std::endian::little, "values are journalled as they lie in memory");

using Answers = std::vector<std::vector<CaseScores>>;  ///< [member][sight]

void require_same_sights(std::span<const ClassifyMember> members) {
  for (const ClassifyMember& member : members) {
    if (std::ranges::equal(member.passes, members.front().passes, {}, &ClassifyPass::name,
                           &ClassifyPass::name))
      continue;
    throw Error(Reason::model_output, "the networks of the ensemble were not shown the same tensors");
  }
}

/// One finding of one member over the sights.
std::vector<double> of_finding(const std::vector<CaseScores>& sights, std::size_t head, std::size_t finding) {
  std::vector<double> values;
  for (const CaseScores& scores : sights) values.push_back(scores.heads[head].values[finding]);
  return values;
}

Spread spread_of(const Answers& answers, std::size_t head, std::size_t finding) {
  std::vector<double> values;
  for (const std::vector<CaseScores>& sights : answers)
    std::ranges::copy(of_finding(sights, head, finding), std::back_inserter(values));
  return spread(values);
}

const HeadCalibration* calibration_of(const Bundle& bundle, const Head& head) {
  const auto found = std::ranges::find(bundle.calibration, head.name, &HeadCalibration::head);
  return found == bundle.calibration.end() ? nullptr : &*found;
}

}  // namespace

MemberScores score_members(const Bundle& bundle, std::span<const ClassifyMember> members,
                           const std::function<CaseScores(const ClassifyPass&)>& score, bool calibrate) {
  require_same_sights(members);
  MemberScores result;
  Answers answers;
  for (const ClassifyMember& member : members) {
    result.names.push_back(member.name);
    std::ranges::transform(member.passes, std::back_inserter(answers.emplace_back()), score);
    for (std::size_t h = 0; h < bundle.heads.size(); ++h) {
      for (std::size_t f = 0; f < bundle.heads[h].findings.size(); ++f)
        result.members.push_back(static_cast<float>(spread(of_finding(answers.back(), h, f)).mean));
    }
  }
  for (std::size_t h = 0; h < bundle.heads.size(); ++h) {
    const Head& head = bundle.heads[h];
    std::vector<double> means;
    result.sd.emplace_back();
    for (std::size_t f = 0; f < head.findings.size(); ++f) {
      const Spread both = spread_of(answers, h, f);
      means.push_back(both.mean);
      result.sd.back().push_back(both.sd);
    }
    const HeadCalibration* curve = calibrate ? calibration_of(bundle, head) : nullptr;
    result.scores.heads.push_back(head_scores(head, curve ? calibrated(*curve, head, means) : means));
  }
  return result;
}

Json members_to_json(const std::vector<std::string>& names, std::span<const float> members) {
  const std::string_view bytes(reinterpret_cast<const char*>(members.data()), members.size_bytes());
  return {{"names", names}, {"float32", to_base64(bytes)}};
}

std::vector<float> members_from_json(const Json& result, std::size_t count) {
  std::vector<float> members(count, std::numeric_limits<float>::quiet_NaN());
  if (!result.contains("members")) return members;
  const std::string bytes = from_base64(result["members"].at("float32").get_ref<const std::string&>());
  if (bytes.size() != count * sizeof(float))
    throw Error(ExitCode::internal, "a result record has not the members of the run");
  std::memcpy(members.data(), bytes.data(), bytes.size());
  return members;
}

}  // namespace radbatch
