// What readers and model say of the same cases, as categories.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "radbatch/report/level_numbers.hpp"

namespace radbatch {

/// The raters that are compared: the readers, and the first that is none.
struct ReaderGroup {
  std::vector<std::size_t> readers;  ///< positions in AnalysisData::raters
  std::optional<std::size_t> model;

  /// Readers first, the model last.
  std::vector<std::size_t> all() const;
};
ReaderGroup reader_group(const AnalysisData& data);

/// One question that all answer: a finding that is there or not, or which class or grade.
struct RatedQuestion {
  std::string finding;  ///< name; "" for classes and grades
  std::string id;       ///< slug
  std::size_t n_categories = 2;
  bool is_ordered = false;
  UnitSet units;                                   ///< test units that somebody rated
  std::vector<std::vector<std::int32_t>> ratings;  ///< [rater of the group][unit], -1: not rated
  std::vector<std::int32_t> truth;                 ///< [unit], -1: unknown
};

/// A question per finding for 0/1 findings, one for classes and for grades, none for numbers.
std::vector<RatedQuestion> rated_questions(const AnalysisData& data, const ReaderGroup& group);

/// Units that were rated alike by all, as one: what agreement depends on is how many there are of each kind.
struct RatingKinds {
  std::vector<std::vector<std::int32_t>> ratings;  ///< [rater][kind]
  CellUnits cells;                                 ///< of each unit its kind
};
RatingKinds rating_kinds(const RatedQuestion& question);

}  // namespace radbatch
