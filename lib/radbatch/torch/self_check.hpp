// Which form of a network is the fastest here, among those whose numbers are the plain network's.
//
// Kernels differ by processor, library version and shape, and some are wrong: a form is timed only after its
// outputs on the probe were those of the graph as it was exported. The choice moves the last bits, so it is
// made once and then given (BackendRequest::variant).
#pragma once

#include <string>
#include <vector>

#include "radbatch/torch/graph_form.hpp"

namespace radbatch {

/// One form that was tried.
struct Trial {
  GraphForm form;
  Forward forward;        ///< empty when there is a problem
  double seconds = 0;     ///< of the probe, the best of three; of the CPU there, of the clock on a GPU
  double difference = 0;  ///< largest of an output, relative to the larger of 1 and the largest value
  std::string problem;    ///< why it is not used
};

/// Largest difference that a form of fp32 may show: kernels add in another order, no more.
inline constexpr double fp32_tolerance = 1e-4;
/// Of bf16, on raw outputs; probabilities are held to a narrower one where the heads are known.
inline constexpr double bf16_tolerance = 0.1;

/// Tries `forms` on `probe` [n, ...] and on n + 1 items (the first once more), against `plain`. The first
/// form is the one to fall back to: another is only taken when it is 3 % faster. Throws what
/// `plain` throws.
std::vector<Trial> try_forms(const torch::jit::Module& module, const Forward& plain,
                             const std::vector<GraphForm>& forms, const at::Tensor& probe);
/// The fastest without a problem, or null.
Trial* fastest(std::vector<Trial>& trials);
/// {"frozen": 12.5, "prepacked": "differs by 0.2, 0.0001 tolerated"}: milliseconds or problem by form.
Json to_json(const std::vector<Trial>& trials);

}  // namespace radbatch
