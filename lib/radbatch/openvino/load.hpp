// The way into OpenVINO: a graph (.xml) and its values (.bin) become a Classifier for the CPU.
//
// OpenVINO is the faster library on processors with wide vectors; LibTorch stays the reference, and a
// bundle's known answers decide whether both say the same. Both files are read once, hashed, and only when
// the hashes are the expected ones parsed, from those same bytes. No header of this module shows an OpenVINO
// type but graph.hpp, which is for the module alone.
#pragma once

#include <memory>

#include "radbatch/engine/classifier.hpp"

namespace radbatch {

/// Loads request.path (.xml) with request.weights_path (.bin) and compiles it for this processor: one stream,
/// request.threads threads, in request.precision. A network whose first dimension is open gets request.batch.
///
/// The classifier takes one float32 tensor and gives float32 tensors, each called by the one name that its
/// tensor has in the graph, or by its position ("0", "1", ...) when it has none. Throws
/// Error(ExitCode::model) that names the file for a wrong hash, a file that is no OpenVINO graph, a graph
/// that is not one float32 input of the bundle's batch, whose outputs cannot be told apart or are no floating
/// point, that keeps state or draws random numbers, and for whatever OpenVINO says;
/// Error(ExitCode::device) for any device but "cpu".
std::unique_ptr<Classifier> load_openvino_classifier(const BackendRequest& request);

}  // namespace radbatch
