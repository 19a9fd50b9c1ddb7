// What `radbatch model inspect` shows: a bundle as data and as text.
#pragma once

#include <string>

#include "radbatch/base/json.hpp"
#include "radbatch/model/bundle.hpp"

namespace radbatch {

/// Name, version, task, backends, inputs, plan, heads, pooling, batch, digests, columns, texts of the card.
Json describe(const Bundle& bundle);
/// The same for people, some thirty lines.
std::string inspect_text(const Bundle& bundle);

}  // namespace radbatch
