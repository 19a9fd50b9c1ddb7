// radbatch select: what a set of rules would choose in a cohort, from headers alone, so that rules are tuned
// in a loop.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "radbatch/store/table.hpp"
#include "radbatch/study/selection.hpp"

namespace radbatch {

struct SelectRequest {
  std::filesystem::path folder;  ///< a scan or a run
  std::string rules;             ///< a rule file, "preset:NAME" or a model's folder; empty: the run's own
  std::optional<OnMany> on_many;
};

/// Images of many cases that look alike: one row of the table behind a count.
struct ImagePattern {
  std::string modality;
  std::string description;  ///< SeriesDescription
  std::string kind;         ///< ConvolutionKernel, or mr_contrast, view, us_mode
  std::string step;         ///< slice_step_mm, to 0.01
  std::size_t n_cases = 0, n_images = 0;
  double fewest_slices = 0, most_slices = 0;
  std::string why;  ///< the commonest rule in words, where the images were not taken
};

/// How the cases stand to one input of the model.
struct InputTally {
  std::string input;
  std::size_t n_none = 0, n_one = 0, n_several = 0;
  /// By number of cases: the images chosen; those that fit where several do; all where none does.
  std::vector<ImagePattern> one, several, none;
  std::map<std::string, std::size_t> reasons_of_none;  ///< E_NO_SERIES ... -> cases
};

struct SelectReport {
  std::string rules;  ///< as the user named them
  std::size_t n_cases = 0, n_images = 0;
  std::size_t n_usable = 0;  ///< cases that get every input
  std::vector<InputTally> inputs;
};

/// The images of the folder and the rules to try on them. Throws Error(ExitCode::usage).
std::vector<Case> images_of_folder(const SelectRequest& request);
std::vector<SelectionRule> rules_to_try(const SelectRequest& request);

SelectReport select_report(const std::vector<Case>& cases, const std::vector<SelectionRule>& rules);
/// selection.csv of a run: every image of every case, whether it would be used and why.
Table select_table(const std::vector<Case>& cases, const std::vector<SelectionRule>& rules);

/// For a terminal of 80 columns; of each table the first `n_rows`.
std::string select_text(const SelectReport& report, std::size_t n_rows);
Json select_json(const SelectReport& report);
/// Every image of one case with the rule that took or left it.
std::string explain_case(const Case& one, const std::vector<SelectionRule>& rules);

}  // namespace radbatch
