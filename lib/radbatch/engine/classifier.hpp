// The seam between radbatch and whatever runs a network.
//
// Narrow on purpose: TorchScript is deprecated upstream and other backends follow. A classifier takes a batch
// of prepared items and gives the network's raw outputs; activations, pooling and thresholds are the model
// module's, in the parent.
#pragma once

#include <cstdint>
#include <functional>
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
  /// Whether run() takes a batch of any size. Compiled code has one size, to which run_in_batches pads.
  virtual bool takes_any_batch() const { return false; }
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
  std::int64_t batch = 0;           ///< items that every run gets; 0: not known
  std::string precision = "fp32";   ///< "fp32", "bf16", or "auto": bf16 where it is proven and faster
  Json variant = nullptr;           ///< how the network ran before (Classifier::describe); null: to be chosen
  bool any_operator = false;  ///< with --allow-unverified-model: operators that reach files may be there
  /// Prepared items that stand for the cohort's, of a known answer: what a choice is proven and timed with.
  /// Empty: nothing is chosen, the network runs as it was exported.
  std::vector<std::int64_t> probe_shape = {};
  std::vector<float> probe = {};
};

/// What is done to the outputs of one batch, of which the first `items` count, while no other is in memory.
using BatchStep = std::function<void(std::vector<OutputArray>& outputs, std::int64_t items)>;

/// Runs `items` (shape [n, ...]) through the classifier and joins the outputs: whole batches first, then what
/// is left in ever smaller powers of two (13 of batch 8 run as 8, 4, 1), so that a case of one volume pays
/// for one. Which sizes a case runs in depends on n and `batch` alone, never on other cases, and no size
/// outside this ladder is ever seen. A classifier that has one size gets all batches of exactly `batch`, the
/// last one padded with zeros. `step`, where there is one, changes the outputs of a batch before they are
/// joined, when they have been found finite. Throws Error(Reason::model_output) on changing output shapes,
/// Error(Reason::nonfinite) naming the item.
std::vector<OutputArray> run_in_batches(Classifier& classifier, const TensorView& items, std::int64_t batch,
                                        const BatchStep& step = {});

/// What every way through a classifier asks of the outputs of one batch, of which the first `items` count:
/// throws as run_in_batches does. `first_item` is what the first of them is called.
void check_outputs(std::span<const OutputArray> outputs, std::int64_t batch, std::int64_t items,
                   std::int64_t first_item);
/// Adds the first `items` of one batch to what the batches before it gave: same names, same shapes, else
/// Error(Reason::model_output).
void append_outputs(std::vector<OutputArray>& joined, std::vector<OutputArray>&& part, std::int64_t items);

}  // namespace radbatch
