// radbatch-classify-worker: runs one model with LibTorch. Started by the tools, never by people.
//
// A model is a program: it is loaded and run behind the sandbox, after its hash was compared, and its known
// answers are asked for before the first case. Requests: setup, ping, classify,
// explain (docs/worker-protocol.md).
#include "radbatch/classify/classify_requests.hpp"
#include "radbatch/torch/load.hpp"
#include "radbatch/worker/server.hpp"

int main() {
  radbatch::ClassifyRequests requests(
      {radbatch::unpack_torch_package, radbatch::load_torch_classifier, radbatch::load_torch_gradients});
  return radbatch::serve_worker({{"worker", "classify"}},
                                [&](const radbatch::Json& request, radbatch::WorkerContext& context) {
                                  return requests.handle(request, context);
                                });
}
