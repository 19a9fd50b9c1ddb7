// What a graph must be before OpenVINO compiles it. Only this module includes it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "radbatch/engine/classifier.hpp"

namespace ov {
class Model;
}

namespace radbatch {

/// Refuses what could not be run as the bundle says, or would not give one case the same score twice: more or
/// less than one float32 input, another batch than request.batch (0: any), outputs that are no floating
/// point, state that outlives a run, random numbers. An open first dimension becomes request.batch. Throws
/// Error(ExitCode::model) that says what the graph has, without its file.
void require_classifier_graph(ov::Model& model, const BackendRequest& request);

/// Names of the outputs, in their order: that of the tensor, or its position when it has none. Throws
/// Error(ExitCode::model) for one with several names, and for two outputs of one name.
std::vector<std::string> graph_output_names(const ov::Model& model);

/// The same network with float32 outputs, whatever floating-point types they have.
std::shared_ptr<ov::Model> with_float_outputs(const std::shared_ptr<ov::Model>& model);

}  // namespace radbatch
