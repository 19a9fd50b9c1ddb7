#include "radbatch/image/png_bytes.hpp"

#include <png.h>

#include "radbatch/base/error.hpp"

namespace radbatch {
namespace {

// libpng reports by longjmp; throwing from its error callback instead keeps destructors running.
[[noreturn]] void fail(png_structp, png_const_charp message) {
  throw Error(ExitCode::internal, std::string("writing a preview: ") + message);
}

void append(png_structp png, png_bytep bytes, std::size_t size) {
  static_cast<std::string*>(png_get_io_ptr(png))->append(reinterpret_cast<const char*>(bytes), size);
}

struct Writer {
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, fail, nullptr);
  png_infop info = png_create_info_struct(png);
  ~Writer() { png_destroy_write_struct(&png, &info); }
};

struct Shape {
  int width, height, channels, bits, level;
};

std::string written(const std::uint8_t* rows, const Shape& shape) {
  std::string out;
  Writer writer;
  png_set_write_fn(writer.png, &out, append, nullptr);
  png_set_IHDR(writer.png, writer.info, static_cast<png_uint_32>(shape.width),
               static_cast<png_uint_32>(shape.height), shape.bits,
               shape.channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_BASE, PNG_FILTER_TYPE_BASE);
  png_set_compression_level(writer.png, shape.level);
  png_write_info(writer.png, writer.info);
  if (shape.bits == 16) png_set_swap(writer.png);  // PNG is big-endian
  const std::size_t stride = static_cast<std::size_t>(shape.width) *
                             static_cast<std::size_t>(shape.channels) *
                             static_cast<std::size_t>(shape.bits / 8);
  for (std::size_t y = 0; y < static_cast<std::size_t>(shape.height); ++y)
    png_write_row(writer.png, rows + y * stride);
  png_write_end(writer.png, writer.info);
  return out;
}

}  // namespace

std::string png_bytes(std::span<const std::uint8_t> pixels, int width, int height, int channels, int level) {
  return written(pixels.data(), {width, height, channels, 8, level});
}

std::string png_bytes(std::span<const std::uint16_t> pixels, int width, int height, int channels, int level) {
  return written(reinterpret_cast<const std::uint8_t*>(pixels.data()), {width, height, channels, 16, level});
}

}  // namespace radbatch
