#include "radbatch/image/deflate.hpp"

#include <isa-l/igzip_lib.h>
#include <libdeflate.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "radbatch/base/error.hpp"
#include "radbatch/volume/buffer.hpp"

namespace radbatch {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::size_t piece_bytes = std::size_t{1} << 20;
constexpr std::size_t window_bytes = std::size_t{1} << 15;
// igzip's strongest: on noisy CT as small as libdeflate's level 1 in 60 % of its time (docs/convert.md).
constexpr std::uint32_t level = ISAL_DEF_MAX_LEVEL;
// Stored blocks of incompressible bytes, and the flush.
constexpr std::size_t packed_bound = piece_bytes + piece_bytes / 4 + 65536;

struct Piece {
  Bytes plain;
  Bytes before;  ///< at most 32 KiB
};

std::vector<Piece> pieces_of(std::span<const Bytes> parts) {
  std::vector<Piece> pieces;
  for (const Bytes& part : parts) {
    for (std::size_t at = 0; at < part.size(); at += piece_bytes) {
      const std::size_t before = std::min(at, window_bytes);
      pieces.push_back(
          {part.subspan(at, std::min(piece_bytes, part.size() - at)), part.subspan(at - before, before)});
    }
  }
  return pieces;
}

std::uint32_t check_of(Bytes bytes, Packing packing) {
  return packing == Packing::gzip ? libdeflate_crc32(0, bytes.data(), bytes.size())
                                  : libdeflate_adler32(1, bytes.data(), bytes.size());
}

/// Room for one packed piece; used again and again, since fresh pages cost as much as packing them.
class Slot {
 public:
  Slot() : out_(packed_bound), work_(ISAL_DEF_LVL3_EXTRA_LARGE) {}

  void fill(const Piece& piece, Packing packing) {
    isal_zstream stream;
    ::isal_deflate_init(&stream);
    stream.level = level;
    stream.level_buf = reinterpret_cast<std::uint8_t*>(work_.data());
    stream.level_buf_size = static_cast<std::uint32_t>(work_.size());
    stream.flush = SYNC_FLUSH;
    stream.end_of_stream = 0;
    if (!piece.before.empty()) {
      ::isal_deflate_set_dict(&stream, bytes_of(piece.before),
                              static_cast<std::uint32_t>(piece.before.size()));
    }
    stream.next_in = bytes_of(piece.plain);
    stream.avail_in = static_cast<std::uint32_t>(piece.plain.size());
    stream.next_out = reinterpret_cast<std::uint8_t*>(out_.data());
    stream.avail_out = static_cast<std::uint32_t>(out_.size());
    const int status = ::isal_deflate(&stream);
    if (status != COMP_OK || stream.avail_in != 0 || stream.avail_out == 0) {
      throw Error(ExitCode::internal, "igzip stopped with status " + std::to_string(status));
    }
    size_ = stream.total_out;
    check_ = check_of(piece.plain, packing);
  }

  Bytes packed() const { return {out_.data(), size_}; }
  std::uint32_t check() const { return check_; }

 private:
  static std::uint8_t* bytes_of(Bytes bytes) {  // igzip's interface forgets const; it only reads
    return reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(bytes.data()));
  }

  Buffer out_, work_;
  std::size_t size_ = 0;
  std::uint32_t check_ = 0;
};

using Take = std::function<void(const Slot&, const Piece&)>;

/// Fills pieces ahead of the one that is taken next, never more than there are slots.
class Workshop {
 public:
  Workshop(std::span<const Piece> pieces, Packing packing, std::size_t threads)
      : pieces_(pieces), packing_(packing), slots_(4 * threads), is_full_(pieces.size()) {
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
  }
  ~Workshop() {
    {
      const std::lock_guard lock(mutex_);
      is_stopped_ = true;
    }
    changed_.notify_all();
  }

