#include "radbatch/image/dicom_reader.hpp"

#include <cstring>
#include <string>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/dicom/pixels.hpp"
#include "radbatch/image/enhanced_reader.hpp"
#include "radbatch/image/real_values.hpp"

namespace radbatch {
namespace {

// Which file of a stack a fault is in. Not its name: that may be the patient's.
std::string place(std::size_t k, std::size_t n) {
  return "file " + std::to_string(k + 1) + " of " + std::to_string(n);
}

StoredPixels read_slice(const ImageSource& source, std::size_t k, std::uint64_t max_bytes) {
  try {
    return read_stored_pixels(source.files[k], max_bytes);
  } catch (Error& error) {
    if (source.files.size() == 1) throw;
    throw error.within(place(k, source.files.size()));
  }
}

void check_same_grid(const StoredPixels& first, const StoredPixels& slice, const std::string& which) {
  if (slice.frames != 1) {
    throw Error(Reason::dimension, which + " has " + std::to_string(slice.frames) + " frames");
  }
  if (slice.columns != first.columns || slice.rows != first.rows) {
    throw Error(Reason::mixed_orientation, which + " has " + std::to_string(slice.columns) + " x " +
                                               std::to_string(slice.rows) + " pixels, the first one " +
                                               std::to_string(first.columns) + " x " +
                                               std::to_string(first.rows));
  }
  if (slice.channels != first.channels || slice.type != first.type) {
    throw Error(Reason::bad_header, which + " has " + std::string(name(slice.type)) + " with " +
                                        counted(static_cast<std::size_t>(slice.channels), "channel") +
                                        ", the first one " + std::string(name(first.type)) + " with " +
                                        std::to_string(first.channels));
  }
}

Volume read_stack(const ImageSource& source, std::uint64_t max_bytes) {
  RescaledStack stack;
  StoredPixels first;
  for (std::size_t k = 0; k < source.files.size(); ++k) {
    StoredPixels slice = read_slice(source, k, max_bytes);
    if (k == 0) {
      const std::uint64_t bytes = slice.samples.size() * source.files.size();
      if (bytes > max_bytes) {
        throw Error(Reason::too_large, counted(source.files.size(), "slice") + " need " +
                                           human_bytes(static_cast<double>(bytes)) + ", " +
                                           human_bytes(static_cast<double>(max_bytes)) + " allowed");
      }
      stack.volume = make_volume({slice.columns, slice.rows, static_cast<std::int64_t>(source.files.size())},
                                 slice.channels, 1, slice.type);
      stack.block = static_cast<std::size_t>(slice.columns * slice.rows * slice.channels);
    }
    check_same_grid(k == 0 ? slice : first, slice, place(k, source.files.size()));
    const std::size_t bytes = stack.block * bytes_per_sample(slice.type);
    std::memcpy(stack.volume.samples.data() + k * bytes, slice.samples.data(), bytes);
    stack.rescales.push_back({slice.slope, slice.intercept});
    if (k == 0) first = std::move(slice);
  }
  stack.volume.lps = rounded_to_float32(*source.lps);
  return real_values(std::move(stack));
}

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
    break;
  }
  return rounded_to_float32(grid);
}

Volume read_picture(const ImageSource& source, std::uint64_t max_bytes) {
  StoredPixels pixels = read_slice(source, 0, max_bytes);
  RescaledStack stack;
  stack.volume.size = {pixels.columns, pixels.rows, 1};
  stack.volume.dims = 2;
  stack.volume.frames = pixels.frames;
  stack.volume.channels = pixels.channels;
  stack.volume.type = pixels.type;
  stack.volume.lps = pixel_grid(source.attributes);
  stack.volume.has_geometry = false;
  stack.volume.samples = std::move(pixels.samples);
  stack.rescales.push_back({pixels.slope, pixels.intercept});
  stack.block = static_cast<std::size_t>(stack.volume.count());
  return real_values(std::move(stack));
}

}  // namespace

Volume read_dicom(const ImageSource& source, std::uint64_t max_bytes) {
  if (source.lps && !source.planes.empty()) return read_planes(source, max_bytes);
  if (source.lps) return over_time(read_stack(source, max_bytes), source.time_points);
  if (source.files.size() != 1) {
    throw Error(Reason::dimension,
                counted(source.files.size(), "file") + " without a geometry are not one image");
  }
  return read_picture(source, max_bytes);
}

}  // namespace radbatch
