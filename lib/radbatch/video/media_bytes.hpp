// The bytes of a recording, wherever they lie: a file, or the fragments of a DICOM object.
//
// FFmpeg is given these instead of a name: it opens nothing by itself, so that a recording cannot make it
// read another file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

namespace radbatch {

class MediaBytes {
 public:
  virtual ~MediaBytes() = default;
  virtual std::uint64_t size() const = 0;
  /// As many bytes as there are from `offset`, at most target.size(); 0 at the end. Throws Error(Reason::io).
  virtual std::size_t read(std::uint64_t offset, std::span<std::uint8_t> target) = 0;
};

/// A regular file, opened once for reading. Throws Error(Reason::io).
std::unique_ptr<MediaBytes> media_file(const std::filesystem::path& path);
std::unique_ptr<MediaBytes> media_in_memory(std::vector<std::uint8_t> bytes);

}  // namespace radbatch
