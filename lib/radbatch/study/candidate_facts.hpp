// What selection, tables and people want to know about an image, computed from the headers of its files.
#pragma once

#include <span>
#include <string>

#include "radbatch/study/cohort.hpp"
#include "radbatch/study/stack_split.hpp"

namespace radbatch {

bool is_localizer(const Json& attributes);          ///< ImageType has LOCALIZER or SCOUT
bool is_secondary_capture(const Json& attributes);  ///< by SOPClassUID
/// Modalities whose single-frame instances are slices of a volume: CT, MR, PT, NM.
bool is_sliced_modality(const Json& attributes);
/// Position, orientation and spacing are all in the header.
bool has_position(const Json& attributes);

/// The image that one file is: a DICOM instance or any other image file. Takes over the file's reason.
Candidate candidate_of_file(std::span<const FileRecord> records, std::size_t file);
/// The clip that several videos are, one after the other. Takes over the first reason of its files.
Candidate candidate_of_chapters(std::span<const FileRecord> records, std::span<const std::size_t> files);
/// The image that a stack of DICOM slices is, with its geometry solved. Takes over the first reason of its
/// files.
Candidate candidate_of_stack(std::span<const FileRecord> records, const Stack& stack);
/// Numbers the candidates by acquisition time and leaves the times themselves out.
void number_acquisitions(std::span<Candidate> candidates, std::span<const FileRecord> records);

}  // namespace radbatch
