#include "radbatch/image/reader.hpp"

#include <algorithm>
#include <filesystem>
#include <new>

#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/image/detached_data.hpp"
#include "radbatch/image/dicom_reader.hpp"
#include "radbatch/image/itk_reader.hpp"
#include "radbatch/image/nifti_file.hpp"

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

std::string digest(const std::filesystem::path& file) {
  try {
    return sha256_file(file);
  } catch (const Error& error) {  // "cannot read PATH: why"; the path may hold the patient's name
    const std::string& text = error.message();
    throw Error(Reason::io, "a file of the image cannot be read" + text.substr(text.rfind(": ")));
  }
}

}  // namespace

Volume read_image(const ImageSource& source, std::uint64_t max_bytes) {
  if (source.files.empty()) throw Error(ExitCode::internal, "an image source without files");
  try {
    return source.kind == FileKind::dicom ? read_dicom(source, max_bytes) : read_one_file(source, max_bytes);
  } catch (const std::bad_alloc&) {
    throw Error(Reason::out_of_memory, "not enough memory to decode the image");
  }
}

std::vector<std::string> file_digests(const ImageSource& source) {
  std::vector<std::string> digests;
  for (const std::string& file : source.files) {
    const auto data = detached_data_file(file, source.kind);
    digests.push_back(data ? sha256_hex(digest(file) + digest(*data)) : digest(file));
  }
  return digests;
}

}  // namespace radbatch
