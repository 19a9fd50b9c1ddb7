#include "radbatch/report/report.hpp"

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/report/page.hpp"
#include "radbatch/report/report_json.hpp"
#include "radbatch/report/text_encoding.hpp"

namespace radbatch {
namespace {

std::string label_text(const ReportRequest& request) {
  const std::string what = request.labels->filename().string();
  if (!std::filesystem::is_regular_file(*request.labels)) {
    throw Error(ExitCode::usage, "the label file " + request.labels->string() + " is not there");
  }
  const std::string bytes = read_file(*request.labels);
  if (!request.labels_encoding.empty()) return to_utf8(bytes, request.labels_encoding, what);
  if (is_utf8(bytes)) return bytes;
  throw Error(ExitCode::usage, what + ": the text is not UTF-8",
              "give its encoding, for example --labels-encoding gb18030");
}

Evaluation evaluate_labels(const ReportRequest& request, const RunData& run) {
  const std::string what = request.labels->filename().string();
  const Labels labels = read_labels(label_text(request), what, run.findings);
  return evaluate(run, labels, join_labels(run, labels, what));
}

std::string title_of(const ReportRequest& request, const RunData& run) {
  if (!request.title.empty()) return request.title;
  const std::string model = text_at(run.run, {"model", "name"});
  return model.empty() ? counted(run.cases.size(), "case")
                       : model + " on " + counted(run.cases.size(), "case");
}

std::vector<std::string> warnings_of(const ReportContent& content) {
  std::vector<std::string> warnings;
  if (content.gallery.n_hidden > 0) {
    warnings.push_back(counted(content.gallery.n_hidden, "picture") +
                       " left out that may show burned-in text; --thumbnails all shows them");
  }
  if (!content.evaluation) return warnings;
  const LabelJoin& joined = content.evaluation->joined;
  if (!joined.unknown.empty()) {
    warnings.push_back(counted(joined.unknown.size(), "labelled case") + " not in the run: " +
                       printable(joined.unknown[0]) + (joined.unknown.size() > 1 ? ", ..." : ""));
  }
  if (!joined.without_score.empty()) {
    warnings.push_back(counted(joined.without_score.size(), "labelled case") + " without a score");
  }
  return warnings;
}

}  // namespace

ReportResult write_report(const ReportRequest& request) {
  ReportContent content;
  content.run = load_run(request.run_folder);
  content.title = title_of(request, content.run);
  if (request.labels) content.evaluation = evaluate_labels(request, content.run);
  content.gallery = choose_pictures(content.run, request.thumbnails);
  content.explanations = choose_explanations(content.run, request.thumbnails);

  ReportResult result;
  result.html = request.output.empty() ? request.run_folder / "report.html" : request.output;
  result.json = result.html;
  result.json.replace_extension(".json");
  result.warnings = warnings_of(content);
  const bool wrote_page = write_file_atomically(result.html, render_page(content));
  result.wrote = write_file_atomically(result.json, pretty(report_json(content))) || wrote_page;
  return result;
}

}  // namespace radbatch
