#include "radbatch/image/nifti_file.hpp"

#include <libdeflate.h>
#include <zlib.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <string>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

// Bytes allowed behind the samples: some writers append an extension or padding.
constexpr std::uint64_t max_trailing_bytes = std::uint64_t{1} << 20;
constexpr std::uint64_t max_compression = 1100;

std::span<const std::byte> as_bytes(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string read_prefix(const std::filesystem::path& path, std::size_t bytes) {
  std::ifstream file(path, std::ios::binary);
  std::string prefix(bytes, '\0');
  if (!file) throw Error(Reason::io, "the file cannot be opened");
  file.read(prefix.data(), static_cast<std::streamsize>(bytes));
  prefix.resize(static_cast<std::size_t>(file.gcount()));
  return prefix;
}

bool is_gzip(std::string_view bytes) {
  return bytes.size() >= 2 && bytes[0] == '\x1f' && bytes[1] == '\x8b';
}

std::string inflate_prefix(std::string compressed, std::size_t bytes) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) throw std::bad_alloc();
  const std::unique_ptr<z_stream, decltype(&inflateEnd)> guard(&stream, &inflateEnd);
  std::string out(bytes, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(compressed.data());
  stream.avail_in = static_cast<uInt>(compressed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(bytes);
  const int status = inflate(&stream, Z_SYNC_FLUSH);
  if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) {
    throw Error(Reason::bad_header, "the gzip stream is damaged");
  }
  out.resize(bytes - stream.avail_out);
  return out;
}

NiftiHeader parse_prefix(const std::string& prefix, bool packed) {
  if (prefix.size() < 348) {
    throw Error(Reason::truncated_pixels,
                "the file ends inside the " + std::string(packed ? "packed " : "") + "header");
  }
  return parse_nifti_header(as_bytes(prefix));
}

Error length_error(std::uint64_t found, const NiftiHeader& header) {
  const std::uint64_t pixels = found > header.offset ? found - header.offset : 0;
  return Error(Reason::truncated_pixels, "pixel data is " + counted(pixels, "byte") + ", " +
                                             std::to_string(header.data_bytes()) + " expected");
}

void check_budget(const NiftiHeader& header, std::uint64_t max_bytes) {
  if (header.data_bytes() <= max_bytes) return;
  throw Error(Reason::too_large, "the image needs " + human_bytes(static_cast<double>(header.data_bytes())) +
                                     ", " + human_bytes(static_cast<double>(max_bytes)) + " allowed");
}

// All members of a gzip file; at most `limit` bytes come out.
std::size_t unpack(const std::string& packed, Buffer& out) {
  const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> decompressor(
      libdeflate_alloc_decompressor(), &libdeflate_free_decompressor);
  std::size_t in_at = 0, out_at = 0;
  while (in_at < packed.size() && is_gzip(std::string_view(packed).substr(in_at))) {
    std::size_t in_used = 0, out_used = 0;
    const auto result =
        libdeflate_gzip_decompress_ex(decompressor.get(), packed.data() + in_at, packed.size() - in_at,
                                      out.data() + out_at, out.size() - out_at, &in_used, &out_used);
    if (result == LIBDEFLATE_INSUFFICIENT_SPACE) {
      throw Error(Reason::bad_header, "the file unpacks to more than its header declares");
    }
    if (result != LIBDEFLATE_SUCCESS)
      throw Error(Reason::truncated_pixels, "the gzip stream is truncated or damaged");
    in_at += in_used;
    out_at += out_used;
  }
  return out_at;
}

Volume finish(const NiftiHeader& header, std::span<const std::byte> file) {
  if (file.size() < header.offset + header.data_bytes()) throw length_error(file.size(), header);
  Volume volume = volume_from_elements(header.layout, file.subspan(header.offset, header.data_bytes()));
  volume.dims = header.dims;
  volume.lps = header.lps;
  volume.has_geometry = header.has_geometry;
  return volume;
}

}  // namespace

NiftiHeader read_nifti_header(const std::filesystem::path& path) {
  // 540 bytes of header come out of far less than 4 KiB of deflate stream, file names in the gzip header
  // included.
  const std::string prefix = read_prefix(path, 4096);
  if (is_gzip(prefix)) return parse_prefix(inflate_prefix(prefix, nifti_header_bytes), true);
  const NiftiHeader header = parse_prefix(prefix, false);
  const std::uint64_t size = std::filesystem::file_size(path);
  if (size < header.offset + header.data_bytes()) throw length_error(size, header);
  return header;
}

Volume read_nifti(const std::filesystem::path& path, std::uint64_t max_bytes) {
  const NiftiHeader header = read_nifti_header(path);
  check_budget(header, max_bytes);
  const std::string file = read_file(path);
  if (!is_gzip(file)) return finish(header, as_bytes(file));
  const std::uint64_t expected = header.offset + header.data_bytes();
  if (expected / max_compression > file.size()) throw length_error(0, header);
  Buffer unpacked(static_cast<std::size_t>(expected + max_trailing_bytes));
  const std::size_t size = unpack(file, unpacked);
  return finish(header, {unpacked.data(), size});
}

}  // namespace radbatch
