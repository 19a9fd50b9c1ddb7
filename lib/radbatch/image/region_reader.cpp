#include "radbatch/image/region_reader.hpp"

#include <algorithm>
#include <array>

#include "radbatch/base/error.hpp"
#include "radbatch/image/file_scan.hpp"
#include "radbatch/image/reader.hpp"
#include "radbatch/study/attributes.hpp"

namespace radbatch {
namespace {

Region roi_region(const Json& roi, const Volume& image) {
  if (!image.has_geometry)
    throw Error(Reason::prepare, "the roi is in mm and the image has no geometry", "give a mask of its size");
  auto center = roi.at("center_mm").get<std::array<double, 3>>();
  if (roi.at("space") == "LPS") center = {-center[0], -center[1], center[2]};
  return box_region(center, roi.at("size_mm").get<std::array<double, 3>>());
}

ImageSource mask_source(const std::string& path) {
  constexpr std::array kinds{FileKind::nifti, FileKind::nrrd, FileKind::metaimage, FileKind::png,
                             FileKind::tiff};
  const FileRecord record = scan_file(path);
  // Not Reason::not_image: the case is no stray file, and would be skipped without a word.
  if (std::ranges::find(kinds, record.kind) == kinds.end())
    throw Error(Reason::prepare, "it is no NIfTI, NRRD, MetaImage, PNG or TIFF file");
  if (record.reason) throw Error(*record.reason, record.detail);
  ImageSource source;
  source.kind = record.kind;
  source.files = {path};
  source.attributes = record.attributes;
  return source;
}

std::optional<double> label_of(const Json& mask) {
  if (mask.value("label", Json()).is_null()) return std::nullopt;
  const std::optional<double> number = number_of(mask, "label");
  if (!number) throw Error(Reason::prepare, "its \"label\" is no number");
  return number;
}

}  // namespace

ReadRegion read_region(const Json& json, const Volume& image, const ReadOptions& options) {
  if (json.contains("roi")) return {roi_region(json["roi"], image), {}};
  const Json& mask = json.at("mask");
  try {
    const ReadImage read = read_image(mask_source(mask.at("path").get<std::string>()), options);
    return {mask_region(read.volume, label_of(mask), image), read.digests};
  } catch (Error& error) {
    throw error.within("mask");
  }
}

}  // namespace radbatch
