#include "radbatch/image/dicom_reader.hpp"

#include <string>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/dicom/pixels.hpp"
#include "radbatch/image/enhanced_reader.hpp"
#include "radbatch/image/rescale.hpp"
#include "radbatch/image/stack_reader.hpp"
#include "radbatch/study/ultrasound.hpp"

namespace radbatch {
namespace {

// PixelSpacing and its kin are row step, column step: j, then i.
Affine pixel_grid(const Json& attributes) {
  Affine grid;
  for (const char* keyword : {"PixelSpacing", "ImagerPixelSpacing"}) {
    const Json spacing = attributes.value(keyword, Json());
    if (!spacing.is_array() || spacing.size() != 2 || !spacing[0].is_number() || !spacing[1].is_number())
      continue;
    const double rows = spacing[0].get<double>(), columns = spacing[1].get<double>();
    if (!(rows > 0 && columns > 0)) continue;
    grid.m[0][0] = columns;
    grid.m[1][1] = rows;
    return rounded_to_float32(grid);
  }
  if (const auto spacing = ultrasound_spacing(attributes)) {
    grid.m[0][0] = (*spacing)[0];
    grid.m[1][1] = (*spacing)[1];
  }
  return rounded_to_float32(grid);
}

Volume read_picture(const ImageSource& source, std::uint64_t max_bytes, std::size_t threads) {
  StoredPixels pixels = read_stored_pixels(source.files[0], max_bytes, threads);
  StoredStack stack;
  stack.volume.size = {pixels.columns, pixels.rows, 1};
  stack.volume.frames = pixels.frames;
  stack.volume.channels = pixels.channels;
  stack.volume.type = pixels.type;
  make_picture(stack.volume, source.attributes);
  stack.volume.samples = std::move(pixels.samples);
  stack.rescales.push_back({pixels.slope, pixels.intercept});
  stack.block = static_cast<std::size_t>(stack.volume.count());
  return real_values(std::move(stack));
}

}  // namespace

void make_picture(Volume& volume, const Json& attributes) {
  volume.dims = 2;
  volume.has_geometry = false;
  volume.lps = pixel_grid(attributes);
}

Volume read_dicom(const ImageSource& source, std::uint64_t max_bytes, std::size_t threads) {
  if (source.lps && !source.planes.empty()) return read_planes(source, max_bytes, threads);
  if (source.lps) return read_stack(source, {.max_bytes = max_bytes, .threads = threads}).volume;
  if (source.files.size() != 1) {
    throw Error(Reason::dimension,
                counted(source.files.size(), "file") + " without a geometry are not one image");
  }
  return read_picture(source, max_bytes, threads);
}

}  // namespace radbatch
