// Names of a compiled model's outputs, which come as a flat list.
#pragma once

#include <string>
#include <vector>

namespace radbatch {

/// Reads the output tree that torch.export wrote (torch/utils/_pytree.py, treespec_dumps): the keys of a
/// dictionary, "0", "1", ... for a tensor, tuple or list. Empty for a tree that is nested or not understood.
std::vector<std::string> output_names(const std::string& tree);

}  // namespace radbatch
