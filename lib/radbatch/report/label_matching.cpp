#include "radbatch/report/label_matching.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <unordered_map>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

/// From a text to the cases that have it, sorted by text and then by case.
class KeyIndex {
 public:
  template <class Change>
  KeyIndex(const std::vector<std::string>& values, Change change) {
    entries_.reserve(values.size());
    for (std::uint32_t at = 0; at < values.size(); ++at) {
      if (!values[at].empty()) entries_.emplace_back(change(values[at]), at);
    }
    std::ranges::sort(entries_);
  }

  std::vector<std::uint32_t> find(std::string_view key) const {
    std::vector<std::uint32_t> cases;
    auto at = std::ranges::lower_bound(entries_, key, {}, &Entry::first);
    for (; at != entries_.end() && at->first == key; ++at) cases.push_back(at->second);
    return cases;
  }

  std::size_t n_beginning_with(std::string_view start) const {
    auto at = std::ranges::lower_bound(entries_, start, {}, &Entry::first);
    std::size_t n = 0;
    for (; at != entries_.end() && at->first.starts_with(start); ++at) ++n;
    return n;
  }

 private:
  using Entry = std::pair<std::string, std::uint32_t>;
  std::vector<Entry> entries_;
};

class Matcher {
 public:
  Matcher(const KeySides& sides, const KeyOptions& options) : sides_(sides), options_(options) {
    for (const std::string& date : sides.attribute_dates) case_days_.push_back(day_of(date));
    if (!sides.attributes.empty()) exact_.emplace(sides.attributes, [](const auto& key) { return key; });
    is_done_.assign(sides.run.cases.size(), false);
    for (std::size_t at = 0; at < is_done_.size(); ++at) {
      const bool has_score =
          std::ranges::any_of(sides.run.scores, [&](const auto& scores) { return !std::isnan(scores[at]); });
      is_done_[at] = sides.run.cases[at].status == Status::done && has_score;
    }
  }

  LabelMatching match() {
    matching_.label_column = sides_.label_column;
    matching_.attribute = sides_.attribute;
    matching_.rows.reserve(sides_.keys.size());
    for (std::uint32_t row = 0; row < sides_.keys.size(); ++row) place(row);
    settle_rivals();
    for (const LabelledCase& one : matching_.labelled) mark_score(matching_.rows[one.row]);
    add_unlabelled();
    return std::move(matching_);
  }

 private:
  std::vector<std::uint32_t> cases_with(const std::string& key, std::uint32_t row) const {
    if (exact_) return exact_->find(key);
    // Both tables are mostly sorted by id: then the row's own position is the case's.
    if (row < sides_.run.cases.size() && sides_.run.cases[row].id == key) return {row};
    const std::optional<std::uint32_t> found = sides_.run.find(key);
    return found ? std::vector<std::uint32_t>{*found} : std::vector<std::uint32_t>{};
  }

  std::vector<std::string> ids() const {
    std::vector<std::string> ids;
    for (const CaseRow& one : sides_.run.cases) ids.push_back(one.id);
    return ids;
  }

  const std::string& attribute(std::uint32_t at) const {
    return sides_.attributes.empty() ? sides_.run.cases[at].id : sides_.attributes[at];
  }

  const KeyIndex& repaired_index() {
    const auto repair = [](const std::string& key) { return repaired(key); };
    if (!repaired_) repaired_.emplace(sides_.attributes.empty() ? ids() : sides_.attributes, repair);
    return *repaired_;
  }

  void place(std::uint32_t row) {
    JoinRow joined{.line = sides_.line[row]};
    std::vector<std::uint32_t> cases = candidates(joined, row);
    if (joined.why == JoinWhy::none && !cases.empty()) choose(joined, cases, row);
    if (joined.why == JoinWhy::none || joined.why == JoinWhy::several_labelled) {
      joined.outcome = JoinOutcome::matched;
      joined.case_index = cases.front();
      for (const std::uint32_t at : cases) matching_.labelled.push_back({at, row});
    }
    matching_.rows.push_back(joined);
  }

  /// The cases with this key; sets why there is none.
  std::vector<std::uint32_t> candidates(JoinRow& joined, std::uint32_t row) {
    const std::string& key = sides_.keys[row];
    if (key.empty()) {
      joined.why = JoinWhy::empty_key;
      return {};
    }
    if (std::vector<std::uint32_t> cases = cases_with(key, row); !cases.empty()) return cases;
    joined.why = JoinWhy::no_such_key;
    if (is_rounded(key)) {
      joined.why = JoinWhy::rounded_key;
      return {};
    }
    if (key.find("\xEF\xBF\xBD") != std::string::npos) joined.why = JoinWhy::broken_key;
    std::vector<std::uint32_t> cases = repaired_index().find(repaired(key));
    if (cases.empty()) return {};
    joined.repairs = repairs_between(key, attribute(cases.front()));
    joined.why = options_.repair ? JoinWhy::none : JoinWhy::needs_repair;
    joined.number = static_cast<std::uint32_t>(cases.size());
    const auto is_other = [&](std::uint32_t at) { return attribute(at) != attribute(cases.front()); };
    if (std::ranges::any_of(cases, is_other)) refuse(joined, JoinWhy::several_cases, cases.size());
    return cases;
  }

