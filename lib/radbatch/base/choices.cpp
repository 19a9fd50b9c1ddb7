#include "radbatch/base/choices.hpp"

#include <algorithm>
#include <vector>

namespace radbatch {

std::span<const std::string> on_many_names() {
  static const std::vector<std::string> names{"error", "first", "most-slices", "newest", "all"};
  return names;
}

std::string_view name(OnMany policy) {
  return on_many_names()[static_cast<std::size_t>(policy)];
}

std::optional<OnMany> find_on_many(std::string_view wanted) {
  const std::span<const std::string> names = on_many_names();
  const auto found = std::ranges::find(names, wanted);
  if (found == names.end()) return std::nullopt;
  return static_cast<OnMany>(found - names.begin());
}

std::optional<Thumbnails> find_thumbnails(std::string_view wanted) {
  if (wanted == "none") return Thumbnails::none;
  if (wanted == "safe") return Thumbnails::safe;
  if (wanted == "all") return Thumbnails::all;
  return std::nullopt;
}

}  // namespace radbatch
