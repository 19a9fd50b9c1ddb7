// Siemens mosaics: the slices of one MR volume as tiles of one large picture.
//
// How many tiles are slices and which way they are stacked stands in a private element: (0019,100A) and, in
// the "CSA image header" (0029,1010), NumberOfImagesInMosaic and SliceNormalVector. Internal to the module.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "radbatch/base/json.hpp"

class DcmItem;

namespace radbatch {

/// The numbers of one entry of a CSA header (formats "SV10" and the older one), empty when it is not there or
/// the header is damaged. Layout: two words of count and magic after "SV10" and 4 bytes; per entry 64 bytes
/// of name, vm, vr, syngo type, number of items, 77; per item 16 bytes of lengths, then text padded to 4
/// bytes.
std::vector<double> csa_numbers(std::span<const std::uint8_t> header, std::string_view name);
/// Of the dataset's "CSA image header" (0029,1010).
std::vector<double> csa_numbers(DcmItem& dataset, std::string_view name);

/// Of an image whose ImageType has MOSAIC: {"n_images": tiles that are slices, "normal": [x, y, z]};
/// n_images 0 when no private element tells it; null for any other image.
Json read_mosaic(DcmItem& dataset);

}  // namespace radbatch
