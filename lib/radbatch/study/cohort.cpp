#include "radbatch/study/cohort.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/study/attributes.hpp"
#include "radbatch/study/candidate_facts.hpp"
#include "radbatch/study/case_id.hpp"
#include "radbatch/study/series_split.hpp"

namespace radbatch {
namespace {

using Files = std::vector<std::size_t>;
using DicomKey = std::vector<std::string>;     ///< PatientID, then the values of the case_by keywords
using FolderKey = std::array<std::string, 3>;  ///< root, folder below it, PatientID

std::string parent_folder(const FileRecord& record) {
  return std::filesystem::path(record.path).parent_path().string();
}

/// False too where a file cannot be read: then whoever reads the image will say so.
bool have_different_bytes(const std::string& left, const std::string& right) {
  std::error_code missing;
  if (!std::filesystem::is_regular_file(left, missing) || !std::filesystem::is_regular_file(right, missing))
    return false;
  std::ifstream a(left, std::ios::binary), b(right, std::ios::binary);
  std::array<char, 1 << 16> from_a{}, from_b{};
  while (a && b) {
    a.read(from_a.data(), from_a.size());
    b.read(from_b.data(), from_b.size());
    const auto n = std::min(a.gcount(), b.gcount());
    if (!std::equal(from_a.begin(), from_a.begin() + n, from_b.begin())) return true;
  }
  return false;
}

const std::vector<std::string> case_by_keywords{"StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID",
                                                "PatientID", "ImageLaterality"};

class Grouping {
 public:
  Grouping(std::span<const FileRecord> records, const CaseOptions& options)
      : records_(records), options_(options) {}

  Cohort build() {
    Files files(records_.size());
    std::iota(files.begin(), files.end(), std::size_t{0});
    std::ranges::stable_sort(files, {},
                             [&](std::size_t i) { return std::tie(records_[i].path, records_[i].root); });
    for (std::size_t file : files) place(file);
    add_dicom_cases();
    add_path_cases();
    std::ranges::sort(cohort_.cases, {}, &Case::id);
    check_unique();
    std::ranges::stable_sort(cohort_.unassigned, {}, [&](const UnassignedFile& u) {
      return std::tie(records_[u.file].path, records_[u.file].root);
    });
    return std::move(cohort_);
  }

 private:
  void place(std::size_t file) {
    const FileRecord& record = records_[file];
    const bool is_dicom = record.kind == FileKind::dicom;
    if (is_dicom && !key_of(file).empty()) {
      dicom_[key_of(file)].push_back(file);
    } else if (is_dicom && is_slice_without_study(record)) {
      folders_[{record.root, parent_folder(record), text_of(record.attributes, "PatientID")}].push_back(file);
    } else if (is_dicom ? is_dicom_image(record) && record.attributes.contains("Rows")
                        : record.kind != FileKind::none) {
      single_.push_back(file);
    } else {
      leave_out(file, record.reason.value_or(Reason::not_image), record.detail);
    }
  }

  /// Empty when the header lacks a UID that the cases are grouped by. Where patients make the cases, the
  /// study stands in for a missing PatientID, or all nameless patients would become one.
  DicomKey key_of(std::size_t file) const {
    const Json& header = records_[file].attributes;
    DicomKey key{text_of(header, "PatientID")};
    for (const std::string& keyword : options_.case_by) {
      std::string value = text_of(header, keyword);
      if (value.empty() && keyword == "PatientID") value = text_of(header, "StudyInstanceUID");
      if (value.empty() && keyword != "ImageLaterality") return {};
      key.push_back(std::move(value));
    }
    return key;
  }

  /// Anonymised exports often have no UIDs left; their slices still lie together in a folder.
  bool is_slice_without_study(const FileRecord& record) const {
    const bool by_instance = std::ranges::find(options_.case_by, "SOPInstanceUID") != options_.case_by.end();
    return !by_instance && text_of(record.attributes, "StudyInstanceUID").empty() && is_dicom_image(record) &&
           is_sliced_modality(record.attributes) && has_position(record.attributes);
  }

  void leave_out(std::size_t file, Reason reason, std::string detail) {
    cohort_.unassigned.push_back({file, reason, std::move(detail)});
  }

  bool is_copy(std::size_t a, std::size_t b) const {
    const FileRecord &left = records_[a], &right = records_[b];
    return left.size == right.size && left.reason == right.reason && left.attributes == right.attributes &&
           !have_different_bytes(absolute_path(left), absolute_path(right));
  }

  void add_dicom_cases() {
    for (const auto& [key, files] : dicom_) {
      std::vector<GroupKey> keys;
      for (std::size_t i = 0; i < options_.case_by.size(); ++i)
        keys.emplace_back(options_.case_by[i], key[i + 1]);
      const std::string id = dicom_case_id(key[0], keys);
      add_case(id, key[0], without_copies(files, id));
    }
  }

  Files without_copies(const Files& files, const std::string& id) {
    Files kept;
    std::map<std::string, Files> by_uid;
    for (std::size_t file : files) {
      const std::string uid = text_of(records_[file].attributes, "SOPInstanceUID");
      Files& same = by_uid[uid];
      if (!uid.empty() &&
          std::ranges::any_of(same, [&](std::size_t other) { return is_copy(other, file); })) {
        cases_with_copies_.insert(id);
        leave_out(file, Reason::duplicate_slices,
                  "a copy of another file of case " + id + ": same SOPInstanceUID and bytes");
        continue;
      }
      same.push_back(file);
      kept.push_back(file);
    }
    return kept;
  }

