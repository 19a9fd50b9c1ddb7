// Pillow's resize of 8-bit pictures, bit for bit: torchvision's Resize of a PIL image.
#pragma once

#include "radbatch/prepare/image.hpp"

namespace radbatch::prepare_detail {

enum class PilFilter { bilinear, bicubic };

/// A picture of (channel, row, column) in `height` rows and `width` columns: each row first, then each
/// column, in integers, rounded to 8 bits after both. Throws Error(Reason::prepare) when a value is not a
/// whole number from 0 to 255.
Image pil_resize(const Image& image, std::int64_t height, std::int64_t width, PilFilter filter);

}  // namespace radbatch::prepare_detail
