// Words that bundles, modules and the command line share, so that one spelling means one thing.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace radbatch {

/// What to do when several images of a case fit one input of the model.
enum class OnMany {
  error,
  first,
  most_slices,
  newest,
  all,  ///< a case for each
};

std::string_view name(OnMany policy);  ///< "most-slices"
std::optional<OnMany> find_on_many(std::string_view name);
/// All names, in the order of the enumeration.
std::span<const std::string> on_many_names();

/// Which pictures of the images are written by a run or shown by a report.
enum class Thumbnails {
  none,
  safe,  ///< not those that may show text burned into the picture (flag W_MAY_SHOW_TEXT)
  all,
};

/// "none", "safe" or "all"; nothing for another word.
std::optional<Thumbnails> find_thumbnails(std::string_view name);

}  // namespace radbatch
