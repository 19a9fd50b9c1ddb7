#include "radbatch/report/report_json.hpp"

#include "radbatch/base/version.hpp"
#include "radbatch/report/main_results.hpp"

namespace radbatch {
namespace {

Json settings_json(const PartContext& ctx) {
  return {{"level", ctx.level},
          {"seed", ctx.seed},
          {"n_bootstrap", ctx.n_bootstrap},
          {"lang", ctx.lang.code()},
          {"where", ctx.data.where},
          {"n_units", ctx.data.size()},
          {"n_clusters", ctx.data.n_clusters}};
}

/// Provenance as the run wrote it; a table of predictions has none.
Json runs_json(std::span<const RunData> runs) {
  Json json = Json::array();
  for (const RunData& run : runs) json.push_back(run.run);
  return json;
}

}  // namespace

Json report_json(const ReportRecord& record) {
  Json order = Json::array();
  Json parts = Json::object();
  for (const ReportPart& part : record.parts) {
    if (part.html.empty()) continue;
    order.push_back(part.id);
    parts[part.id] = part.numbers;
  }
  Json key_figures = Json::object();
  for (const KeyFigure& figure : record.key_figures) key_figures[figure.words] = figure.value;
  Json main_results = Json::array();
  for (const MainResult& result : main_results_of(record.ctx, record.parts)) {
    main_results.push_back(estimate_json(result.estimate));
    main_results.back()["words"] = result.words;
    main_results.back()["part"] = result.section;
  }
  return {{"format", "radbatch-report"},
          {"format_version", "2.0"},
          {"version", version()},
          {"title", record.title},
          {"settings", settings_json(record.ctx)},
          {"key_figures", std::move(key_figures)},
          {"main_results", std::move(main_results)},
          {"order", std::move(order)},
          {"parts", std::move(parts)},
          {"runs", runs_json(record.runs)}};
}

}  // namespace radbatch
