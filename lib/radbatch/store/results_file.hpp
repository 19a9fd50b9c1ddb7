// predictions.h5: the tables and the score matrix in one file that anndata, xarray and plain h5py open by
// name.
//
// The file is built in a fixed order and without times, so the same content gives the same bytes: in memory
// where it holds tables and scores, on the disk where it also holds what is too large for that, case by case.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "radbatch/store/table.hpp"

namespace radbatch {

/// One more matrix over the cases, float32 [case, column].
struct CaseMatrix {
  std::string name;  ///< "features"
  std::string axis;  ///< "feature": the name of the second dimension and of its scale
  std::size_t width = 0;
  std::vector<std::string> columns;  ///< names along the axis; empty: numbered
  /// The row of a case, empty where it has none (NaN is written). Called once per case, in order.
  std::function<std::vector<float>(std::size_t row)> row;
};

/// What is below one case.
struct ItemScores {
  std::string level;                 ///< "slices": the group /slices
  std::int64_t items = 0;            ///< at least 1
  std::vector<float> values;         ///< [item, finding]
  std::vector<std::int32_t> starts;  ///< of windows: [item, axis]; else empty
};

struct ResultsContent {
  /// Both have their unique index (case_id) as first column.
  Table predictions;
  Table cases;
  std::vector<std::string> findings;  ///< as the model names them
  /// float32 [case, finding] in the order of `predictions`; NaN where a case has no score. A matrix has a row
  /// for every case, so that it lines up with /predictions; its NaN is the fill value, as in netCDF and
  /// xarray.
  std::vector<float> probabilities;
  /// The map of a case, in a file of its own beside this one.
  struct Link {
    std::string case_id, file, dataset;  ///< "arrays/<case_id>.h5", "/tensors/<case_id>/explanation"
  };
  std::vector<Link> explanations;  ///< sorted by case
  /// Of an ensemble: its members' names and float32 [case, member, finding], before calibration; NaN as
  /// above. Empty otherwise.
  std::vector<std::string> member_names;
  std::vector<float> members;
  std::vector<CaseMatrix> matrices;
  /// The items of a case, nothing where it has none; empty function: no case has any. Called once per case,
  /// in order, so that one case at a time is in memory.
  std::function<std::optional<ItemScores>(std::size_t row)> items;
  std::string model_sha256;
  std::string plan_sha256;
  std::string config_sha256;
  std::string created_by;  ///< "radbatch 0.1.0 (0123456789ab)"; left out when empty
};

/// Writes the file; leaves it alone when it has these bytes already. Returns whether it wrote.
///
/// Layout: groups /predictions and /cases as AnnData dataframes 0.2.0 (text: string-array, missing = "";
/// category: categorical, missing = -1; integer and boolean: nullable-integer and nullable-boolean unless the
/// column is required; numbers: array, missing = NaN), /probabilities with the dimension scales /case and
/// /finding, of an ensemble /members with the scale /member between them; where there are maps,
/// /explanations/<case_id>: external links, because maps of a large cohort fit no memory; then the other
/// matrices with their scales, /<level>/<case_id> [item, finding] with the attribute `level`, and
/// /window_starts/<case_id> [item, axis]. A "/" in a column's name, which HDF5 keeps for itself, becomes
/// U+2215. Throws Error(ExitCode::output), Error(ExitCode::internal) when sizes do not fit.
bool write_results_h5(const std::filesystem::path& path, const ResultsContent& content);

}  // namespace radbatch
