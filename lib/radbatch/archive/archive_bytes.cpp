#include "radbatch/archive/archive_bytes.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "radbatch/base/error.hpp"
#include "radbatch/base/file_descriptor.hpp"

namespace radbatch {
namespace {

constexpr std::size_t BLOCK = std::size_t{256} << 10;

/// One or more gzip members, one after the other; zlib compares each one's checksum and length.
class Gunzip {
 public:
  Gunzip() {
    if (::inflateInit2(&stream_, 15 + 16) != Z_OK)
      throw Error(Reason::out_of_memory, "cannot be read: zlib could not start");
  }
  Gunzip(const Gunzip&) = delete;
  ~Gunzip() { ::inflateEnd(&stream_); }

  bool wants_input() const { return stream_.avail_in == 0 && !is_damaged_; }
  void give(std::span<char> bytes) {
    stream_.next_in = reinterpret_cast<Bytef*>(bytes.data());
    stream_.avail_in = static_cast<uInt>(bytes.size());
  }
  /// Undoes what it can of the input it has; returns the bytes written to `out`.
  std::size_t run(std::span<char> out) {
    if (is_damaged_) throw Error(Reason::archive, "has a damaged gzip stream");
    if (ended_ && !begin_next()) return 0;
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    const int result = ::inflate(&stream_, Z_NO_FLUSH);
    ended_ = result == Z_STREAM_END;
    // What came before the damage is given first.
    is_damaged_ = result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR;
    return out.size() - stream_.avail_out;
  }
  /// At the end of the input.
  void check_ended() const {
    if (!ended_) throw Error(Reason::archive, "has a truncated gzip stream");
  }

 private:
  /// What follows a member is another one, or padding that gzip ignores too.
  bool begin_next() {
    while (stream_.avail_in > 0 && *stream_.next_in == 0) {
      ++stream_.next_in;
      --stream_.avail_in;
    }
    if (stream_.avail_in == 0) return false;
    if (*stream_.next_in != 0x1f) {
      stream_.avail_in = 0;
      return false;
    }
    ::inflateReset(&stream_);
    ended_ = false;
    return true;
  }

  z_stream stream_{};
  bool ended_ = false, is_damaged_ = false;
};

}  // namespace

struct ArchiveBytes::State {
  FileDescriptor file;
  std::uint64_t size = 0, taken = 0;
  std::vector<char> block = std::vector<char>(BLOCK);
  std::unique_ptr<Gunzip> gunzip;
  std::vector<char> plain;
  bool at_end = false;

  std::span<char> read_file() {
    for (;;) {
      const ssize_t n = ::read(file.get(), block.data(), block.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) throw Error(Reason::io, std::string("cannot be read: ") + std::strerror(errno));
      taken += static_cast<std::uint64_t>(n);
      return {block.data(), static_cast<std::size_t>(n)};
    }
  }

  std::span<const char> read_gzip() {
    while (!at_end) {
      if (gunzip->wants_input()) {
        const std::span<char> more = read_file();
        if (more.empty()) {
          at_end = true;
          gunzip->check_ended();
          break;
        }
        gunzip->give(more);
      }
      const std::size_t n = gunzip->run(plain);
      if (n > 0) return {plain.data(), n};
    }
    return {};
  }
};

ArchiveBytes::ArchiveBytes(const std::filesystem::path& path) : state_(std::make_unique<State>()) {
  // O_NONBLOCK: opening a FIFO without a writer would wait for ever.
  state_->file = FileDescriptor(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  struct stat facts {};
  if (!state_->file || ::fstat(state_->file.get(), &facts) != 0) {
    throw Error(Reason::io, std::string("cannot be opened: ") + std::strerror(errno));
  }
  state_->size = static_cast<std::uint64_t>(facts.st_size);
  unsigned char mark[2] = {};
  if (::pread(state_->file.get(), mark, 2, 0) == 2 && mark[0] == 0x1f && mark[1] == 0x8b) {
    state_->gunzip = std::make_unique<Gunzip>();
    state_->plain.resize(BLOCK);
  }
}

ArchiveBytes::~ArchiveBytes() = default;

std::span<const char> ArchiveBytes::read() {
  return state_->gunzip ? state_->read_gzip() : state_->read_file();
}

std::int64_t ArchiveBytes::skip(std::int64_t n) {
  if (state_->gunzip) return 0;
  const off_t now = ::lseek(state_->file.get(), 0, SEEK_CUR);
  const std::int64_t left = static_cast<std::int64_t>(state_->size) - now;
  if (now < 0 || n > left) return 0;  // reading on finds the end
  return ::lseek(state_->file.get(), n, SEEK_CUR) < 0 ? 0 : n;
}

std::int64_t ArchiveBytes::seek(std::int64_t offset, int whence) {
  return state_->gunzip ? -1 : ::lseek(state_->file.get(), offset, whence);
}

bool ArchiveBytes::is_gzip() const {
  return state_->gunzip != nullptr;
}

std::uint64_t ArchiveBytes::file_bytes() const {
  return state_->size;
}

std::uint64_t ArchiveBytes::taken() const {
  return state_->taken;
}

std::string ArchiveBytes::tail(std::size_t n) const {
  std::string bytes(std::min<std::uint64_t>(n, state_->size), '\0');
  const ssize_t got = ::pread(state_->file.get(), bytes.data(), bytes.size(),
                              static_cast<off_t>(state_->size - bytes.size()));
  bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return bytes;
}

}  // namespace radbatch
