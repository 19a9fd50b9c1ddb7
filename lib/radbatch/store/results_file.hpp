// predictions.h5: the tables and the score matrix in one file that anndata, xarray and plain h5py open by
// name.
//
// The file is built in memory in a fixed order and without times, so the same content gives the same bytes.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "radbatch/store/table.hpp"

namespace radbatch {

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
/// /finding, and, where there are maps, /explanations/<case_id>: external links, because maps of a large
/// cohort fit no memory. A "/" in a column's name, which HDF5 keeps for itself, becomes U+2215. Throws
/// Error(ExitCode::output), Error(ExitCode::internal) when sizes do not fit.
bool write_results_h5(const std::filesystem::path& path, const ResultsContent& content);

}  // namespace radbatch
