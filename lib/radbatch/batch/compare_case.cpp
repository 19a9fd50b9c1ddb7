#include "radbatch/batch/compare_case.hpp"

#include <algorithm>

#include "radbatch/base/error.hpp"
#include "radbatch/base/passing_folder.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/batch/journal_reader.hpp"
#include "radbatch/batch/run_cohort.hpp"
#include "radbatch/batch/run_folder.hpp"
#include "radbatch/stats/tensor_compare.hpp"
#include "radbatch/store/npy_file.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t MOST_BYTES = std::uint64_t{1} << 36;  // files of the user's own

/// Only what goes wrong: the run itself is nothing that was asked for.
class OnlyFaults : public Reporter {
 public:
  explicit OnlyFaults(Reporter& reporter) : reporter_(reporter) {}
  void info(const std::string&) override {}
  void detail(const std::string&) override {}
  void warning(const std::string& message) override { reporter_.warning(message); }
  void progress(const Progress& progress) override { reporter_.progress(progress); }
  bool data(const std::string&) override { return true; }

 private:
  Reporter& reporter_;
};

LoadedTensor read_theirs(const fs::path& path) {
  try {
    if (path.extension() == ".npy") return read_tensor_npy(path, MOST_BYTES);
    TensorFile file = read_tensor_h5(path, MOST_BYTES);
    if (file.tensors.size() != 1) {
      throw Error(ExitCode::usage,
                  printable(path.string()) + " holds " + counted(file.tensors.size(), "tensor"));
    }
    return std::move(file.tensors.front());
  } catch (const Error& problem) {
    if (!problem.reason()) throw;
    throw Error(ExitCode::usage, printable(path.string()) + ": " + problem.message(),
                "save it with numpy.save(\"mine.npy\", array.astype(\"float32\"))");
  }
}

/// "N,C,R,A,S" -> {"R", "A", "S"}
std::vector<std::string> letters_of_space(const std::string& axes) {
  std::vector<std::string> letters = split(axes, ',');
  letters.erase(letters.begin(), letters.begin() + std::min<std::ptrdiff_t>(2, std::ssize(letters)));
  return letters;
}

}  // namespace

int compare_case(const CompareRequest& request, PreprocessOptions options, RunOptions run,
                 Reporter& reporter) {
  const LoadedTensor theirs = read_theirs(request.file);
  const PassingFolder folder("compare");
  run.out = folder.path();
  run.only = {request.case_id};
  run.shard = {};
  options.format = TensorFormat::h5;
  options.pack = false;
  options.preview = {};
  const std::unique_ptr<Tool> tool = make_preprocess(options, run);
  OnlyFaults faults(reporter);
  const int status = run_cohort(*tool, run, faults);
  const std::map<std::string, CaseOutcome> outcomes = read_journals(RunFolder(run.out).journal());
  if (outcomes.empty()) return status;
  const CaseOutcome& outcome = outcomes.begin()->second;
  if (outcome.status != Status::done) {
    reporter.warning(outcome.case_id + " has no tensor to compare: " + outcome.detail + " (" +
                     std::string(outcome.reason ? code(*outcome.reason) : name(outcome.status)) + ")");
    return static_cast<int>(ExitCode::cases);
  }
  const TensorFile ours =
      read_tensor_h5(run.out / outcome.result.at("tensor").get<std::string>(), MOST_BYTES);
  const LoadedTensor& our_tensor = ours.tensors.front();
  const std::vector<std::string> letters = letters_of_space(our_tensor.info.axes);
  const TensorPart mine{our_tensor.info.shape, our_tensor.values}, other{theirs.info.shape, theirs.values};
  const TensorDifference found = compare_tensors(mine, other, letters.size());
  for (const std::string& line : explain(found, mine, other, letters)) reporter.data(line);
  return static_cast<int>(is_equal(found) ? ExitCode::ok : ExitCode::cases);
}

}  // namespace radbatch
