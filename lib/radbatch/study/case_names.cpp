#include "radbatch/study/case_names.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/study/case_id.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

Pattern group_pattern(const std::string& expression) {
  Pattern pattern(expression, "--group", LetterCase::distinguish);
  const std::vector<std::string> names = pattern.group_names();
  if (std::ranges::find(names, "case") == names.end()) {
    throw Error(ExitCode::usage, "--group: the expression has no group (?<case>...)",
                R"(e.g. --group '(?<case>.+)_(?<input>t1|t1c|t2|flair)\.nii\.gz')");
  }
  for (const std::string& name : names) {
    if (name != "case" && name != "input") {
      throw Error(ExitCode::usage, "--group: the expression has the group '" + printable(name) + "'",
                  "the groups are case and input");
    }
  }
  return pattern;
}

std::string file_name(const std::string& path) {
  return fs::path(path).filename().string();
}

/// Suffixes of https://bids-specification.readthedocs.io (MRI) as the contrasts that rules know.
std::string contrast_of_suffix(const std::string& suffix, bool has_agent) {
  static const std::map<std::string, std::string> contrasts{
      {"T1w", "T1"},    {"T2w", "T2"},    {"FLAIR", "FLAIR"},    {"PDw", "PD"},    {"PDT2", "PD"},
      {"dwi", "DWI"},   {"swi", "SWI"},   {"T2starw", "T2star"}, {"bold", "BOLD"}, {"asl", "perfusion"},
      {"angio", "MRA"}, {"MPRAGE", "T1"}, {"ADC", "ADC"}};
  const auto found = contrasts.find(suffix);
  if (found == contrasts.end()) return {};
  return found->second == "T1" && has_agent ? "T1c" : found->second;
}

std::string modality_of_folder(const std::string& folder) {
  constexpr std::array<std::string_view, 5> mr{"anat", "dwi", "func", "perf", "fmap"};
  if (std::ranges::find(mr, folder) != mr.end()) return "MR";
  if (folder == "pet") return "PT";
  if (folder == "ct") return "CT";
  return {};
}

void guess(Json& attributes, const char* field, const std::string& value) {
  if (value.empty()) return;
  attributes[field] = value;
  attributes[field == std::string("Modality") ? "modality_source" : std::string(field) + "_source"] = "rule";
}

std::string folder_key(const FileRecord& record, const fs::path& folder) {
  return record.root + '\0' + folder.string();
}

}  // namespace

void check_group(const std::string& expression) {
  group_pattern(expression);
}

std::optional<FileLayout> find_layout(std::string_view wanted) {
  for (FileLayout layout : {FileLayout::none, FileLayout::bids, FileLayout::nnunet}) {
    if (name(layout) == wanted) return layout;
  }
  return std::nullopt;
}

std::string_view name(FileLayout layout) {
  constexpr std::array<std::string_view, 3> names{"none", "bids", "nnunet"};
  return names[static_cast<std::size_t>(layout)];
}

FileNamer::FileNamer(const CaseOptions& options, std::span<const FileRecord> records)
    : layout_(options.layout) {
  if (!options.group.empty()) group_.emplace(group_pattern(options.group));
  if (layout_ != FileLayout::nnunet) return;
  for (const FileRecord& record : records) {
    if (record.attributes.contains("channel_names") && file_name(record.path) == "dataset.json") {
      channel_names_[folder_key(record, fs::path(record.path).parent_path())] =
          record.attributes["channel_names"];
    }
  }
}

std::optional<FileName> FileNamer::name(const FileRecord& record) const {
  const std::string path = record.path.empty() ? file_name(record.root) : record.path;
  if (group_) return by_group(path);
  if (layout_ == FileLayout::bids) return by_bids(path);
  if (layout_ == FileLayout::nnunet) return by_nnunet(record);
  return std::nullopt;
}

std::string FileNamer::misfit() const {
  if (group_) return "the path does not match --group";
  return "the path does not follow the layout " + std::string(radbatch::name(layout_));
}

std::optional<FileName> FileNamer::by_group(const std::string& path) const {
  const auto groups = group_->groups_of(path);
  const auto found = groups.find("case");
  if (found == groups.end() || found->second.empty()) return std::nullopt;
  const auto input = groups.find("input");
  return FileName{found->second, input == groups.end() ? "" : input->second};
}

std::optional<FileName> FileNamer::by_bids(const std::string& path) const {
  // Raw data only: derivatives/, sourcedata/ and code/ do not begin with a subject.
  if (!path.starts_with("sub-")) return std::nullopt;
  const std::string stem = fs::path(std::string(path_stem(path))).filename().string();
  const std::vector<std::string> parts = split(stem, '_');
  if (parts.size() < 2 || !parts.front().starts_with("sub-") || parts.back().find('-') != std::string::npos)
    return std::nullopt;
  FileName name{parts.front(), ""};
  for (const std::string& part : std::span(parts).subspan(1)) {
    const std::size_t dash = part.find('-');
    if (part.starts_with("ses-")) name.case_name += "_" + part;
    for (const char* entity : {"acq", "ce", "run", "rec"}) {
      if (part.substr(0, dash) == entity)
        name.attributes[std::string("bids_") + entity] = part.substr(dash + 1);
    }
  }
  name.attributes["bids_suffix"] = parts.back();
  guess(name.attributes, "Modality", modality_of_folder(fs::path(path).parent_path().filename().string()));
  guess(name.attributes, "mr_contrast",
        contrast_of_suffix(parts.back(), name.attributes.contains("bids_ce")));
  return name;
}

std::optional<FileName> FileNamer::by_nnunet(const FileRecord& record) const {
  static const Pattern form(R"((?<case>.+)_(?<channel>[0-9]{4}))", "nnunet", LetterCase::distinguish);
  const auto groups = form.groups_of(path_stem(record.path));
  if (groups.empty()) return std::nullopt;
  FileName name{groups.at("case"), groups.at("channel")};
  const auto names =
      channel_names_.find(folder_key(record, fs::path(record.path).parent_path().parent_path()));
  if (names == channel_names_.end()) return name;
  const std::string number = std::to_string(std::stoi(groups.at("channel")));
  const auto channel = names->second.find(number);
  if (channel == names->second.end() || !channel->is_string()) return name;
  name.input = names->second.size() > 1 ? channel->get<std::string>() : "";
  if (*channel == "CT") guess(name.attributes, "Modality", "CT");
  return name;
}

}  // namespace radbatch
