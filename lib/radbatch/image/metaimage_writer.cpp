#include "radbatch/image/metaimage_writer.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "radbatch/image/deflate.hpp"
#include "radbatch/image/output_file.hpp"
#include "radbatch/image/samples.hpp"

namespace radbatch {
namespace {

std::string_view element_type(SampleType type) {
  switch (type) {
    case SampleType::uint8:
      return "MET_UCHAR";
    case SampleType::int16:
      return "MET_SHORT";
    case SampleType::uint16:
      return "MET_USHORT";
    case SampleType::int32:
      return "MET_INT";
    case SampleType::float32:
      break;
  }
  return "MET_FLOAT";
}

std::string header_of(const Volume& v, double frame_step_s, std::size_t packed_bytes) {
  const std::size_t n_space = v.dims == 2 && !v.has_geometry ? 2 : 3;
  const std::size_t n = n_space + (v.frames > 1 ? 1 : 0);
  std::string matrix, offset, spacing, sizes;
  for (std::size_t axis = 0; axis < n; ++axis) {
    const bool in_space = axis < n_space;
    const double step = in_space           ? v.lps.spacing(static_cast<int>(axis))
                        : frame_step_s > 0 ? frame_step_s
                                           : 1;
    // A line of the matrix is the direction of one axis.
    for (std::size_t world = 0; world < n; ++world) {
      const double unit = world == axis ? 1 : 0;
      matrix += fmt::format(" {}", in_space && world < n_space ? v.lps.m[world][axis] / step : unit);
    }
    offset += fmt::format(" {}", in_space ? v.lps.m[axis][3] : 0.0);
    spacing += fmt::format(" {}", step);
    sizes += fmt::format(" {}", in_space ? v.size[axis] : v.frames);
  }
  std::string text = fmt::format(
      "ObjectType = Image\nNDims = {}\nBinaryData = True\nBinaryDataByteOrderMSB = False\n"
      "CompressedData = True\nCompressedDataSize = {}\nTransformMatrix ={}\nOffset ={}\n"
      "CenterOfRotation ={}\n",
      n, packed_bytes, matrix, offset,
      std::string(n == 2   ? " 0 0"
                  : n == 3 ? " 0 0 0"
                           : " 0 0 0 0"));
  text += fmt::format("ElementSpacing ={}\nDimSize ={}\n", spacing, sizes);
  if (v.channels > 1) text += fmt::format("ElementNumberOfChannels = {}\n", v.channels);
  return text + fmt::format("ElementType = {}\nElementDataFile = LOCAL\n", element_type(v.type));
}

}  // namespace

void write_metaimage(const Volume& volume, int fd, int threads, double frame_step_s) {
  // The header says how long the packed data is, so that is made first.
  std::string data;
  const auto samples = sample_bytes(volume);
  pack(std::span(&samples, 1), Packing::zlib, threads,
       [&data](auto piece) { data.append(reinterpret_cast<const char*>(piece.data()), piece.size()); });
  const std::string header = header_of(volume, frame_step_s, data.size());
  write_parts(fd, std::array{bytes_of(header), bytes_of(data)});
}

}  // namespace radbatch
