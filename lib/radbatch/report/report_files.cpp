#include "radbatch/report/report_files.hpp"

#include <algorithm>
#include <iterator>
#include <set>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/report/case_lists.hpp"
#include "radbatch/report/checklist.hpp"
#include "radbatch/report/metrics_table.hpp"
#include "radbatch/report/review_page.hpp"
#include "radbatch/report/table_files.hpp"
#include "radbatch/store/data_package.hpp"

namespace radbatch {
namespace {

namespace fs = std::filesystem;

/// Lists that an earlier report wrote, as its report.json names them, and this one does not have.
void remove_earlier_lists(const OutputPlaces& places, const std::vector<CaseList>& lists) {
  std::error_code error;
  if (!fs::is_regular_file(places.json, error)) return;
  std::set<std::string> kept;
  for (const CaseList& list : lists) kept.insert(file_stem(list.id));
  try {
    const Json earlier = read_json_file(places.json);
    for (const auto& [id, list] : earlier.at("parts").at("lists").at("lists").items()) {
      if (!kept.contains(file_stem(id))) fs::remove(places.lists / (file_stem(id) + ".csv"), error);
    }
  } catch (const std::exception&) {
    // Another program's file, or a report of before lists were written: there is nothing of ours to remove.
  }
}

/// Describes the report's tables in the datapackage.json of the folder they lie in, where there is one.
void describe_in_package(const fs::path& folder, const std::vector<TableFile>& tables) {
  const fs::path path = folder / "datapackage.json";
  std::error_code missing;
  if (!fs::is_regular_file(path, missing)) return;
  Json package = read_json_file(path);
  if (!package.is_object() || !package.contains("resources") || !package["resources"].is_array()) return;
  const Json ours = datapackage_json("", tables);
  Json& resources = package["resources"];
  for (const Json& described : ours["resources"]) {
    const auto same = std::ranges::find_if(
        resources, [&](const Json& resource) { return text_at(resource, {"path"}) == described["path"]; });
    if (same == resources.end()) {
      resources.push_back(described);
    } else {
      *same = described;
    }
  }
  write_file_atomically(path, pretty(package));
}

void write_metrics(const OutputPlaces& places, const std::vector<ReportPart>& parts) {
  std::vector<MetricRow> rows;
  for (const ReportPart& part : parts) rows.insert(rows.end(), part.metrics.begin(), part.metrics.end());
  if (rows.empty()) {
    std::error_code ignored;
    fs::remove(places.metrics, ignored);
    return;
  }
  const Table table = metrics_table(rows);
  const std::string csv = to_csv(table);
  write_file_atomically(places.metrics, csv);
  describe_in_package(places.metrics.parent_path(),
                      {describe_table(places.metrics.filename().string(),
                                      "every estimate of the report, with its interval", table, csv)});
}

void write_tables(const std::vector<ReportPart>& parts, const fs::path& folder) {
  if (folder.empty()) return;
  std::vector<ReportTable> tables;
  for (const ReportPart& part : parts) tables.insert(tables.end(), part.tables.begin(), part.tables.end());
  write_table_files(tables, folder);
}

/// Returns what to tell the user: a font that is missing.
std::vector<std::string> write_all_figures(const std::vector<ReportPart>& parts,
                                           const FigureOptions& options) {
  if (options.folder.empty()) return {};
  std::vector<Figure> figures;
  for (const ReportPart& part : parts)
    figures.insert(figures.end(), part.figures.begin(), part.figures.end());
  return write_figures(figures, options);
}

/// The run may lie where nothing can be written; the report is good without the look-up list, and says so.
std::optional<fs::path> try_review(const PartContext& ctx, const RunData& run,
                                   std::vector<std::string>& warnings) {
  try {
    return write_review(ctx, run);
  } catch (const Error& error) {
    if (error.exit_code() != ExitCode::output) throw;
    warnings.push_back("private/review.html was not written: " + error.message());
    return std::nullopt;
  }
}

}  // namespace

FilesBeside write_files_beside(const FinishedReport& report) {
  const ReportRequest& request = report.sources.request;
  const PartContext& ctx = report.sources.ctx;
  FilesBeside files;
  remove_earlier_lists(report.places, report.lists);
  write_case_lists(ctx.data, report.lists, report.places.lists);
  write_metrics(report.places, report.parts);
  files.warnings = write_label_join(report.sources.inputs, report.places.page);
  write_tables(report.parts, request.output.tables);
  std::ranges::move(write_all_figures(report.parts, request.figures), std::back_inserter(files.warnings));
  files.notes = write_asked_calibration(ctx.data, request.calibration, report.sources.run().run);
  if (!request.output.checklists.empty())
    write_checklists(known_facts(ctx, report.sources.run(), report.parts), request.output.checklists);
  files.review = try_review(ctx, report.sources.run(), files.warnings);
  return files;
}

}  // namespace radbatch
