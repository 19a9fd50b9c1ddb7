#include "radbatch/torch/upload.hpp"

#include <ATen/Functions.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include "radbatch/torch/tensors.hpp"

namespace radbatch {

at::Tensor Upload::operator()(const TensorView& batch) {
  const at::Tensor view = to_tensor(batch);
  return device_.cuda ? through_pinned_memory(view) : view;
}

at::Tensor Upload::through_pinned_memory(const at::Tensor& batch) {
  const c10::Device target(c10::kCUDA, static_cast<c10::DeviceIndex>(device_.index));
  const c10::impl::VirtualGuardImpl cuda(c10::kCUDA);
  if (!stream_) stream_ = cuda.getStreamFromGlobalPool(target);
  if (arrived_) arrived_->synchronize();  // the batch before has left the pinned memory
  if (!pinned_.defined() || pinned_.numel() < batch.numel())
    pinned_ = at::empty({batch.numel()}, at::TensorOptions(at::kFloat).pinned_memory(true));
  const at::Tensor staged = pinned_.narrow(0, 0, batch.numel()).view(batch.sizes());
  staged.copy_(batch);
  const c10::Stream current = cuda.getStream(target);
  const c10::StreamGuard on_copy_stream(*stream_);
  const at::Tensor there = staged.to(target, /*non_blocking=*/true);
  arrived_.emplace(c10::kCUDA);
  arrived_->record(*stream_);
  arrived_->block(current);
  there.record_stream(current);
  return there;
}

}  // namespace radbatch
