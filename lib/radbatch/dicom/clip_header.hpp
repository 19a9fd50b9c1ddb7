// What the scan keeps of an object whose frames follow each other in time, or that is ultrasound.
#pragma once

#include "radbatch/base/json.hpp"

class DcmItem;

namespace radbatch {

/// Whether read_clip_header has something to say: ultrasound, or more than one frame, or video.
bool has_clip_header(const Json& attributes);

/// Adds to the attributes of a scanned header: FrameTime, FrameTimeVector (ms), CineRate,
/// RecommendedDisplayFrameRate, UltrasoundColorDataPresent, "is_video" for MPEG transfer syntaxes, and
/// "ultrasound_regions" [{"spatial_format", "data_type", "units": [x, y], "delta": [x, y], "px": [x0, y0, x1,
/// y1]}] (PS3.3 C.8.5.5), in their order. Never throws for what the file holds.
void add_clip_header(DcmItem& dataset, Json& attributes);

}  // namespace radbatch
