// Model files for the tests, made by LibTorch itself: no Python, nothing committed.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "radbatch/engine/classifier.hpp"

namespace radbatch::tests {

/// A folder that is removed with everything in it.
class ScratchFolder {
 public:
  ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder();
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Saves a TorchScript module whose forward() is this source; returns the request that loads it.
BackendRequest script_file(const ScratchFolder& folder, const std::string& source);
/// Saves a small convolutional network for 1x64x64 images with six outputs, weights from a fixed seed.
BackendRequest network_file(const ScratchFolder& folder);
/// Writes an archive as PyTorch does, with these names and contents.
BackendRequest archive_file(const ScratchFolder& folder, const std::string& file, const std::string& kind,
                            const std::vector<std::pair<std::string, std::string>>& records);

}  // namespace radbatch::tests
