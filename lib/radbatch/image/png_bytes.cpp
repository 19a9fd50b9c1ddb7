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

}  // namespace

std::string png_bytes(std::span<const std::uint8_t> pixels, int width, int height, int channels) {
  std::string out;
  Writer writer;
  png_set_write_fn(writer.png, &out, append, nullptr);
  png_set_IHDR(writer.png, writer.info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height), 8,
               channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_BASE, PNG_FILTER_TYPE_BASE);
  png_set_compression_level(writer.png, 6);
  png_write_info(writer.png, writer.info);
  const std::size_t stride = static_cast<std::size_t>(width) * static_cast<std::size_t>(channels);
  for (std::size_t y = 0; y < static_cast<std::size_t>(height); ++y)
    png_write_row(writer.png, &pixels[y * stride]);
  png_write_end(writer.png, writer.info);
  return out;
}

}  // namespace radbatch
