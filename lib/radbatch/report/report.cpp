#include "radbatch/report/report.hpp"

#include <algorithm>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/report/case_lists.hpp"
#include "radbatch/report/html.hpp"
#include "radbatch/report/main_results.hpp"
#include "radbatch/report/page.hpp"
#include "radbatch/report/parts.hpp"
#include "radbatch/report/report_files.hpp"
#include "radbatch/report/report_json.hpp"

namespace radbatch {
namespace {

constexpr std::size_t most_ids_of_a_list = 50;
constexpr std::size_t bytes_of_lists = 500'000;
constexpr std::size_t bytes_of_an_id = 60;
constexpr std::size_t bytes_around_parts = 100'000;  // style sheet, head, navigation

OutputPlaces output_places(const ReportRequest& request) {
  if (!request.output.page.empty()) return places_of(request.output.page);
  if (!request.inputs.run_folders.empty())
    return places_of(request.inputs.run_folders.front() / "report.html");
  throw Error(ExitCode::usage, "a report of --predictions alone needs a place", "-o report.html");
}

/// How many cases of each further run the first one does not have.
std::vector<std::size_t> only_in_reruns(const std::vector<RunData>& runs) {
  std::vector<std::size_t> counts;
  for (const RunData& run : runs) {
    const auto is_new = [&](const CaseRow& row) { return !runs.front().find(row.id); };
    counts.push_back(static_cast<std::size_t>(std::ranges::count_if(run.cases, is_new)));
  }
  return counts;
}

/// Everything that is read: the runs that are compared, those with other preparation behind them as variants,
/// and the reference of the drift. What is found out on the way is put into the request's analyses.
LoadedInputs load_all(ReportRequest& request) {
  InputOptions options = request.inputs;
  const std::size_t n_compared = options.run_folders.size();
  options.run_folders.insert(options.run_folders.end(), request.sensitivity.runs.begin(),
                             request.sensitivity.runs.end());
  LoadedInputs inputs = load_inputs(options);
  for (std::size_t i = n_compared; i < options.run_folders.size(); ++i)
    inputs.data.raters.at(i).is_variant = true;
  request.comparison.only_in_rerun = only_in_reruns(inputs.runs);
  if (request.drift.reference_run) {
    const LoadedInputs reference = load_inputs({.run_folders = {*request.drift.reference_run}});
    request.drift.reference = drift_columns(reference.data, "reference");
  }
  return inputs;
}

std::string title_of(const ReportRequest& request, const RunData& run) {
  if (!request.output.title.empty()) return request.output.title;
  const std::string model = text_at(run.run, {"model", "name"});
  return model.empty() ? counted(run.cases.size(), "case")
                       : model + " on " + counted(run.cases.size(), "case");
}

/// Model, version and the day of the last sitting, as far as run.json says.
std::string subtitle_of(const RunData& run) {
  std::vector<std::string> words;
  const std::string model = text_at(run.run, {"model", "name"});
  const std::string version = text_at(run.run, {"model", "version"});
  if (!version.empty()) words.push_back("Model " + model + " " + version);
  if (run.run.contains("sittings") && run.run["sittings"].is_array() && !run.run["sittings"].empty()) {
    const std::string day = text_at(run.run["sittings"].back(), {"ended"}).substr(0, 10);
    if (!day.empty()) words.push_back(day);
  }
  return join(words, " · ");
}

std::vector<KeyFigure> key_figures_of(const RunData& run) {
  const std::size_t done = run.count(Status::done);
  const std::size_t skipped = run.count(Status::skipped);
  std::vector<KeyFigure> figures{{run.cases.size(), run.cases.size() == 1 ? "case" : "cases"},
                                 {done, "with a result"}};
  if (skipped > 0) figures.push_back({skipped, "skipped by rule"});
  figures.push_back({run.cases.size() - done - skipped, "refused, failed or interrupted"});
  return figures;
}

std::vector<KeyFigure> in_words_of(const Language& lang, std::vector<KeyFigure> figures) {
  for (KeyFigure& figure : figures) figure.words = lang(figure.words);
  return figures;
}

/// The lists of all parts. Two parts may give the same list; two lists of one name would send a reader to the
/// wrong cases.
std::vector<CaseList> take_lists(std::vector<ReportPart>& parts) {
  std::vector<CaseList> lists;
  for (ReportPart& part : parts) {
    for (CaseList& list : part.lists) {
      const auto known = std::ranges::find(lists, list.id, &CaseList::id);
      if (known == lists.end()) {
        lists.push_back(std::move(list));
      } else if (known->units != list.units) {
        throw Error(ExitCode::internal, "two lists of cases are called " + printable(list.id));
      }
    }
  }
  return lists;
}

ReportPart lists_part(const PartContext& ctx, const std::vector<CaseList>& lists, const OutputPlaces& places,
                      std::size_t room) {
  ReportPart part{.id = "lists", .heading = ctx.lang("Cases behind the numbers")};
  if (lists.empty()) return part;
  const std::size_t most_ids =
      std::min(most_ids_of_a_list, std::min(room, bytes_of_lists) / (lists.size() * bytes_of_an_id));
  part.html = case_lists_html(ctx, lists, most_ids, places.lists_word);
  part.numbers = {{"most_ids", most_ids}, {"lists", case_lists_json(lists)}};
  return part;
}

void append(std::vector<std::string>& all, const std::vector<std::string>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

/// What the parts leave of the page.
std::size_t room_of_lists(const std::vector<ReportPart>& parts) {
  std::size_t used = bytes_around_parts;
  for (const ReportPart& part : parts) used += part.html.size();
  return MOST_PAGE_BYTES - std::min(MOST_PAGE_BYTES, used);
}

std::string page_of(const ReportRequest& request, const PartContext& ctx, const RunData& run,
                    std::vector<ReportPart>& parts, const std::vector<CaseList>& lists) {
  for (ReportPart& part : parts) part.html = without_dead_links(part.html, lists);
  return render_page({.title = title_of(request, run),
                      .subtitle = subtitle_of(run),
                      .lang = ctx.lang.code(),
                      .skip_words = ctx.lang("Skip to the content"),
                      .banner = ctx.lang("For research only. Not for clinical use."),
                      .key_figures = in_words_of(ctx.lang, key_figures_of(run)),
                      .main_results = main_results_of(ctx, parts),
                      .parts = parts});
}

}  // namespace

ReportResult write_report(const ReportRequest& asked) {
  const OutputPlaces places = output_places(asked);
  ReportRequest request = asked;
  const LoadedInputs inputs = load_all(request);
  const Language lang(request.output.lang);
  const PartContext ctx{.data = inputs.data,
                        .lang = lang,
                        .seed = request.output.seed,
                        .n_bootstrap = request.output.n_bootstrap,
                        .threads = std::max<std::size_t>(1, request.output.cpus),
                        .level = request.output.level};
  const PartSources sources{ctx, inputs, request};
  std::vector<ReportPart> parts = make_parts(sources, MOST_PAGE_BYTES - bytes_around_parts - bytes_of_lists);
  const std::vector<CaseList> lists = take_lists(parts);
  parts.push_back(lists_part(ctx, lists, places, room_of_lists(parts)));

  ReportResult result{.html = places.page, .json = places.json, .warnings = inputs.warnings};
  for (const ReportPart& part : parts) append(result.warnings, part.warnings);
  const RunData& run = sources.run();
  const std::string page = page_of(request, ctx, run, parts, lists);
  if (page.size() > MOST_PAGE_BYTES)
    result.warnings.push_back(
        "the page has " + human_bytes(static_cast<double>(page.size())) +
        ", more than most mail takes; fewer findings or --thumbnails none make it smaller");
  FilesBeside files = write_files_beside({sources, places, parts, lists});
  append(result.warnings, files.warnings);
  result.review = files.review;
  result.notes = std::move(files.notes);
  result.reruns_pass = reruns_pass(inputs.data, request.comparison);
  const bool wrote_page = write_file_atomically(places.page, page);
  const Json json = report_json({title_of(request, run), ctx, inputs.runs, parts, key_figures_of(run)});
  result.wrote = write_file_atomically(places.json, pretty(json)) || wrote_page;
  return result;
}

}  // namespace radbatch
