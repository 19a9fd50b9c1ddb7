// explanations.csv: the cases that were explained, with what the map says in numbers and where its files are.
#pragma once

#include <vector>

#include "radbatch/batch/tool.hpp"
#include "radbatch/store/results_file.hpp"

namespace radbatch {

bool has_explanations(const RunRecord& run);
NamedTable explanation_table(const RunRecord& run);
/// The maps in arrays/, for predictions.h5.
std::vector<ResultsContent::Link> explanation_links(const RunRecord& run);

}  // namespace radbatch
