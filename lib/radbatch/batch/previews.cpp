#include "radbatch/batch/previews.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/batch/prepared_image.hpp"
#include "radbatch/batch/qc_record.hpp"
#include "radbatch/report/preview_page.hpp"
#include "radbatch/study/attributes.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

const fs::path SHEETS = fs::path("previews") / "sheets";

PreviewFacts facts_of(const Json& attributes) {
  PreviewFacts facts;
  const std::vector<double> spacing = numbers_of(attributes, "spacing_mm");
  if (!spacing.empty()) {
    facts.finest_mm = std::ranges::min(spacing);
    facts.coarsest_mm = std::ranges::max(spacing);
  }
  const std::vector<double> size = numbers_of(attributes, "size");
  if (!size.empty()) facts.n_voxels = 1;
  for (const double extent : size) *facts.n_voxels *= std::max(extent, 1.0);
  return facts;
}

bool may_show_text(const CaseOutcome& outcome) {
  return std::ranges::find(outcome.flags, "W_MAY_SHOW_TEXT") != outcome.flags.end();
}

std::string sheet_of(const CaseOutcome& outcome) {
  return outcome.result.value("sheet", std::string());
}

/// "image: spacing 2 x 2 x 3; values -1000 to 1500, mean -350 became ...": what the sheet does not say.
std::string facts_text(const Json& records) {
  std::vector<std::string> texts;
  for (const Json& record : records) {
    std::vector<std::string> mm;
    for (std::size_t a = 0; a < record.at("axes").size() && a < record.at("spacing_mm").size(); ++a)
      mm.push_back(fmt::format("{:.3g}", record["spacing_mm"][a].get<double>()));
    const Json &before = record.at("before"), &after = record.at("after");
    texts.push_back(fmt::format(
        "{}: spacing {}; values {:.4g} to {:.4g}, mean {:.4g} became {:.4g} to {:.4g}, mean {:.4g}",
        record.at("input").get<std::string>(), join(mm, " x "), before.at("min").get<double>(),
        before.at("max").get<double>(), before.at("mean").get<double>(), after.at("min").get<double>(),
        after.at("max").get<double>(), after.at("mean").get<double>()));
  }
  return join(texts, "; ");
}

std::vector<std::string> alarms_of(const CaseOutcome& outcome) {
  std::vector<std::string> alarms;
  for (const Json& record : outcome.result.value("qc", Json::array())) {
    for (const std::string& alarm : record.at("alarms").get<std::vector<std::string>>()) {
      if (std::ranges::find(alarms, alarm) == alarms.end()) alarms.push_back(alarm);
    }
  }
  return alarms;
}

std::string absence_of(const CaseOutcome& outcome) {
  if (outcome.status != Status::done) {
    return "No tensor: " + std::string(name(outcome.status)) +
           (outcome.reason ? ", " + std::string(code(*outcome.reason)) : std::string()) + ".";
  }
  if (may_show_text(outcome))
    return "Not drawn: pictures of this kind often show a name. --thumbnails all draws them.";
  return "Not drawn: the image was not read in this run.";
}

std::string read_sheet(const CaseOutcome& outcome, const fs::path& run_folder) {
  const std::string sheet = sheet_of(outcome);
  std::error_code missing;
  if (sheet.empty() || !fs::exists(run_folder / sheet, missing)) return {};
  return read_file(run_folder / sheet);
}

using AlarmList = std::vector<std::pair<AlarmMeaning, std::vector<std::string>>>;
AlarmList alarms_of(const RunRecord& run) {
  AlarmList list;
  for (const Alarm& alarm : known_alarms()) {
    std::vector<std::string> ids;
    for (const Case& one : run.cases) {
      const std::vector<std::string> own = alarms_of(run.outcomes.at(one.id));
      if (std::ranges::find(own, alarm.name) != own.end()) ids.push_back(one.id);
    }
    if (!ids.empty()) list.push_back({{alarm.name, alarm.meaning}, ids});
  }
  return list;
}

}  // namespace

