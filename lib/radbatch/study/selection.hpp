// Which image of a case each input of the model gets, and why not the others.
//
// A wrong series gives a plausible score, so nothing is guessed: where several series fit, the default is to
// refuse and to say how to choose. Every series seen becomes a row of selection.csv with its rule in words.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "radbatch/base/choices.hpp"
#include "radbatch/study/cohort.hpp"
#include "radbatch/study/rules.hpp"

namespace radbatch {

enum class UnevenSlices { accept, refuse };

/// What one named input of a model takes.
struct SelectionRule {
  std::string input = "image";
  std::vector<std::string> modality{};  ///< e.g. {"CT"}; empty: any. An image without Modality is accepted.
  std::vector<int> dims{};              ///< e.g. {3}; empty: any
  bool excludes_localizers = true;
  OnMany on_many = OnMany::error;
  UnevenSlices uneven_slices = UnevenSlices::accept;
  bool is_required = true;
  std::vector<Alternative> alternatives{};  ///< empty: every image that the rest lets through
};

struct SelectedInput {
  std::string input;
  std::optional<std::size_t> candidate;  ///< into Case::candidates; nothing: see reason (none if optional)
  std::vector<std::size_t> fitting;      ///< what met the rule before on_many chose
  std::optional<Reason> reason;
  std::string detail;
  std::string hint;
};

/// One line of selection.csv.
struct SelectionRow {
  std::string case_id, series, instance, input;
  bool is_selected = false;
  std::string rule;
  std::optional<Reason> reason;
};

struct Selection {
  std::vector<SelectedInput> inputs;  ///< in the order of the rules
  std::vector<SelectionRow> rows;     ///< per rule every candidate, then the members once
  /// The first input that stops the case, or nothing.
  const SelectedInput* fault() const;
};

/// An image that fits must have the input's name or none, a modality and dims of the rule, be no localizer,
/// and meet the first alternative that any image of the case meets, whose sort keys then break ties;
/// secondary captures only count where nothing else fits. Damaged images count as fitting: dropping them
/// quietly could score another series than the one meant. Ties of a policy go to the most slices, then the
/// lowest SeriesNumber, then the UIDs. Of several rules none may choose the image of another
/// (Reason::many_series), and a case that has some inputs lacks the others (Reason::missing_input); a tensor
/// that is all a case has stands for every input.
Selection select(const Case& one, std::span<const SelectionRule> rules);
Selection select(const Case& one, const SelectionRule& rule);

/// Lays a rule set over the rules of a model's inputs. Of one input each, the names need not agree. Throws
/// Error(ExitCode::usage) for an input that the model does not have, naming the nearest.
void apply_rules(const RuleSet& rules, std::vector<SelectionRule>& inputs);
/// Rules for looking at a cohort without a model: one per input of the set.
std::vector<SelectionRule> rules_of(const RuleSet& rules);

/// Cases of which OnMany::all wants several images become a case each; ids get "-" and 8 hex digits of the
/// image's UIDs, everything else of the case stays with the first. Other cases are left as they are.
std::vector<Case> one_image_each(std::vector<Case> cases, std::span<const SelectionRule> rules);

}  // namespace radbatch
