// What a network will see of one image beside the image: the picture in which a flipped axis, a wrong window
// or a lost slice is found before a thousand cases were scored with it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "radbatch/image/contact_sheet.hpp"
#include "radbatch/image/tensor_volume.hpp"
#include "radbatch/image/tile.hpp"
#include "radbatch/volume/value_statistics.hpp"

namespace radbatch {

/// Pictures of the image as it was read; taken before it is prepared, because a volume may be gone then.
struct RawPictures {
  std::string title;         ///< "IMAGE CT 512 X 512 X 28"
  std::vector<Tile> planes;  ///< axial, coronal, sagittal through the middle; empty for a picture
  std::vector<Tile> places;  ///< up to three slices or frames, or the picture
  SheetFacts facts;
  Range range;  ///< that grey values are shown in
};
RawPictures raw_pictures(const Volume& volume, const SheetFacts& facts);

/// PNG bytes. A tensor with three axes of space: the three planes through its middle, below those of the
/// image, turned as radiologists look at them (as_radiologists_look). Otherwise up to three of its items, or
/// its one picture, and the slices or frames of the image in about the same places.
///
/// The tensor's grey values run over its own range, which is written above it; the image is shown in its
/// window (see contact_sheet_png). Letters at the edges come from the tensor's affine. Below each is the
/// histogram of all its values over its range, heights by the square root. `axes` is the tensor's:
/// "N,C,R,A,S".
std::string tensor_sheet_png(const RawPictures& raw, const SampleStatistics& raw_values,
                             const TensorView& tensor, const std::string& axes);

}  // namespace radbatch
