// radbatch-report: a run folder to one page that a person opens.
#include "radbatch/report/report.hpp"

#include <fmt/format.h>

#include "radbatch/base/error.hpp"
#include "radbatch/cli/tool_main.hpp"
#include "radbatch/cli/values.hpp"

using namespace radbatch;

int main(int argc, char** argv) {
  SharedOptions shared;
  ReportRequest request;
  std::vector<std::string> folders;
  CommandLine line("radbatch-report",
                   "Make one HTML page of a run: cases, scores, pictures, failures, how it was made.",
                   "radbatch-report results --labels labels.csv");
  line.arguments("OUT", folders, "run folder that radbatch-infer wrote");
  line.group("Report");
  OptionInfo labels{
      "--labels",    {},    "FILE", "Table with case_id and label, or a 0/1 column per finding", {}, {},
      Shown::common, false, {}};
  labels.set = [&](const std::string& word) { request.labels = word; };
  line.option(std::move(labels));
  line.text("--labels-encoding", "NAME", request.labels_encoding,
            "Encoding of the labels if not UTF-8, e.g. gb18030");
  OptionInfo pictures{"--thumbnails", {},    "WHICH", "Pictures to show: none, safe, all", "safe", {},
                      Shown::common,  false, {}};
  pictures.set = [&](const std::string& word) { request.thumbnails = parse_thumbnails(word); };
  line.option(std::move(pictures));
  line.text("--title", "TEXT", request.title, "Title of the page");
  OptionInfo output{"-o,--output", {},    "FILE", "The page to write", "OUT/report.html", {},
                    Shown::common, false, {}};
  output.set = [&](const std::string& word) { request.output = word; };
  line.option(std::move(output));
  declare_output_options(line, shared);
  return tool_main(line, shared, argc, argv, [&](Terminal& terminal) {
    if (folders.size() != 1) throw Error(ExitCode::usage, "name one run folder", "radbatch-report OUT");
    request.run_folder = folders.front();
    const ReportResult result = write_report(request);
    for (const std::string& warning : result.warnings) terminal.warning(warning);
    fmt::print("{}\n", result.html.string());
    return 0;
  });
}
