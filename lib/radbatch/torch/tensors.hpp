// From the engine's plain arrays to LibTorch's tensors and back. Only this module includes it.
#pragma once

#include <string>
#include <vector>

#include "radbatch/engine/classifier.hpp"

namespace at {
class Tensor;
}
namespace c10 {
struct IValue;
}

namespace radbatch {

/// A tensor on the CPU over the caller's values: valid as long as they are.
at::Tensor to_tensor(const TensorView& batch);
/// Checks that it is a floating-point tensor whose first dimension is the batch, and copies it to float32.
OutputArray to_output(const std::string& name, const at::Tensor& tensor, std::int64_t batch);
/// A tensor is output "0"; a tuple or list gives "0", "1", ...; a dictionary its keys. Nested ones are
/// refused.
std::vector<OutputArray> to_outputs(const c10::IValue& result, std::int64_t batch);

}  // namespace radbatch
