// A zip whose members are stored as they are, as torch.jit.save writes them.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace radbatch::test {

inline std::string little_endian(std::uint64_t value, int width) {
  std::string bytes;
  for (int i = 0; i < width; ++i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

/// Checksums and times are zero: nothing that reads these looks at them.
inline std::string stored_zip(const std::vector<std::pair<std::string, std::string>>& members) {
  std::string zip;
  std::string directory;
  for (const auto& [name, content] : members) {
    const std::string sizes = little_endian(content.size(), 4) + little_endian(content.size(), 4) +
                              little_endian(name.size(), 2) + little_endian(0, 2);
    directory += "PK\x01\x02" + std::string(12, '\0') + little_endian(0, 4) + sizes + std::string(10, '\0') +
                 little_endian(zip.size(), 4) + name;
    zip += "PK\x03\x04" + std::string(10, '\0') + little_endian(0, 4) + sizes + name + content;
  }
  const std::size_t offset = zip.size();
  zip += directory;
  return zip + "PK\x05\x06" + std::string(8, '\0') + little_endian(directory.size(), 4) +
         little_endian(offset, 4) + std::string(2, '\0');
}

}  // namespace radbatch::test
