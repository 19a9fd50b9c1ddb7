#include "radbatch/study/derived_fields.hpp"

#include <doctest/doctest.h>

#include "error_text.hpp"
#include "radbatch/study/attributes.hpp"
#include "radbatch/study/image_hints.hpp"
#include "records.hpp"

using namespace radbatch;
using namespace radbatch::test;

namespace {

std::string value(const Guess& guess) {
  return guess ? guess->value : "nothing";
}

std::string kernel(const std::string& vendor, const std::string& name) {
  return value(kernel_class({{"Modality", "CT"}, {"Manufacturer", vendor}, {"ConvolutionKernel", name}}));
}

std::string mr(const std::string& description, Json more = Json::object()) {
  more["Modality"] = "MR";
  if (!description.empty()) more["SeriesDescription"] = description;
  return value(mr_contrast(more));
}

std::string phase(const std::string& description) {
  return value(contrast_phase({{"Modality", "CT"}, {"SeriesDescription", description}}));
}

std::string view(Json header) {
  if (!header.contains("Modality")) header["Modality"] = "DX";
  return value(projection_view(header));
}

std::string part(const Json& header) {
  return value(body_part(header));
}

}  // namespace

TEST_CASE("kernels by their vendors' names") {
  CHECK(kernel("SIEMENS", "H30s") == "soft");
  CHECK(kernel("SIEMENS", "H60s") == "bone");
  CHECK(kernel("SIEMENS", "I41f\\3") == "soft");
  CHECK(kernel("Siemens Healthineers", "Bl57f") == "lung");
  CHECK(kernel("Siemens Healthineers", "Br40d") == "soft");
  CHECK(kernel("SIEMENS", "B50f") == "sharp");
  CHECK(kernel("GE MEDICAL SYSTEMS", "STANDARD") == "soft");
  CHECK(kernel("GE MEDICAL SYSTEMS", "BONEPLUS") == "bone");
  CHECK(kernel("GE MEDICAL SYSTEMS", "LUNG") == "lung");
  CHECK(kernel("Philips", "UB") == "soft");
  CHECK(kernel("Philips", "D") == "bone");
  CHECK(kernel("Philips", "YA") == "nothing");
  CHECK(kernel("TOSHIBA", "FC21") == "soft");
  CHECK(kernel("TOSHIBA", "FC30") == "bone");
  CHECK(kernel("Canon Medical Systems", "FC52") == "lung");
  CHECK(kernel("UIH", "B_SHARP_C") == "sharp");
  CHECK(kernel("", "SMOOTH 3") == "soft");
  CHECK(value(kernel_class({{"Modality", "CT"}, {"SeriesDescription", "头颅 骨窗"}})) == "bone");
  CHECK(value(kernel_class({{"Modality", "MR"}, {"ConvolutionKernel", "H30s"}})) == "nothing");
}

TEST_CASE("MR contrasts by description") {
  CHECK(mr("AX T1 SE") == "T1");
  CHECK(mr("t1_mprage_sag_p2_iso+C") == "T1c");
  CHECK(mr("AX T1 POST GD FS") == "T1c");
  CHECK(mr("T1 pre contrast", {{"ContrastBolusAgent", "Gadovist"}}) == "T1");
  CHECK(mr("AX T1 SE", {{"ContrastBolusAgent", "Gadovist"}}) == "T1c");
  CHECK(mr("AX T1 SE", {{"ContrastBolusAgent", "NONE"}}) == "T1");
  CHECK(mr("t2_tse_tra") == "T2");
  CHECK(mr("AX T2 FLAIR") == "FLAIR");
  CHECK(mr("Sag T1 FLAIR") == "T1");
  CHECK(mr("t2_tirm_tra_dark-fluid") == "FLAIR");
  CHECK(mr("AX T2* GRE") == "T2star");
  CHECK(mr("ep2d_diff_3scan_trace") == "DWI");
  CHECK(mr("ep2d_diff_ADC") == "ADC");
  CHECK(mr("DWI", {{"ImageType", "DERIVED\\PRIMARY\\DIFFUSION\\ADC"}}) == "ADC");
  CHECK(mr("SWI_Images") == "SWI");
  CHECK(mr("PD T2 dual", {{"EchoTime", 15}}) == "PD");
  CHECK(mr("PD T2 dual", {{"EchoTime", 90}}) == "T2");
  CHECK(mr("T1 增强") == "T1c");
  CHECK(mr("3D TOF") == "MRA");
  CHECK(mr("localizer") == "nothing");
}

TEST_CASE("MR contrasts by times where the description says nothing") {
  CHECK(mr("", {{"ScanningSequence", "SE"}, {"EchoTime", 12}, {"RepetitionTime", 500}}) == "T1");
  CHECK(mr("axial", {{"ScanningSequence", "SE"}, {"EchoTime", 100}, {"RepetitionTime", 4000}}) == "T2");
  CHECK(mr("", {{"ScanningSequence", "SE\\IR"},
                {"EchoTime", 120},
                {"RepetitionTime", 9000},
                {"InversionTime", 2500}}) == "FLAIR");
  CHECK(mr("", {{"ScanningSequence", "GR\\IR"},
                {"EchoTime", 3},
                {"RepetitionTime", 2000},
                {"InversionTime", 900}}) == "T1");
  CHECK(mr("", {{"ScanningSequence", "GR"}, {"EchoTime", 5}, {"RepetitionTime", 30}}) == "nothing");
}

