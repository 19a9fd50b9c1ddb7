#include "radbatch/report/review_page.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <span>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/report/html.hpp"
#include "radbatch/report/judgement.hpp"
#include "radbatch/report/page.hpp"
#include "radbatch/report/table_files.hpp"
#include "radbatch/store/csv_stream.hpp"
#include "radbatch/store/table.hpp"

namespace radbatch {
namespace {

using namespace html;
namespace fs = std::filesystem;

constexpr std::array keywords{"AccessionNumber", "PatientID", "StudyDate", "StudyInstanceUID"};
using Identity = std::array<std::string, keywords.size()>;

// A click selects the whole identifier, for pasting into the PACS.
constexpr std::string_view review_style = R"css(
code { user-select: all; -webkit-user-select: all; }
.banner.private { border-color: var(--red); }
)css";

struct ReviewRow {
  std::string finding;
  Judgement judgement = Judgement::false_positive;
  double score = 0;
  std::vector<std::string> case_ids;  ///< several where patients are counted
  std::vector<Identity> identities;   ///< of each
};

/// Errors of one finding and kind.
struct JudgedErrors {
  std::string finding;
  Judgement judgement = Judgement::false_positive;
  JudgedCases cases;
};

std::vector<JudgedErrors> errors_of(const AnalysisData& data) {
  std::vector<JudgedErrors> errors;
  for (std::size_t f = 0; f < data.findings.size() && f < data.truth.size(); ++f) {
    for (const Judgement judgement : {Judgement::false_positive, Judgement::false_negative}) {
      JudgedErrors found{data.findings[f].name, judgement, cases_judged(data, f, judgement)};
      if (found.cases.n > 0) errors.push_back(std::move(found));
    }
  }
  return errors;
}

/// Who a case is. Only of units with errors: a cohort's linkage is not held in memory.
struct Linkage {
  std::map<std::string, Identity> by_case;
  std::map<std::string, std::vector<std::string>> cases_of_patient;  ///< where patients are counted
};

Linkage read_linkage(const fs::path& file, const std::set<std::string>& units) {
  CsvStream table(file, "private/linkage.csv", ',');
  const auto id_column = table.find("case_id"), key_column = table.find("patient_key");
  std::array<std::optional<std::size_t>, keywords.size()> columns;
  for (std::size_t k = 0; k < keywords.size(); ++k) columns[k] = table.find(keywords[k]);
  Linkage linkage;
  while (id_column && table.next()) {
    const std::string id(table.field(*id_column));
    const std::string patient(key_column ? table.field(*key_column) : std::string_view());
    if (!units.contains(id) && !units.contains(patient)) continue;
    Identity& identity = linkage.by_case[id];
    for (std::size_t k = 0; k < keywords.size(); ++k) {
      if (columns[k]) identity[k] = table.field(*columns[k]);
    }
    linkage.cases_of_patient[patient].push_back(id);
  }
  return linkage;
}

std::vector<std::string> cases_of_unit(const Linkage& linkage, const std::string& unit) {
  if (linkage.by_case.contains(unit)) return {unit};
  const auto patient = linkage.cases_of_patient.find(unit);
  return patient == linkage.cases_of_patient.end() ? std::vector<std::string>{unit} : patient->second;
}

std::vector<ReviewRow> review_rows(const AnalysisData& data, const fs::path& file) {
  const std::vector<JudgedErrors> errors = errors_of(data);
  std::set<std::string> units;
  for (const JudgedErrors& of : errors) {
    for (const JudgedCase& judged : of.cases.shown) units.insert(data.unit_ids[judged.unit]);
  }
  std::vector<ReviewRow> rows;
  if (units.empty()) return rows;
  const Linkage linkage = read_linkage(file, units);
  for (const JudgedErrors& of : errors) {
    for (const JudgedCase& judged : of.cases.shown) {
      ReviewRow row{of.finding, of.judgement, judged.score, {}, {}};
      row.case_ids = cases_of_unit(linkage, data.unit_ids[judged.unit]);
      for (const std::string& id : row.case_ids) {
        const auto found = linkage.by_case.find(id);
        row.identities.push_back(found == linkage.by_case.end() ? Identity{} : found->second);
      }
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

std::string score_text(double score) {
  return std::isnan(score) ? "" : fixed(score, 3);
}

std::string row_html(const ReviewRow& row) {
  std::string out;
  for (std::size_t i = 0; i < row.case_ids.size(); ++i) {
    std::string cells =
        number_cell(score_text(row.score)) + cell(element("code", "", escape(row.case_ids[i])));
    for (const std::string& text : row.identities[i])
      cells += cell(text.empty() ? "" : element("code", "", escape(text)));
    out += element("tr", "", cells);
  }
  return out;
}

std::string group_html(const PartContext& ctx, std::span<const ReviewRow> rows) {
  std::string body;
  for (std::size_t i = 0; i < std::min(rows.size(), MOST_REVIEWED); ++i) body += row_html(rows[i]);
  const std::string note = rows.size() > MOST_REVIEWED
                               ? element("p", "class=\"note\"",
                                         "The " + grouped(MOST_REVIEWED) + " most confident of " +
                                             grouped(rows.size()) + "; all are in review.csv.")
                               : "";
  return element("h3", "",
                 escape(ctx.lang(title(rows.front().judgement))) + " " +
                     element("span", "class=\"soft\"", grouped(rows.size()))) +
         note +
         table("",
               header_row({"#Score", "Case", "Accession number", "Patient ID", "Study date", "Study UID"}),
               body);
}

/// One section per finding; rows come by finding, then by kind.
std::string sections(const PartContext& ctx, const std::vector<ReviewRow>& rows) {
  std::string out, inside;
  for (std::size_t start = 0; start < rows.size();) {
    std::size_t end = start;
    while (end < rows.size() && rows[end].finding == rows[start].finding &&
           rows[end].judgement == rows[start].judgement) {
      ++end;
    }
    inside += group_html(ctx, std::span(rows).subspan(start, end - start));
    if (end == rows.size() || rows[end].finding != rows[start].finding) {
      out += section("finding-" + std::to_string(start), escape(rows[start].finding), inside);
      inside.clear();
    }
    start = end;
  }
  return out;
}

std::string csv_of(const std::vector<ReviewRow>& rows) {
  std::string csv = "finding,outcome,score,case_id";
  for (const char* keyword : keywords) csv.append(",").append(keyword);
  csv += "\n";
  for (const ReviewRow& row : rows) {
    for (std::size_t i = 0; i < row.case_ids.size(); ++i) {
      csv += csv_quoted(row.finding) + "," + std::string(slug(row.judgement)) + "," +
             (std::isnan(row.score) ? "" : shortest(row.score)) + "," + csv_quoted(row.case_ids[i]);
      for (const std::string& text : row.identities[i]) csv += "," + csv_quoted(text);
      csv += "\n";
    }
  }
  return csv;
}

}  // namespace

void write_private_file(const fs::path& path, const std::string& content) {
  write_file_atomically(path, content);
  std::error_code error;
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write, error);
  if (error) throw Error(ExitCode::output, "cannot make " + path.string() + " private: " + error.message());
}

std::optional<ReviewFiles> review_files(const PartContext& ctx, const RunData& run) {
  std::error_code missing;
  const fs::path file = run.folder / "private" / "linkage.csv";
  if (ctx.data.truth.empty() || ctx.data.raters.empty() || !fs::is_regular_file(file, missing))
    return std::nullopt;
  const std::vector<ReviewRow> rows = review_rows(ctx.data, file);
  if (rows.empty()) return std::nullopt;
  const std::string head =
      element("header", "",
              element("p", "class=\"eyebrow\"", "radbatch review") + element("h1", "", "Errors to look up") +
                  element("p", "class=\"subtitle\"", counted(rows.size(), "error")) +
                  element("p", "class=\"banner private\"",
                          "Names patients by their identifiers: keep it in private/. Not for clinical use."));
  const std::string body =
      head + element("main", "", sections(ctx, rows)) + element("footer", "", "Made by radbatch.");
  return ReviewFiles{document("Errors to look up", style_sheet() + std::string(review_style), body),
                     csv_of(rows)};
}

std::optional<fs::path> write_review(const PartContext& ctx, const RunData& run) {
  const fs::path folder = run.folder / "private";
  const std::optional<ReviewFiles> files = review_files(ctx, run);
  if (!files) {
    std::error_code ignored;
    for (const char* name : {"review.html", "review.csv"}) fs::remove(folder / name, ignored);
    return std::nullopt;
  }
  write_private_file(folder / "review.csv", files->csv);
  write_private_file(folder / "review.html", files->html);
  return folder / "review.html";
}

}  // namespace radbatch
