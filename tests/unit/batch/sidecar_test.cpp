#include "radbatch/batch/sidecar.hpp"

#include <doctest/doctest.h>

#include "radbatch/base/version.hpp"

using namespace radbatch;

TEST_CASE("a sidecar has dcm2niix's keys, units and types") {
  const Json sidecar = sidecar_of({{"Modality", "MR"},
                                   {"Manufacturer", "SIEMENS"},
                                   {"ManufacturerModelName", "Avanto"},
                                   {"EchoTime", 2.97},
                                   {"RepetitionTime", 1900},
                                   {"ImageType", "ORIGINAL\\PRIMARY\\M\\ND"},
                                   {"AcquisitionMatrix", {0, 320, 256, 0}},
                                   {"InPlanePhaseEncodingDirection", "ROW"},
                                   {"SequenceVariant", "SK\\SP"},
                                   {"Rows", 448},
                                   {"Columns", 512},
                                   {"EchoTrainLength", 1},
                                   {"slice_step_mm", 1.5}},
                                  false);
  CHECK(sidecar == Json{{"Modality", "MR"},
                        {"Manufacturer", "Siemens"},
                        {"ManufacturersModelName", "Avanto"},
                        {"EchoTime", 0.00297},
                        {"RepetitionTime", 1.9},
                        {"ImageType", {"ORIGINAL", "PRIMARY", "M", "ND"}},
                        {"AcquisitionMatrixPE", 256},
                        {"ReconMatrixPE", 512},
                        {"InPlanePhaseEncodingDirectionDICOM", "ROW"},
                        {"PhaseEncodingAxis", "i"},
                        {"SequenceVariant", "SK\\SP"},
                        {"SpoilingState", true},
                        {"NonlinearGradientCorrection", false},
                        {"ConversionSoftware", "radbatch-convert"},
                        {"ConversionSoftwareVersion", version()}});
}

TEST_CASE("CT and PET keys") {
  const Json ct = sidecar_of(
      {{"Modality", "CT"}, {"Exposure", 253}, {"ExposureTime", 330}, {"BodyPartExamined", "HEAD"}}, false);
  CHECK(ct["XRayExposure"] == 253);
  CHECK(ct["ExposureTime"] == 0.33);
  CHECK(ct["BodyPart"] == "HEAD");
  const Json pet =
      sidecar_of({{"Modality", "PT"}, {"Units", "BQML"}, {"RadionuclideTotalDose", 3.5e8}}, false);
  CHECK(pet["Units"] == "Bq/mL");
  CHECK(pet["InjectedRadioactivityUnits"] == "Bq");
}

TEST_CASE("what identifies stays out unless it is asked for") {
  const Json header = {
      {"PatientName", "Doe"}, {"AcquisitionDate", "20200101"}, {"StudyInstanceUID", "1.2"}, {"KVP", 120}};
  CHECK(sidecar_of(header, false).size() == 3);
  CHECK(sidecar_of(header, true)["PatientName"] == "Doe");
  CHECK(sidecar_of(header, true)["StudyInstanceUID"] == "1.2");
}
