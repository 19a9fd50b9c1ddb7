// The seam between radbatch and whatever runs a network.
//
// Narrow on purpose: TorchScript is deprecated upstream and other backends follow. A classifier takes a batch
// of prepared items and gives the network's raw outputs; activations, pooling and thresholds are the model
// module's, in the parent.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "radbatch/base/json.hpp"

namespace radbatch {

/// float32 values the caller owns, C order; shape[0] is the batch.
struct TensorView {
  std::span<const std::int64_t> shape;
  std::span<const float> values;
};

/// One output of the network: shape[0] is the batch, C order, float32.
struct OutputArray {
  std::string name;  ///< "0", "1", ... for tuples; the key for dictionaries
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

class Classifier {
 public:
  virtual ~Classifier() = default;
  /// Runs one batch. Throws Error(Reason::model_output) for an output that is no float tensor or has another
  /// batch size, Error(Reason::out_of_memory), and Error(Reason::model_output) with the network's own message
  /// when it throws.
  virtual std::vector<OutputArray> run(const TensorView& batch) = 0;
  /// What is loaded: {"kind": "torchscript", "library": "LibTorch 2.15.0", "device": "cpu", "threads": 1,
  /// ...}.
  virtual Json describe() const = 0;
};

/// What a classify worker is told to load. The hash is checked against the bytes before anything is parsed.
struct BackendRequest {
  std::string path;                 ///< absolute
  std::string kind;                 ///< "torchscript", "aotinductor" or "openvino"
  std::string sha256;               ///< 64 hex digits; empty only with --allow-unverified-model
  std::string device;               ///< "cpu", "cuda", "cuda:1"
  int threads = 1;                  ///< intra-op threads
  std::string cache_dir;            ///< where a .pt2 is unpacked by hash; may be empty for TorchScript
  std::string weights_path = {};    ///< of "openvino": the graph's values, absolute
  std::string weights_sha256 = {};  ///< as sha256
  std::string precision = "fp32";   ///< of the arithmetic, where the library has a choice: or "bf16"
  std::int64_t batch = 0;           ///< items that every run gets; 0: not known
};

/// Runs `items` (shape [n, ...]) through the classifier in batches of exactly `batch` items, the last one
/// padded with zeros, so that a score never depends on how many items a case has. Outputs are trimmed to n
/// and joined. Throws Error(Reason::model_output) on changing output shapes, Error(Reason::nonfinite) naming
/// the item.
std::vector<OutputArray> run_in_batches(Classifier& classifier, const TensorView& items, std::int64_t batch);

}  // namespace radbatch
