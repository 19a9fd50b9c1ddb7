// preprocess --compare: one case prepared and held against the tensor that other software made of it.
#pragma once

#include <filesystem>
#include <string>

#include "radbatch/base/reporter.hpp"
#include "radbatch/batch/preprocess.hpp"

namespace radbatch {

struct CompareRequest {
  std::filesystem::path file;  ///< .npy, or .h5 with one tensor
  std::string case_id;         ///< or a unique prefix
};

/// Prepares the case in a folder of its own, which goes afterwards, and gives the reporter as data what
/// compare_tensors found (stats/tensor_compare.hpp). `run.out` is not used. Returns 0 when the tensors are
/// equal within the tolerance, ExitCode::cases when they differ or the case has no tensor. Throws
/// Error(ExitCode::usage) for a case or a file that is not there or a tensor that cannot be compared.
int compare_case(const CompareRequest& request, PreprocessOptions options, RunOptions run,
                 Reporter& reporter);

}  // namespace radbatch
