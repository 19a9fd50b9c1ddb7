// predictions.csv and predictions.h5 from committed results.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "radbatch/batch/tool.hpp"
#include "radbatch/model/bundle.hpp"
#include "radbatch/store/results_file.hpp"

namespace radbatch {

/// One column of predictions.csv and how its cell is read from a case's journal result (CaseOutcome::result;
/// an empty object where the case has none).
struct ResultColumn {
  Column column;
  std::function<Cell(const Json& result)> cell;
};

/// The columns between `status` and `flags`, in the order of contracts: scores, decisions, top of every head.
std::vector<ResultColumn> result_columns(const Bundle& bundle);

/// Their names: what a condition on results may speak of.
std::vector<std::string> result_names(const Bundle& bundle);

/// The findings as run.json lists them: name, slug, column, head, threshold.
Json findings_json(const Bundle& bundle);

/// `more` stand behind the scores.
NamedTable predictions_table(const Bundle& bundle, const RunRecord& run,
                             const std::vector<ResultColumn>& more = {});
/// Tables, score matrix and kept levels, which refer to `bundle` and `run`; digests are left to the caller.
ResultsContent results_content(const Bundle& bundle, const RunRecord& run,
                               std::span<const NamedTable> tables);

}  // namespace radbatch
