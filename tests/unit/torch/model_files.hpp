// Model files for the tests, made by LibTorch itself: no Python, nothing committed.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "radbatch/base/error.hpp"
#include "radbatch/engine/classifier.hpp"
#include "temporary_folder.hpp"

namespace radbatch::test {

/// Saves a TorchScript module whose forward() is this source; returns the request that loads it.
BackendRequest script_file(const TemporaryFolder& folder, const std::string& source);
/// Saves a small convolutional network for 1x64x64 images with six outputs, weights from a fixed seed.
BackendRequest network_file(const TemporaryFolder& folder);
/// Three convolutions with a residual on [n, 1, D, H, W] -> {"logits": [n, 3]}.
BackendRequest volume_network_file(const TemporaryFolder& folder);
/// A dense block: convolutions, each of the batch norm and relu of all before it, on [n, 1, H, W] -> [n, 3].
BackendRequest dense_network_file(const TemporaryFolder& folder);
/// Writes an archive as PyTorch does, with these names and contents.
BackendRequest archive_file(const TemporaryFolder& folder, const std::string& file, const std::string& kind,
                            const std::vector<std::pair<std::string, std::string>>& records);

/// The error of loading it; ExitCode::ok "no error" when it loads.
Error load_error(const BackendRequest& request);

}  // namespace radbatch::test
