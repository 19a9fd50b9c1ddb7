// Whom BIDS and ClinicaDL call a case: participant and session.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "radbatch/batch/exported_run.hpp"

namespace radbatch {

struct ParticipantName {
  std::string participant;  ///< "sub-01"
  std::string session;      ///< "ses-M000"; empty where there is none
  int run = 0;              ///< 1, 2 ... where several cases are of one session; 0: it is the only one

  /// "sub-01/ses-M000/"
  std::string folder() const;
  /// "sub-01_ses-M000_run-1_"
  std::string stem() const;
};

/// Per case of the run, in its order. Of a case whose files lie in a BIDS data set the labels of their path,
/// so that tables join; else sub-<patient_key> and ses-<case>, as radbatch convert names them, and sub-<case>
/// where the patient is not known.
std::vector<ParticipantName> participant_names(const ExportedRun& run);

/// "a/sub-01/ses-2/anat/x.nii.gz" -> {"sub-01", "ses-2"}; empty names where the path is no BIDS path.
ParticipantName participant_in_path(std::string_view path);

/// A line of a BIDS table: tabs between the cells, "n/a" for an empty one; tabs and line breaks inside become
/// spaces.
std::string tsv_line(std::span<const std::string> cells);

}  // namespace radbatch
