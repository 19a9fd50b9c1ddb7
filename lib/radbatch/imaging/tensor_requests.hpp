// What an image worker does about tensors: images in, the network's input out, in the buffer that the request
// names. The requests and their answers: docs/worker-protocol.md.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "radbatch/base/json.hpp"
#include "radbatch/image/prepare_notes.hpp"
#include "radbatch/image/reader.hpp"
#include "radbatch/model/plan.hpp"
#include "radbatch/prepare/prepare.hpp"
#include "radbatch/store/tensor_file.hpp"
#include "radbatch/study/image_source.hpp"
#include "radbatch/volume/buffer.hpp"
#include "radbatch/volume/region.hpp"
#include "radbatch/worker/server.hpp"

namespace radbatch {

/// What an image or a frame of one adds to the notes of its request. Throws Error(Reason::range) for values
/// that the request's "value_range" does not allow, Error(Reason::nonfinite).
void note_values(const Volume& volume, const Json& request, PrepareNotes& notes);

/// What an answer says of a tensor: "shape", "axes", "trace", "affine_ras", "spacing_mm".
Json tensor_facts(const PreparedTensor& tensor);

class TensorRequests {
 public:
  TensorRequests() = default;
  /// `preparing`: executor, and the threads of requests that do not say theirs; its region and output are set
  /// per request.
  TensorRequests(Plan plan, PrepareOptions preparing, const ReadOptions& reading)
      : plan_(std::move(plan)),
        preparing_(std::move(preparing)),
        reading_(reading),
        threads_(preparing_.threads) {}

  /// "prepare": one image, or several with their names. Throws the reason of the case.
  Json prepare(const Json& request, WorkerContext& context);
  /// "tensor": one that was made before, from .h5 or .npy.
  Json load(const Json& request, WorkerContext& context);
  /// "take", and the end of the other two: puts what is held into the shared buffer, or says how large a
  /// buffer it needs. Nothing is held when the tensor is there already.
  Json give(const Json& request, const WorkerContext& context);
  /// "write": the tensor in the buffer as an image file in its own grid.
  static Json write(const Json& request, WorkerContext& context);

 private:
  PrepareOptions options_for(std::span<std::byte> buffer, std::optional<Region> region);
  PreparedTensor prepare_one(const Json& request, PrepareNotes& notes, std::span<std::byte> buffer);
  PreparedTensor prepare_whole(const ImageSource& source, const Json& request, PrepareNotes& notes,
                               std::span<std::byte> buffer);
  PreparedTensor prepare_inputs(const Json& request, PrepareNotes& notes, std::span<std::byte> buffer);
  PreparedTensor prepare_frames(const ImageSource& source, const Json& request, PrepareNotes& notes);
  Volume read_input(const ImageSource& source, const Json& input, Json& facts);
  std::optional<Region> region_in(const Volume& volume, const Json& request);
  LoadedTensor read_tensor(const std::filesystem::path& path, const std::string& input) const;
  void place(std::span<const float> values, std::span<std::byte> buffer);
  void note_facts(const ImageSource& source, const ReadImage& read);

  Plan plan_;
  PrepareOptions preparing_;
  ReadOptions reading_;
  std::size_t threads_ = 1;
  Json answer_ = Json::object();
  Buffer held_;  ///< a tensor that waits for a buffer of its size
};

}  // namespace radbatch
