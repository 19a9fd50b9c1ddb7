// How an image is read, and what comes of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "radbatch/study/frame_choice.hpp"
#include "radbatch/volume/volume.hpp"

namespace radbatch {

struct ReadOptions {
  std::uint64_t max_bytes = 0;  ///< of the decoded samples
  std::size_t threads = 1;      ///< the result is the same for any number
  FrameChoice frames;           ///< of a clip; of a DICOM cine all, unless somebody chose
  bool with_digests = false;
};

struct ReadImage {
  Volume volume;
  std::vector<std::string> digests;  ///< SHA-256 of each file, in order; empty where not wanted
};

}  // namespace radbatch
