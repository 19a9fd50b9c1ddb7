#include "radbatch/report/reader_ratings.hpp"

#include <algorithm>
#include <map>

namespace radbatch {
namespace {

std::int32_t answer_of(const Rater& rater, std::size_t finding, std::size_t unit) {
  if (finding >= rater.decisions.size()) return -1;
  return static_cast<std::int32_t>(rater.decisions[finding][unit]);
}

/// Of `question` what `rate(rater, unit)` and `true_category(unit)` say.
template <typename Rate, typename Truth>
void fill(RatedQuestion& question, const AnalysisData& data, const ReaderGroup& group, Rate rate,
          Truth true_category) {
  const std::vector<std::size_t> raters = group.all();
  question.ratings.resize(raters.size());
  std::vector<std::uint32_t> units;
  std::vector<std::int32_t> row(raters.size());
  for (std::size_t unit = 0; unit < data.size(); ++unit) {
    if (!data.is_test[unit]) continue;
    for (std::size_t r = 0; r < raters.size(); ++r) row[r] = rate(data.raters[raters[r]], unit);
    const auto readers = std::span(row).first(group.readers.size());
    if (std::ranges::all_of(readers, [](std::int32_t rating) { return rating < 0; })) continue;
    for (std::size_t r = 0; r < raters.size(); ++r) question.ratings[r].push_back(row[r]);
    question.truth.push_back(true_category(unit));
    units.push_back(static_cast<std::uint32_t>(unit));
  }
  question.units = unit_set(data, std::move(units));
}

}  // namespace

std::vector<std::size_t> ReaderGroup::all() const {
  std::vector<std::size_t> raters = readers;
  if (model) raters.push_back(*model);
  return raters;
}

ReaderGroup reader_group(const AnalysisData& data) {
  ReaderGroup group;
  for (std::size_t r = 0; r < data.raters.size(); ++r) {
    if (data.raters[r].is_reader) {
      group.readers.push_back(r);
    } else if (!group.model) {
      group.model = r;
    }
  }
  return group;
}

std::vector<RatedQuestion> rated_questions(const AnalysisData& data, const ReaderGroup& group) {
  std::vector<RatedQuestion> questions;
  if (data.kind == TruthKind::continuous) return questions;
  if (data.kind == TruthKind::classes || data.kind == TruthKind::ordinal) {
    RatedQuestion question;
    question.id = "classes";
    question.n_categories = data.findings.size();
    question.is_ordered = data.kind == TruthKind::ordinal;
    fill(
        question, data, group,
        [&](const Rater& rater, std::size_t unit) { return called_class(data, rater, unit); },
        [&](std::size_t unit) { return data.true_class.empty() ? -1 : data.true_class[unit]; });
    questions.push_back(std::move(question));
    return questions;
  }
  for (std::size_t f = 0; f < data.findings.size(); ++f) {
    RatedQuestion question;
    question.finding = data.findings[f].name;
    question.id = data.findings[f].slug;
    fill(
        question, data, group,
        [&](const Rater& rater, std::size_t unit) { return answer_of(rater, f, unit); },
        [&](std::size_t unit) {
          return f < data.truth.size() ? static_cast<std::int32_t>(data.truth[f][unit]) : -1;
        });
    questions.push_back(std::move(question));
  }
  return questions;
}

RatingKinds rating_kinds(const RatedQuestion& question) {
  RatingKinds kinds;
  kinds.ratings.resize(question.ratings.size());
  kinds.cells.cluster = question.units.clusters.cluster;
  std::map<std::vector<std::int32_t>, std::uint32_t> known;
  std::vector<std::int32_t> row(question.ratings.size());
  for (std::size_t unit = 0; unit < question.units.size(); ++unit) {
    for (std::size_t r = 0; r < row.size(); ++r) row[r] = question.ratings[r][unit];
    const auto [kind, is_new] = known.try_emplace(row, static_cast<std::uint32_t>(known.size()));
    if (is_new)
      for (std::size_t r = 0; r < row.size(); ++r) kinds.ratings[r].push_back(row[r]);
    kinds.cells.cell.push_back(kind->second);
  }
  kinds.cells.n_cells = known.size();
  return kinds;
}

}  // namespace radbatch