TEST_CASE("contrast phases, and none where two are named") {
  CHECK(phase("Abdomen nativ 5mm") == "native");
  CHECK(phase("ABD WITHOUT") == "native");
  CHECK(phase("Liver arterial phase") == "arterial");
  CHECK(phase("LATE ARTERIAL") == "arterial");
  CHECK(phase("PORTAL VENOUS 3.0") == "portal-venous");
  CHECK(phase("腹部 静脉期") == "portal-venous");
  CHECK(phase("Delayed 5 min") == "delayed");
  CHECK(phase("arterial + venous") == "nothing");
  CHECK(phase("Abdomen 5mm") == "nothing");
}

TEST_CASE("views by header before description") {
  CHECK(view({{"ViewPosition", "PA"}}) == "PA");
  CHECK(view({{"ViewPosition", "LL"}}) == "lateral");
  CHECK(view({{"ViewCodeSequence", "postero-anterior"}}) == "PA");
  CHECK(view({{"PatientOrientation", "L\\F"}}) == "frontal");
  CHECK(view({{"PatientOrientation", "A\\F"}, {"SeriesDescription", "Chest PA"}}) == "lateral");
  CHECK(view({{"PatientOrientation", "L\\F"}, {"SeriesDescription", "W033 Chest AP"}}) == "AP");
  CHECK(view({{"SeriesDescription", "CHEST PA + LAT"}}) == "nothing");
  CHECK(view({{"SeriesDescription", "胸部正位"}}) == "frontal");
  CHECK(view({{"Modality", "MG"}, {"ViewPosition", "MLO"}}) == "MLO");
  CHECK(view({{"Modality", "MG"}, {"SeriesDescription", "R CC"}}) == "CC");
  CHECK(view({{"Modality", "CT"}, {"SeriesDescription", "AP"}}) == "nothing");
}

TEST_CASE("body parts") {
  CHECK(part({{"BodyPartExamined", "SKULL"}}) == "head");
  CHECK(part({{"BodyPartExamined", "TOE"}}) == "toe");
  CHECK(part({{"StudyDescription", "CT Thorax/Abdomen"}}) == "chest\\abdomen");
  CHECK(part({{"SeriesDescription", "头颅平扫"}}) == "head");
  CHECK(part(Json::object()) == "nothing");
}

TEST_CASE("seconds run from the first acquisition of the case, across midnight and without dates") {
  const auto seconds = [](const Json& a, const Json& b) {
    const Case one = cohort_of(series_of("1", 2, 3, a) + series_of("2", 2, 3, b)).cases.at(0);
    return one.candidates[1].attributes.value("s_since_first_acquisition", -1.0);
  };
  CHECK(seconds({{"AcquisitionDate", "20260131"}, {"AcquisitionTime", "235950.50"}},
                {{"AcquisitionDate", "20260201"}, {"AcquisitionTime", "000020"}}) == 29.5);
  CHECK(seconds({{"AcquisitionTime", "101500"}}, {{"AcquisitionTime", "1016"}}) == 60);
  CHECK(seconds({{"AcquisitionDateTime", "20260131101500.0"}}, {{"AcquisitionDateTime", "20260131101601"}}) ==
        61);
  CHECK(seconds(Json::object(), Json::object()) == -1);
}

TEST_CASE("an assumption fills what is missing, counts for what is derived from it, and says so") {
  std::vector<FileRecord> records{image_file("a.nii.gz", FileKind::nifti)};
  CaseOptions options;
  options.assumed = {{"Modality", "CT"}, {"ConvolutionKernel", "FC21"}};
  const Candidate image = cohort_of(records, options).cases.at(0).candidates.at(0);
  CHECK(text_of(image.attributes, "kernel_class") == "soft");
  CHECK(source_of(image.attributes, "kernel_class") == "rule");
  CHECK(source_of(image.attributes, "Modality") == "user");
  CHECK(text_of(image.source.attributes, "Modality") == "CT");
  const Candidate slices =
      cohort_of(series_of("1", 2, 3, {{"Modality", "MR"}}), options).cases.at(0).candidates.at(0);
  CHECK(text_of(slices.attributes, "Modality") == "MR");
  CHECK(source_of(slices.attributes, "Modality") == "header");
  CHECK(source_of(slices.attributes, "n_slices") == "header");
  CHECK(source_of(slices.attributes, "view") == "");
}

TEST_CASE("what can be assumed") {
  CHECK(parse_assumption("Modality=CT") == std::pair<std::string, std::string>("Modality", "CT"));
  CHECK(error_of([] { parse_assumption("Modalty=CT"); }) ==
        "2: 'Modalty' cannot be assumed [did you mean Modality?]");
  CHECK(error_of([] { parse_assumption("Modality"); }) ==
        "2: expected KEYWORD=VALUE, not 'Modality' [e.g. --assume Modality=CT]");
}
