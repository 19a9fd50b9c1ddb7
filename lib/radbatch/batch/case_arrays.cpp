#include "radbatch/batch/case_arrays.hpp"

#include <limits>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

fs::path file_of(const Json& arrays, const fs::path& run_folder) {
  return run_folder / arrays.at("file").get<std::string>();
}

}  // namespace

Json save_arrays(const fs::path& run_folder, const std::string& case_id, std::span<const CaseArray> arrays) {
  const std::string file = "arrays/" + case_id + ".h5";
  make_folder(run_folder / "arrays");
  std::vector<StoredTensor> stored;
  for (const CaseArray& array : arrays) stored.push_back({array.info, array.values});
  write_tensor_h5(run_folder / file, case_id, stored);
  return {{"file", file}, {"sha256", sha256_file(run_folder / file)}};
}

bool has_arrays(const Json& result, const fs::path& run_folder) {
  if (!result.contains("arrays")) return true;
  const fs::path path = file_of(result["arrays"], run_folder);
  std::error_code missing;
  return fs::exists(path, missing) && sha256_file(path) == result["arrays"].value("sha256", "");
}

std::vector<CaseArray> load_arrays(const Json& result, const fs::path& run_folder) {
  if (!result.contains("arrays")) return {};
  const fs::path path = file_of(result["arrays"], run_folder);
  // Compared before it is parsed: only what this run wrote is given to HDF5 here.
  if (!has_arrays(result, run_folder)) {
    throw Error(ExitCode::output, printable(path.string()) + " is gone or was changed",
                "the command of the run makes it again");
  }
  return read_tensor_h5(path, std::numeric_limits<std::uint64_t>::max()).tensors;
}

}  // namespace radbatch
