// From files to cases: what gets one row, and which images it has.
//
// Nothing is lost silently: every file found is a file of exactly one case or is listed as unassigned with a
// reason, and check_accounting proves it. Works on header values only, so a cohort is grouped in seconds and
// the answer does not depend on the order in which files were found.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "radbatch/base/json.hpp"
#include "radbatch/base/reason.hpp"
#include "radbatch/study/file_record.hpp"
#include "radbatch/study/image_source.hpp"

namespace radbatch {

/// One possible image of a case: a stack of slices, one DICOM instance, or one file.
///
/// `attributes` are series_keywords() of its first file and the derived facts: n_slices, frames, channels,
/// dims (2 or 3; a single slice has 2), size [i, j, k], spacing_mm [i, j, k], is_localizer,
/// is_secondary_capture, is_without_study_uid (only where true), acquisition_order (1 = earliest of the case,
/// from header times); of stacks also orientation ("LPS"), slice_step_mm, slice_step_dev_mm,
/// n_missing_slices, n_duplicate_positions, is_uneven, tilt_degrees, is_oblique; of stacks over time also
/// time_axis (the keyword that tells the time points apart), frame_times_s (from the first), b_values and
/// b_directions (LPS, of the patient); is_incomplete and is_without_geometry only where true; and the guesses
/// of derived_fields.hpp with their sources.
struct Candidate {
  std::string input;               ///< the name a manifest gave it; empty: for any input of the model
  std::string series;              ///< SeriesInstanceUID; empty for other files
  std::string instance;            ///< SOPInstanceUID when the image is one instance
  std::vector<std::size_t> files;  ///< into the records; for a stack in the order of k
  ImageSource source;
  Json attributes = Json::object();
  std::optional<Reason> reason;  ///< why it cannot be used; `detail` names "file 12 of 28", never a path
  std::string detail;
};

/// A file that belongs to the case and is no image: structured reports, plans, presentation states.
struct Member {
  std::size_t file = 0;
  std::string series;
  std::string instance;
  Json attributes = Json::object();
  Reason reason = Reason::not_image;
  std::string detail;
};

/// How a case ended in the tool before this one.
struct Upstream {
  Status status = Status::done;
  std::optional<Reason> reason;
  std::string detail;
};

struct Case {
  std::string id;
  std::string patient_id;          ///< PatientID, for private/ only; empty for other files than DICOM
  std::string patient_key;         ///< where a manifest gave one
  std::vector<std::size_t> files;  ///< into the records, ascending by path
  std::vector<Candidate> candidates;
  std::vector<Member> members;
  Json region = Json::object();      ///< the part of the image that a manifest means (CaseRecord::region)
  Json carried = Json::object();     ///< manifest columns that go through to the tables
  std::vector<std::string> flags;    ///< W_* of the case: copies, or what a tool upstream gave it
  std::optional<Upstream> upstream;  ///< of a streamed case
};

struct UnassignedFile {
  std::size_t file = 0;
  Reason reason = Reason::not_image;
  std::string detail;
};

struct Cohort {
  std::vector<Case> cases;                 ///< sorted by id
  std::vector<UnassignedFile> unassigned;  ///< sorted by path
};

/// What the user says of images whose header says nothing: keyword or derived field -> value.
using Assumptions = std::map<std::string, std::string>;

/// Which files of a folder belong together when their names say so.
enum class FileLayout { none, bids, nnunet };

struct CaseOptions {
  std::vector<std::string> case_by{"StudyInstanceUID"};  ///< DICOM keywords; of manifests also columns
  std::string case_id;  ///< template: "{folder}", DICOM keywords, manifest columns; empty: the standard id
  Assumptions assumed;
  std::string group;  ///< expression with the groups case and input over paths below the root
  FileLayout layout = FileLayout::none;
};

/// "PatientID,ImageLaterality" -> keywords, or columns of a manifest. Throws Error(ExitCode::usage) for what
/// is nearly a keyword, naming it.
std::vector<std::string> parse_case_by(const std::string& text);

/// Groups the files. DICOM: by PatientID and the case_by keywords, so two patients who share a
/// StudyInstanceUID are two cases. Slices (CT, MR, PT, NM with a position) without StudyInstanceUID, as
/// anonymised exports have them, are one case per folder and patient, named after the folder ("folder" for
/// the input itself; a hash with the PatientID where a folder holds several patients). Any other image file
/// without those keywords is a case of its own; a JSON sidecar belongs to the case of its image. With a group
/// or a layout the names of the files say which case and input they are; files that do not follow are
/// unassigned, DICOM files are grouped as ever. Of several files with one SOPInstanceUID and equal bytes the
/// first by path stays and the others are unassigned copies (their case gets W_COPIES_DROPPED); if they
/// differ, their series gets Reason::duplicate_slices. Throws Error(ExitCode::usage) that names both files
/// when two cases would have one id. Throws Error(ExitCode::usage) too for a case_by that only a manifest
/// could have.
Cohort build_cohort(std::span<const FileRecord> records, const CaseOptions& options = {});

/// Files found = files in cases + unassigned, each once. Throws Error(ExitCode::internal) that counts the
/// strays.
void check_accounting(const Cohort& cohort, std::size_t n_files);

std::vector<std::string> case_ids(const Cohort& cohort);

/// W_* flags of one image: W_UNEVEN_SLICES, W_MISSING_SLICES, W_GANTRY_TILT (over 0.5 degrees),
/// W_MODALITY_UNKNOWN, W_NO_STUDY_UID, W_INCOMPLETE_TIME, W_NO_GEOMETRY.
std::vector<std::string> flags_of(const Candidate& candidate);

/// Where people find the file: root and path joined, made absolute. Of a member of an archive it goes on
/// inside.
std::string absolute_path(const FileRecord& record);
/// Where its bytes are read: the same, or where the archive was unpacked to.
std::string readable_path(const FileRecord& record);

}  // namespace radbatch
