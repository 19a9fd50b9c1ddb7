// What a new object takes over from the images it is about. Internal to the module.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "radbatch/dicom/dataset.hpp"
#include "radbatch/study/reported_result.hpp"

namespace radbatch {

struct SourceInstance {
  std::string study, series, sop_class, instance;  ///< UIDs
};

struct SourceStudy {
  ParsedFile first;                       ///< the header of the first file
  std::vector<SourceInstance> instances;  ///< of all files, in their order

  const std::string& study_uid() const { return instances.front().study; }
};

/// Reads the headers. Throws Error(Reason::bad_header) for a file that is no DICOM image with its UIDs, and
/// Error(Reason::io).
SourceStudy read_source_study(std::span<const std::string> files);

/// The texts of patient and study that put_study() copies, as stored.
std::vector<std::string> study_texts(const SourceStudy& source);

class ObjectText;

/// Puts the modules Patient, General Study and Patient Study of the source, series and equipment, the time of
/// the run and SpecificCharacterSet into `object`; what stands there is replaced.
void put_study(const SourceStudy& source, const ReportedStudy& study, const ObjectText& text,
               DcmItem& object);

/// Sets the UIDs and returns the object as the bytes of a DICOM file (explicit little endian). The series is
/// that of all objects of this modality for one study and model; the SOPInstanceUID is a digest of everything
/// else, so that equal content gives equal bytes.
std::string finished_object(const SourceStudy& source, const ReportedStudy& study, DcmFileFormat& format);

}  // namespace radbatch
