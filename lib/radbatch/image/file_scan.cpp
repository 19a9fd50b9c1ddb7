#include "radbatch/image/file_scan.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <new>
#include <string>
#include <string_view>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/file_descriptor.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/dicom/header_scan.hpp"
#include "radbatch/image/bids_sidecar.hpp"
#include "radbatch/image/image_attributes.hpp"
#include "radbatch/image/itk_reader.hpp"
#include "radbatch/image/jpeg_stream.hpp"
#include "radbatch/image/nifti_file.hpp"
#include "radbatch/video/clip.hpp"
#include "radbatch/video/media_bytes.hpp"
#include "radbatch/video/signature.hpp"

namespace radbatch {
namespace {

constexpr std::size_t prefix_bytes = 4096;

struct Ending {
  std::string_view text;
  FileKind kind;
};
constexpr std::array<Ending, 26> endings{
    {{".nii", FileKind::nifti},  {".nii.gz", FileKind::nifti},  {".nrrd", FileKind::nrrd},
     {".nhdr", FileKind::nrrd},  {".mha", FileKind::metaimage}, {".mhd", FileKind::metaimage},
     {".png", FileKind::png},    {".jpg", FileKind::jpeg},      {".jpeg", FileKind::jpeg},
     {".tif", FileKind::tiff},   {".tiff", FileKind::tiff},     {".mp4", FileKind::video},
     {".m4v", FileKind::video},  {".mov", FileKind::video},     {".avi", FileKind::video},
     {".mkv", FileKind::video},  {".webm", FileKind::video},    {".mpg", FileKind::video},
     {".mpeg", FileKind::video}, {".m2v", FileKind::video},     {".vob", FileKind::video},
     {".m2ts", FileKind::video}, {".mts", FileKind::video},     {".3gp", FileKind::video},
     {".wmv", FileKind::video},  {".asf", FileKind::video}}};

FileKind kind_by_ending(const std::filesystem::path& path) {
  const std::string file_name = to_lower_ascii(path.filename().string());
  for (const Ending& ending : endings) {
    if (file_name.ends_with(ending.text)) return ending.kind;
  }
  return FileKind::none;
}

bool is_metaimage(std::string_view head) {
  // A text header whose first key is one of these; the key NDims has to come before any sample.
  const bool begins =
      head.starts_with("ObjectType") || head.starts_with("NDims") || head.starts_with("Comment");
  return begins && head.find("NDims") != std::string_view::npos;
}

FileKind kind_by_bytes(std::string_view head) {
  using namespace std::string_view_literals;
  if (head.size() >= 132 && head.substr(128, 4) == "DICM") return FileKind::dicom;
  if (is_nifti(std::as_bytes(std::span(head.data(), head.size())))) return FileKind::nifti;
  if (head.starts_with("NRRD000")) return FileKind::nrrd;
  if (head.starts_with("\x89PNG\r\n\x1a\n"sv)) return FileKind::png;
  if (head.starts_with("\xff\xd8\xff"sv)) return FileKind::jpeg;
  if (head.starts_with("II*\0"sv) || head.starts_with("MM\0*"sv)) return FileKind::tiff;
  if (head.starts_with("\x89HDF\r\n\x1a\n"sv) || head.starts_with("\x93NUMPY"sv)) return FileKind::tensor;
  if (is_metaimage(head)) return FileKind::metaimage;
  if (begins_recording(head)) return FileKind::video;
  if (looks_like_dicom(head)) return FileKind::dicom;
  return FileKind::none;
}

Json png_attributes(std::string_view head) {
  // Signature, then IHDR: length, type, width, height, depth, colour type (2 RGB, 3 palette, 4 and 6 with
  // alpha).
  if (head.size() < 33 || head.substr(12, 4) != "IHDR")
    throw Error(Reason::bad_header, "the PNG file has no IHDR");
  auto word = [head](std::size_t at) {
    std::int64_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(head[at + i]);
    return value;
  };
  const int colour = head[25];
  if (word(16) == 0 || word(20) == 0) throw Error(Reason::bad_header, "the PNG file has no pixels");
  return image_attributes({.size = {word(16), word(20), 1},
                           .channels = colour == 2 || colour == 3 || colour == 6 ? 3 : 1,
                           .bits = head[24] == 16 ? 16 : 8});
}

Json jpeg_attributes(const std::filesystem::path& path) {
  const std::string file = read_file(path);
  return image_attributes(jpeg_extent(std::as_bytes(std::span(file.data(), file.size()))));
}

Json attributes_of(const std::filesystem::path& path, FileKind kind, std::string_view head) {
  switch (kind) {
    case FileKind::nifti:
      return nifti_attributes(read_nifti_header(path));
    case FileKind::png:
      return png_attributes(head);
    case FileKind::jpeg:
      return jpeg_attributes(path);
    case FileKind::nrrd:
    case FileKind::metaimage:
    case FileKind::tiff:
      return itk_attributes(path, kind);
    case FileKind::video:
      return probe_clip(*media_file(path));
    default:
      return Json::object();
  }
}

void refuse(FileRecord& record, Reason reason, std::string detail) {
  record.reason = reason;
  record.detail = std::move(detail);
}

// gzip says nothing about what is inside; only NIfTI is looked for.
bool is_gzip(std::string_view head) {
  return head.size() >= 2 && head[0] == '\x1f' && head[1] == '\x8b';
}

void scan_known(FileRecord& record, const std::filesystem::path& path, FileKind kind, std::string_view head) {
  record.kind = kind;
  try {
    record.attributes = attributes_of(path, kind, head);
  } catch (const Error& error) {
    // Sound, and still pictures in a container that recordings have too.
    if (kind == FileKind::video && error.reason() == Reason::not_image) record.kind = FileKind::none;
    refuse(record, error.reason().value_or(Reason::bad_header), error.message());
  } catch (const std::bad_alloc&) {
    refuse(record, Reason::too_large, "the header asks for more memory than there is");
  } catch (const std::exception& error) {
    refuse(record, Reason::bad_header, printable(error.what()));
  }
}

void scan_gzip(FileRecord& record, const std::filesystem::path& path, FileKind by_ending,
               std::string_view head) {
  scan_known(record, path, FileKind::nifti, head);
  if (!record.reason || by_ending == FileKind::nifti) return;
  record.kind = FileKind::none;
  refuse(record, Reason::not_image, "a gzip file that is not NIfTI");
}

void scan_content(FileRecord& record, const std::filesystem::path& path, HeaderBytes& bytes) {
  const std::string_view head = bytes.head().substr(0, prefix_bytes);
  const FileKind by_ending = kind_by_ending(path);
  if (head.empty()) {
    record.kind = by_ending;
    return refuse(record, Reason::empty_file, "the file has no bytes");
  }
  if (is_gzip(head)) return scan_gzip(record, path, by_ending, head);
  const FileKind kind = kind_by_bytes(head);
  if (kind == FileKind::dicom) {
    FileRecord scanned = scan_dicom(bytes, path);
    record.kind = scanned.kind;
    record.attributes = std::move(scanned.attributes);
    record.reason = scanned.reason;
    record.detail = std::move(scanned.detail);
    record.plain = scanned.plain;
    if (!record.plain) return;
    record.plain->file_size = record.size;
    record.plain->mtime_ns = record.mtime_ns;
    return;
  }
  if (kind != FileKind::none) return scan_known(record, path, kind, head);
  record.kind = by_ending;
  if (path.extension() == ".json") record.attributes = sidecar_attributes(path);
  if (by_ending == FileKind::none)
    return refuse(record, Reason::not_image, "not an image format that radbatch reads");
  if (by_ending == FileKind::nifti && head.size() < 348) {
    return refuse(record, Reason::truncated_pixels, "the file ends inside the header");
  }
  refuse(record, Reason::bad_header, "the name says " + std::string(name(by_ending)) + ", the bytes do not");
}

struct OpenFile {
  FileRecord record;  ///< with a reason where the file cannot be read
  FileDescriptor descriptor;
};

OpenFile open_file(const std::filesystem::path& absolute) {
  OpenFile file;
  file.record.path = absolute.string();
  // O_NONBLOCK: opening a FIFO without a writer would wait for ever.
  file.descriptor = FileDescriptor(open(absolute.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  struct stat status {};
  if (!file.descriptor || fstat(file.descriptor.get(), &status) != 0) {
    file.record.kind = kind_by_ending(absolute);
    refuse(file.record, Reason::io, std::strerror(errno));
    return file;
  }
  if (!S_ISREG(status.st_mode)) {
    refuse(file.record, Reason::not_image, "not a regular file");
    return file;
  }
  file.record.size = static_cast<std::uint64_t>(status.st_size);
  file.record.mtime_ns = std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
  return file;
}

FileRecord scan_open_file(OpenFile file, const std::filesystem::path& absolute, HeaderBytes& bytes) {
  if (file.record.reason) return std::move(file.record);
  try {
    scan_content(file.record, absolute, bytes);
  } catch (const Error& error) {
    if (!error.reason()) throw;
    refuse(file.record, *error.reason(), error.message());
  }
  return std::move(file.record);
}

bool has_dicom_mark(HeaderBytes& bytes) {
  const unsigned char* mark = bytes.at(128, 4);
  return mark != nullptr && std::memcmp(mark, "DICM", 4) == 0;
}

}  // namespace

FileRecord scan_file(const std::filesystem::path& absolute) {
  OpenFile file = open_file(absolute);
  HeaderBytes bytes(file.descriptor.get(), file.record.size);
  return scan_open_file(std::move(file), absolute, bytes);
}

Json FileScanner::scan(const std::filesystem::path& absolute) {
  OpenFile file = open_file(absolute);
  HeaderBytes bytes(file.descriptor.get(), file.record.size);
  if (file.record.reason || !has_dicom_mark(bytes)) {
    dicom_.forget();
  } else if (auto changes = dicom_.next(bytes)) {
    if (changes->plain) {
      changes->plain->file_size = file.record.size;
      changes->plain->mtime_ns = file.record.mtime_ns;
    }
    return packer_.pack_changes(FileKind::dicom, std::move(changes->set), std::move(changes->drop),
                                changes->plain);
  }
  HeaderBytes again(file.descriptor.get(), file.record.size);
  const FileRecord record = scan_open_file(std::move(file), absolute, again);
  // What makes a file unusable, or only sequences and private elements say, is not found by differences.
  if (record.reason || needs_parsing(record.attributes)) dicom_.forget();
  return packer_.pack_content(record);
}

}  // namespace radbatch
