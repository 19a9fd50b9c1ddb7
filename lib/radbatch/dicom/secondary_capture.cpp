#include "radbatch/dicom/secondary_capture.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <array>

#include "radbatch/base/error.hpp"
#include "radbatch/dicom/object_text.hpp"
#include "radbatch/dicom/source_study.hpp"

namespace radbatch {
namespace {

constexpr std::size_t longest_derivation = 1024;  // characters of VR ST
constexpr const char* series_number = "9001";

void put_text(DcmItem& object, const DcmTagKey& tag, const std::string& value) {
  object.putAndInsertString(tag, value.c_str());
}

void put_number(DcmItem& object, const DcmTagKey& tag, std::size_t value) {
  object.putAndInsertUint16(tag, static_cast<Uint16>(value));
}

void put_references(const SourceStudy& source, DcmItem& object) {
  for (const SourceInstance& instance : source.instances) {
    DcmItem* item = nullptr;
    if (object.findOrCreateSequenceItem(DCM_SourceImageSequence, item, -2).bad() || !item)
      throw Error(ExitCode::internal, "the capture's references cannot be written");
    put_text(*item, DCM_ReferencedSOPClassUID, instance.sop_class);
    put_text(*item, DCM_ReferencedSOPInstanceUID, instance.instance);
  }
}

/// Once lossy, always lossy (PS3.3, C.7.6.1.1.5).
void put_compression(DcmItem& source, DcmItem& object) {
  if (find_text(source, DCM_LossyImageCompression) != "01") return;
  for (const DcmTagKey& tag :
       {DCM_LossyImageCompression, DCM_LossyImageCompressionRatio, DCM_LossyImageCompressionMethod}) {
    if (const std::string value = find_text(source, tag); !value.empty()) put_text(object, tag, value);
  }
}

void put_pixels(const CapturedPixels& pixels, DcmItem& object) {
  put_number(object, DCM_SamplesPerPixel, pixels.channels);
  put_text(object, DCM_PhotometricInterpretation, pixels.channels == 3 ? "RGB" : "MONOCHROME2");
  if (pixels.channels == 3) put_number(object, DCM_PlanarConfiguration, 0);
  put_number(object, DCM_Rows, pixels.height);
  put_number(object, DCM_Columns, pixels.width);
  put_number(object, DCM_BitsAllocated, 8);
  put_number(object, DCM_BitsStored, 8);
  put_number(object, DCM_HighBit, 7);
  put_number(object, DCM_PixelRepresentation, 0);
  std::vector<std::uint8_t> even(pixels.values.begin(), pixels.values.end());
  if (even.size() % 2 == 1) even.push_back(0);
  if (object.putAndInsertUint8Array(DCM_PixelData, even.data(), even.size()).bad())
    throw Error(ExitCode::internal, "the capture's pixels cannot be written");
}

void put_capture(const ReportedPicture& picture, const ObjectText& text, DcmItem& object) {
  put_text(object, DCM_SOPClassUID, UID_SecondaryCaptureImageStorage);
  put_text(object, DCM_Modality, "OT");
  put_text(object, DCM_ConversionType, "WSD");
  put_text(object, DCM_SeriesNumber, series_number);
  put_text(object, DCM_InstanceNumber, std::to_string(picture.number));
  put_text(object, DCM_ImageType, "DERIVED\\SECONDARY");
  put_text(object, DCM_PatientOrientation, "");
  put_text(object, DCM_Laterality, "");
  put_text(object, DCM_BurnedInAnnotation, picture.may_show_text ? "YES" : "NO");
  put_text(object, DCM_DerivationDescription, text.own(picture.derivation.substr(0, longest_derivation)));
}

}  // namespace

std::string secondary_capture(const ReportedPicture& picture, const CapturedPixels& pixels) {
  const bool is_whole = pixels.values.size() == pixels.width * pixels.height * pixels.channels;
  if (!is_whole || pixels.values.empty() || (pixels.channels != 1 && pixels.channels != 3))
    throw Error(ExitCode::internal, "the picture's pixels do not fit its size");
  if (pixels.width > UINT16_MAX || pixels.height > UINT16_MAX)
    throw Error(Reason::too_large, "the picture has more than 65535 rows or columns");
  const SourceStudy source = read_source_study(picture.study.files);
  DcmDataset& header = source.first.dataset();
  const std::vector<std::string> words{picture.study.series_description, picture.derivation,
                                       picture.study.algorithm.name, picture.study.algorithm.version};
  const ObjectText text(find_text(header, DCM_SpecificCharacterSet), study_texts(source), words);
  DcmFileFormat format;
  DcmDataset& object = *format.getDataset();
  put_capture(picture, text, object);
  put_study(source, picture.study, text, object);
  put_references(source, object);
  put_compression(header, object);
  put_pixels(pixels, object);
  return finished_object(source, picture.study, format);
}

}  // namespace radbatch
