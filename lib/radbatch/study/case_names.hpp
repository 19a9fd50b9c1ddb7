// Cases by the names of files: --group, --layout bids and --layout nnunet.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>

#include "radbatch/study/cohort.hpp"
#include "radbatch/unicode/pattern.hpp"

namespace radbatch {

struct FileName {
  std::string case_name;             ///< a path-like name, not yet an id
  std::string input;                 ///< of the model; empty: for any
  Json attributes = Json::object();  ///< what the name says of the image, as Candidate::attributes
};

class FileNamer {
 public:
  /// Throws Error(ExitCode::usage) for a wrong expression, or one without the group "case".
  FileNamer(const CaseOptions& options, std::span<const FileRecord> records);
  /// False: names say nothing, every file stands for itself.
  bool is_active() const { return group_ || layout_ != FileLayout::none; }
  /// Nothing when the path does not follow the expression or the layout.
  std::optional<FileName> name(const FileRecord& record) const;
  /// What unassigned files are told: "the path does not match --group".
  std::string misfit() const;

 private:
  std::optional<FileName> by_group(const std::string& path) const;
  std::optional<FileName> by_bids(const std::string& path) const;
  std::optional<FileName> by_nnunet(const FileRecord& record) const;

  std::optional<Pattern> group_;
  FileLayout layout_;
  std::map<std::string, Json> channel_names_;  ///< of dataset.json, by root and folder
};

/// none, bids, nnunet; nothing for another word.
std::optional<FileLayout> find_layout(std::string_view name);
std::string_view name(FileLayout layout);
/// Throws Error(ExitCode::usage) when the expression is wrong or has no group "case".
void check_group(const std::string& expression);

}  // namespace radbatch
