#include "radbatch/archive/archive_reader.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "radbatch/archive/archive_bytes.hpp"
#include "radbatch/archive/member_name.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/study/archive_name.hpp"

namespace radbatch {
namespace {

constexpr std::size_t HEADER_BYTES = 512;  ///< what a member counts beside its content
constexpr std::size_t MOST_MEMBERS_OF_A_PART = 4096;

/// libarchive converts names to the locale's encoding: names that are known to be UTF-8 stay so, and all
/// others stay the bytes they are.
class Utf8Locale {
 public:
  Utf8Locale() : own_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
    if (own_) before_ = ::uselocale(own_);
  }
  Utf8Locale(const Utf8Locale&) = delete;
  ~Utf8Locale() {
    if (!own_) return;
    ::uselocale(before_);
    ::freelocale(own_);
  }

 private:
  locale_t own_;
  locale_t before_{};
};

struct FreeArchive {
  void operator()(archive* open) const { ::archive_read_free(open); }
};

void write_at(int fd, std::span<const char> bytes, std::int64_t offset) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd, bytes.data(), bytes.size(), offset);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      throw Error(ExitCode::output, std::string("cannot unpack an archive: ") + std::strerror(errno),
                  "archives are unpacked below the output folder: choose one with more room with -o");
    }
    bytes = bytes.subspan(static_cast<std::size_t>(n));
    offset += n;
  }
}

void refuse(ArchiveMember& member, Reason reason, std::string detail) {
  member.reason = reason;
  member.detail = std::move(detail);
}

std::string name_in(archive_entry* entry) {
  if (const char* name = ::archive_entry_pathname(entry)) return name;
  if (const char* name = ::archive_entry_pathname_utf8(entry)) return name;
  return {};
}

std::string link_in(archive_entry* entry) {
  if (const char* name = ::archive_entry_hardlink(entry)) return name;
  if (const char* name = ::archive_entry_hardlink_utf8(entry)) return name;
  return {};
}

}  // namespace

struct ArchiveReader::State {
  State(const std::filesystem::path& path, std::optional<std::uint64_t> limit)
      : bytes(path), max_bytes(limit) {}

  ArchiveBytes bytes;
  std::optional<std::uint64_t> max_bytes;
  std::unique_ptr<archive, FreeArchive> reader{::archive_read_new()};
  std::string fault;  ///< of the bytes, while libarchive was asking for them
  std::uint64_t unpacked = 0, n_members = 0, n_spoiled = 0, n_encrypted = 0;
  bool is_open = false, has_begun = false, has_ended = false;

  static la_ssize_t read_bytes(archive* reader, void* self, const void** out) {
    State& state = *static_cast<State*>(self);
    try {
      const std::span<const char> more = state.bytes.read();
      *out = more.data();
      return static_cast<la_ssize_t>(more.size());
    } catch (const Error& problem) {  // no exception may pass through C
      state.fault = problem.message();
      ::archive_set_error(reader, EIO, "%s", "the bytes cannot be read");
      return ARCHIVE_FATAL;
    }
  }
  static la_int64_t skip_bytes(archive*, void* self, la_int64_t n) {
    return static_cast<State*>(self)->bytes.skip(n);
  }
  static la_int64_t seek_bytes(archive*, void* self, la_int64_t offset, int whence) {
    const std::int64_t at = static_cast<State*>(self)->bytes.seek(offset, whence);
    return at < 0 ? ARCHIVE_FATAL : at;
  }

  void open() {
    archive* a = reader.get();
    if (!a) throw Error(Reason::out_of_memory, "cannot be read: libarchive could not start");
    ::archive_read_support_format_tar(a);
    ::archive_read_support_format_zip(a);
    ::archive_read_support_filter_bzip2(a);
    ::archive_read_support_filter_xz(a);
    ::archive_read_support_filter_zstd(a);
    ::archive_read_set_callback_data(a, this);
    ::archive_read_set_read_callback(a, read_bytes);
    ::archive_read_set_skip_callback(a, skip_bytes);
    if (!bytes.is_gzip()) ::archive_read_set_seek_callback(a, seek_bytes);
  }

