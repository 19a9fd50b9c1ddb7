// How a batch comes to the device: not at all on the CPU, through pinned memory and a stream of its own on a
// GPU.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Event.h>
#include <c10/core/Stream.h>

#include <optional>

#include "radbatch/engine/classifier.hpp"
#include "radbatch/torch/device.hpp"

namespace radbatch {

class Upload {
 public:
  explicit Upload(Device device) : device_(std::move(device)) {}

  /// float32 on the device, ready for the current stream. On the CPU it is a view that is valid as long as
  /// the caller's values; otherwise these may go when the call returns.
  at::Tensor operator()(const TensorView& batch);
  const Device& device() const { return device_; }

 private:
  at::Tensor through_pinned_memory(const at::Tensor& batch);

  Device device_;
  at::Tensor pinned_;  ///< grows to the largest batch: pinning memory costs more than the copy
  std::optional<c10::Stream> stream_;
  std::optional<c10::Event> arrived_;
};

}  // namespace radbatch
