#include "radbatch/image/enhanced_reader.hpp"

#include <cstring>
#include <string>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/dicom/pixels.hpp"
#include "radbatch/image/rescale.hpp"

namespace radbatch {
namespace {

/// Where the samples of one plane lie in the decoded file.
struct Window {
  std::size_t first = 0;   ///< byte of the first sample
  std::size_t row = 0;     ///< bytes of a row that are taken
  std::size_t stride = 0;  ///< bytes from row to row
  std::size_t rows = 0;
};

class PlaneReader {
 public:
  PlaneReader(const ImageSource& source, std::uint64_t max_bytes, std::size_t threads)
      : source_(source),
        side_(std::max<std::int64_t>(source.mosaic_side, 1)),
        max_bytes_(max_bytes),
        threads_(threads) {}

  Volume read() {
    for (std::size_t file = 0; file < source_.files.size(); ++file) {
      try {
        take(file, read_stored_pixels(source_.files[file], max_bytes_, threads_));
      } catch (Error& error) {
        if (source_.files.size() == 1) throw;
        throw error.within("file " + std::to_string(file + 1) + " of " +
                           std::to_string(source_.files.size()));
      }
    }
    stack_.volume.lps = rounded_to_float32(*source_.lps);
    return over_time(real_values(std::move(stack_)), source_.time_points);
  }

 private:
  void take(std::size_t file, const StoredPixels& pixels) {
    if (file == 0) begin(pixels);
    const Volume& volume = stack_.volume;
    if (pixels.columns != volume.size[0] * side_ || pixels.rows != volume.size[1] * side_ ||
        pixels.channels != volume.channels || pixels.type != volume.type) {
      throw Error(Reason::bad_header, "its pixels have another size or type than those of the first file");
    }
    for (std::size_t p = 0; p < source_.planes.size(); ++p) {
      const Plane& plane = source_.planes[p];
      if (plane.file != file) continue;
      copy(pixels, plane.frame, p);
      stack_.rescales[p] = plane.rescale ? Rescale{(*plane.rescale)[0], (*plane.rescale)[1]}
                                         : Rescale{pixels.slope, pixels.intercept};
    }
  }

  void begin(const StoredPixels& pixels) {
    const auto n = static_cast<std::int64_t>(source_.planes.size());
    const std::uint64_t plane = pixels.samples.size() /
                                static_cast<std::uint64_t>(std::max<std::int64_t>(pixels.frames, 1)) /
                                static_cast<std::uint64_t>(side_ * side_);
    if (plane * static_cast<std::uint64_t>(n) > max_bytes_) {
      throw Error(Reason::too_large, counted(source_.planes.size(), "frame") + " need " +
                                         human_bytes(static_cast<double>(plane) * static_cast<double>(n)) +
                                         ", " + human_bytes(static_cast<double>(max_bytes_)) + " allowed");
    }
    stack_.volume =
        make_volume({pixels.columns / side_, pixels.rows / side_, n}, pixels.channels, 1, pixels.type);
    stack_.rescales.resize(source_.planes.size());
    stack_.block = static_cast<std::size_t>(stack_.volume.count() / n);
  }

  Window window_of(const StoredPixels& pixels, std::int64_t frame) const {
    const std::size_t sample = bytes_per_sample(pixels.type) * static_cast<std::size_t>(pixels.channels);
    const std::size_t row = sample * static_cast<std::size_t>(pixels.columns);
    if (source_.mosaic_side == 0) {
      const auto rows = static_cast<std::size_t>(pixels.rows);
      return {static_cast<std::size_t>(frame) * row * rows, row, row, rows};
    }
    const auto rows = static_cast<std::size_t>(pixels.rows / side_);
    const std::size_t tile = row / static_cast<std::size_t>(side_);
    const auto down = static_cast<std::size_t>(frame / side_),
               right = static_cast<std::size_t>(frame % side_);
    return {down * rows * row + right * tile, tile, row, rows};
  }

  void copy(const StoredPixels& pixels, std::int64_t frame, std::size_t plane) {
    const std::int64_t n_frames = source_.mosaic_side > 0 ? side_ * side_ : pixels.frames;
    if (frame < 0 || frame >= n_frames) {
      throw Error(Reason::bad_header, "frame " + std::to_string(frame + 1) + " is asked for, there are " +
                                          std::to_string(n_frames));
    }
    const Window window = window_of(pixels, frame);
    const std::byte* from = pixels.samples.data() + window.first;
    std::byte* to = stack_.volume.samples.data() + plane * window.row * window.rows;
    for (std::size_t row = 0; row < window.rows; ++row) {
      std::memcpy(to + row * window.row, from + row * window.stride, window.row);
    }
  }

  const ImageSource& source_;
  std::int64_t side_;
  std::uint64_t max_bytes_;
  std::size_t threads_;
  StoredStack stack_;
};

}  // namespace

Volume read_planes(const ImageSource& source, std::uint64_t max_bytes, std::size_t threads) {
  return PlaneReader(source, max_bytes, threads).read();
}

Volume over_time(Volume stack, std::int64_t time_points) {
  if (time_points <= 1) return stack;
  if (stack.size[2] % time_points != 0) {
    throw Error(ExitCode::internal, std::to_string(stack.size[2]) + " slices cannot be " +
                                        std::to_string(time_points) + " volumes");
  }
  stack.size[2] /= time_points;
  stack.frames = time_points;
  return stack;
}

}  // namespace radbatch
