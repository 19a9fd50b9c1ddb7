// Which entries of MONAI's data dictionary reach the network, and the transforms reduced to those.
//
// A configuration often carries labels along ("keys": ["image", "label"]) that inference has no use for. They
// may be left out only when it is certain that they do not feed the network.
#pragma once

#include <string>
#include <vector>

#include "radbatch/base/json.hpp"
#include "radbatch/model/monai_language.hpp"

namespace radbatch {

/// `network_data_format.inputs` of metadata.json; an empty object when there is none.
Json declared_inputs(const Json& metadata);

/// Reduces the transforms of `chain` to the keys that lead to the network, removes those that have none left
/// and notes each key that was dropped. Network inputs are those that the metadata names; without them the
/// key "image", which MONAI's evaluators take; without that the only key there is; else all. With several
/// keys left, they stay lists. Returns the keys. Lists with one entry per key lose the entries of dropped
/// keys.
std::vector<std::string> keep_image_keys(std::vector<MonaiItem>& chain, const Json& metadata,
                                         std::vector<std::string>& notes);

}  // namespace radbatch
