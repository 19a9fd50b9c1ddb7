#include "radbatch/batch/explanations.hpp"

#include <algorithm>
#include <limits>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/model/heads.hpp"
#include "radbatch/store/table.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

ExplainedFinding finding_at(const Bundle& bundle, std::size_t head, std::size_t finding) {
  const std::string& own = bundle.heads[head].findings[finding].slug;
  return {head, finding, bundle.heads.size() > 1 ? slug(bundle.heads[head].name) + "_" + own : own};
}

/// The finding of the head with the highest score, the first of equals.
std::size_t highest(const Bundle& bundle, std::size_t head, const Json& result) {
  std::size_t best = 0;
  double largest = -std::numeric_limits<double>::infinity();
  for (const ScoreColumn& column : score_columns(bundle)) {
    const auto found = result.find(column.name);
    if (column.head != head || !is_score(column) || found == result.end() || !found->is_number()) continue;
    if (found->get<double>() > largest) largest = found->get<double>(), best = column.finding;
  }
  return best;
}

std::set<std::string> ids_in(const fs::path& table) {
  const std::string what = printable(table.string());
  std::error_code missing;
  if (!fs::is_regular_file(table, missing))
    throw Error(ExitCode::usage, "--explain-from: there is no table " + what);
  const Table read = read_csv(read_file(table), what, table.extension() == ".tsv" ? '\t' : ',');
  const auto column = read.find("case_id");
  if (!column) throw Error(ExitCode::usage, what + " has no column case_id");
  std::set<std::string> ids;
  for (std::size_t row = 0; row < read.rows().size(); ++row) ids.insert(read.text(row, *column));
  ids.erase("");
  if (ids.empty()) throw Error(ExitCode::usage, what + " names no case");
  return ids;
}

}  // namespace

Explanations::Explanations(const ExplainOptions& options, const Bundle& bundle, const Backend& backend,
                           std::span<const std::string> columns, Thumbnails thumbnails, bool with_files)
    : options_(options),
      bundle_(bundle),
      thumbnails_(thumbnails),
      is_wanted_(options.condition.has_value() || !options.from.empty()) {
  if (!is_wanted_) return;
  if (options.condition) condition_ = parse_explain_condition(*options.condition, columns);
  if (!options.from.empty()) ids_ = ids_in(options.from);
  choose_finding();
  choose_method(backend, with_files);
}

std::optional<ExplainedFinding> Explanations::find(const std::string& name) const {
  for (const ScoreColumn& column : score_columns(bundle_)) {
    if (column.kind == ColumnKind::top) continue;
    const ExplainedFinding found = finding_at(bundle_, column.head, column.finding);
    const bool is_slug = bundle_.heads[column.head].findings[column.finding].slug == name;
    if (column.name == name || found.label == name || is_slug) return found;
  }
  return std::nullopt;
}

void Explanations::choose_finding() {
  if (!options_.finding.empty()) {
    finding_ = find(options_.finding);
    if (finding_) return;
    std::vector<std::string> known;
    for (std::size_t head = 0; head < bundle_.heads.size(); ++head) {
      for (std::size_t i = 0; i < bundle_.heads[head].findings.size(); ++i)
        known.push_back(finding_at(bundle_, head, i).label);
    }
    throw Error(ExitCode::usage,
                "--explain-finding: the model has no finding \"" + printable(options_.finding) + "\"",
                "it has: " + join(known, ", "));
  }
  for (const std::string& column : condition_.columns()) {
    if (finding_ = find(column); finding_) return;
  }
}

void Explanations::choose_method(const Backend& backend, bool with_files) {
  const bool is_script = backend.kind == "torchscript";
  const bool has_cam = bundle_.cam && (bundle_.cam->layer.empty() || is_script);
  std::string method = options_.method;
  if (method.empty()) method = has_cam ? "cam" : "occlusion";
  if (method == "cam" && !has_cam) {
    throw Error(ExitCode::usage,
                bundle_.cam
                    ? "--explain-method cam: the bundle names a layer, which only a TorchScript backend shows"
                    : "--explain-method cam: the bundle names neither features nor a layer (\"cam\")",
                "--explain-method occlusion works with every model");
  }
  if (method.ends_with("gradients") && !is_script) {
    throw Error(ExitCode::usage,
                "--explain-method " + method + ": a backend of kind " + backend.kind +
                    " has no gradients; torchscript has",
                "--explain-method occlusion works with every model");
  }
  settings_ = {{"method", method}, {"items", options_.items}};
  if (method == "occlusion" && !options_.window.empty()) settings_["window"] = options_.window;
  if (method == "occlusion" && !options_.stride.empty()) settings_["stride"] = options_.stride;
  if (method == "integrated-gradients") settings_["steps"] = options_.steps;
  if ((method == "occlusion" || method == "integrated-gradients") && options_.fill)
    settings_["fill"] = *options_.fill;
  if (method != "cam" || !bundle_.cam->layer.empty() || !with_files) return;
  for (const Head& head : bundle_.heads) cam_weights(*bundle_.cam, bundle_.folder, head.findings.size() - 1);
}

void Explanations::expect(std::span<const Case> cases) const {
  if (!ids_ || cases.empty()) return;
  const bool has_any = std::ranges::any_of(cases, [this](const Case& one) { return ids_->contains(one.id); });
  if (has_any) return;
  throw Error(
      ExitCode::usage,
      printable(options_.from.string()) + " names no case of this run, " + counted(ids_->size(), "other"),
      "the ids are those of predictions.csv");
}

std::optional<ExplainedFinding> Explanations::wanted(const std::string& case_id, const Json& result) const {
  if (!is_wanted_ || (ids_ && !ids_->contains(case_id))) return std::nullopt;
  const ExplainedFinding finding = finding_ ? *finding_ : finding_at(bundle_, 0, highest(bundle_, 0, result));
  if (!condition_.holds(result, highest(bundle_, finding.head, result) == finding.finding))
    return std::nullopt;
  return finding;
}

bool Explanations::may_draw(std::span<const std::string> flags) const {
  if (thumbnails_ != Thumbnails::safe) return thumbnails_ == Thumbnails::all;
  return std::ranges::find(flags, "W_MAY_SHOW_TEXT") == flags.end();
}

bool Explanations::is_intact(const CaseOutcome& outcome, const fs::path& run_folder) const {
  if (!is_wanted_ || outcome.status != Status::done) return true;
  const auto finding = wanted(outcome.case_id, outcome.result);
  if (!finding) return true;
  const Json record = outcome.result.value("explanation", Json::object());
  if (record.value("finding", "") != finding->label || record.value("settings", Json()) != settings_)
    return false;
  if (record.contains("reason")) {
    const auto reason = find_reason(record["reason"].get<std::string>());
    return reason && !info(*reason).transient;
  }
  if (may_draw(outcome.flags) && !record.contains("picture")) return false;
  std::error_code missing;
  return std::ranges::all_of(std::array{"picture", "volume"}, [&](const char* key) {
    return !record.contains(key) || fs::exists(run_folder / record[key].get<std::string>(), missing);
  });
}

}  // namespace radbatch
