#include "radbatch/dicom/structured_report.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmsr/cmr/tid1500.h>
#include <dcmtk/dcmsr/codes/dcm.h>
#include <dcmtk/dcmsr/dsrdoc.h>

#include "radbatch/base/error.hpp"
#include "radbatch/base/version.hpp"
#include "radbatch/dicom/derived_uid.hpp"
#include "radbatch/dicom/object_text.hpp"
#include "radbatch/dicom/source_study.hpp"

namespace radbatch {
namespace {

using Measurements = TID1500_MeasurementReport::TID1501_Measurements;
using Units = CID7181_AbstractMultiDimensionalImageModelComponentUnits;
using Procedures = CID100_QuantitativeDiagnosticImagingProcedures;

constexpr std::size_t most_named_images = 8;
constexpr const char* series_number = "9000";

void check(const OFCondition& status, const char* what) {
  if (status.bad())
    throw Error(ExitCode::internal,
                std::string("the report's ") + what + " cannot be written: " + status.text());
}

/// What is said of a finding in which words: ours are encoded as the study's.
class ReportWriter {
 public:
  ReportWriter(const ReportedResult& result, const SourceStudy& source, const ObjectText& text)
      : result_(result), source_(source), text_(text) {}

  void fill(DSRDocument& document) {
    TID1500_MeasurementReport report(CID7021_MeasurementReportDocumentTitles::ImagingMeasurementReport);
    check(report.setLanguage(CID5000_Languages::English), "language");
    check(report.getObservationContext().addDeviceObserver(
              derived_uid("radbatch " + result_.study.algorithm.name + " " + result_.study.algorithm.version)
                  .c_str(),
              "radbatch", "radbatch", own(result_.study.algorithm.name), std::string(version()).c_str()),
          "observer");
    check(report.addProcedureReported(procedure()), "procedure");
    add_images(report.getImageLibrary());
    for (const ReportedFinding& finding : result_.findings) add_finding(report, finding);
    for (const ReportedClass& one : result_.classes)
      check(report.addQualitativeEvaluation(code(one.head), code(one.finding), OFFalse), "class");
    check(document.setTreeFromRootTemplate(report, OFTrue), "content");
    check(document.changeDocumentType(DSRTypes::DT_Comprehensive3DSR), "type");
    add_algorithm(document.getTree());
    add_evidence(document);
    add_coding_scheme(document);
  }

 private:
  OFString own(const std::string& utf8) const { return text_.own(utf8).c_str(); }

  DSRCodedEntryValue code(const CodedConcept& coded) const {
    return {coded.value.c_str(), coded.scheme.c_str(), own(coded.meaning), DSRTypes::CVT_auto, OFFalse};
  }

  Procedures procedure() const {
    const std::string modality = find_text(source_.first.dataset(), DCM_Modality);
    if (modality == "CT") return Procedures::CTUnspecifiedBodyRegion;
    if (modality == "MR") return Procedures::MRIUnspecifiedBodyRegion;
    if (modality == "NM") return Procedures::NMUnspecifiedBodyRegion;
    if (modality == "PT") return Procedures::PETUnspecifiedBodyRegion;
    return Procedures::ImagingProcedure;
  }

  /// A group for each series, in the order of the files.
  void add_images(TID1600_ImageLibrary& library) const {
    check(library.createNewImageLibrary(), "image library");
    std::string series;
    for (const SourceInstance& instance : source_.instances) {
      if (instance.series != series) check(library.addImageGroup(), "image group");
      series = instance.series;
      DcmDataset image;
      image.putAndInsertString(DCM_SOPClassUID, instance.sop_class.c_str());
      image.putAndInsertString(DCM_SOPInstanceUID, instance.instance.c_str());
      check(library.addImageEntry(image, TID1600_ImageLibrary::withoutDescriptors), "image reference");
    }
  }

  void add_finding(TID1500_MeasurementReport& report, const ReportedFinding& finding) const {
    check(report.addIndividualMeasurements(), "measurement group");
    Measurements& group = report.getIndividualMeasurements();
    check(group.setTrackingIdentifier(own(finding.label)), "tracking identifier");
    check(group.setTrackingUniqueIdentifier(
              derived_uid(source_.study_uid() + "\n" + result_.study.algorithm.name + "\n" + finding.label)
                  .c_str()),
          "tracking identifier");
    check(group.setFinding(code(finding.coded), OFFalse), "finding");
    const DSRCodedEntryValue probability(CODE_DCM_Probability);
    const Units unit(finding.is_probability ? Units::NoUnits : Units::ArbitraryUnit);
    check(group.addMeasurement(finding.is_probability ? probability : code(finding.coded),
                               Measurements::MeasurementValue(finding.value.c_str(), unit), OFTrue, OFFalse),
          "number");
    name_images(group.getMeasurement());
    if (finding.decision) {
      const DSRCodedEntryValue present("52101004", "SCT", "Present"), absent("2667000", "SCT", "Absent");
      check(
          group.addQualitativeEvaluation(code(finding.coded), *finding.decision ? present : absent, OFFalse),
          "decision");
    }
  }

