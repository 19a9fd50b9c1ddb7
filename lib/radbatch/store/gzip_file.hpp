// A table that is too long for memory, packed as it is written.
//
// The same text gives the same bytes: no time, no name, no system in the header, one level. The CRC and the
// length that gzip keeps behind the data are checked by whatever unpacks it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace radbatch {

class GzipFile {
 public:
  /// Writes to a temporary beside `path`. Throws Error(ExitCode::output).
  explicit GzipFile(std::filesystem::path path);
  /// Removes what was not committed.
  ~GzipFile();
  GzipFile(const GzipFile&) = delete;
  GzipFile& operator=(const GzipFile&) = delete;

  void write(std::string_view text);
  /// fsync and rename; a file that has these bytes already is left alone. Returns size and SHA-256 of the
  /// packed file. Throws Error(ExitCode::output).
  struct Facts {
    std::uint64_t bytes = 0;
    std::string sha256;
  };
  Facts commit();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace radbatch
