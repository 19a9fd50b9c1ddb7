#include "radbatch/image/reader.hpp"

#include <algorithm>
#include <filesystem>
#include <new>
#include <optional>

#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/image/detached_data.hpp"
#include "radbatch/image/dicom_reader.hpp"
#include "radbatch/image/file_digest.hpp"
#include "radbatch/image/itk_reader.hpp"
#include "radbatch/image/nifti_file.hpp"
#include "radbatch/image/stack_reader.hpp"

namespace radbatch {
namespace {

Volume read_one_file(const ImageSource& source, std::uint64_t max_bytes) {
  const std::filesystem::path path = source.files.front();
  if (source.files.size() != 1)
    throw Error(ExitCode::internal, "one image of several files that are not DICOM");
  switch (source.kind) {
    case FileKind::nifti:
      return read_nifti(path, max_bytes);
    case FileKind::nrrd:
    case FileKind::metaimage:
      static_cast<void>(detached_data_file(path, source.kind));
      [[fallthrough]];
    case FileKind::png:
    case FileKind::jpeg:
    case FileKind::tiff:
      return read_with_itk(path, source.kind, max_bytes);
    default:
      throw Error(Reason::not_image, "a " + std::string(name(source.kind)) + " file is not read as an image");
  }
}

/// What can be read without parsing a file again, and with digests of the same bytes.
std::optional<ReadImage> read_at_once(const ImageSource& source, const ReadOptions& options) {
  if (source.kind != FileKind::dicom || !source.planes.empty()) return std::nullopt;
  if (source.lps) return read_stack(source, options);
  if (source.files.size() != 1) return std::nullopt;
  auto read = read_plain(source, options);
  if (read) make_picture(read->volume, source.attributes);
  return read;
}

}  // namespace

Volume read_image(const ImageSource& source, std::uint64_t max_bytes) {
  return read_image(source, ReadOptions{.max_bytes = max_bytes}).volume;
}

ReadImage read_image(const ImageSource& source, const ReadOptions& options) {
  if (source.files.empty()) throw Error(ExitCode::internal, "an image source without files");
  try {
    if (auto read = read_at_once(source, options)) return std::move(*read);
    ReadImage read;
    if (options.with_digests) read.digests = file_digests(source);
    read.volume = source.kind == FileKind::dicom ? read_dicom(source, options.max_bytes)
                                                 : read_one_file(source, options.max_bytes);
    return read;
  } catch (const std::bad_alloc&) {
    throw Error(Reason::out_of_memory, "not enough memory to decode the image");
  }
}

std::vector<std::string> file_digests(const ImageSource& source) {
  std::vector<std::string> digests;
  for (const std::string& file : source.files) {
    const auto data = detached_data_file(file, source.kind);
    digests.push_back(data ? sha256_hex(file_digest(file) + file_digest(*data)) : file_digest(file));
  }
  return digests;
}

}  // namespace radbatch
