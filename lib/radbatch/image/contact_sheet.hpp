// One picture per image in which a person sees at a glance what it is, how it lies and whether it is whole.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>

#include "radbatch/base/json.hpp"
#include "radbatch/image/tile.hpp"
#include "radbatch/volume/volume.hpp"

namespace radbatch {

/// What the header adds to a volume. Nothing here identifies anybody.
struct SheetFacts {
  std::string modality;
  std::optional<std::array<double, 2>> window;  ///< centre and width, in values of the volume
  bool has_scale = true;                        ///< the pixel size is known
  /// PatientOrientation: where the right and the lower edge of a 2-D picture point ("L", "F").
  std::string right_mark, lower_mark;
};

/// From DICOM attributes (series_keywords). The window is left out for MONOCHROME1, whose values are turned
/// round when they are read, for MR volumes, whose slices each have another, and where the header has none; a
/// CT then gets 400 at 40.
SheetFacts sheet_facts(const Json& attributes, const Volume& volume);

/// The values between which the pictures of a volume are shown: colours as they are, grey values in the
/// window, or from the 0.5th to the 99.5th percentile of what is shown.
Range shown_range(const Volume& volume, const SheetFacts& facts, std::span<const Tile> tiles);

/// PNG bytes. A volume: ten slices as acquired, evenly through it, and one in each of the other planes (fewer
/// where there are few), all turned as radiologists look at them (see as_radiologists_look). A cine: twelve
/// frames, the first and the last among them. A 2-D image: itself.
///
/// Each tile has its number ("12/28"), letters at the edges (R L A P H F) where the directions are known, and
/// a scale bar in mm or cm where the pixel size is. Values are shown over shown_range. The bytes depend on
/// the arguments only.
std::string contact_sheet_png(const Volume& volume, const SheetFacts& facts);

}  // namespace radbatch
