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
};

struct SelectedInput {
  std::string input;
  std::optional<std::size_t> candidate;  ///< into Case::candidates; nothing: see reason (none if optional)
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

/// An image that fits must have the input's name or none, a modality and dims of the rule, and be no
/// localizer; secondary captures only count where nothing else fits. Damaged images count as fitting:
/// dropping them quietly could score another series than the one meant. Ties of a policy go to the most
/// slices, then the lowest SeriesNumber, then the UIDs.
Selection select(const Case& one, std::span<const SelectionRule> rules);
Selection select(const Case& one, const SelectionRule& rule);

}  // namespace radbatch
