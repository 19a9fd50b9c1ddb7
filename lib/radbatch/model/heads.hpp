// From the network's raw numbers to what one row of a table says: activation, pooling, decisions.
//
// All of it is declared in the bundle and nothing is guessed from the numbers. It runs in the parent, in
// double precision, and ends in float32, so that the same outputs give the same row wherever they were
// computed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "radbatch/base/json.hpp"
#include "radbatch/model/bundle.hpp"

namespace radbatch {

/// One raw output of the network for all items of a case: [items, classes], C order.
struct HeadOutput {
  std::string output;
  std::int64_t items = 0;
  std::int64_t classes = 0;
  std::span<const float> values;
};

struct HeadScores {
  std::vector<float> values;                   ///< per finding: probability, or the value of a regression
  std::vector<std::optional<bool>> decisions;  ///< per finding; empty where no threshold is declared
  std::optional<std::size_t> top;  ///< multi-class, ordinal: index of the largest, the first of equals
  std::optional<float> expected;   ///< ordinal: sum of k P(grade k), the lowest grade being 0
};

/// Decisions, top and expected value that go with final values, one per finding.
HeadScores head_scores(const Head& head, std::span<const double> values);

struct CaseScores {
  std::vector<HeadScores> heads;  ///< in the order of the bundle
};

/// Scores of one case. `level` says what the items are; one item needs no pooling. A head that reads a map
/// finds it reduced under scored_output(head) (head_maps.hpp).
/// Throws Error(Reason::model_output) when an output is missing or differs from the declared shape, when an
/// activation declared "inside" leaves [0, 1] or attention weights are none, Error(Reason::nonfinite), and
/// Error(Reason::dimension) when the case has several items of a level that the model declares no pooling
/// for.
CaseScores score_case(const Bundle& bundle, std::span<const HeadOutput> outputs, Level level = Level::slices);

/// Activated scores of every item, [items, findings of all heads], C order; NaN for a head that has another
/// number of items (a map over the windows is one). Throws as score_case does.
std::vector<float> item_scores(const Bundle& bundle, std::span<const HeadOutput> outputs, std::int64_t items);

enum class ColumnKind { probability, value, decision, top, expected };

/// One column of predictions.csv. With one head `p_<slug>`, `d_<slug>`, `top`, `expected`; with several
/// `<head>_p_<slug>` ...; a regression is `<head>_<slug>`.
struct ScoreColumn {
  std::string name;
  ColumnKind kind = ColumnKind::probability;
  std::size_t head = 0;
  std::size_t finding = 0;  ///< unused for `top` and `expected`
};

/// A probability or the value of a regression: what is a number of one finding.
bool is_score(const ScoreColumn& column);

/// Per head: scores, then decisions where a threshold is declared, then `top` for multi-class and ordinal,
/// then `expected` for ordinal.
std::vector<ScoreColumn> score_columns(const Bundle& bundle);
std::vector<std::string> column_names(const Bundle& bundle);
/// One text per column: the shortest decimal that reads back as the same float32, 0/1, the finding's name.
std::vector<std::string> score_cells(const Bundle& bundle, const CaseScores& scores);

/// {"p_hand": 0.25, "top": "Hand", ...}: the journal's form. A float32 survives the round trip.
Json to_json(const Bundle& bundle, const CaseScores& scores);
/// Throws Error(ExitCode::internal) that names the column that is missing or of the wrong type.
CaseScores case_scores_from_json(const Bundle& bundle, const Json& json);

}  // namespace radbatch
