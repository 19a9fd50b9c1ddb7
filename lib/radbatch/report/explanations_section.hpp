// Which pictures of explanations/ go into the page: where in the image findings come from.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "radbatch/base/choices.hpp"
#include "radbatch/report/run_data.hpp"

namespace radbatch {

struct ShownExplanation {
  std::string case_id, finding, method;
  std::string png;  ///< the file's bytes
};

struct ShownExplanations {
  std::vector<ShownExplanation> pictures;  ///< as the cases
  std::size_t n_explained = 0;             ///< rows of explanations.csv without a reason
  std::size_t n_failed = 0;
  std::size_t n_left_out = 0;  ///< had a picture, but the page was full
};

/// Reads explanations.csv, where there is one, and its pictures. Pictures that may show text are taken only
/// with Thumbnails::all; files that are no PNG are passed over. At most `most_bytes` of files together.
ShownExplanations choose_explanations(const RunData& run, Thumbnails which, std::size_t most_bytes);

}  // namespace radbatch