  bool is_tar() const {
    return (::archive_format(reader.get()) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_TAR;
  }

  [[noreturn]] static void refuse_growth(std::uint64_t allowed) {
    throw Error(Reason::archive, "unpacks to more than " + human_bytes(static_cast<double>(allowed)),
                "if this is meant: --max-unpacked SIZE");
  }

  /// `more`: bytes that are about to be unpacked. `declared`: the archive only says so, it was not read that
  /// far.
  void check_growth(std::uint64_t more, bool declared = false) const {
    const std::uint64_t base = declared ? bytes.file_bytes() : bytes.taken();
    const std::uint64_t allowed = max_bytes.value_or(std::max(FREE_BYTES, GROWTH * base));
    if (more > allowed || unpacked > allowed - more) refuse_growth(allowed);
    if (n_members > MAX_MEMBERS) {
      throw Error(Reason::archive, "has more than " + std::to_string(MAX_MEMBERS) + " members");
    }
  }

  /// What a cut exactly between two members would not show otherwise.
  std::string missing_end() const {
    if (is_tar()) {
      const bool plain = !bytes.is_gzip() && ::archive_filter_code(reader.get(), 0) == ARCHIVE_FILTER_NONE;
      const std::string last = plain ? bytes.tail(HEADER_BYTES) : std::string();
      const bool ends = std::ranges::all_of(last, [](char c) { return c == '\0'; });
      return ends ? "" : "has no end mark: it is truncated, or something was appended";
    }
    // The comment behind the mark has at most 65535 bytes.
    const bool ends = bytes.tail(65535 + 22).find("PK\x05\x06") != std::string::npos;
    return ends ? "" : "has no directory at its end: it is truncated";
  }

  /// The checksum of a gzip stream comes last.
  std::string rest_of_gzip() {
    try {
      while (bytes.is_gzip()) {
        const std::size_t n = bytes.read().size();
        if (n == 0) break;
        unpacked += n;
        check_growth(0);
      }
    } catch (const Error& problem) {
      return problem.message();
    }
    return {};
  }

  std::string error_text() const {
    if (!fault.empty()) return fault;
    const char* text = ::archive_error_string(reader.get());
    return "is damaged or truncated: " + printable(text ? text : "unknown fault");
  }

  void end(ArchivePart& part, std::string damage) {
    has_ended = part.is_last = true;
    if (damage.empty()) damage = rest_of_gzip();
    if (damage.empty() && has_begun) damage = missing_end();
    if (damage.empty() && n_encrypted > 0) damage = "has " + counted(n_encrypted, "encrypted member");
    if (damage.empty() && n_spoiled > 0) damage = "has " + counted(n_spoiled, "damaged member");
    part.damage = std::move(damage);
  }

  /// The next entry, or null when the part has ended.
  archive_entry* next_entry(ArchivePart& part) {
    archive_entry* entry = nullptr;
    const int result = ::archive_read_next_header(reader.get(), &entry);
    if (result == ARCHIVE_OK || result == ARCHIVE_WARN) {
      has_begun = true;
      return entry;
    }
    if (result == ARCHIVE_EOF) {
      end(part, {});
    } else {
      part.is_archive = has_begun;
      end(part, error_text());
    }
    return nullptr;
  }

  /// Returns false when nothing behind this member can be read.
  bool unpack(int output, ArchiveMember& member, ArchivePart& part) {
    const std::uint64_t before = unpacked;
    for (;;) {
      const void* data = nullptr;
      std::size_t n = 0;
      la_int64_t offset = 0;
      const int result = ::archive_read_data_block(reader.get(), &data, &n, &offset);
      if (result == ARCHIVE_EOF) return true;
      if (result == ARCHIVE_OK || result == ARCHIVE_WARN) {
        const std::uint64_t reaches = static_cast<std::uint64_t>(offset) + n;  // a sparse file jumps
        if (before + reaches > unpacked) check_growth(before + reaches - unpacked);
        unpacked = std::max(unpacked, before + reaches);
        write_at(output, {static_cast<const char*>(data), n}, offset);
      }
      if (result == ARCHIVE_OK) continue;
      const bool was_cut = result <= ARCHIVE_FATAL;
      ++n_spoiled;
      refuse(member, Reason::archive,
             was_cut ? "the archive is cut off or damaged inside this member" : error_text());
      if (was_cut) end(part, error_text());
      return !was_cut;
    }
  }

  /// Holes at the end of a sparse file have no block.
  void fill_up(int output, archive_entry* entry) {
    if (::archive_entry_sparse_count(entry) == 0) return;
    const std::int64_t size = ::archive_entry_size(entry);
    if (size < 0 || ::ftruncate(output, size) != 0) throw Error(ExitCode::output, std::strerror(errno));
  }
};

ArchiveReader::ArchiveReader(const std::filesystem::path& path, std::optional<std::uint64_t> max_bytes)
    : state_(std::make_unique<State>(path, max_bytes)) {
  state_->open();
}

ArchiveReader::~ArchiveReader() = default;

ArchivePart ArchiveReader::next(std::span<const int> outputs) {
  const Utf8Locale locale;
  State& state = *state_;
  ArchivePart part;
  if (!std::exchange(state.is_open, true) && ::archive_read_open1(state.reader.get()) != ARCHIVE_OK) {
    part.is_archive = false;
    state.end(part, state.error_text());
    return part;
  }
  while (!outputs.empty() && !state.has_ended && part.members.size() < MOST_MEMBERS_OF_A_PART) {
    archive_entry* entry = state.next_entry(part);
    if (!entry) break;
    state.unpacked += HEADER_BYTES;
    ++state.n_members;
    state.check_growth(0);
    const auto type = ::archive_entry_filetype(entry);
    if (type == AE_IFDIR) continue;
    const std::string name = name_in(entry), link = link_in(entry);
    const std::optional<std::string> path = member_path(name);
    ArchiveMember& member = part.members.emplace_back();
    member.name = path.value_or(name.substr(0, 255));
    if (!path) {
      refuse(member, Reason::archive,
             "a member without a usable name: empty, too long, or leading out of the archive");
    } else if (!link.empty()) {
      member.same_as = member_path(link).value_or("");
    } else if (type != AE_IFREG && type != 0) {
      refuse(member, Reason::not_image, "not a regular file: a link or a device inside an archive");
    } else if (::archive_entry_is_encrypted(entry)) {
      ++state.n_encrypted;
      refuse(member, Reason::archive, "encrypted");
    } else if (is_archive_name(*path)) {
      refuse(member, Reason::archive, "an archive inside an archive is not opened");
    } else {
      if (::archive_entry_size_is_set(entry)) {
        state.check_growth(static_cast<std::uint64_t>(std::max<la_int64_t>(::archive_entry_size(entry), 0)),
                           true);
      }
      member.has_content = true;
      const int output = outputs.front();
      outputs = outputs.subspan(1);
      if (state.unpack(output, member, part)) state.fill_up(output, entry);
    }
  }
  return part;
}

}  // namespace radbatch
