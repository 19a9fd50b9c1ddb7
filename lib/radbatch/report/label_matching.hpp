// Which row of a label table belongs to which case, and why the others belong to none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "radbatch/report/key_repair.hpp"
#include "radbatch/report/run_data.hpp"

namespace radbatch {

struct KeyOptions {
  std::string key;   ///< "accession=AccessionNumber": label column = attribute; empty: ids of cases
  std::string date;  ///< "biopsy_date=StudyDate"; empty: none
  std::optional<std::size_t> within_days;  ///< between the two dates; nothing: the same day
  bool nearest = false;                    ///< of several within that time take the nearest
  bool repair = false;                     ///< accept keys that match after a repair
};

enum class JoinOutcome : std::uint8_t {
  matched,     ///< one case, with a score
  no_score,    ///< one case, which has no score
  duplicate,   ///< another row says the same of the same case, or is nearer to it
  ambiguous,   ///< several cases fit, or rows contradict each other
  unmatched,   ///< no case has this key
  unlabelled,  ///< a case with a score that no row names
};
inline constexpr std::size_t N_JOIN_OUTCOMES = 6;
std::string_view name(JoinOutcome outcome);

enum class JoinWhy : std::uint8_t {
  none,
  several_labelled,  ///< a patient's row: all `number` cases of the patient
  not_done,          ///< the case was refused, skipped, failed
  empty_key,
  no_such_key,
  needs_repair,     ///< would match one case after `repairs`
  rounded_key,      ///< 1.2E+11
  broken_key,       ///< U+FFFD in it
  several_cases,    ///< `number` cases have this key
  several_in_time,  ///< `number` cases have this key and a date near enough
  equally_near,     ///< the nearest are `number` cases
  no_date,          ///< the row has none
  cases_without_date,
  too_far,       ///< the nearest case is `number` days away
  same_as,       ///< line `number` says the same
  contradicts,   ///< line `number` says something else
  farther_than,  ///< line `number` is nearer in time
  not_named,
};

inline constexpr std::uint32_t NO_CASE = 0xFFFFFFFFU;

/// A row of label_join.csv.
struct JoinRow {
  std::uint32_t line = 0;  ///< of the label file; 0 for an unlabelled case
  std::uint32_t case_index = NO_CASE;
  std::uint32_t number = 0;  ///< what `why` counts or names
  KeyRepairs repairs = 0;    ///< that the key needed or would need
  JoinOutcome outcome = JoinOutcome::unmatched;
  JoinWhy why = JoinWhy::none;
};

/// A label row and a case that it is about.
struct LabelledCase {
  std::uint32_t case_index = 0;
  std::uint32_t row = 0;  ///< of the label table
};

struct LabelMatching {
  std::string label_column, attribute;  ///< what was matched with what: "accession", "AccessionNumber"
  std::vector<JoinRow> rows;            ///< label rows by line, then unlabelled cases by id
  std::vector<LabelledCase> labelled;   ///< sorted by case, each case once
  std::size_t count(JoinOutcome outcome) const;
  std::size_t n_label_rows() const { return rows.size() - count(JoinOutcome::unlabelled); }
  /// "leading zeros" -> keys that need it, matched by it or not.
  std::map<std::string, std::size_t> repairs() const;
};

/// The two sides of a join.
struct KeySides {
  const RunData& run;
  std::string what;  ///< the label file, for messages
  std::string label_column, attribute;
  const std::vector<std::uint32_t>& line;    ///< [row]
  const std::vector<std::string>& keys;      ///< [row]
  const std::vector<std::string>& dates;     ///< [row]; empty without --date
  std::vector<std::string> attributes;       ///< [case]; empty when the attribute is the id of the case
  std::vector<std::string> attribute_dates;  ///< [case]
  bool is_patient = false;                   ///< a row may label several cases: of one patient
  std::function<bool(std::uint32_t, std::uint32_t)> say_the_same;  ///< whether two label rows do
};

/// Throws Error(ExitCode::usage) when no row belongs to a case, with the forms of both sides' keys.
LabelMatching match_labels(const KeySides& sides, const KeyOptions& options);

/// Days since 1970-01-01 of 20190304, 2019-03-04, 2019/3/4, 2019.3.4, 4.3.2019, 2019年3月4日, with or without
/// a time behind it; nothing for anything else, 03/04/2019 among it, which is two days.
std::optional<int> day_of(std::string_view date);

/// In words: "line 7 says the same of this case".
std::string why_text(const JoinRow& row);
std::string hint_text(const JoinRow& row);

/// label_join.csv: line, case_id, outcome, why, hint. Neither keys nor anything else of the label table.
std::string label_join_csv(const LabelMatching& matching, const RunData& run);
/// private/label_join_keys.csv: line, key, case_id.
std::string label_join_keys_csv(const LabelMatching& matching, const std::vector<std::string>& keys,
                                const RunData& run);

}  // namespace radbatch
