// What an answer tells of an image that was read (docs/worker-protocol.md).
#pragma once

#include <string>
#include <vector>

#include "radbatch/base/json.hpp"
#include "radbatch/study/image_source.hpp"
#include "radbatch/volume/volume.hpp"

namespace radbatch {

/// Size, dimensions, frames and their times, channels, sample type, spacing in mm, colour.
Json facts_of(const Volume& volume);
/// What reading found, and what only the values can tell.
std::vector<std::string> flags_of_image(const ImageSource& source, const Volume& volume);

}  // namespace radbatch
