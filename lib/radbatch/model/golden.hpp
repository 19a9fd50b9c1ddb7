// Known answers that travel with a model: a stored input tensor and what the network said where it was
// exported.
//
// Another LibTorch, CPU or thread count may move the last bits; the tolerance says how far. Beyond it the
// model on this machine is not the model that was validated, and it is refused.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "radbatch/model/bundle.hpp"
#include "radbatch/model/heads.hpp"

namespace radbatch {

/// float32 values with their shape, C order.
struct FloatArray {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

struct GoldenOutput {
  std::string output;
  FloatArray expected;
};

struct Golden {
  std::string name;             ///< stem of the tensor file
  std::filesystem::path input;  ///< picture it was prepared from; empty when there is none
  FloatArray tensor;            ///< [items, channels, spatial...]
  std::vector<GoldenOutput> outputs;
  double tolerance = 0;
};

/// Reads a NumPy .npy file of little-endian float32 in C order (numpy.lib.format, versions 1 and 2).
/// Throws Error(ExitCode::model) that names the file.
FloatArray read_npy(const std::filesystem::path& path);

/// Reads and verifies every golden entry. Throws Error(ExitCode::model) that names the entry.
std::vector<Golden> load_golden(const Bundle& bundle);

/// Throws Error(ExitCode::model) naming entry, output, position, found and expected value.
void check_golden(const Golden& golden, std::span<const HeadOutput> outputs);

}  // namespace radbatch
