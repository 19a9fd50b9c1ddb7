#include "radbatch/image/plain_slice.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>

#include "radbatch/base/error.hpp"
#include "radbatch/base/file_descriptor.hpp"
#include "radbatch/base/hash.hpp"

namespace radbatch {
namespace {

void check_unchanged(int fd, const PlainPixels& pixels) {
  struct stat status {};
  if (fstat(fd, &status) != 0)
    throw Error(Reason::io, std::string("cannot be read: ") + std::strerror(errno));
  const std::int64_t mtime_ns = std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
  if (!S_ISREG(status.st_mode) || static_cast<std::uint64_t>(status.st_size) != pixels.file_size ||
      mtime_ns != pixels.mtime_ns) {
    throw Error(Reason::file_changed, "the file changed after its header was read");
  }
}

// Fills all parts from `offset` on, in one call where the system gives all at once.
void read_parts(int fd, std::span<iovec> parts, std::uint64_t offset) {
  while (!parts.empty()) {
    if (parts.front().iov_len == 0) {
      parts = parts.subspan(1);
      continue;
    }
    const ssize_t n = preadv(fd, parts.data(), static_cast<int>(parts.size()), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw Error(Reason::io, std::string("cannot be read: ") + std::strerror(errno));
    if (n == 0) throw Error(Reason::file_changed, "the file became shorter while it was read");
    offset += static_cast<std::uint64_t>(n);
    for (auto left = static_cast<std::size_t>(n); left > 0;) {
      const std::size_t part = std::min(left, parts.front().iov_len);
      parts.front().iov_base = static_cast<std::byte*>(parts.front().iov_base) + part;
      parts.front().iov_len -= part;
      left -= part;
      if (parts.front().iov_len == 0) parts = parts.subspan(1);
    }
  }
}

std::span<std::byte> sized(Buffer& buffer, std::size_t bytes) {
  if (buffer.size() < bytes) buffer = Buffer(bytes);
  return {buffer.data(), bytes};
}

// Clearing, sign extension and inversion as in unpack and read_stored_pixels, as whole numbers.
struct Bits {
  std::int32_t mask, half, factor = 1, addend = 0;

  explicit Bits(const PlainPixels& p)
      : mask(static_cast<std::int32_t>((1U << p.bits_stored) - 1)),
        half(p.is_signed ? std::int32_t{1} << (p.bits_stored - 1) : 0) {
    if (p.is_inverted) factor = -1, addend = p.is_signed ? -1 : mask;
  }
  std::int32_t operator()(std::int32_t raw) const { return factor * (((raw & mask) ^ half) - half) + addend; }
};

template <class Stored>
void clean_bits(const PlainPixels& p, const Stored* in, std::size_t n, Stored* out) {
  const Bits bits(p);
  for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<Stored>(bits(in[i]));
}

// Rescales this small cannot leave int32.
bool is_small(const PlainPixels& p) {
  return std::floor(p.slope) == p.slope && std::floor(p.intercept) == p.intercept &&
         std::abs(p.slope) <= 8192 && std::abs(p.intercept) <= 1 << 29;
}

// What most CT needs: an addition to values that are int16 once the bits above BitsStored are cleared. In
// 16-bit arithmetic, of which every x86-64 does eight at a time.
bool is_addition(const PlainPixels& p) {
  return p.bits_allocated == 16 && p.slope == 1 && !p.is_inverted &&
         (p.is_signed ? p.bits_stored == 16 : p.bits_stored < 16);
}

bool add_to_int16(const PlainPixels& p, const std::int16_t* in, std::size_t n, std::int16_t* out) {
  const auto mask = static_cast<std::int16_t>((1U << p.bits_stored) - 1);
  const auto intercept = static_cast<std::int32_t>(p.intercept);
  const auto addend = static_cast<std::uint16_t>(intercept);
  std::int16_t low = INT16_MAX, high = INT16_MIN;
  for (std::size_t i = 0; i < n; ++i) {
    const auto value = static_cast<std::int16_t>(in[i] & mask);
    low = std::min(low, value);
    high = std::max(high, value);
    out[i] = static_cast<std::int16_t>(static_cast<std::uint16_t>(value) + addend);
  }
  return low + intercept >= INT16_MIN && high + intercept <= INT16_MAX;
}

template <class Stored>
bool to_int16(const PlainPixels& p, const Stored* in, std::size_t n, std::int16_t* out) {
  if (!is_small(p)) return false;
  if (is_addition(p)) return add_to_int16(p, reinterpret_cast<const std::int16_t*>(in), n, out);
  const Bits bits(p);
  const auto slope = static_cast<std::int32_t>(p.slope), intercept = static_cast<std::int32_t>(p.intercept);
  const std::int32_t factor = slope * bits.factor, addend = slope * bits.addend + intercept;
  std::int32_t low = 0, high = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const std::int32_t value = factor * (((in[i] & bits.mask) ^ bits.half) - bits.half) + addend;
    low = std::min(low, value);
    high = std::max(high, value);
    out[i] = static_cast<std::int16_t>(value);
  }
  return low >= INT16_MIN && high <= INT16_MAX;
}

template <class Stored>
void to_float32(const PlainPixels& p, const Stored* in, std::size_t n, float* out) {
  const Bits bits(p);
  for (std::size_t i = 0; i < n; ++i) {
    out[i] = static_cast<float>(p.slope * static_cast<double>(bits(in[i])) + p.intercept);
  }
}

template <class Stored>
bool finish(const PlainPixels& p, const std::byte* stored, std::size_t n, SampleType type, std::byte* out) {
  const auto* in = reinterpret_cast<const Stored*>(stored);
  const bool is_rescaled = p.slope != 1 || p.intercept != 0;
  if (type == stored_type(p) && !is_rescaled) {
    if (p.bits_stored < p.bits_allocated || p.is_inverted) {
      clean_bits(p, in, n, reinterpret_cast<Stored*>(out));
    } else if (stored != out) {
      std::memcpy(out, stored, n * sizeof(Stored));
    }
    return true;
  }
  if (type == SampleType::int16) return to_int16(p, in, n, reinterpret_cast<std::int16_t*>(out));
  to_float32(p, in, n, reinterpret_cast<float*>(out));
  return true;
}

}  // namespace

SampleType stored_type(const PlainPixels& pixels) {
  if (pixels.bits_allocated == 8) return SampleType::uint8;
  return pixels.is_signed ? SampleType::int16 : SampleType::uint16;
}

bool finish_samples(const PlainPixels& p, std::span<const std::byte> stored, SampleType type,
                    std::span<std::byte> out) {
  const auto n = static_cast<std::size_t>(p.rows * p.columns);
  switch (stored_type(p)) {
    case SampleType::uint8:
      return finish<std::uint8_t>(p, stored.data(), n, type, out.data());
    case SampleType::int16:
      return finish<std::int16_t>(p, stored.data(), n, type, out.data());
    default:
      return finish<std::uint16_t>(p, stored.data(), n, type, out.data());
  }
}

PlainSlice PlainSliceReader::read(const std::string& file, const PlainPixels& pixels, SampleType type,
                                  std::span<std::byte> out, bool with_digest) {
  const FileDescriptor descriptor(::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!descriptor) throw Error(Reason::io, std::string("cannot be read: ") + std::strerror(errno));
  check_unchanged(descriptor.get(), pixels);
  const bool in_place = out.size() == pixels.bytes;
  const std::span<std::byte> stored = in_place ? out : sized(samples_, pixels.bytes);
  PlainSlice slice;
  if (with_digest) {
    const std::uint64_t tail = pixels.file_size - pixels.offset - pixels.bytes;
    const std::span<std::byte> around = sized(around_, pixels.offset + tail);
    const auto before = around.first(pixels.offset), after = around.subspan(pixels.offset);
    std::array parts{iovec{before.data(), before.size()}, iovec{stored.data(), stored.size()},
                     iovec{after.data(), after.size()}};
    read_parts(descriptor.get(), parts, 0);
    slice.digest = Sha256().update(before).update(stored).update(after).hex();
  } else {
    std::array parts{iovec{stored.data(), stored.size()}};
    read_parts(descriptor.get(), parts, pixels.offset);
  }
  check_unchanged(descriptor.get(), pixels);
  slice.fits = finish_samples(pixels, stored, type, out);
  return slice;
}

}  // namespace radbatch
