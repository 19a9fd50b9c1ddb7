// What the image worker has to read to get one image: files in slice order and, for DICOM, their geometry.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "radbatch/base/json.hpp"
#include "radbatch/study/file_record.hpp"
#include "radbatch/volume/stack_geometry.hpp"

namespace radbatch {

/// Which frame of which file one plane of an image is, and what makes values of it.
struct Plane {
  std::size_t file = 0;    ///< into ImageSource::files
  std::int64_t frame = 0;  ///< of the file, from 0; of a mosaic, the tile
  /// slope, intercept of this frame, where the functional groups give one; else the file's own holds.
  std::optional<std::array<double, 2>> rescale;
};

/// One readable image: a stack of single-frame DICOM files, one multi-frame or 2-D DICOM file, or one file of
/// another format.
struct ImageSource {
  FileKind kind = FileKind::none;
  /// Absolute paths. Of a stack in the order of k; over time, all of the first time point come first.
  std::vector<std::string> files;
  std::optional<Affine> lps;     ///< DICOM stacks: index -> LPS mm, solved from the headers, float32-rounded
  std::int64_t time_points = 1;  ///< of a stack: planes (or files) = slices * time_points
  /// Of frames: which is where, k fastest, then time. Empty: each file is one plane.
  std::vector<Plane> planes;
  std::int64_t mosaic_side = 0;  ///< tiles along each side of a Siemens mosaic; 0: the files are no mosaics
  /// Where each slice lies (LPS mm, first time point), where the steps are uneven or sheared; else empty.
  std::vector<Vector3> positions;
  std::map<std::string, PlainPixels> plain;  ///< by file: those that need no second look at their header
  Json attributes = Json::object();          ///< of the first file: Modality, photometric, window, ...
};

Json to_json(const ImageSource& source);
ImageSource image_source_from_json(const Json& json);

}  // namespace radbatch
