// The way into LibTorch: a model file becomes a Classifier.
//
// A model file is a program. Its bytes are read once, hashed, and only when the hash is the expected one
// parsed, from those same bytes. No header of this module shows a Torch type, so nothing else is compiled
// against Torch.
#pragma once

#include <memory>

#include "radbatch/engine/classifier.hpp"
#include "radbatch/engine/gradients.hpp"

namespace radbatch {

/// Loads a TorchScript file or an AOTInductor package (request.kind) on request.device.
///
/// The classifier takes one float32 tensor and gives tensors on the CPU. Threads are a setting of the
/// process, so one process holds one classifier at a time. Throws Error(ExitCode::model) that names the file
/// for a wrong hash, another kind of file (with the way to export it), code for another CPU or device, and
/// whatever LibTorch says; Error(ExitCode::device) when the device is not there; Error(ExitCode::output) when
/// the cache cannot be written.
std::unique_ptr<Classifier> load_torch_classifier(const BackendRequest& request);

/// The same file again, to be differentiated; null for an AOTInductor package, which cannot be. Throws as
/// load_torch_classifier.
std::unique_ptr<Differentiable> load_torch_gradients(const BackendRequest& request);

/// Unpacks an AOTInductor package into request.cache_dir after checking its hash, and runs none of it. A
/// process that may not write calls for this before it closes its sandbox; loading then only reads. Nothing
/// for TorchScript.
void unpack_torch_package(const BackendRequest& request);

}  // namespace radbatch
