// OpenVINO models for the tests, as text: a product of a matrix, small enough to read.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "radbatch/base/error.hpp"
#include "radbatch/engine/classifier.hpp"
#include "temporary_folder.hpp"

namespace radbatch::test {

/// What to replace in the graph: every occurrence of the first text by the second.
using Changes = std::vector<std::pair<std::string, std::string>>;

/// Writes y = x W with x [2, 3] and W = [[1, 2], [3, 4], [5, 6]], output "logits", as model.xml and
/// model.bin; returns the request that loads it.
BackendRequest product_files(const TemporaryFolder& folder, const Changes& changes = {});

/// The error of loading it; ExitCode::ok "no error" when it loads.
Error load_error(const BackendRequest& request);

}  // namespace radbatch::test
