// Which images a group of files holds.
//
// A series is not always a volume: it may hold two echoes, a localizer in three planes, a frontal and a
// lateral view, or a colour sheet with the dose. Interleaving those would give a score that is wrong without
// an error.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "radbatch/study/cohort.hpp"

namespace radbatch {

struct ImagesOfCase {
  std::vector<Candidate> candidates;  ///< by SeriesNumber, SeriesInstanceUID, first InstanceNumber, instance
  std::vector<Member> members;        ///< by path
};

/// Splits the files of one case into images and other members.
///
/// CR, DX, MG, US, SC, XA and their like, secondary captures and multi-frame instances: the instance is the
/// image, unless its frames say where they lie (enhanced objects, NM volumes, Siemens mosaics): those are
/// slices. Slices with a position are grouped by SeriesInstanceUID, size, orientation, EchoNumbers, StackID,
/// localizer or not (without SeriesInstanceUID by Modality, SeriesNumber, SeriesDescription,
/// ConvolutionKernel and FrameOfReferenceUID instead), and each group is split by split_slices. A damaged
/// file without a position spoils the largest stack of its series: the volume would miss a slice.
ImagesOfCase images_of(std::span<const FileRecord> records, std::span<const std::size_t> files);

/// True for a DICOM file that can be an image (or would be, were it not damaged); false for reports, plans
/// and the like.
bool is_dicom_image(const FileRecord& record);

}  // namespace radbatch
