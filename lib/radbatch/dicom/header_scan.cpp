#include "radbatch/dicom/header_scan.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "radbatch/base/error.hpp"
#include "radbatch/base/file_descriptor.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/dicom/charset.hpp"
#include "radbatch/dicom/clip_header.hpp"
#include "radbatch/dicom/diffusion.hpp"
#include "radbatch/dicom/scanned_object.hpp"

namespace radbatch {
namespace {

// Objects that carry pixel data without being an image of the patient to classify.
constexpr std::array<std::string_view, 7> derived_objects{
    "1.2.840.10008.5.1.4.1.1.66.4",   // Segmentation
    "1.2.840.10008.5.1.4.1.1.66.7",   // Label Map Segmentation
    "1.2.840.10008.5.1.4.1.1.481.2",  // RT Dose
    "1.2.840.10008.5.1.4.1.1.30",     // Parametric Map
    "1.2.840.10008.5.1.4.1.1.66.1",   // Spatial Registration
    "1.2.840.10008.5.1.4.1.1.67",     // Real World Value Mapping
    "1.2.840.10008.5.1.4.1.1.11.1"};  // Softcopy Presentation State

// Objects whose frames are slices or volumes with a geometry of their own.
constexpr std::array<std::string_view, 11> enhanced_objects{
    "1.2.840.10008.5.1.4.1.1.2.1",      // Enhanced CT
    "1.2.840.10008.5.1.4.1.1.2.2",      // Legacy Converted Enhanced CT
    "1.2.840.10008.5.1.4.1.1.4.1",      // Enhanced MR
    "1.2.840.10008.5.1.4.1.1.4.3",      // Enhanced MR Color
    "1.2.840.10008.5.1.4.1.1.4.4",      // Legacy Converted Enhanced MR
    "1.2.840.10008.5.1.4.1.1.130",      // Enhanced PET
    "1.2.840.10008.5.1.4.1.1.128.1",    // Legacy Converted Enhanced PET
    "1.2.840.10008.5.1.4.1.1.6.2",      // Enhanced US Volume
    "1.2.840.10008.5.1.4.1.1.13.1.1",   // X-Ray 3D Angiographic
    "1.2.840.10008.5.1.4.1.1.13.1.2",   // X-Ray 3D Craniofacial
    "1.2.840.10008.5.1.4.1.1.13.1.3"};  // Breast Tomosynthesis

template <std::size_t n>
bool contains(const std::array<std::string_view, n>& list, const std::string& value) {
  return std::ranges::find(list, value) != list.end();
}

std::string object_name(const std::string& sop_class) {
  if (sop_class.empty()) return "an object without SOPClassUID";
  const char* known = dcmFindNameOfUID(sop_class.c_str());
  return known != nullptr ? known : "SOP class " + printable(sop_class);
}

std::optional<Refusal> not_an_image(const ScannedObject& object, const std::string& sop_class) {
  if (contains(derived_objects, sop_class)) return Refusal{Reason::not_image, object_name(sop_class)};
  // Segmentations and doses whose SOP class is damaged still say what they are.
  if (object.modality == "SEG" || object.modality == "RTDOSE")
    return Refusal{Reason::not_image, "Modality " + object.modality};
  if (object.has_pixels && object.has_rows) return std::nullopt;
  // A header that breaks off before the pixels of an image is damage, not another kind of object.
  const char* known = dcmFindNameOfUID(sop_class.c_str());
  const bool image_class =
      known != nullptr && std::string_view(known).find("ImageStorage") != std::string_view::npos;
  if (!object.is_complete && (object.has_rows || image_class || sop_class.empty())) return std::nullopt;
  return Refusal{Reason::not_image, object_name(sop_class) + (image_class ? " without pixel data" : "")};
}

FileRecord record_of(ScannedObject object) {
  FileRecord record;
  if (!object.is_dicom) {
    record.reason = Reason::not_image;
    record.detail = "not a DICOM file";
    return record;
  }
  record.kind = FileKind::dicom;
  record.attributes = std::move(object.attributes);
  record.attributes["TransferSyntaxUID"] = object.transfer_syntax;
  const std::string sop_class = record.attributes.value("SOPClassUID", object.media_class);
  // Anonymised exports blank the UIDs of the dataset; the class says what the object is and identifies
  // nobody.
  if (!sop_class.empty()) record.attributes["SOPClassUID"] = sop_class;
  auto refusal = not_an_image(object, sop_class);
  record.attributes["is_image"] = !refusal;
  if (!refusal) {
    if (contains(enhanced_objects, sop_class)) record.attributes["is_enhanced"] = true;
    if (object.add_nested) object.add_nested(record.attributes);
    refusal = object.check();
    if (!refusal) record.plain = object.plain;
  }
  if (refusal) {
    record.reason = refusal->reason;
    record.detail = refusal->detail;
  }
  return record;
}

}  // namespace

bool needs_parsing(const Json& attributes) {
  const auto frames = attributes.find("NumberOfFrames");
  return contains(enhanced_objects, attributes.value("SOPClassUID", "")) ||
         attributes.value("Modality", "") == "NM" || (frames != attributes.end() && *frames != 1) ||
         attributes.value("ImageType", "").find("MOSAIC") != std::string::npos ||
         has_unsaid_view(attributes) || has_clip_header(attributes) || may_have_private_diffusion(attributes);
}

bool has_unsaid_view(const Json& attributes) {
  constexpr std::array<std::string_view, 6> pictures{"CR", "DX", "MG", "RG", "PX", "IO"};
  const auto modality = attributes.find("Modality");
  return modality != attributes.end() && !attributes.contains("ViewPosition") &&
         std::ranges::find(pictures, modality->get_ref<const std::string&>()) != pictures.end();
}

void load_dictionary(const std::filesystem::path& dicom_dic) {
  setenv("DCMDICTPATH", dicom_dic.c_str(), 1);
  OFLog::configure(OFLogger::OFF_LOG_LEVEL);
  // What DCMTK may have loaded by itself goes; only this file counts.
  const bool loaded = dcmDataDict.wrlock().reloadDictionaries(OFFalse, OFTrue);
  dcmDataDict.wrunlock();
  if (!loaded || DcmTag(DCM_Modality).getEVR() != EVR_CS || DcmTag(DCM_Rows).getEVR() != EVR_US ||
      DcmTag(DCM_RescaleSlope).getEVR() != EVR_DS) {
    throw Error(ExitCode::internal,
                "the DICOM dictionary " + printable(dicom_dic.string()) + " cannot be used",
                "reinstall radbatch: dicom.dic belongs to its share folder");
  }
  // Archives store elements they do not know as UN; where the dictionary knows them they are read as they
  // were.
  dcmEnableUnknownVRConversion.set(OFTrue);
  load_charset_converters();
}

bool looks_like_dicom(std::string_view first_bytes) {
  if (first_bytes.size() >= 132 && first_bytes.substr(128, 4) == "DICM") return true;
  if (first_bytes.size() < 8) return false;
  const auto byte = [first_bytes](std::size_t i) { return static_cast<unsigned char>(first_bytes[i]); };
  const unsigned little = byte(0) | byte(1) << 8U, little_element = byte(2) | byte(3) << 8U;
  const unsigned big = byte(1) | byte(0) << 8U, big_element = byte(3) | byte(2) << 8U;
  return (little == 2 && little_element <= 0x0102) || (little == 8 && little_element <= 0x1199) ||
         (big == 8 && big_element <= 0x1199);
}

FileRecord scan_dicom(const std::filesystem::path& path) {
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!file || fstat(file.get(), &status) != 0) return scan_dicom_by_parsing(path);
  HeaderBytes bytes(file.get(), static_cast<std::uint64_t>(status.st_size));
  return scan_dicom(bytes, path);
}

FileRecord scan_dicom(HeaderBytes& bytes, const std::filesystem::path& path) {
  auto walked = scan_dicom_by_walking(bytes);
  return walked ? std::move(*walked) : scan_dicom_by_parsing(path);
}

std::optional<FileRecord> scan_dicom_by_walking(HeaderBytes& bytes) {
  auto object = walk_object(bytes);
  if (!object) return std::nullopt;
  FileRecord record = record_of(std::move(*object));
  return needs_parsing(record.attributes) ? std::nullopt : std::optional(std::move(record));
}

FileRecord scan_dicom_by_parsing(const std::filesystem::path& path) {
  return record_of(parse_object(path));
}

}  // namespace radbatch
