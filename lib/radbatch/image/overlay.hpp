// The picture of an explanation: slices of the tensor, and the same with the map laid over them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "radbatch/image/tensor_volume.hpp"

namespace radbatch {

struct OverlaySubject {
  TensorView tensor;
  std::span<const float> map;       ///< C order, [items.size(), spatial...]
  std::vector<std::int64_t> items;  ///< of the tensor that the map is of
  bool items_are_slices = false;    ///< of one volume: the item's number is the third index of tensor.ras
  std::string title;                ///< "TUMOUR   OCCLUSION"; see draw_text for the letters there are
  /// PatientOrientation of a picture without geometry: where its right and lower edge pointed as it was read.
  std::string right_mark, lower_mark;
  bool has_scale = true;  ///< the pixel size is known
};

/// PNG bytes. Of three axes the planes through the map's largest absolute value, of two up to three items,
/// those whose maps reach farthest; each as the network sees it and with the map over it, turned as
/// radiologists look, with letters at the edges, a scale and a bar of colours with numbers. What speaks for
/// the finding is orange, what speaks against it blue (Okabe and Ito's vermilion and blue, told apart in
/// every kind of colour vision); the farther from 0, the less transparent. Throws Error(Reason::prepare) for
/// a tensor that is no image.
std::string overlay_png(const OverlaySubject& subject);

/// The map in its place in the patient: of slices the volume they make, 0 where no item was explained; else
/// one frame per item.
Volume map_volume(const OverlaySubject& subject);

}  // namespace radbatch
