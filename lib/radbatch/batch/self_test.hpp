// The preparation half of a bundle's known answers: its golden images through the real image worker, against
// the tensors that they became where the network was trained.
//
// The other half, what the network says to those tensors, is asked for whenever the model is loaded. Both
// together say that a score here is the score there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "radbatch/base/json.hpp"
#include "radbatch/base/reporter.hpp"
#include "radbatch/batch/run_options.hpp"
#include "radbatch/model/bundle.hpp"

namespace radbatch {

/// One golden image.
struct SelfTestEntry {
  std::string name;
  std::string input;                ///< relative to the bundle
  std::vector<std::int64_t> shape;  ///< of the tensor
  double difference = 0;            ///< largest absolute one
  double tolerance = 0;
  std::string problem;  ///< why there is no difference to tell: not readable, another shape

  /// Written so that NaN fails.
  bool passed() const { return problem.empty() && difference <= tolerance; }
};

/// Prepares every golden image. Throws Error(ExitCode::model) when the golden files are not whole, or when
/// the bundle has no golden image: then nothing is proved.
std::vector<SelfTestEntry> self_test(const Bundle& bundle, const RunOptions& options);

/// A table for people, at most 80 columns where the names allow, and the same as data.
std::string self_test_text(const std::vector<SelfTestEntry>& entries);
Json self_test_json(const std::vector<SelfTestEntry>& entries);

/// Runs the self test unless it has passed on this machine with this build, this bundle and this processor:
/// that is remembered in the cache folder. A bundle without golden images passes. Throws
/// Error(ExitCode::model) that names the first entry that differs.
void require_self_test(const std::filesystem::path& model, const RunOptions& options, Reporter& reporter);

}  // namespace radbatch