Previews::Previews(const PreviewOptions& options, std::vector<SelectionRule> rules)
    : options_(options), rules_(std::move(rules)), sample_(options.n, options.seed) {
  if (options.n > 0 && options.thumbnails == Thumbnails::none)
    throw Error(ExitCode::usage, "--thumbnails none leaves --preview nothing to draw");
}

/// Cases that their headers refuse have nothing to show.
void Previews::see(PreviewSample& sample, const Case& one) const {
  const Selection selection = select(one, rules_);
  if (selection.fault() || selection.inputs.empty() || !selection.inputs.front().candidate) return;
  sample.see(one.id, facts_of(one.candidates.at(*selection.inputs.front().candidate).attributes));
}

void Previews::expect(std::span<const Case> cases) {
  if (!is_wanted()) return;
  for (const Case& one : cases) see(sample_, one);
}

bool Previews::wants(const Case& one, const Json& attributes) {
  if (!is_wanted()) return false;
  see(sample_, one);
  return sample_.has(one.id) && may_be_shown(attributes, options_.thumbnails);
}

bool Previews::is_intact(const CaseOutcome& outcome, const fs::path& run_folder) const {
  if (!is_wanted() || outcome.status != Status::done || !sample_.has(outcome.case_id)) return true;
  if (options_.thumbnails != Thumbnails::all && may_show_text(outcome)) return true;
  if (!outcome.result.contains("sheet")) return false;
  std::error_code missing;
  const std::string sheet = sheet_of(outcome);
  return sheet.empty() || fs::exists(run_folder / sheet, missing);
}

void Previews::write(const RunRecord& run, const std::string& tool, const Json& model,
                     bool has_looked_at_all) const {
  if (!is_wanted()) return;
  PreviewSample sample(options_.n, options_.seed);
  for (const Case& one : run.cases) see(sample, one);
  PreviewContent content;
  // A plan alone has no model.
  content.title = "What " + (model.is_object() ? model.value("name", "") : "the plan's network") + " sees";
  content.subtitle = fmt::format("radbatch-{}, {} and the extremes, seed {}", tool,
                                 counted(options_.n, "case"), options_.seed);
  content.n_cases = run.cases.size();
  content.alarms = alarms_of(run);
  content.has_looked_at_all = has_looked_at_all;
  std::error_code missing;
  for (const Case& one : run.cases) {
    const CaseOutcome& outcome = run.outcomes.at(one.id);
    PreviewCase shown{one.id, sample.why(one.id), alarms_of(outcome), "", "", ""};
    if (shown.why.empty()) {
      if (const std::string sheet = sheet_of(outcome); !sheet.empty())
        fs::remove(run.folder.root() / sheet, missing);
      continue;
    }
    shown.facts = facts_text(outcome.result.value("qc", Json::array()));
    if (options_.thumbnails == Thumbnails::all || !may_show_text(outcome))
      shown.png = read_sheet(outcome, run.folder.root());
    if (shown.png.empty()) shown.absence = absence_of(outcome);
    content.cases.push_back(std::move(shown));
  }
  write_file_atomically(run.folder.root() / "preview.html", render_preview_page(content));
}

Json to_json(const PreviewOptions& options) {
  return {{"n", options.n}, {"seed", options.seed}, {"all", options.thumbnails == Thumbnails::all}};
}

PreviewOptions preview_options_from_json(const Json& json) {
  if (!json.is_object()) return {};
  return {json.at("n").get<std::size_t>(), json.at("seed").get<std::uint64_t>(),
          json.at("all").get<bool>() ? Thumbnails::all : Thumbnails::safe};
}

std::string save_sheet(const Json& answer, const std::string& case_id, const fs::path& run_folder) {
  const std::string picture = from_base64(answer.value("sheet", ""));
  if (picture.empty()) return {};
  const fs::path place = SHEETS / (case_id + ".png");
  make_folder(run_folder / SHEETS);
  write_file_atomically(run_folder / place, picture);
  return place.string();
}

}  // namespace radbatch