  static void refuse(JoinRow& joined, JoinWhy why, std::size_t n) {
    joined.why = why;
    joined.outcome = JoinOutcome::ambiguous;
    joined.number = static_cast<std::uint32_t>(n);
  }

  /// Leaves the one case that is meant, or says why none is.
  void choose(JoinRow& joined, std::vector<std::uint32_t>& cases, std::uint32_t row) {
    joined.number = 0;
    if (!sides_.dates.empty() && !near_in_time(joined, cases, row)) return;
    if (cases.size() == 1) return;
    if (sides_.is_patient) {
      joined.why = JoinWhy::several_labelled;
      joined.number = static_cast<std::uint32_t>(cases.size());
    } else {
      refuse(joined, sides_.dates.empty() ? JoinWhy::several_cases : JoinWhy::several_in_time, cases.size());
    }
  }

  bool near_in_time(JoinRow& joined, std::vector<std::uint32_t>& cases, std::uint32_t row) {
    const std::optional<int> day = day_of(sides_.dates[row]);
    if (!day) {
      joined.why = JoinWhy::no_date;
      return false;
    }
    std::erase_if(cases, [&](std::uint32_t at) { return !case_days_[at]; });
    if (cases.empty()) {
      joined.why = JoinWhy::cases_without_date;
      return false;
    }
    const auto distance = [&](std::uint32_t at) { return std::abs(*case_days_[at] - *day); };
    const int nearest = distance(*std::ranges::min_element(cases, {}, distance));
    if (static_cast<std::size_t>(nearest) > options_.within_days.value_or(0)) {
      joined.why = JoinWhy::too_far;
      joined.number = static_cast<std::uint32_t>(nearest);
      return false;
    }
    const std::size_t limit =
        options_.nearest ? static_cast<std::size_t>(nearest) : options_.within_days.value_or(0);
    std::erase_if(cases, [&](std::uint32_t at) { return static_cast<std::size_t>(distance(at)) > limit; });
    if (options_.nearest && cases.size() > 1) {
      refuse(joined, JoinWhy::equally_near, cases.size());
      return false;
    }
    return true;
  }

  int distance_of(const LabelledCase& one) const {
    return std::abs(*case_days_[one.case_index] - day_of(sides_.dates[one.row]).value_or(0));
  }

  /// Several rows about one case: the nearest, or the first of those that say the same, or none.
  void settle_rivals() {
    auto order = [](const LabelledCase& one) { return std::pair(one.case_index, one.row); };
    std::vector<LabelledCase>& all = matching_.labelled;
    if (!std::ranges::is_sorted(all, {}, order)) std::ranges::sort(all, {}, order);
    std::vector<LabelledCase> kept;
    kept.reserve(all.size());
    for (std::size_t start = 0; start < all.size();) {
      std::size_t end = start;
      while (end < all.size() && all[end].case_index == all[start].case_index) ++end;
      std::vector<LabelledCase> rivals(all.begin() + static_cast<std::ptrdiff_t>(start),
                                       all.begin() + static_cast<std::ptrdiff_t>(end));
      if (rivals.size() > 1 && options_.nearest && !sides_.dates.empty()) keep_nearest(rivals);
      if (rivals.size() == 1 || keep_one(rivals)) kept.push_back(rivals.front());
      start = end;
    }
    all = std::move(kept);
  }

  void keep_nearest(std::vector<LabelledCase>& rivals) {
    const auto distance = [&](const LabelledCase& one) { return distance_of(one); };
    const LabelledCase nearest = *std::ranges::min_element(rivals, {}, distance);
    std::erase_if(rivals, [&](const LabelledCase& one) {
      if (distance_of(one) == distance_of(nearest)) return false;
      give_up(one.row, JoinOutcome::duplicate, JoinWhy::farther_than, sides_.line[nearest.row]);
      return true;
    });
  }

  void give_up(std::uint32_t row, JoinOutcome outcome, JoinWhy why, std::uint32_t line) {
    JoinRow& joined = matching_.rows[row];
    if (joined.why == JoinWhy::several_labelled) return;  // it still stands for other cases of the patient
    joined.outcome = outcome;
    joined.why = why;
    joined.number = line;
  }

  /// False when the rows contradict each other: the truth about this case is then not known.
  bool keep_one(const std::vector<LabelledCase>& rivals) {
    const std::uint32_t first = rivals.front().row;
    const auto agrees = [&](const LabelledCase& one) { return sides_.say_the_same(first, one.row); };
    const auto other = std::ranges::find_if_not(rivals, agrees);
    const bool do_agree = other == rivals.end();
    if (!do_agree) give_up(first, JoinOutcome::ambiguous, JoinWhy::contradicts, sides_.line[other->row]);
    for (std::size_t i = 1; i < rivals.size(); ++i) {
      give_up(rivals[i].row, do_agree ? JoinOutcome::duplicate : JoinOutcome::ambiguous,
              do_agree ? JoinWhy::same_as : JoinWhy::contradicts, sides_.line[first]);
    }
    return do_agree;
  }

