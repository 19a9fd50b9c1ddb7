#include "radbatch/base/version.hpp"
#include "radbatch/report/html.hpp"
#include "radbatch/report/run_parts.hpp"

namespace radbatch {
namespace {

using namespace html;

std::string entry(const std::string& term, const std::string& description) {
  if (description.empty()) return {};
  return element("dt", "", term) + element("dd", "", description);
}

std::string text_entry(const std::string& term, const Json& run, std::initializer_list<const char*> path) {
  return entry(term, escape(text_at(run, path)));
}

std::string code_entry(const std::string& term, const Json& run, std::initializer_list<const char*> path) {
  const std::string text = text_at(run, path);
  return text.empty() ? "" : entry(term, element("code", "", escape(text)));
}

const Json& member(const Json& object, const char* key) {
  static const Json nothing;
  return object.is_object() && object.contains(key) ? object.at(key) : nothing;
}

/// "Resize  spatial_size [64,64]": the step's name and its other members.
std::string plan_step(const Json& step) {
  if (!step.is_object()) return element("li", "", escape(canonical(step)));
  std::string parameters;
  for (const auto& [key, value] : step.items()) {
    if (key != "name" && !value.is_null())
      parameters += " " + element("code", "", escape(key + " " + canonical(value)));
  }
  return element("li", "", element("b", "", escape(text_at(step, {"name"}))) + parameters);
}

std::string plan_list(const Json& plan) {
  if (!plan.is_array() || plan.empty()) return {};
  std::string items;
  for (const Json& step : plan) items += plan_step(step);
  return element("h3", "", "Preparation, step by step") + element("ol", "class=\"plan\"", items);
}

std::string sitting_table(const Json& sittings) {
  if (!sittings.is_array() || sittings.empty()) return {};
  std::string rows;
  for (const Json& sitting : sittings) {
    rows += element("tr", "",
                    cell(escape(text_at(sitting, {"started"}))) + cell(escape(text_at(sitting, {"ended"}))) +
                        cell(escape(text_at(sitting, {"host"}))) + cell(escape(text_at(sitting, {"cpu"}))) +
                        number_cell(escape(text_at(sitting, {"exit"}))));
  }
  return element("h3", "", "Sittings") +
         table("", header_row({"Started", "Ended", "Host", "CPU", "#Exit"}), rows);
}

std::string threshold_list(const RunData& run) {
  std::string out;
  for (const Finding& finding : run.findings) {
    if (!finding.threshold) continue;
    const std::string source =
        finding.threshold_source.empty() ? "" : " (" + escape(finding.threshold_source) + ")";
    out += (out.empty() ? "" : "<br>") + escape(finding.name) + " " + fixed(*finding.threshold, 3) + source;
  }
  return out;
}

std::string identity_block(const Json& identity) {
  if (!identity.is_object() || identity.empty()) return {};
  return element("details", "",
                 element("summary", "", "What identifies this run's results") +
                     element("pre", "", escape(pretty(identity))));
}

}  // namespace

ReportPart provenance_part(const PartContext& ctx, const RunData& data) {
  const Json& run = data.run;
  std::string list =
      text_entry("Model", run, {"model", "name"}) + text_entry("Model version", run, {"model", "version"}) +
      text_entry("Task", run, {"model", "task"}) +
      text_entry("Intended use", run, {"model", "intended_use"}) +
      text_entry("Not for", run, {"model", "not_for"}) + text_entry("Licence", run, {"model", "licence"}) +
      code_entry("Model SHA-256", run, {"model", "sha256"}) +
      code_entry("Plan SHA-256", run, {"plan_sha256"}) + entry("Thresholds", threshold_list(data)) +
      text_entry("Tool", run, {"tool"}) + text_entry("Tool version", run, {"version"}) +
      code_entry("Git revision", run, {"git_revision"});
  if (list.empty()) list = entry("Provenance", "The folder has no run.json.");
  list += entry("Report",
                "radbatch-report " + escape(version()) + " " + element("code", "", escape(git_revision())));
  list += entry("Intervals", fixed(100 * ctx.level, 1) + "&nbsp;%, bootstrap of " + grouped(ctx.n_bootstrap) +
                                 " resamples with seed " + std::to_string(ctx.seed));
  ReportPart part{.id = "provenance", .heading = ctx.lang("How it was made")};
  part.html = element("dl", "", list) + plan_list(member(run, "plan")) +
              sitting_table(member(run, "sittings")) + identity_block(member(run, "identity"));
  part.numbers = {{"level_percent", 100 * ctx.level},
                  {"n_bootstrap", ctx.n_bootstrap},
                  {"seed", ctx.seed},
                  {"version", version()},
                  {"git_revision", git_revision()},
                  {"thresholds", Json::object()}};
  for (const Finding& finding : data.findings) {
    if (finding.threshold) part.numbers["thresholds"][finding.name] = *finding.threshold;
  }
  return part;
}

}  // namespace radbatch
