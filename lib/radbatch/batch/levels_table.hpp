// Kept levels as parts of predictions.h5.
#pragma once

#include "radbatch/batch/tool.hpp"
#include "radbatch/model/bundle.hpp"
#include "radbatch/store/results_file.hpp"

namespace radbatch {

/// Adds /slices, /frames or /windows with the scores of items, and /logits and /features where they were
/// kept. Arrays are read from the journal or the case's file when the file is written, one case at a time;
/// `run` and `bundle` must live until then.
void add_levels(ResultsContent& content, const Bundle& bundle, const RunRecord& run);

}  // namespace radbatch
