// Where an image stands in a BIDS data set, and what the data set says about itself.
//
// BIDS has no place for CT, X-ray, clinical ultrasound and much of clinical MR. Such images get names in its
// manner in folders that .bidsignore lists: never a claim of validity that the validator would deny.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "radbatch/study/cohort.hpp"

namespace radbatch {

/// What an image is in BIDS. docs/convert.md has the rules as a table.
struct BidsPlace {
  std::string datatype;       ///< "anat", "func"; or "ct", "xray", "us", "xa", "pet", "other": not of BIDS
  std::string entities;       ///< in BIDS's order, e.g. "task-rest_"; each ends with '_'
  std::string suffix;         ///< "T1w", "FLAIR", "bold"
  std::string late_entities;  ///< those that BIDS puts after run, e.g. "part-phase_"
  std::string task;           ///< func: its TaskName
  bool is_standard = false;
};

/// From header values alone (of the candidate and of its first file).
BidsPlace bids_place(const Candidate& candidate);

/// [0-9A-Za-z]+ of any text, the same for the same text: what remains of it, and for text with other
/// characters eight digits of its SHA-256, so that two texts never have one label. "study-<hex>" loses its
/// prefix.
std::string bids_label(std::string_view text);

/// "sub-<patient>/ses-<case>/anat/sub-<patient>_ses-<case>_run-2_T1w" for each image of the case, without its
/// ending; "sub-<case>/..." where the patient is not known. run-1, run-2 ... where two would be alike.
std::vector<std::string> bids_names(const Case& one, const std::string& patient_key);

struct BidsParticipant {
  std::string label;  ///< without "sub-"
  std::string sex;    ///< PatientSex
  std::string age;    ///< PatientAge, "045Y"
};

/// dataset_description.json, README, participants.tsv and .json, .bidsignore. Ages over 89 are written as 89.
void write_bids_files(const std::filesystem::path& root, std::vector<BidsParticipant> participants);

}  // namespace radbatch
