// Several answers about one case, of the folds of a model and of the sights of test-time augmentation, to one
// result.
//
// Every answer is pooled to the case first; the score is the mean of all of them and the spread their
// standard deviation, so that both are of exactly the same numbers. Calibration comes last, on the mean.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "radbatch/engine/classify_answer.hpp"
#include "radbatch/model/heads.hpp"

namespace radbatch {

struct MemberScores {
  CaseScores scores;                    ///< of the case; decisions and top are of these values
  std::vector<std::vector<double>> sd;  ///< [head][finding], sample sd before calibration; 0 of one answer
  std::vector<std::string> names;       ///< of the members
  std::vector<float> members;  ///< [member, finding of all heads], means over sights, before calibration
};

/// `score` makes the scores of one pass. Throws what it throws, and Error(Reason::model_output) when the
/// members have not the same sights.
MemberScores score_members(const Bundle& bundle, std::span<const ClassifyMember> members,
                           const std::function<CaseScores(const ClassifyPass&)>& score, bool calibrate);

/// {"names": [...], "float32": base64}: the journal's form of MemberScores::members.
Json members_to_json(const std::vector<std::string>& names, std::span<const float> members);
/// The values of a record, `count` NaN where it has none. Throws Error(ExitCode::internal) when there are
/// others.
std::vector<float> members_from_json(const Json& result, std::size_t count);

}  // namespace radbatch
