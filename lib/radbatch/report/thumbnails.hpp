// Which pictures go into the page: a spread over the predicted findings, within a number and a size that keep
// the page one that can be mailed.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "radbatch/base/choices.hpp"
#include "radbatch/report/run_data.hpp"

namespace radbatch {

struct Picture {
  std::size_t case_index = 0;
  std::string png;  ///< the file's bytes
};

struct Gallery {
  std::vector<Picture> pictures;  ///< by finding, then as the cases
  std::size_t n_left_out = 0;     ///< had a picture, but the page was full
  std::size_t n_hidden = 0;       ///< may show text; shown only with Thumbnails::all
};

inline constexpr std::size_t max_pictures = 200;

/// Reads previews/<case_id>.png of done cases, at most `most_bytes` of files together. Files that are no PNG
/// or larger than 500 kB are passed over.
Gallery choose_pictures(const RunData& run, Thumbnails which, std::size_t most_bytes);

}  // namespace radbatch
