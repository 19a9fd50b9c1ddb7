#include "radbatch/dicom/real_world_map.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <algorithm>
#include <optional>
#include <string>

#include "radbatch/dicom/dataset.hpp"

namespace radbatch {
namespace {

DcmItem* first_item(std::span<DcmItem* const> places, const DcmTagKey& sequence) {
  for (DcmItem* place : places) {
    DcmItem* found = nullptr;
    if (place->findAndGetSequenceItem(sequence, found, 0).good() && found != nullptr) return found;
  }
  return nullptr;
}

/// The number of a data set itself, or of the Pixel Value Transformation macro.
double rescale_of(std::span<DcmItem* const> places, const DcmTagKey& tag, double absent) {
  DcmItem* macro = first_item(places, DCM_PixelValueTransformationSequence);
  DcmItem* where = macro != nullptr ? macro : places.front();
  return find_number(*where, tag).value_or(absent);
}

}  // namespace

void add_real_world_map(std::span<DcmItem* const> places, Json& header) {
  DcmItem* map = first_item(places, DCM_RealWorldValueMappingSequence);
  if (map == nullptr) return;
  const auto slope = find_number(*map, DCM_RealWorldValueSlope);
  const auto intercept = find_number(*map, DCM_RealWorldValueIntercept);
  if (slope) header["RealWorldValueSlope"] = *slope;
  if (intercept) header["RealWorldValueIntercept"] = *intercept;
  DcmItem* const units[] = {map};
  if (DcmItem* unit = first_item(units, DCM_MeasurementUnitsCodeSequence)) {
    const std::string code = find_text(*unit, DCM_CodeValue);
    // UCUM is ASCII without spaces.
    const bool is_code = std::ranges::all_of(code, [](char c) { return c > ' ' && c < '\x7f'; });
    if (is_code && !code.empty()) header["RealWorldValueUnits"] = code;
  }
  header["RealWorldValuesApplied"] = slope && intercept &&
                                     *slope == rescale_of(places, DCM_RescaleSlope, 1) &&
                                     *intercept == rescale_of(places, DCM_RescaleIntercept, 0);
}

}  // namespace radbatch