  /// Cases that are named after where they lie: a folder of slices, or one file.
  void add_path_cases() {
    std::map<std::pair<std::string, std::string>, std::size_t> n_patients;
    for (const auto& [key, files] : folders_) ++n_patients[{key[0], key[1]}];
    std::vector<std::string> paths;
    std::vector<std::pair<std::string, Files>> cases;  // PatientID and files, as in `paths`
    for (const auto& [key, files] : folders_) {
      const auto& [root, folder, patient_id] = key;
      if (n_patients[{root, folder}] > 1) {
        const std::vector<GroupKey> keys{{"folder", folder}};
        add_case(dicom_case_id(patient_id, keys), patient_id, files);
        continue;
      }
      paths.push_back(folder.empty() ? "folder" : folder);
      cases.emplace_back(patient_id, files);
    }
    for (std::size_t file : single_) {
      paths.push_back(name_of(file));
      cases.emplace_back(text_of(records_[file].attributes, "PatientID"), Files{file});
    }
    const std::vector<std::string> ids = file_case_ids(paths);
    for (std::size_t i = 0; i < ids.size(); ++i) add_case(ids[i], cases[i].first, std::move(cases[i].second));
  }

  /// Path below the root; of a file that is itself the input, its name.
  std::string name_of(std::size_t file) const {
    const FileRecord& record = records_[file];
    return record.path.empty() ? std::filesystem::path(record.root).filename().string() : record.path;
  }

  void add_case(const std::string& id, const std::string& patient_id, Files files) {
    ImagesOfCase images = images_of(records_, files);
    Case made;
    made.id = id;
    made.patient_id = patient_id;
    made.files = std::move(files);
    made.candidates = std::move(images.candidates);
    made.members = std::move(images.members);
    if (cases_with_copies_.contains(id)) made.flags.emplace_back("W_COPIES_DROPPED");
    cohort_.cases.push_back(std::move(made));
  }

  void check_unique() const {
    for (std::size_t i = 1; i < cohort_.cases.size(); ++i) {
      const Case &a = cohort_.cases[i - 1], &b = cohort_.cases[i];
      if (a.id != b.id) continue;
      std::array<std::string, 2> names{shown(a), shown(b)};
      std::ranges::sort(names);
      throw Error(ExitCode::usage, "two cases have the id " + a.id + ": " + names[0] + " and " + names[1],
                  "give their common parent folder as the input, so that their paths differ");
    }
  }

  std::string shown(const Case& one) const {
    const FileRecord& record = records_[one.files.front()];
    return printable(record.path.empty() ? record.root
                                         : (std::filesystem::path(record.root) / record.path).string());
  }

  std::span<const FileRecord> records_;
  const CaseOptions& options_;
  std::map<DicomKey, Files> dicom_;
  std::map<FolderKey, Files> folders_;  ///< slices without a study
  Files single_;
  std::set<std::string> cases_with_copies_;
  Cohort cohort_;
};

}  // namespace

std::vector<std::string> parse_case_by(const std::string& text) {
  std::vector<std::string> keywords = split(text, ',');
  for (const std::string& keyword : keywords) {
    if (std::ranges::find(case_by_keywords, keyword) != case_by_keywords.end()) continue;
    const std::string near = nearest(keyword, case_by_keywords);
    throw Error(ExitCode::usage, "cases cannot be grouped by '" + printable(keyword) + "'",
                near.empty() ? "one of " + join(case_by_keywords, ", ") : "did you mean " + near + "?");
  }
  return keywords;
}

Cohort build_cohort(std::span<const FileRecord> records, const CaseOptions& options) {
  return Grouping(records, options).build();
}

void check_accounting(const Cohort& cohort, std::size_t n_files) {
  std::vector<std::size_t> times(n_files, 0);
  for (const Case& one : cohort.cases) {
    for (std::size_t file : one.files) ++times.at(file);
  }
  for (const UnassignedFile& unassigned : cohort.unassigned) ++times.at(unassigned.file);
  const auto lost = std::ranges::count(times, std::size_t{0});
  const auto doubled = std::ranges::count_if(times, [](std::size_t n) { return n > 1; });
  if (lost == 0 && doubled == 0) return;
  throw Error(ExitCode::internal, "of " + counted(n_files, "file") + ", " + std::to_string(lost) +
                                      " are in no case and not unassigned, and " + std::to_string(doubled) +
                                      " are there more than once");
}

std::vector<std::string> case_ids(const Cohort& cohort) {
  std::vector<std::string> ids;
  for (const Case& one : cohort.cases) ids.push_back(one.id);
  return ids;
}

std::vector<std::string> flags_of(const Candidate& candidate) {
  std::vector<std::string> flags;
  const Json& facts = candidate.attributes;
  if (flag_of(facts, "is_uneven")) flags.emplace_back("W_UNEVEN_SLICES");
  if (number_of(facts, "n_missing_slices").value_or(0) > 0) flags.emplace_back("W_MISSING_SLICES");
  if (number_of(facts, "tilt_degrees").value_or(0) > TILTED_DEGREES) flags.emplace_back("W_GANTRY_TILT");
  if (text_of(facts, "Modality").empty()) flags.emplace_back("W_MODALITY_UNKNOWN");
  if (flag_of(facts, "is_without_study_uid")) flags.emplace_back("W_NO_STUDY_UID");
  if (flag_of(facts, "is_incomplete")) flags.emplace_back("W_INCOMPLETE_TIME");
  if (flag_of(facts, "is_without_geometry")) flags.emplace_back("W_NO_GEOMETRY");
  return flags;
}

std::string absolute_path(const FileRecord& record) {
  const std::filesystem::path root(record.root);
  return std::filesystem::absolute(record.path.empty() ? root : root / record.path)
      .lexically_normal()
      .string();
}

std::string readable_path(const FileRecord& record) {
  return record.stored.empty() ? absolute_path(record) : record.stored;
}

}  // namespace radbatch
