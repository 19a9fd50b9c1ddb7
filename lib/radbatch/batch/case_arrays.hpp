// What of a case is too bulky for its journal record (scores of frames and windows, features, maps):
// arrays/<case_id>.h5, written before the record that names it with its digest.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "radbatch/base/json.hpp"
#include "radbatch/store/tensor_file.hpp"

namespace radbatch {

/// One array. info.input is its name ("features", "slices"), info.axes one letter or word per axis
/// ("item,dim"), info.attributes whatever a reader needs beside it.
using CaseArray = LoadedTensor;

/// Writes arrays/<case_id>.h5 of the run folder (temporary file, fsync, rename). Returns {"file", "sha256"},
/// which belongs into CaseOutcome::result as "arrays". Throws Error(ExitCode::output).
Json save_arrays(const std::filesystem::path& run_folder, const std::string& case_id,
                 std::span<const CaseArray> arrays);
/// False when `result` names arrays whose file is gone or has other bytes: the case is done again.
bool has_arrays(const Json& result, const std::filesystem::path& run_folder);
/// The arrays that `result` names, none where it names none. Throws Error(ExitCode::output) that names the
/// file when it is gone or changed.
std::vector<CaseArray> load_arrays(const Json& result, const std::filesystem::path& run_folder);

}  // namespace radbatch
