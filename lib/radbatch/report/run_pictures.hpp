// A run's pictures by case: previews, and overlays that show where a finding comes from.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>

#include "radbatch/base/choices.hpp"
#include "radbatch/report/run_data.hpp"

namespace radbatch {

class RunPictures {
 public:
  /// Reads explanations.csv, where there is one; no picture yet.
  RunPictures(const RunData& run, Thumbnails which);

  /// Bytes of the overlay of that finding on that case, else of the case's preview; empty where there is
  /// none, it is no PNG, too large for a page, or may show text (counted in n_hidden).
  std::string best(const std::string& case_id, const Finding& finding);

  std::size_t n_hidden() const { return n_hidden_; }

 private:
  const RunData& run_;
  Thumbnails which_;
  std::size_t n_hidden_ = 0;
  std::map<std::pair<std::string, std::string>, std::string> overlays_;  ///< case, finding -> place
};

/// The bytes of a PNG of at most `most_bytes` in a folder of the run; empty where it is not there or its name
/// would lead elsewhere. `place` is "previews/a.png".
std::string read_run_picture(const RunData& run, const std::string& place, std::size_t most_bytes);

}  // namespace radbatch
