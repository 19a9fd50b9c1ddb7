// One image at a time through a real image worker, outside of any run: for self tests, and for showing what a
// plan makes of an image.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "radbatch/batch/run_options.hpp"
#include "radbatch/study/image_source.hpp"
#include "radbatch/worker/pool.hpp"
#include "radbatch/worker/shared_buffer.hpp"

namespace radbatch {

class SingleImage {
 public:
  /// `plan` is canonical JSON, an empty list gives images as they are read. `roots` are the only folders that
  /// the worker will be able to read.
  SingleImage(const Json& plan, RunOptions options, const std::vector<std::string>& roots);

  /// The one image that a file or a folder holds. Throws Error(ExitCode::no_input) when there is none or more
  /// than one, Error(Reason) when it cannot be used.
  ImageSource find(const std::filesystem::path& path);

  struct Tensor {
    Json answer;  ///< of `prepare`: shape, axes, affine_ras, image, trace ... (docs/worker-protocol.md)
    std::vector<float> values;
  };
  /// Throws Error with the worker's reason; a worker that dies or hangs is Reason::decoder_crash.
  Tensor prepare(const ImageSource& source);

 private:
  Json ask(const Json& body, const SharedBuffer* buffer);

  RunOptions options_;
  WorkerPool pool_;
  BufferPool buffers_;
};

}  // namespace radbatch