  void hand_over(const Take& take) {
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return is_full_[i] || fault_; });
        if (fault_) std::rethrow_exception(fault_);
      }
      take(slots_[i % slots_.size()], pieces_[i]);
      {
        const std::lock_guard lock(mutex_);
        ++n_taken_;
      }
      changed_.notify_all();
    }
  }

 private:
  std::optional<std::size_t> next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] {
      return is_stopped_ || fault_ || n_started_ == pieces_.size() || n_started_ < n_taken_ + slots_.size();
    });
    if (is_stopped_ || fault_ || n_started_ == pieces_.size()) return std::nullopt;
    return n_started_++;
  }

  void work() {
    try {
      while (const auto i = next()) {
        slots_[*i % slots_.size()].fill(pieces_[*i], packing_);
        const std::lock_guard lock(mutex_);
        is_full_[*i] = true;
        changed_.notify_all();
      }
    } catch (...) {
      const std::lock_guard lock(mutex_);
      fault_ = std::current_exception();
      changed_.notify_all();
    }
  }

  std::span<const Piece> pieces_;
  Packing packing_;
  std::vector<Slot> slots_;
  std::vector<char> is_full_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t n_started_ = 0, n_taken_ = 0;
  bool is_stopped_ = false;
  std::exception_ptr fault_;
  std::vector<std::jthread> threads_;  ///< last: joined before the rest goes
};

void fill_all(std::span<const Piece> pieces, Packing packing, int threads, const Take& take) {
  const std::size_t most = std::min(static_cast<std::size_t>(std::max(threads, 1)), pieces.size());
  if (most > 1) return Workshop(pieces, packing, most).hand_over(take);
  Slot slot;
  for (const Piece& piece : pieces) {
    slot.fill(piece, packing);
    take(slot, piece);
  }
}

template <std::size_t n>
void put(const ByteSink& sink, const std::array<std::uint8_t, n>& bytes) {
  sink(std::as_bytes(std::span(bytes)));
}

std::uint32_t joined(std::uint32_t check, std::uint32_t next, std::size_t bytes, Packing packing) {
  const auto length = static_cast<z_off_t>(bytes);
  return static_cast<std::uint32_t>(packing == Packing::gzip ? ::crc32_combine(check, next, length)
                                                             : ::adler32_combine(check, next, length));
}

std::uint8_t byte_of(std::uint64_t value, int i) {
  return static_cast<std::uint8_t>(value >> (8 * i));
}

}  // namespace

void pack(std::span<const Bytes> parts, Packing packing, int threads, const ByteSink& sink) {
  const bool gzip = packing == Packing::gzip;
  // RFC 1952: no name, no time, so that the bytes depend on the content alone. RFC 1950: 32 KiB window.
  if (gzip) put(sink, std::array<std::uint8_t, 10>{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255});
  if (!gzip) put(sink, std::array<std::uint8_t, 2>{0x78, 0x5e});
  std::uint32_t check = gzip ? 0 : 1;
  std::uint64_t size = 0;
  fill_all(pieces_of(parts), packing, threads, [&](const Slot& slot, const Piece& piece) {
    sink(slot.packed());
    check = joined(check, slot.check(), piece.plain.size(), packing);
    size += piece.plain.size();
  });
  put(sink, std::array<std::uint8_t, 2>{3, 0});  // the last block: empty
  std::array<std::uint8_t, 8> end{};
  for (int i = 0; i < 4; ++i) {
    end[static_cast<std::size_t>(i)] = byte_of(check, gzip ? i : 3 - i);
    end[static_cast<std::size_t>(i) + 4] = byte_of(size, i);
  }
  sink(std::as_bytes(std::span(end).first(gzip ? 8 : 4)));
}

std::string packed(Bytes bytes, Packing packing) {
  std::string out;
  pack(std::span(&bytes, 1), packing, 1,
       [&out](Bytes piece) { out.append(reinterpret_cast<const char*>(piece.data()), piece.size()); });
  return out;
}

}  // namespace radbatch
