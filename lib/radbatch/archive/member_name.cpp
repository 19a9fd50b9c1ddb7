#include "radbatch/archive/member_name.hpp"

#include "radbatch/base/text.hpp"

namespace radbatch {

std::optional<std::string> member_path(std::string_view name) {
  constexpr std::size_t LONGEST = 4096;
  if (name.size() > LONGEST) return std::nullopt;
  std::string path;
  for (const std::string& part : split(name, '/')) {
    if (part == "..") return std::nullopt;
    if (part.empty() || part == ".") continue;
    if (!path.empty()) path += '/';
    path += part;
  }
  if (path.empty()) return std::nullopt;
  return path;
}

}  // namespace radbatch
