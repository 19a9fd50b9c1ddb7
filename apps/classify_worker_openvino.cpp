// radbatch-classify-worker-openvino: runs one model with OpenVINO. Started by the tools, never by people.
//
// The same worker as radbatch-classify-worker over another library: LibTorch and OpenVINO bring allocators
// and thread pools of their own and meet in no process. OpenVINO loads its plugin and compiles the network
// behind the sandbox: that takes reading and memory that may be executed, and nothing else.
#include "radbatch/classify/classify_requests.hpp"
#include "radbatch/openvino/load.hpp"
#include "radbatch/worker/server.hpp"

int main() {
  radbatch::ClassifyRequests requests({nullptr, radbatch::load_openvino_classifier});
  return radbatch::serve_worker({{"worker", "classify"}},
                                [&](const radbatch::Json& request, radbatch::WorkerContext& context) {
                                  return requests.handle(request, context);
                                });
}
