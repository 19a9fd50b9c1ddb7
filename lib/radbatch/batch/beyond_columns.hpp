// The columns of what goes beyond a score, and the members of a case's result that fill them.
#pragma once

#include <string>
#include <vector>

#include "radbatch/batch/conformal_table.hpp"
#include "radbatch/batch/infer_tables.hpp"
#include "radbatch/batch/score_members.hpp"

namespace radbatch {

/// `<score>_sd` of every score.
std::vector<ResultColumn> spread_columns(const Bundle& bundle);
void add_spread(const Bundle& bundle, const MemberScores& scores, Json& result);

/// `entropy`, with several heads `<head>_entropy`; none of a regression.
std::vector<ResultColumn> entropy_columns(const Bundle& bundle);
void add_entropy(const Bundle& bundle, const CaseScores& scores, Json& result);

/// As conformal_columns.
std::vector<ResultColumn> set_columns(const Bundle& bundle, const ConformalRule& rule);
void add_sets(const Bundle& bundle, const ConformalRule& rule, const CaseScores& scores, Json& result);

/// `ood_score`; its kind and limit stand in datapackage.json.
ResultColumn distance_column(const Bundle& bundle, const std::string& kind);

}  // namespace radbatch
