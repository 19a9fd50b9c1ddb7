#include "radbatch/image/detached_data.hpp"

#include <array>
#include <fstream>
#include <span>
#include <string>
#include <string_view>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
}

// The value behind `key` and `mark` in the text header, which an empty line (NRRD) or the key itself ends.
std::optional<std::string> header_value(const std::filesystem::path& path,
                                        std::span<const std::string_view> keys, char mark) {
  std::ifstream file(path, std::ios::binary);
  std::string head(1 << 16, '\0');
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(file.gcount()));
  for (const std::string& line : split(head, '\n')) {
    if (trimmed(line).empty()) break;
    const auto at = line.find(mark);
    if (at == std::string::npos) continue;
    const std::string key = to_lower_ascii(trimmed(std::string_view(line).substr(0, at)));
    for (const std::string_view wanted : keys) {
      if (key == wanted) return trimmed(std::string_view(line).substr(at + 1));
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::filesystem::path> detached_data_file(const std::filesystem::path& header, FileKind kind) {
  constexpr std::array<std::string_view, 1> meta_keys{"elementdatafile"};
  constexpr std::array<std::string_view, 2> nrrd_keys{"data file", "datafile"};
  std::optional<std::string> value;
  if (kind == FileKind::metaimage) value = header_value(header, meta_keys, '=');
  if (kind == FileKind::nrrd) value = header_value(header, nrrd_keys, ':');
  if (!value || to_lower_ascii(*value) == "local") return std::nullopt;
  std::string name = *value;
  if (name.starts_with("./")) name.erase(0, 2);
  const bool several = name.starts_with("LIST") || name.find('%') != std::string::npos;
  if (name.empty() || several || name == ".." || name.find('/') != std::string::npos ||
      name.find('\\') != std::string::npos) {
    throw Error(Reason::bad_header, "the data file that the header names is not one file beside it");
  }
  return header.parent_path() / name;
}

}  // namespace radbatch
