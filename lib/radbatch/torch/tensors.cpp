#include "radbatch/torch/tensors.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>
#include <ATen/ops/from_blob.h>

#include <cstring>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

[[noreturn]] void refuse(const std::string& name, const std::string& what) {
  throw Error(Reason::model_output, "output \"" + printable(name) + "\" is " + what);
}

OutputArray value_to_output(const std::string& name, const c10::IValue& value, std::int64_t batch) {
  if (!value.isTensor()) refuse(name, "a " + value.tagKind() + ", a tensor was expected");
  return to_output(name, value.toTensor(), batch);
}

template <typename Values>
std::vector<OutputArray> numbered(const Values& values, std::int64_t batch) {
  std::vector<OutputArray> outputs;
  for (const c10::IValue& value : values) {
    outputs.push_back(value_to_output(std::to_string(outputs.size()), value, batch));
  }
  return outputs;
}

}  // namespace

at::Tensor to_tensor(const TensorView& batch) {
  // from_blob takes a pointer to writable data; what writes into its input is given a copy.
  auto* data = const_cast<float*>(batch.values.data());
  return at::from_blob(data, c10::IntArrayRef(batch.shape.data(), batch.shape.size()), at::kFloat);
}

OutputArray to_output(const std::string& name, const at::Tensor& tensor, std::int64_t batch) {
  if (!tensor.defined()) refuse(name, "no tensor");
  if (!at::isFloatingType(tensor.scalar_type())) {
    refuse(name, std::string("a tensor of ") + c10::toString(tensor.scalar_type()) +
                     ", floating point was expected");
  }
  if (tensor.dim() == 0 || tensor.size(0) != batch) {
    const std::string first =
        tensor.dim() == 0 ? "no dimension" : "first dimension " + std::to_string(tensor.size(0));
    refuse(name, "a tensor with " + first + ", the batch of " + std::to_string(batch) + " was expected");
  }
  const at::Tensor plain = tensor.to(at::kCPU, at::kFloat).contiguous();
  OutputArray output{name, plain.sizes().vec(), std::vector<float>(static_cast<std::size_t>(plain.numel()))};
  if (!output.values.empty()) {
    std::memcpy(output.values.data(), plain.const_data_ptr<float>(), output.values.size() * sizeof(float));
  }
  return output;
}

std::vector<OutputArray> to_outputs(const c10::IValue& result, std::int64_t batch) {
  if (result.isTuple()) return numbered(result.toTupleRef().elements(), batch);
  if (result.isTensorList()) {
    const auto tensors = result.toTensorVector();
    return numbered(std::vector<c10::IValue>(tensors.begin(), tensors.end()), batch);
  }
  if (result.isList()) return numbered(result.toListRef(), batch);
  if (!result.isGenericDict()) return {value_to_output("0", result, batch)};
  std::vector<OutputArray> outputs;
  for (const auto& entry : result.toGenericDict()) {
    const std::string key =
        entry.key().isString() ? entry.key().toStringRef() : std::to_string(outputs.size());
    outputs.push_back(value_to_output(key, entry.value(), batch));
  }
  return outputs;
}

}  // namespace radbatch
