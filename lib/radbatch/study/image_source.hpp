// What the image worker has to read to get one image: files in slice order and, for DICOM, their geometry.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "radbatch/base/json.hpp"
#include "radbatch/study/file_record.hpp"
#include "radbatch/volume/affine.hpp"

namespace radbatch {

/// One readable image: a stack of single-frame DICOM files, one multi-frame or 2-D DICOM file, or one file of
/// another format.
struct ImageSource {
  FileKind kind = FileKind::none;
  std::vector<std::string> files;  ///< absolute paths; for a stack in the order of k
  std::optional<Affine> lps;  ///< DICOM stacks: index -> LPS mm, solved from the headers, float32-rounded
  Json attributes = Json::object();  ///< of the first file: Modality, photometric, window, ...
};

Json to_json(const ImageSource& source);
ImageSource image_source_from_json(const Json& json);

}  // namespace radbatch
