// Which cases were called right and wrong: what galleries and look-up lists show.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "radbatch/report/analysis_data.hpp"

namespace radbatch {

enum class Judgement { false_positive, false_negative, true_positive, true_negative };
inline constexpr std::array ALL_JUDGEMENTS{Judgement::false_positive, Judgement::false_negative,
                                           Judgement::true_positive, Judgement::true_negative};

std::string_view title(Judgement judgement);  ///< "False positives"
std::string_view slug(Judgement judgement);   ///< "false-positive"

struct JudgedCase {
  std::uint32_t unit = 0;
  double score = 0;  ///< NaN where there is none
};

struct JudgedCases {
  std::size_t n = 0;              ///< all of them
  std::vector<JudgedCase> shown;  ///< the most confident, at most as many as asked for
};

/// Test units of one finding under one judgement of the first rater, the most confident first: highest score
/// where it was called positive, lowest where not; then by position. Of a million the first few cost one
/// pass.
JudgedCases cases_judged(const AnalysisData& data, std::size_t finding, Judgement judgement,
                         std::size_t most = SIZE_MAX);

/// What the first rater said of a unit: of classes whether it named this one, else the decision at the
/// threshold.
Answer decision_of(const AnalysisData& data, std::size_t finding, std::uint32_t unit);

}  // namespace radbatch
