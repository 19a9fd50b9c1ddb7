// The frames of a multi-frame DICOM object as slices: where each lies, when, and what turns it into values.
//
// Enhanced objects keep that in functional groups (PS3.3 C.7.6.16), nuclear medicine in vectors of frame
// increment pointers (C.8.4.8, C.8.4.15), Siemens mosaics in a private header. All become one table of
// attributes by DICOM keyword, so that grouping treats a frame like a classic slice. Internal to the module.
#pragma once

#include <cstdint>

#include "radbatch/base/json.hpp"

class DcmItem;

namespace radbatch {

/// {"n": frames, "shared": {keyword: value}, "per_frame": {keyword: [n values, null where missing]}}, or null
/// when the object has no functional groups. Keywords are those that classic slices use for the same thing:
/// EchoTime for EffectiveEchoTime, TemporalPositionIdentifier for TemporalPositionIndex, AcquisitionNumber
/// for FrameAcquisitionNumber, ImageType for FrameType, TriggerTime for NominalCardiacTriggerDelayTime,
/// AcquisitionTime for FrameAcquisitionDateTime. "dimensions" names the keyword or tag of each column of
/// DimensionIndexValues.
Json read_functional_groups(DcmItem& dataset);

/// The same of a reconstructed NM volume (ImageType RECON TOMO, RECON GATED TOMO), or null. Slice n lies at
/// ImagePositionPatient + (SliceVector[n] - 1) * SpacingBetweenSlices * normal (C.8.4.15: the sign of the
/// spacing is the direction).
Json read_slice_vectors(DcmItem& dataset);

/// Adds to the attributes of an image where the slices are that one file holds: "frame_groups" of multi-frame
/// objects, "mosaic" of Siemens mosaics (siemens_mosaic.hpp), nothing to others.
void add_frames(DcmItem& dataset, Json& attributes);

}  // namespace radbatch
