// What an image worker does about explanations: the tensor in the shared buffer and the map in a file become
// a picture and a volume. The request and its answer: docs/worker-protocol.md, `overlay`.
#pragma once

#include "radbatch/base/json.hpp"
#include "radbatch/worker/server.hpp"

namespace radbatch {

/// Throws Error(Reason::prepare) for a tensor that is no image.
Json draw_overlay(const Json& request, WorkerContext& context);

}  // namespace radbatch
