// Known answers that travel with a model: an image, the tensor that it became where the network was trained,
// and what the network said to that.
//
// Another LibTorch, CPU or thread count may move the last bits; the tolerance says how far. Beyond it the
// preparation or the model on this machine is not what was validated, and the model is refused.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
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
  std::string name;                   ///< stem of the tensor file
  std::filesystem::path input;        ///< image it was prepared from; empty when there is none
  FloatArray tensor;                  ///< [items, channels, spatial...]
  double tensor_tolerance = 0;        ///< of the tensor prepared from the input
  std::vector<GoldenOutput> outputs;  ///< empty when none is known
  double tolerance = 0;               ///< of the outputs
  std::optional<int> fold;            ///< whose outputs they are
};

/// Reads a NumPy .npy file of little-endian float32 in C order (numpy.lib.format, versions 1 and 2).
/// Throws Error(ExitCode::model) that names the file.
FloatArray read_npy(const std::filesystem::path& path);

/// Reads and verifies every golden entry. Where the bundle states no tensor_tolerance it is 1e-5 of the range
/// of the tensor's values. Throws Error(ExitCode::model) that names the entry.
std::vector<Golden> load_golden(const Bundle& bundle);

/// Largest absolute difference between the stored tensor and the one that was prepared here; NaN when there
/// is one in either. Throws Error(ExitCode::model) when the shapes differ, naming both.
double tensor_difference(const Golden& golden, const std::vector<std::int64_t>& shape,
                         std::span<const float> values);

/// Throws Error(ExitCode::model) naming entry, output, position, found and expected value.
void check_golden(const Golden& golden, std::span<const HeadOutput> outputs);

}  // namespace radbatch
