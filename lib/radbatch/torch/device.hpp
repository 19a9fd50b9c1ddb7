// Devices and threads: settings of the whole process that must be made before the first tensor.
#pragma once

#include <string>

namespace radbatch {

struct Device {
  bool cuda = false;
  int index = 0;
  std::string name() const;  ///< "cpu", "cuda:0"
};

/// Parses "cpu", "cuda" or "cuda:1" and makes the device ready. LibTorch's CUDA library is looked for here,
/// at run time, so that one build serves machines with and without it. Throws Error(ExitCode::device): a
/// device that was asked for and is absent is never quietly another one.
Device open_device(const std::string& text);

/// Threads inside one operation; operations run one after the other.
void set_threads(int threads);

}  // namespace radbatch
