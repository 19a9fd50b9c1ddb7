// What a BIDS data set says about itself.
#include <algorithm>
#include <charconv>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/json.hpp"
#include "radbatch/base/version.hpp"
#include "radbatch/batch/bids_layout.hpp"

namespace radbatch {
namespace {

constexpr int oldest = 89;  // an age above it identifies (HIPAA's safe harbour)

// Without a slash at the end: the validator (deno, 3.0.2) looks folders up by their bare name.
constexpr std::string_view ignored =
    "# Images that BIDS has no place for, named in its manner.\n"
    "**/ct\n**/xray\n**/us\n**/xa\n**/pet\n**/other\n"
    "# The tables and the records of the conversion.\n"
    "*.csv\n*.jsonl\nrun.json\ndatapackage.json\njournal\nprivate\npreviews\n";

constexpr std::string_view readme =
    "Converted by radbatch-convert. Subject labels are keyed hashes of PatientID (private/linkage.csv says "
    "whose,\n"
    "in the run folder of the person who made this), session labels stand for studies.\n\n"
    "Only the folders anat, func and dwi are BIDS. CT, X-ray, ultrasound, angiography, PET and the MR images "
    "that "
    "BIDS\n"
    "wants more about than their headers say (perfusion, field maps, derived images) are beside "
    "them\n"
    "in folders that .bidsignore lists.\n";

/// "045Y" as years, "006M" as parts of them; n/a where it is neither.
std::string years(const std::string& age) {
  double count = 0;
  const auto [end, fault] = std::from_chars(age.data(), age.data() + age.size(), count);
  const std::string_view unit(end, static_cast<std::size_t>(age.data() + age.size() - end));
  if (fault != std::errc{} || count < 0) return "n/a";
  const double per_year = unit == "Y" ? 1 : unit == "M" ? 12 : unit == "W" ? 52.18 : unit == "D" ? 365.25 : 0;
  if (per_year == 0) return "n/a";
  const double in_years = std::min<double>(count / per_year, oldest);
  return Json(per_year == 1 ? Json(static_cast<int>(in_years)) : Json(std::round(in_years * 100) / 100))
      .dump();
}

Json description() {
  return {{"Name", "Converted by radbatch"},
          {"BIDSVersion", "1.10.0"},
          {"DatasetType", "raw"},
          {"GeneratedBy", Json::array({{{"Name", "radbatch-convert"},
                                        {"Version", version()},
                                        {"Description", "conversion of DICOM studies"}}})}};
}

Json columns() {
  return {{"participant_id", {{"Description", "sub- and a keyed hash of PatientID"}}},
          {"sex",
           {{"Description", "PatientSex of the first study"},
            {"Levels", {{"M", "male"}, {"F", "female"}, {"O", "other"}}}}},
          {"age", {{"Description", "PatientAge of the first study, ages over 89 as 89"}, {"Units", "year"}}}};
}

}  // namespace

void write_bids_files(const std::filesystem::path& root, std::vector<BidsParticipant> participants) {
  std::ranges::stable_sort(participants, {}, &BidsParticipant::label);
  const auto again = std::ranges::unique(participants, {}, &BidsParticipant::label);
  participants.erase(again.begin(), again.end());
  std::string table = "participant_id\tsex\tage\n";
  for (const BidsParticipant& one : participants) {
    const bool known = one.sex == "M" || one.sex == "F" || one.sex == "O";
    table += "sub-" + one.label + "\t" + (known ? one.sex : "n/a") + "\t" + years(one.age) + "\n";
  }
  write_file_atomically(root / "participants.tsv", table);
  write_file_atomically(root / "participants.json", pretty(columns()));
  write_file_atomically(root / "dataset_description.json", pretty(description()));
  write_file_atomically(root / "README", readme);
  write_file_atomically(root / ".bidsignore", ignored);
}

}  // namespace radbatch