  void name_images(Measurements::TID300_Measurement& measurement) const {
    if (source_.instances.size() > most_named_images) return;
    for (const SourceInstance& one : source_.instances) {
      const DSRImageReferenceValue image(one.sop_class.c_str(), one.instance.c_str(), OFFalse);
      check(measurement.addImage(CODE_DCM_SourceOfMeasurement, image, OFFalse), "image reference");
    }
  }

  /// TID 4019 in every measurement group, which DCMTK's class does not offer.
  void add_algorithm(DSRDocumentTree& tree) const {
    for (size_t group = tree.gotoNamedNode(CODE_DCM_MeasurementGroup); group > 0;
         group = tree.gotoNextNamedNode(CODE_DCM_MeasurementGroup)) {
      const ReportedAlgorithm& algorithm = result_.study.algorithm;
      add_line(tree, CODE_DCM_AlgorithmName, algorithm.name, DSRTypes::AM_belowCurrent);
      add_line(tree, CODE_DCM_AlgorithmVersion, algorithm.version, DSRTypes::AM_afterCurrent);
      for (const std::string& parameter : algorithm.parameters)
        add_line(tree, CODE_DCM_AlgorithmParameters, parameter, DSRTypes::AM_afterCurrent);
      tree.gotoNode(group);
    }
  }

  void add_line(DSRDocumentTree& tree, const DSRCodedEntryValue& name, const std::string& value,
                DSRTypes::E_AddMode where) const {
    if (tree.addContentItem(DSRTypes::RT_hasConceptMod, DSRTypes::VT_Text, where) == 0)
      throw Error(ExitCode::internal, "the report's algorithm cannot be written");
    check(tree.getCurrentContentItem().setConceptName(name), "algorithm");
    check(tree.getCurrentContentItem().setStringValue(own(value), OFFalse), "algorithm");
  }

  /// Images of other studies than the report's are the other evidence (PS3.3, C.17.2).
  void add_evidence(DSRDocument& document) const {
    for (const SourceInstance& one : source_.instances) {
      DSRSOPInstanceReferenceList& list = one.study == source_.study_uid()
                                              ? document.getCurrentRequestedProcedureEvidence()
                                              : document.getPertinentOtherEvidence();
      check(list.addItem(one.study.c_str(), one.series.c_str(), one.sop_class.c_str(), one.instance.c_str(),
                         OFFalse),
            "evidence");
    }
  }

  void add_coding_scheme(DSRDocument& document) const {
    const OFString scheme(std::string(PRIVATE_CODING_SCHEME).c_str());
    DSRCodingSchemeIdentificationList& schemes = document.getCodingSchemeIdentification();
    check(schemes.addItem(scheme), "coding scheme");
    check(schemes.setCodingSchemeName("Findings of the model named in this report, by radbatch"),
          "coding scheme");
  }

  const ReportedResult& result_;
  const SourceStudy& source_;
  const ObjectText& text_;
};

/// Everything of ours that a report may hold.
std::vector<std::string> words_of(const ReportedResult& result) {
  const ReportedAlgorithm& algorithm = result.study.algorithm;
  std::vector<std::string> words{result.study.series_description, algorithm.name, algorithm.version};
  words.insert(words.end(), algorithm.parameters.begin(), algorithm.parameters.end());
  for (const ReportedFinding& finding : result.findings)
    words.push_back(finding.coded.meaning + finding.label);
  for (const ReportedClass& one : result.classes) words.push_back(one.head.meaning + one.finding.meaning);
  return words;
}

}  // namespace

std::string structured_report(const ReportedResult& result) {
  const SourceStudy source = read_source_study(result.study.files);
  const ObjectText text(find_text(source.first.dataset(), DCM_SpecificCharacterSet), study_texts(source),
                        words_of(result));
  DSRDocument document;
  ReportWriter(result, source, text).fill(document);
  check(document.setSeriesNumber(series_number), "series number");
  check(document.completeDocument(), "state");
  check(document.setPreliminaryFlag(DSRTypes::PF_Preliminary), "state");
  DcmFileFormat format;
  check(document.write(*format.getDataset()), "content");
  put_study(source, result.study, text, *format.getDataset());
  return finished_object(source, result.study, format);
}

}  // namespace radbatch
