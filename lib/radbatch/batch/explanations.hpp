// --explain: which cases of infer get a map of where a finding comes from, for which finding and by which
// method.
//
// Explanations are pictures of results and change none: they are no part of the run's identity, and a case
// that cannot be explained keeps its scores.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "radbatch/base/choices.hpp"
#include "radbatch/batch/explain_condition.hpp"
#include "radbatch/batch/outcome.hpp"
#include "radbatch/model/bundle.hpp"
#include "radbatch/study/cohort.hpp"

namespace radbatch {

/// What the command line says.
struct ExplainOptions {
  std::optional<std::string> condition;  ///< "p_tumour>0.5"; see explain_condition.hpp
  std::filesystem::path from;            ///< table whose case_id column names the cases; empty: none
  std::string method;   ///< occlusion, gradients, integrated-gradients or cam; empty: cam where there is one
  std::string finding;  ///< slug; empty: the condition's first, else the case's highest
  std::vector<std::int64_t> window,
      stride;                    ///< voxels of the tensor: one for all axes or one each; empty: default
  std::optional<float> fill;     ///< what covers and what gradients start from; nothing: the mean
  int steps = 32;                ///< of integrated gradients
  std::size_t items = 3;         ///< slices or frames of a case, those of the highest score
  bool is_asked_before = false;  ///< by the run that is merged: its table is wanted
};

inline constexpr std::array<std::string_view, 4> EXPLAIN_METHODS{"occlusion", "gradients",
                                                                 "integrated-gradients", "cam"};

/// A finding of the bundle.
struct ExplainedFinding {
  std::size_t head = 0, finding = 0;
  std::string label;  ///< slug; of several heads <head>_<slug>: in tables and file names
  bool operator==(const ExplainedFinding&) const = default;
};

class Explanations {
 public:
  /// Throws Error(ExitCode::usage) for a condition, finding or method that this model has not, and for a
  /// table that cannot be used; Error(ExitCode::model) for weights of the bundle's cam that do not fit.
  /// `columns`: what a condition may compare. `with_files` false: nothing is opened, for tables of committed
  /// results.
  Explanations(const ExplainOptions& options, const Bundle& bundle, const Backend& backend,
               std::span<const std::string> columns, Thumbnails thumbnails, bool with_files);

  bool is_wanted() const { return is_wanted_; }
  /// Whether the run has the table, even if no case met the condition.
  bool has_table() const { return is_wanted_ || options_.is_asked_before; }
  /// All cases of the run. Throws Error(ExitCode::usage) when the table of --explain-from names none of them.
  void expect(std::span<const Case> cases) const;
  /// The finding to be explained, when the case with these scores is one that is asked for.
  std::optional<ExplainedFinding> wanted(const std::string& case_id, const Json& result) const;
  /// False when the case is to be explained and was not, or by other settings, or its files are gone, or what
  /// hindered it may have passed.
  bool is_intact(const CaseOutcome& outcome, const std::filesystem::path& run_folder) const;

  /// What decides the map beside the case and finding: {"method": "occlusion", "window": [28], ...}.
  const Json& settings() const { return settings_; }
  std::size_t most_items() const { return options_.items; }
  /// Whether a case with these flags may be drawn.
  bool may_draw(std::span<const std::string> flags) const;

 private:
  std::optional<ExplainedFinding> find(const std::string& name) const;
  void choose_method(const Backend& backend, bool with_files);
  void choose_finding();

  ExplainOptions options_;
  const Bundle& bundle_;
  Thumbnails thumbnails_;
  bool is_wanted_ = false;
  ExplainCondition condition_;
  std::optional<std::set<std::string>> ids_;
  std::optional<ExplainedFinding> finding_;  ///< nothing: each case's highest
  Json settings_;
};

}  // namespace radbatch
