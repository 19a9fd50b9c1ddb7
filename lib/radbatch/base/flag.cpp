#include "radbatch/base/flag.hpp"

#include <algorithm>
#include <array>

namespace radbatch {
namespace {

constexpr auto table = std::to_array<FlagInfo>({
    {"W_ARCHIVE_DAMAGED",
     "Files of the case lie in an archive that could not be read whole: others may be missing."},
    {"W_COPIES_DROPPED", "Files with the bytes of another file of the case were left out."},
    {"W_EXPLANATION",
     "The scores stand, but no explanation (or not all of it) could be made; explanations.csv says why."},
    {"W_GANTRY_TILT", "The slices are sheared by a tilted gantry; the geometry keeps the shear."},
    {"W_HU_IMPLAUSIBLE", "The values of the CT cannot be Hounsfield units; its rescale is missing or wrong."},
    {"W_INCOMPLETE_TIME",
     "A time point that lacks slices which the others of its series have: an image of its own."},
    {"W_INPUT_FILLED", "An optional input was missing, and zeros stood for it."},
    {"W_INTERLACED_VIDEO",
     "The frames hold two moments in alternating lines; radbatch does not separate them."},
    {"W_MAY_SHOW_TEXT",
     "Pictures of this kind often have a name burned in: no preview unless --thumbnails all."},
    {"W_MEMBERS_MISSING", "Not every run of the ensemble has a score of this case (--require any)."},
    {"W_MISSING_SLICES", "The positions leave gaps where slices should be."},
    {"W_MODALITY_UNKNOWN",
     "The file does not say its modality, so it could not be compared with the model's."},
    {"W_NO_GEOMETRY",
     "The frames of an enhanced object do not say where they lie: pictures without a geometry."},
    {"W_NO_STUDY_UID",
     "The headers have no StudyInstanceUID; the slices of one folder were taken as one case."},
    {"W_REAL_WORLD_UNITS",
     "The header has a Real World Value map that is not the rescale; the values are those of the rescale."},
    {"W_NONFINITE_FILLED", "Voxels that were NaN or infinite took the number that the plan gives for them."},
    {"W_OUT_OF_DISTRIBUTION",
     "The case is farther from what the model was trained on than the model's reference allows (--ood)."},
    {"W_PHOTOMETRIC_UNKNOWN",
     "The file does not say its PhotometricInterpretation, so it could not be compared with the model's."},
    {"W_REGISTERED",
     "That the inputs lie in one coordinate system is the manifest's word (`registered`); no header says "
     "so."},
    {"W_SPACING_UNKNOWN",
     "The file does not say its spacing, so it could not be compared with the model's range."},
    {"W_TRUNCATED_VIDEO",
     "The recording was cut off or is damaged; the chosen frames that it still holds were taken."},
    {"W_UNEVEN_SLICES", "The distance between slices is not even; the model accepts that."},
});

}  // namespace

std::span<const FlagInfo> flags() {
  return table;
}

std::optional<FlagInfo> find_flag(std::string_view code) {
  const auto found = std::ranges::find(table, code, &FlagInfo::code);
  if (found == table.end()) return std::nullopt;
  return *found;
}

}  // namespace radbatch
