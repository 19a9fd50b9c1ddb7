// What a hospital's systems are told about one case: the content of a DICOM structured report and of the
// pictures beside it. Made by the tool from a run folder, turned into DICOM by the image worker.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "radbatch/base/json.hpp"

namespace radbatch {

/// The scheme of findings whose model declares no code (PS3.16, 8: private designators begin with 99).
inline constexpr std::string_view PRIVATE_CODING_SCHEME = "99RADBATCH";

/// PS3.3, 8.8: (69536005, SCT, "Head structure").
struct CodedConcept {
  std::string value, scheme, meaning;
  bool operator==(const CodedConcept&) const = default;
};

/// "SCT:69536005" or "SCT:69536005:Head structure", as radbatch.json has it; `name` is the meaning where
/// the code has none. Nothing when it is no such text or one of its parts does not fit DICOM.
std::optional<CodedConcept> parse_concept(std::string_view code, std::string_view name);
/// Of a finding without a code: (label, 99RADBATCH, name).
CodedConcept private_concept(std::string_view label, std::string_view name);
/// What fits an attribute of VR LO: no backslash, no control character, at most 64 characters.
std::string short_text(std::string_view utf8);

/// A number about one finding.
struct ReportedFinding {
  std::string label;  ///< slug; of several heads <head>_<slug>
  CodedConcept coded;
  std::string value;  ///< decimal text, as predictions.csv has it
  bool is_probability = true;
  std::optional<bool> decision;  ///< at the threshold of the model; nothing: none is declared
};

/// The class that a multi-class or ordinal head gives.
struct ReportedClass {
  CodedConcept head, finding;
};

struct ReportedAlgorithm {
  std::string name, version;
  std::vector<std::string> parameters;  ///< "model sha256: ..."
};

/// When the run began, as YYYYMMDDHHMMSS. `local` is by the clock of the machine that exports; it is used for
/// studies that do not say their offset from UTC.
struct RunTime {
  std::string utc, local;
};

/// The members that a report and a picture share.
struct ReportedStudy {
  std::vector<std::string> files;  ///< absolute; every file of the images that the scores are made of
  ReportedAlgorithm algorithm;
  RunTime time;
  std::string series_description;
};

struct ReportedResult {
  ReportedStudy study;
  std::vector<ReportedFinding> findings;
  std::vector<ReportedClass> classes;
};

struct ReportedPicture {
  ReportedStudy study;
  std::string picture;         ///< absolute path of a PNG
  std::string derivation;      ///< how it came about, in words
  bool may_show_text = false;  ///< the source's pixels may hold a name: BurnedInAnnotation is YES
  int number = 1;              ///< InstanceNumber
};

Json to_json(const ReportedResult& result);
Json to_json(const ReportedPicture& picture);
/// Throw Json::exception when a member is missing or of the wrong type.
ReportedResult reported_result_from_json(const Json& json);
ReportedPicture reported_picture_from_json(const Json& json);

}  // namespace radbatch
