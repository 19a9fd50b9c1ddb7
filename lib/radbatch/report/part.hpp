// A part of a report: one analysis, in every form in which it leaves the tool.
//
// A part computes its numbers once and says them as HTML for the page, JSON for programs, rows of
// metrics.csv, figures, tables and lists of cases. The page, report.json, metrics.csv, figures/ and tables/
// are made from these and know nothing of the analysis. Every number in `html` must be in `numbers` at full
// precision.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "radbatch/base/json.hpp"
#include "radbatch/report/analysis_data.hpp"
#include "radbatch/report/language.hpp"
#include "radbatch/stats/interval.hpp"

namespace radbatch {

/// A row of metrics.csv.
struct MetricRow {
  std::string model;     ///< of the rater; of a comparison "a - b"
  std::string finding;   ///< "" for a number over all findings
  std::string metric;    ///< stable snake_case: "auroc", "sensitivity"
  Estimate estimate;     ///< with its n, n_positive and the name of the interval's method
  std::string subgroup;  ///< "sex=F"; "" for all
};

/// A picture that stands alone as well: figures/<id>.svg.
struct Figure {
  std::string id;       ///< file name without ending: "roc-effusion"
  std::string title;    ///< plain text
  std::string caption;  ///< plain text: what is drawn, of how many
  std::string svg;      ///< an <svg> element that needs the page's style sheet
};

/// A table that leaves as LaTeX, Markdown and CSV: tables/<id>.*.
struct ReportTable {
  std::string id;
  std::string title;
  std::vector<std::string> header;             ///< plain text
  std::vector<std::vector<std::string>> rows;  ///< plain text, as printed
  std::vector<bool> is_number;                 ///< per column: right-aligned
  std::string note;                            ///< plain text: methods, counts
};

/// The cases behind a number or a picture.
struct CaseList {
  std::string id;                    ///< "effusion-false-positive"
  std::string title;                 ///< plain text
  std::vector<std::uint32_t> units;  ///< positions in AnalysisData
};

struct ReportPart {
  std::string id;       ///< anchor, and key in report.json
  std::string heading;  ///< in the report's language; the navigation shows it
  std::string html;     ///< without the heading; empty: the part has nothing to say and is left out
  Json numbers = Json::object();
  std::vector<MetricRow> metrics;
  std::vector<Figure> figures;
  std::vector<ReportTable> tables;
  std::vector<CaseList> lists;
  std::vector<std::string> warnings;  ///< for the terminal
};

/// What all parts are asked with; each part's own options are a struct of its own.
struct PartContext {
  const AnalysisData& data;
  const Language& lang;
  std::uint64_t seed = 0;
  std::size_t n_bootstrap = 2000;
  std::size_t threads = 1;
  double level = 0.95;
};

/// A table as HTML, in a box that scrolls on a narrow screen.
std::string html_table(const ReportTable& table);
/// <figure> with caption around the figure's svg.
std::string html_figure(const Figure& figure);
/// A link to the list of cases of that id; `inner` is HTML.
std::string list_link(std::string_view list_id, std::string_view inner);
/// The id as the name of a file: what is no letter, digit, dot, dash or underscore of ASCII becomes a dash,
/// at most 100 characters, never a hidden file; an id that had to change gets eight digits of its SHA-256, so
/// that no two ids meet. Ids hold findings' slugs, which a run folder may choose.
std::string file_stem(std::string_view id);
/// {"value", "lower", "upper", "level", "method", "n", "n_positive", "why_not"}
Json estimate_json(const Estimate& estimate);
/// "0.912 (0.880–0.941)" as plain text; "–" where there is no value.
std::string estimate_text(const Estimate& estimate, int decimals = 3);

}  // namespace radbatch
