#include "radbatch/dicom/source_study.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcostrmb.h>
#include <dcmtk/dcmdata/dctk.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <functional>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/base/version.hpp"
#include "radbatch/dicom/derived_uid.hpp"
#include "radbatch/dicom/object_text.hpp"

namespace radbatch {
namespace {

// PS3.3, C.7.1.1, C.7.2.1, C.7.2.2: what says whose study it is. Type 2: present even where it is empty.
const std::array required_tags{DCM_PatientName, DCM_PatientID,       DCM_PatientBirthDate,
                               DCM_PatientSex,  DCM_StudyDate,       DCM_StudyTime,
                               DCM_StudyID,     DCM_AccessionNumber, DCM_ReferringPhysicianName};
const std::array optional_tags{DCM_IssuerOfPatientID,
                               DCM_PatientBirthTime,
                               DCM_OtherPatientNames,
                               DCM_EthnicGroup,
                               DCM_PatientComments,
                               DCM_PatientIdentityRemoved,
                               DCM_DeidentificationMethod,
                               DCM_StudyDescription,
                               DCM_PhysiciansOfRecord,
                               DCM_NameOfPhysiciansReadingStudy,
                               DCM_AdmittingDiagnosesDescription,
                               DCM_PatientAge,
                               DCM_PatientSize,
                               DCM_PatientWeight,
                               DCM_Occupation,
                               DCM_AdditionalPatientHistory,
                               DCM_AdmissionID};
const std::array sequence_tags{DCM_IssuerOfPatientIDQualifiersSequence, DCM_OtherPatientIDsSequence,
                               DCM_IssuerOfAccessionNumberSequence, DCM_ProcedureCodeSequence,
                               DCM_DeidentificationMethodCodeSequence};

constexpr std::size_t most_bytes = std::size_t{44} << 20;  // as base64 it still fits a frame

SourceInstance instance_of(DcmDataset& dataset) {
  return {find_text(dataset, DCM_StudyInstanceUID), find_text(dataset, DCM_SeriesInstanceUID),
          find_text(dataset, DCM_SOPClassUID), find_text(dataset, DCM_SOPInstanceUID)};
}

bool is_uid(const std::string& text) {
  return !text.empty() && text.size() <= 64 && text.find_first_not_of("0123456789.") == text.npos;
}

ParsedFile read_header(const std::string& file) {
  ParsedFile parsed;
  // The pixels may be damaged or large, and do not matter here.
  const OFCondition status = parsed.format->loadFileUntilTag(file.c_str(), EXS_Unknown, EGL_noChange, 4096,
                                                             ERM_autoDetect, DCM_PixelData);
  if (status.bad())
    throw Error(Reason::bad_header, std::string("the header cannot be read: ") + status.text());
  return parsed;
}

void for_each_text(DcmItem& item, const std::function<void(DcmElement&, const std::string&)>& take) {
  DcmObject* child = nullptr;
  while ((child = item.nextInContainer(child)) != nullptr) {
    if (auto* sequence = dynamic_cast<DcmSequenceOfItems*>(child)) {
      for (unsigned long i = 0; i < sequence->card(); ++i) for_each_text(*sequence->getItem(i), take);
    } else if (auto* element = dynamic_cast<DcmElement*>(child); element && element->isaString()) {
      take(*element, find_text(item, element->getTag()));
    }
  }
}

/// A copy of a sequence; nothing where the source has none or it is not what the dictionary says.
std::unique_ptr<DcmItem> sequence_copy(DcmItem& source, const DcmTagKey& tag) {
  DcmSequenceOfItems* found = nullptr;
  if (source.findAndGetSequence(tag, found).bad() || !found || found->card() == 0) return nullptr;
  if (found->card() > 16 || sequence_depth(source, 4) > 4) return nullptr;
  auto holder = std::make_unique<DcmItem>();
  if (holder->insert(static_cast<DcmElement*>(found->clone())).bad()) return nullptr;
  return holder;
}

void copy_sequence(DcmItem& source, const DcmTagKey& tag, const ObjectText& text, DcmItem& object) {
  const std::unique_ptr<DcmItem> copy = sequence_copy(source, tag);
  if (!copy) return;
  for_each_text(*copy, [&](DcmElement& element, const std::string& bytes) {
    element.putString(text.copied(bytes).c_str());
  });
  DcmElement* moved = copy->remove(tag);
  if (object.insert(moved, OFTrue).bad()) delete moved;
}

void put(DcmItem& object, const DcmTagKey& tag, const std::string& value) {
  object.putAndInsertString(tag, value.c_str());
}

/// Seconds of "+0800"; nothing where it is no offset (PS3.3, C.12.1.1.8).
std::optional<std::chrono::minutes> utc_offset(const std::string& text) {
  if (text.size() != 5 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  if (text.find_first_not_of("0123456789", 1) != text.npos) return std::nullopt;
  const int minutes = std::stoi(text.substr(1, 2)) * 60 + std::stoi(text.substr(3, 2));
  if (minutes > 14 * 60) return std::nullopt;
  return std::chrono::minutes(text[0] == '-' ? -minutes : minutes);
}

/// YYYYMMDDHHMMSS, `offset` later.
std::string shifted(const std::string& stamp, std::chrono::minutes offset) {
  using namespace std::chrono;
  const auto number = [&](std::size_t at, std::size_t n) { return std::stoi(stamp.substr(at, n)); };
  const sys_days day = year(number(0, 4)) / month(static_cast<unsigned>(number(4, 2))) /
                       std::chrono::day(static_cast<unsigned>(number(6, 2)));
  const sys_seconds moment =
      day + hours(number(8, 2)) + minutes(number(10, 2)) + seconds(number(12, 2)) + offset;
  const sys_days date = floor<days>(moment);
  const year_month_day parts(date);
  const hh_mm_ss time(moment - date);
  char text[24];
  std::snprintf(text, sizeof text, "%04d%02u%02u%02d%02d%02d", static_cast<int>(parts.year()),
                static_cast<unsigned>(parts.month()), static_cast<unsigned>(parts.day()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()));
  return text;
}

/// The run's time by the clock of the study, so that the result does not seem older than the images.
void put_times(const SourceStudy& source, const RunTime& time, DcmItem& object) {
  const std::string offset_text = find_text(source.first.dataset(), DCM_TimezoneOffsetFromUTC);
  const auto offset = utc_offset(offset_text);
  const std::string stamp = offset ? shifted(time.utc, *offset) : time.local;
  if (offset) put(object, DCM_TimezoneOffsetFromUTC, offset_text);
  for (const DcmTagKey& tag : {DCM_ContentDate, DCM_SeriesDate, DCM_InstanceCreationDate})
    put(object, tag, stamp.substr(0, 8));
  for (const DcmTagKey& tag : {DCM_ContentTime, DCM_SeriesTime, DCM_InstanceCreationTime})
    put(object, tag, stamp.substr(8));
}

void put_equipment(const ReportedStudy& study, const ObjectText& text, DcmItem& object) {
  put(object, DCM_Manufacturer, "radbatch");
  put(object, DCM_ManufacturerModelName, text.own(short_text(study.algorithm.name)));
  put(object, DCM_DeviceSerialNumber, std::string(version()));
  put(object, DCM_SoftwareVersions,
      "radbatch " + std::string(version()) + "\\" + text.own(short_text(study.algorithm.version)));
}

std::string bytes_of(DcmFileFormat& format) {
  constexpr E_TransferSyntax syntax = EXS_LittleEndianExplicit;
  if (format.validateMetaInfo(syntax, EWM_createNewMeta).bad())
    throw Error(ExitCode::internal, "the object's meta header cannot be made");
  const std::size_t room = format.calcElementLength(syntax, EET_ExplicitLength) + (std::size_t{1} << 16);
  if (room > most_bytes)
    throw Error(Reason::too_large, "the object has " + human_bytes(static_cast<double>(room)));
  std::string bytes(room, '\0');
  DcmOutputBufferStream stream(bytes.data(), static_cast<offile_off_t>(room));
  format.transferInit();
  const OFCondition status = format.write(stream, syntax, EET_ExplicitLength, nullptr, EGL_recalcGL);
  format.transferEnd();
  void* begin = nullptr;
  offile_off_t length = 0;
  stream.flushBuffer(begin, length);
  if (status.bad())
    throw Error(ExitCode::internal, std::string("the object cannot be written: ") + status.text());
  bytes.resize(static_cast<std::size_t>(length));
  return bytes;
}

}  // namespace

SourceStudy read_source_study(std::span<const std::string> files) {
  SourceStudy source;
  for (std::size_t i = 0; i < files.size(); ++i) {
    ParsedFile file = read_header(files[i]);
    const SourceInstance instance = instance_of(file.dataset());
    for (const std::string& uid : {instance.study, instance.series, instance.sop_class, instance.instance}) {
      if (is_uid(uid)) continue;
      throw Error(Reason::bad_header, "file " + std::to_string(i + 1) + " of " +
                                          std::to_string(files.size()) +
                                          " has no study, series, SOP class or SOP instance UID to refer to");
    }
    source.instances.push_back(instance);
    if (i == 0) source.first.format = std::move(file.format);
  }
  if (files.empty()) throw Error(Reason::no_series, "there is no image to refer to");
  return source;
}

std::vector<std::string> study_texts(const SourceStudy& source) {
  DcmDataset& dataset = source.first.dataset();
  std::vector<std::string> texts;
  for (const DcmTagKey& tag : required_tags) texts.push_back(find_text(dataset, tag));
  for (const DcmTagKey& tag : optional_tags) texts.push_back(find_text(dataset, tag));
  for (const DcmTagKey& tag : sequence_tags) {
    const std::unique_ptr<DcmItem> copy = sequence_copy(dataset, tag);
    if (copy) for_each_text(*copy, [&](DcmElement&, const std::string& text) { texts.push_back(text); });
  }
  return texts;
}

void put_study(const SourceStudy& source, const ReportedStudy& study, const ObjectText& text,
               DcmItem& object) {
  DcmDataset& dataset = source.first.dataset();
  object.findAndDeleteElement(DCM_SpecificCharacterSet);
  object.findAndDeleteElement(DCM_InstanceCreatorUID);
  if (!text.character_set().empty()) put(object, DCM_SpecificCharacterSet, text.character_set());
  put(object, DCM_StudyInstanceUID, source.study_uid());
  for (const DcmTagKey& tag : required_tags) put(object, tag, text.copied(find_text(dataset, tag)));
  for (const DcmTagKey& tag : optional_tags) {
    object.findAndDeleteElement(tag);
    if (const std::string value = find_text(dataset, tag); !value.empty())
      put(object, tag, text.copied(value));
  }
  for (const DcmTagKey& tag : sequence_tags) copy_sequence(dataset, tag, text, object);
  // PS3.3, table C.7-1: who says that the identity is removed has to say how.
  const bool says_how = object.tagExistsWithValue(DCM_DeidentificationMethod) ||
                        object.tagExistsWithValue(DCM_DeidentificationMethodCodeSequence);
  if (find_text(object, DCM_PatientIdentityRemoved) == "YES" && !says_how)
    put(object, DCM_DeidentificationMethod, "not stated by the images");
  put(object, DCM_SeriesDescription, text.own(short_text(study.series_description)));
  put_equipment(study, text, object);
  put_times(source, study.time, object);
}

std::string finished_object(const SourceStudy& source, const ReportedStudy& study, DcmFileFormat& format) {
  DcmDataset& object = *format.getDataset();
  const std::string modality = find_text(object, DCM_Modality);
  const std::vector<std::string> series{modality,
                                        source.study_uid(),
                                        study.algorithm.name,
                                        study.algorithm.version,
                                        join(study.algorithm.parameters, "\n"),
                                        study.time.utc};
  put(object, DCM_SeriesInstanceUID, derived_uid(join(series, "\n")));
  object.findAndDeleteElement(DCM_SOPInstanceUID);
  object.putAndInsertString(DCM_SOPInstanceUID, "2.25.0");
  put(object, DCM_SOPInstanceUID, derived_uid(bytes_of(format)));
  return bytes_of(format);
}

}  // namespace radbatch
