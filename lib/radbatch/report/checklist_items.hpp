// The items of the reporting guidelines: their numbers, and topics in our own short words.
//
// The guideline's own text counts and is not repeated here; a journal wants its form. CLAIM 2024: Tejani et
// al., Radiol Artif Intell 6 (2024) e240300; TRIPOD+AI: Collins et al., BMJ 385 (2024) e078378; STARD-AI:
// Sounderajah et al., Nat Med 31 (2025) 3283-3289. What was compared with public transcriptions: STARD-AI all
// of it (two agree), CLAIM items 7 to 44 (one), TRIPOD+AI most items up to 14 (one). Nothing was compared with
// the journals' forms.
#pragma once

#include <span>
#include <string_view>

namespace radbatch {

/// What the tool may know of a study; each item asks for at most one.
enum class Fact {
  authors,  ///< nothing: the item is for the authors
  accuracy_named,
  intended_use,
  data_sources,
  eligibility,
  preparation,
  subsets,
  privacy,
  missing_data,
  acquisition,
  reference_standard,
  annotators,
  rater_variability,
  partitions,
  disjoint,
  sample_size,
  model,
  software,
  ensemble,
  thresholds,
  metrics,
  uncertainty,
  robustness,
  explanations,
  test_data,
  flow,
  characteristics,
  performance,
  cross_table,
  failures,
  indeterminate,
  subgroups,
  calibration,
  clusters,
  prediction,
  availability,
  audit,
};

struct ChecklistItem {
  std::string_view section, number, topic;
  Fact fact = Fact::authors;
};

struct Checklist {
  std::string_view id;        ///< file name: "claim-2024"
  std::string_view title;     ///< "CLAIM 2024"
  std::string_view citation;  ///< of the guideline
  std::span<const ChecklistItem> items;
};

std::span<const Checklist> checklists();

}  // namespace radbatch
