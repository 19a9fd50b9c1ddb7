// SHA-256 and CRC-32: content keys, case ids, journal lines.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace radbatch {

/// Incremental SHA-256; `hex()` gives 64 lower-case digits and ends the object's use.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  Sha256& update(std::span<const std::byte> bytes);
  Sha256& update(std::string_view text);
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string sha256_hex(std::string_view text);
/// Digest of a file's bytes; throws Error(Reason::io) that names the file.
std::string sha256_file(const std::filesystem::path& path);
/// Keyed hash (RFC 2104) in hex: pseudonyms that cannot be recomputed without the key.
std::string hmac_sha256_hex(std::string_view key, std::string_view text);
/// CRC-32 (ISO 3309, as zlib and PNG use it).
std::uint32_t crc32(std::string_view bytes);

}  // namespace radbatch
