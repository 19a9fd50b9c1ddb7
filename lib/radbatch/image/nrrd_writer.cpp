#include "radbatch/image/nrrd_writer.hpp"

#include <fmt/format.h>

#include <string>

#include "radbatch/image/deflate.hpp"
#include "radbatch/image/output_file.hpp"
#include "radbatch/image/samples.hpp"

namespace radbatch {
namespace {

/// The column of the affine as "(x,y,z)".
std::string vector_text(const Affine& lps, std::size_t column) {
  return fmt::format("({},{},{})", lps.m[0][column], lps.m[1][column], lps.m[2][column]);
}

/// One word per axis of the file.
struct AxisWords {
  std::string sizes, kinds, directions, spacings;

  void add(std::int64_t size, std::string_view kind, const std::string& direction, double spacing) {
    sizes += fmt::format(" {}", size);
    kinds += fmt::format(" {}", kind);
    directions += " " + direction;
    spacings += spacing > 0 ? fmt::format(" {}", spacing) : " nan";
  }
};

std::string header_of(const Volume& v, double frame_step_s) {
  AxisWords axes;
  if (v.channels > 1) axes.add(v.channels, v.channels == 3 ? "RGB-color" : "vector", "none", 0);
  for (std::size_t axis = 0; axis < static_cast<std::size_t>(v.has_geometry ? 3 : v.dims); ++axis) {
    axes.add(v.size[axis], "domain", vector_text(v.lps, axis), v.lps.spacing(static_cast<int>(axis)));
  }
  if (v.frames > 1) axes.add(v.frames, "time", "none", frame_step_s);
  std::string text = "NRRD0005\n# Made by radbatch.\n";
  text += fmt::format("type: {}\ndimension: {}\n", v.type == SampleType::float32 ? "float" : name(v.type),
                      std::count(axes.sizes.begin(), axes.sizes.end(), ' '));
  if (v.has_geometry) text += "space: left-posterior-superior\n";
  text += "sizes:" + axes.sizes + "\n";
  text += v.has_geometry ? "space directions:" + axes.directions + "\n" : "spacings:" + axes.spacings + "\n";
  text += "kinds:" + axes.kinds + "\nendian: little\nencoding: gzip\n";
  if (v.has_geometry) text += "space origin: " + vector_text(v.lps, 3) + "\n";
  return text + "\n";
}

}  // namespace

void write_nrrd(const Volume& volume, int fd, int threads, double frame_step_s) {
  write_bytes(fd, bytes_of(header_of(volume, frame_step_s)));
  const auto samples = sample_bytes(volume);
  pack(std::span(&samples, 1), Packing::gzip, threads, [fd](auto piece) { write_bytes(fd, piece); });
}

}  // namespace radbatch
