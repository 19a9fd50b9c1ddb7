#include "radbatch/image/metaimage_data.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/image/detached_data.hpp"

namespace radbatch {
namespace {

struct TextHeader {
  bool compressed = false;
  bool binary = true;
  bool skips_from_end = false;  ///< HeaderSize -1: the samples are the last bytes of the data file
  std::uint64_t skip = 0;       ///< HeaderSize
  std::size_t end = 0;          ///< offset behind the last line
};

std::string without_blanks(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != ' ' && c != '\t' && c != '\r') out += c;
  }
  return to_lower_ascii(out);
}

TextHeader parse_header(const std::string& file) {
  TextHeader header;
  for (std::size_t at = 0; at < file.size();) {
    const std::size_t end = file.find('\n', at);
    if (end == std::string::npos) break;
    const std::string line = without_blanks(std::string_view(file).substr(at, end - at));
    if (line == "compresseddata=true") header.compressed = true;
    if (line == "binarydata=false") header.binary = false;
    if (line.starts_with("headersize=")) {
      header.skips_from_end = line == "headersize=-1";
      if (!header.skips_from_end) header.skip = std::strtoull(line.c_str() + 11, nullptr, 10);
    }
    at = end + 1;
    // ElementDataFile is the last key by definition.
    if (line.starts_with("elementdatafile=")) {
      header.end = at;
      return header;
    }
  }
  throw Error(Reason::bad_header, "the MetaImage header does not end");
}

// Bytes that come out of a zlib or gzip stream, counted up to `limit`.
std::uint64_t unpacked_size(std::string_view packed, std::uint64_t limit) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 32) != Z_OK) throw std::bad_alloc();
  const std::unique_ptr<z_stream, decltype(&inflateEnd)> guard(&stream, &inflateEnd);
  std::array<Bytef, 1 << 16> out;
  std::uint64_t size = 0;
  std::size_t at = 0;
  while (size < limit) {
    if (stream.avail_in == 0) {
      const std::size_t n = std::min<std::size_t>(packed.size() - at, 1U << 30);
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data() + at));
      stream.avail_in = static_cast<uInt>(n);
      at += n;
    }
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    const int status = inflate(&stream, Z_NO_FLUSH);
    const std::size_t produced = out.size() - stream.avail_out;
    size += produced;
    if (status != Z_OK || (produced == 0 && stream.avail_in == 0 && at == packed.size())) break;
  }
  return size;
}

}  // namespace

void check_metaimage_is_complete(const std::filesystem::path& path, std::uint64_t expected) {
  const std::string file = read_file(path);
  const TextHeader header = parse_header(file);
  if (!header.binary) return;
  const auto detached = detached_data_file(path, FileKind::metaimage);
  const std::string data = detached ? read_file(*detached) : file.substr(header.end);
  const std::uint64_t skip = header.skips_from_end ? 0 : std::min<std::uint64_t>(header.skip, data.size());
  const std::string_view samples = std::string_view(data).substr(static_cast<std::size_t>(skip));
  const std::uint64_t found = header.compressed ? unpacked_size(samples, expected) : samples.size();
  if (found < expected) {
    throw Error(Reason::truncated_pixels,
                "pixel data is " + counted(found, "byte") + ", " + std::to_string(expected) + " expected");
  }
}

}  // namespace radbatch
