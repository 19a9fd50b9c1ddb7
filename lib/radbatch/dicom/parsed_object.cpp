#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <memory>

#include "radbatch/base/text.hpp"
#include "radbatch/dicom/attributes.hpp"
#include "radbatch/dicom/charset.hpp"
#include "radbatch/dicom/clip_header.hpp"
#include "radbatch/dicom/dataset.hpp"
#include "radbatch/dicom/diffusion.hpp"
#include "radbatch/dicom/parsed_values.hpp"
#include "radbatch/dicom/per_frame.hpp"
#include "radbatch/dicom/scanned_object.hpp"

namespace radbatch {
namespace {

bool is_dicom_object(const ParsedFile& file) {
  DcmDataset& dataset = file.dataset();
  if (file.format->getMetaInfo()->card() > 0) return true;
  return dataset.tagExists(DCM_SOPClassUID) || dataset.tagExists(DCM_SOPInstanceUID) ||
         dataset.tagExists(DCM_StudyInstanceUID) || dataset.tagExists(DCM_Modality);
}

/// The view as the sequence says it in words: "postero-anterior"; empty without one.
std::string view_words(DcmItem& dataset) {
  DcmItem* view = nullptr;
  if (dataset.findAndGetSequenceItem(DCM_ViewCodeSequence, view, 0).bad() || view == nullptr) return {};
  TextDecoder decoder(find_text(dataset, DCM_SpecificCharacterSet));
  return printable(decoder.to_utf8(find_text(*view, DCM_CodeMeaning)));
}

/// What only sequences and private elements say: the view of an X-ray, where the slices are that one file
/// holds, the gradient of a diffusion image, times and regions of a clip.
void add_nested(DcmDataset& dataset, Json& attributes) {
  if (has_unsaid_view(attributes)) {
    if (const std::string view = view_words(dataset); !view.empty()) attributes["ViewCodeSequence"] = view;
  }
  add_frames(dataset, attributes);
  add_private_diffusion(dataset, attributes);
  if (has_clip_header(attributes)) add_clip_header(dataset, attributes);
}

}  // namespace

ScannedObject parse_object(const std::filesystem::path& path) {
  const auto file = std::make_shared<const ParsedFile>(parse_dicom(path));
  DcmDataset& dataset = file->dataset();
  ScannedObject object;
  object.is_dicom = is_dicom_object(*file);
  if (!object.is_dicom) return object;
  object.is_complete = file->complete;
  object.attributes = read_attributes(ParsedValues(dataset));
  object.modality = find_text(dataset, DCM_Modality);
  object.media_class = find_text(*file->format->getMetaInfo(), DCM_MediaStorageSOPClassUID);
  object.transfer_syntax = file->transfer_syntax;
  object.has_pixels = has_pixel_data(dataset);
  object.has_rows = dataset.tagExists(DCM_Rows);
  object.add_nested = [file](Json& attributes) { add_nested(file->dataset(), attributes); };
  object.check = [file, path] { return check_file(*file, path, default_max_volume_bytes); };
  return object;
}

}  // namespace radbatch
