#include "radbatch/study/archive_name.hpp"

#include <algorithm>
#include <array>

#include "radbatch/base/text.hpp"

namespace radbatch {

bool is_archive_name(std::string_view path) {
  static constexpr std::array<std::string_view, 11> endings{
      ".zip", ".npz", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".tzst"};
  const std::string lower = to_lower_ascii(path.substr(path.size() - std::min<std::size_t>(path.size(), 8)));
  return std::ranges::any_of(endings, [&](std::string_view ending) { return lower.ends_with(ending); });
}

}  // namespace radbatch
