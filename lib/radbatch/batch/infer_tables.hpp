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

NamedTable predictions_table(const Bundle& bundle, const RunRecord& run);
/// Tables and score matrix; digests are left to the caller.
ResultsContent results_content(const Bundle& bundle, const RunRecord& run,
                               std::span<const NamedTable> tables);

}  // namespace radbatch
