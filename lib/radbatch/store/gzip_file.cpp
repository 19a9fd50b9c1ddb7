#include "radbatch/store/gzip_file.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/file_descriptor.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

constexpr int LEVEL = 6;
constexpr int GZIP_WRAPPER = 16;     // added to the window's size: zlib writes gzip's header and trailer
constexpr int UNKNOWN_SYSTEM = 255;  // RFC 1952, 2.3.1
constexpr std::size_t BLOCK = std::size_t{1} << 16;

}  // namespace

struct GzipFile::State {
  explicit State(fs::path where) : path(std::move(where)), temporary(temporary_beside(path)) {
    file = FileDescriptor(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (!file) fail();
    header.os = UNKNOWN_SYSTEM;
    if (deflateInit2(&stream, LEVEL, Z_DEFLATED, MAX_WBITS + GZIP_WRAPPER, 8, Z_DEFAULT_STRATEGY) != Z_OK)
      throw Error(Reason::out_of_memory, "not enough memory to pack a table");
    deflateSetHeader(&stream, &header);
  }
  ~State() {
    deflateEnd(&stream);
    std::error_code gone;
    if (file) fs::remove(temporary, gone);
  }
  [[noreturn]] void fail() const {
    throw Error(ExitCode::output, "cannot write " + printable(path.string()) + ": " + std::strerror(errno));
  }
  void pack(std::string_view text, int flush) {
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    do {
      stream.next_out = reinterpret_cast<Bytef*>(block.data());
      stream.avail_out = static_cast<uInt>(block.size());
      deflate(&stream, flush);
      const std::string_view packed(block.data(), block.size() - stream.avail_out);
      if (!write_all(file.get(), std::string(packed))) fail();
      digest.update(packed);
      facts.bytes += packed.size();
    } while (stream.avail_out == 0);
  }

  fs::path path, temporary;
  FileDescriptor file;
  z_stream stream{};
  gz_header header{};
  Sha256 digest;
  Facts facts;
  std::vector<char> block = std::vector<char>(BLOCK);
};

GzipFile::GzipFile(fs::path path) : state_(std::make_unique<State>(std::move(path))) {}
GzipFile::~GzipFile() = default;

void GzipFile::write(std::string_view text) {
  // zlib counts in 32 bits.
  for (; text.size() > BLOCK; text.remove_prefix(BLOCK)) state_->pack(text.substr(0, BLOCK), Z_NO_FLUSH);
  state_->pack(text, Z_NO_FLUSH);
}

GzipFile::Facts GzipFile::commit() {
  State& state = *state_;
  state.pack({}, Z_FINISH);
  state.facts.sha256 = state.digest.hex();
  std::error_code missing;
  const bool is_there = fs::exists(state.path, missing) &&
                        fs::file_size(state.path, missing) == state.facts.bytes &&
                        sha256_file(state.path) == state.facts.sha256;
  if (!is_there) {
    if (::fsync(state.file.get()) != 0) state.fail();
    if (::rename(state.temporary.c_str(), state.path.c_str()) != 0) state.fail();
    sync_folder(state.path.parent_path());
    state.file = FileDescriptor();
  }
  return state.facts;
}

}  // namespace radbatch
