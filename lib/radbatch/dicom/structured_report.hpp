// The scores of a case as a DICOM Comprehensive 3D SR: TID 1500 "Measurement Report" (PS3.16), written with
// DCMTK's classes for it.
#pragma once

#include <string>

#include "radbatch/study/reported_result.hpp"

namespace radbatch {

/// The bytes of a DICOM file.
///
/// One Measurement Group (TID 1501) for each finding: the finding's code, its number as (122157, DCM,
/// "Probability") with UCUM unit 1 (a regression: under the finding's own code, in arbitrary units), where
/// the model declares a threshold a qualitative evaluation Present or Absent, and the algorithm (TID 4019).
/// The class of a multi-class head is a qualitative evaluation of the report. All files are in the evidence
/// sequence and the image library; measurements name the images themselves where there are at most eight.
/// Patient and study are those of the first file. The same content gives the same bytes.
/// Throws Error(Reason) when a header cannot be referred to.
std::string structured_report(const ReportedResult& result);

}  // namespace radbatch
