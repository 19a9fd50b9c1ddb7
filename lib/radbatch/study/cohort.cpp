#include "radbatch/study/cohort.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/study/attributes.hpp"
#include "radbatch/study/candidate_facts.hpp"
#include "radbatch/study/case_id.hpp"
#include "radbatch/study/case_names.hpp"
#include "radbatch/study/case_template.hpp"
#include "radbatch/study/derived_fields.hpp"
#include "radbatch/study/image_sidecar.hpp"
#include "radbatch/study/regroup.hpp"
#include "radbatch/study/series_split.hpp"

namespace radbatch {
namespace {

using Files = std::vector<std::size_t>;
using DicomKey = std::vector<std::string>;     ///< PatientID, then the values of the case_by keywords
using FolderKey = std::array<std::string, 3>;  ///< root, folder below it, PatientID

std::string parent_folder(const FileRecord& record) {
  return std::filesystem::path(record.path).parent_path().string();
}

const std::vector<std::string> case_by_keywords{"StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID",
                                                "PatientID", "ImageLaterality"};

class Grouping {
 public:
  Grouping(std::span<const FileRecord> records, const CaseOptions& options)
      : records_(records), options_(options), sidecars_(records, all_of(records)), namer_(options, records) {
    for (const std::string& keyword : options.case_by) {
      if (is_dicom_group_key(keyword)) continue;
      throw Error(ExitCode::usage,
                  "cases cannot be grouped by '" + printable(keyword) + "' without a manifest",
                  "folders are grouped by " + join(case_by_keywords, ", "));
    }
  }

  Cohort build() {
    Files files = all_of(records_);
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
  static Files all_of(std::span<const FileRecord> records) {
    Files files(records.size());
    std::iota(files.begin(), files.end(), std::size_t{0});
    return files;
  }

  /// True when the file's name has said where it belongs.
  bool place_by_name(std::size_t file) {
    const FileRecord& record = records_[file];
    if (!namer_.is_active() || record.kind == FileKind::none) return false;
    if (auto name = namer_.name(record)) {
      named_[name->case_name].push_back(file);
      names_.emplace(file, std::move(*name));
      return true;
    }
    if (record.kind == FileKind::dicom) return false;
    leave_out(file, Reason::not_selected, namer_.misfit());
    if (const auto sidecar = sidecars_.of(file)) leave_out(*sidecar, Reason::not_selected, namer_.misfit());
    return true;
  }

  void place(std::size_t file) {
    const FileRecord& record = records_[file];
    const bool is_dicom = record.kind == FileKind::dicom;
    if (sidecars_.is_used(file) || place_by_name(file)) return;
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
    const bool is_by_side = options_.case_by == std::vector<std::string>{"ImageLaterality"};
    if (is_by_side && key.front().empty() && text_of(header, "StudyInstanceUID").empty()) return {};
    if (is_by_side && key.front().empty()) key.front() = text_of(header, "StudyInstanceUID");
    for (const std::string& keyword : options_.case_by) {
      std::string value = group_value(header, keyword);
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

  /// The attributes hold "content_sha256" where there may be copies (batch/copies.hpp).
  bool is_copy(std::size_t a, std::size_t b) const {
    const FileRecord &left = records_[a], &right = records_[b];
    return left.size == right.size && left.reason == right.reason && left.attributes == right.attributes;
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
    for (const auto& [name, files] : named_) {
      paths.push_back(name);
      cases.emplace_back(text_of(records_[files.front()].attributes, "PatientID"), files);
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
    made.patient_id = patient_id;
    made.candidates = std::move(images.candidates);
    made.members = std::move(images.members);
    if (cases_with_copies_.contains(id)) made.flags.emplace_back("W_COPIES_DROPPED");
    for (Candidate& candidate : made.candidates) {
      sidecars_.describe(candidate);
      use_name(candidate);
    }
    derive_fields(made.candidates, records_, options_.assumed);
    made.id = options_.case_id.empty() ? id : templated_id(files);
    made.files = with_sidecars(std::move(files));
    cohort_.cases.push_back(std::move(made));
  }

  /// What the file's name says; the header knows better where it says the same.
  void use_name(Candidate& candidate) const {
    const auto name = names_.find(candidate.files.empty() ? records_.size() : candidate.files.front());
    if (name == names_.end()) return;
    candidate.input = name->second.input;
    const bool has_modality = candidate.attributes.contains("Modality");
    for (const auto& [key, value] : name->second.attributes.items()) {
      if (candidate.attributes.contains(key) || (has_modality && key == "modality_source")) continue;
      candidate.attributes[key] = value;
    }
  }

  Files with_sidecars(Files files) const {
    const std::size_t n = files.size();
    for (std::size_t i = 0; i < n; ++i) {
      if (const auto sidecar = sidecars_.of(files[i])) files.push_back(*sidecar);
    }
    if (files.size() > n) {
      std::ranges::stable_sort(files, {},
                               [&](std::size_t i) { return std::tie(records_[i].path, records_[i].root); });
      files.erase(std::unique(files.begin(), files.end()), files.end());
    }
    return files;
  }

  /// The deepest folder below the root that holds all the files.
  std::filesystem::path common_folder(const Files& files) const {
    std::filesystem::path common = std::filesystem::path(records_[files.front()].path).parent_path();
    for (std::size_t file : files) {
      const std::filesystem::path other = std::filesystem::path(records_[file].path).parent_path();
      const auto [end, ignored] = std::mismatch(common.begin(), common.end(), other.begin(), other.end());
      std::filesystem::path shared;
      for (auto part = common.begin(); part != end; ++part) shared /= *part;
      common = shared;
    }
    return common;
  }

  std::string templated_id(const Files& files) const {
    const FileRecord& first = records_[files.front()];
    return filled_template(options_.case_id, [&](const std::string& word) -> std::string {
      if (word == "folder") return common_folder(files).filename().string();
      if (word == "path") return common_folder(files).string();
      if (word == "file")
        return std::filesystem::path(std::string(path_stem(name_of(files.front())))).filename().string();
      return group_value(first.attributes, word);
    });
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
  Sidecars sidecars_;
  FileNamer namer_;
  std::map<std::string, Files> named_;     ///< by the name of their case
  std::map<std::size_t, FileName> names_;  ///< what the names of files say
  Cohort cohort_;
};

}  // namespace

std::vector<std::string> parse_case_by(const std::string& text) {
  std::vector<std::string> keywords = split(text, ',');
  for (const std::string& keyword : keywords) {
    if (is_dicom_group_key(keyword)) continue;
    const std::string near = nearest(keyword, case_by_keywords);
    if (near.empty() && !keyword.empty()) continue;
    throw Error(ExitCode::usage, "cases cannot be grouped by '" + printable(keyword) + "'",
                near.empty() ? "one of " + join(case_by_keywords, ", ") + ", or a column of the manifest"
                             : "did you mean " + near + "?");
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
  // What the tool before found when it read the image.
  for (const Json& flag : facts.value("reading_flags", Json::array()))
    flags.push_back(flag.get<std::string>());
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
