// Deflated image frames: one raw deflate stream per frame, its size known beforehand.
#include <zlib.h>

#include <limits>

#include "radbatch/base/error.hpp"
#include "radbatch/dicom/codec.hpp"

namespace radbatch {

Buffer inflate_frame(ByteSpan stream, std::size_t bytes) {
  // zlib counts in unsigned int.
  if (bytes > std::numeric_limits<uInt>::max() || stream.size() > std::numeric_limits<uInt>::max())
    throw Error(Reason::too_large, "a deflated frame of more than 4 GiB");
  Buffer out(bytes);
  z_stream z{};
  if (inflateInit2(&z, -MAX_WBITS) != Z_OK) throw std::bad_alloc();
  z.next_in = const_cast<Bytef*>(stream.data());
  z.avail_in = static_cast<uInt>(stream.size());
  z.next_out = out.as<std::uint8_t>().data();
  z.avail_out = static_cast<uInt>(bytes);
  const int status = inflate(&z, Z_FINISH);
  const std::size_t missing = z.avail_out;
  inflateEnd(&z);
  if (status == Z_STREAM_END && missing == 0) return out;
  if (status == Z_DATA_ERROR) throw Error(Reason::bad_header, "the deflated frame is damaged");
  if (status == Z_BUF_ERROR && missing == 0)
    throw Error(Reason::bad_header, "the deflated frame is longer than the header says");
  throw Error(Reason::truncated_pixels, "the deflated frame is shorter than the header says");
}

}  // namespace radbatch