  void mark_score(JoinRow& joined) const {
    if (is_done_[joined.case_index] || joined.why == JoinWhy::several_labelled) return;
    joined.outcome = JoinOutcome::no_score;
    joined.why = JoinWhy::not_done;
  }

  void add_unlabelled() {
    std::vector<bool> is_named(is_done_.size());
    for (const LabelledCase& one : matching_.labelled) is_named[one.case_index] = true;
    for (const JoinRow& row : matching_.rows) {
      if (row.case_index != NO_CASE) is_named[row.case_index] = true;
    }
    for (std::uint32_t at = 0; at < is_done_.size(); ++at) {
      if (is_done_[at] && !is_named[at]) {
        matching_.rows.push_back(
            {.case_index = at, .outcome = JoinOutcome::unlabelled, .why = JoinWhy::not_named});
      }
    }
  }

  const KeySides& sides_;
  const KeyOptions& options_;
  std::vector<std::optional<int>> case_days_;
  std::vector<bool> is_done_;
  std::optional<KeyIndex> exact_, repaired_;
  LabelMatching matching_;
};

std::string first_form(const std::vector<std::string>& keys) {
  const auto given = std::ranges::find_if(keys, [](const std::string& key) { return !key.empty(); });
  return given == keys.end() ? "empty" : key_form(*given);
}

[[noreturn]] void refuse_empty(const KeySides& sides, const LabelMatching& matching) {
  std::vector<std::string> ours = sides.attributes;
  if (ours.empty() && !sides.run.cases.empty()) ours.push_back(sides.run.cases.front().id);
  std::string hint = "column " + printable(sides.label_column) + " begins with a key of " +
                     first_form(sides.keys) + ", " + printable(sides.attribute) + " of the run with one of " +
                     first_form(ours);
  const auto repairs = matching.repairs();
  for (const auto& [repair, n] : repairs) hint += "; " + counted(n, "key") + " would match but for " + repair;
  if (!repairs.empty()) hint += ": --repair-keys accepts that";
  if (repairs.empty() && sides.attributes.empty())
    hint += "; other attributes are matched with --key, for example --key accession=AccessionNumber";
  throw Error(ExitCode::usage, sides.what + ": no labelled case is in the run", hint);
}

}  // namespace

std::size_t LabelMatching::count(JoinOutcome outcome) const {
  return static_cast<std::size_t>(std::ranges::count(rows, outcome, &JoinRow::outcome));
}

std::map<std::string, std::size_t> LabelMatching::repairs() const {
  std::map<std::string, std::size_t> counts;
  for (const JoinRow& row : rows) {
    if (row.repairs == 0) continue;
    for (const std::string& repair : names_of(row.repairs)) ++counts[repair];
  }
  return counts;
}

LabelMatching match_labels(const KeySides& sides, const KeyOptions& options) {
  if (sides.keys.empty()) {
    throw Error(ExitCode::usage, sides.what + ": there is no row below the header",
                "give a row for every labelled case");
  }
  LabelMatching matching = Matcher(sides, options).match();
  const bool names_a_case = std::ranges::any_of(
      matching.rows, [](const JoinRow& row) { return row.line > 0 && row.case_index != NO_CASE; });
  if (!names_a_case) refuse_empty(sides, matching);
  return matching;
}

std::optional<int> day_of(std::string_view date) {
  std::vector<std::pair<int, std::size_t>> numbers;  // value, digits
  std::string between;
  for (std::size_t at = 0; at < date.size() && numbers.size() < 3;) {
    int value = 0;
    const auto [end, error] = std::from_chars(date.data() + at, date.data() + date.size(), value);
    const auto n = static_cast<std::size_t>(end - (date.data() + at));
    if (error != std::errc() || value < 0 || date[at] == '-') {
      if (numbers.empty()) return std::nullopt;
      between += date[at++];
      continue;
    }
    numbers.emplace_back(value, n);
    at += n;
  }
  if (!numbers.empty() && numbers[0].second == 8) {
    const int all = numbers[0].first;
    numbers = {{all / 10000, 4}, {all / 100 % 100, 2}, {all % 100, 2}};
  } else if (numbers.size() == 3 && numbers[2].second == 4 && between.starts_with("..")) {
    std::swap(numbers[0], numbers[2]);
  }
  if (numbers.size() != 3 || numbers[0].second != 4) return std::nullopt;
  const std::chrono::year_month_day day{std::chrono::year(numbers[0].first),
                                        std::chrono::month(static_cast<unsigned>(numbers[1].first)),
                                        std::chrono::day(static_cast<unsigned>(numbers[2].first))};
  if (!day.ok()) return std::nullopt;
  return static_cast<int>(std::chrono::sys_days(day).time_since_epoch().count());
}

}  // namespace radbatch
