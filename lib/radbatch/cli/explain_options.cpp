#include "radbatch/cli/explain_options.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/cli/values.hpp"

namespace radbatch {
namespace {

std::string parse_method(const std::string& word) {
  if (std::ranges::find(EXPLAIN_METHODS, word) != EXPLAIN_METHODS.end()) return word;
  throw Error(ExitCode::usage,
              "expected occlusion, gradients, integrated-gradients or cam, not '" + printable(word) + "'");
}

/// "28" or "16,16,4".
std::vector<std::int64_t> parse_voxels(const std::string& word) {
  std::vector<std::int64_t> voxels;
  for (const std::string& part : split(word, ',')) {
    voxels.push_back(static_cast<std::int64_t>(parse_count(part)));
    if (voxels.back() < 1)
      throw Error(ExitCode::usage, "expected voxels from 1 on, not '" + printable(word) + "'");
  }
  return voxels;
}

std::optional<float> parse_fill(const std::string& word) {
  if (word == "mean") return std::nullopt;
  float value = 0;
  const auto read = std::from_chars(word.data(), word.data() + word.size(), value);
  if (read.ec != std::errc() || read.ptr != word.data() + word.size() || !std::isfinite(value))
    throw Error(ExitCode::usage, "expected mean or a number, not '" + printable(word) + "'");
  return value;
}

std::size_t parse_within(const std::string& word, std::size_t most) {
  const std::size_t n = parse_count(word);
  if (n >= 1 && n <= most) return n;
  throw Error(ExitCode::usage,
              "expected a number from 1 to " + std::to_string(most) + ", not '" + printable(word) + "'");
}

void declare_details(CommandLine& line, ExplainOptions& options) {
  line.option({.names = "--explain-items",
               .metavar = "N",
               .help = "Of slices and frames explain the N with the highest score",
               .standard = "3",
               .shown = Shown::all,
               .set = [&options](const std::string& word) { options.items = parse_within(word, 64); }});
  line.option({.names = "--explain-window",
               .metavar = "N[,N,N]",
               .help = "Occlusion: voxels of the tensor that are covered together, per axis",
               .standard = "1/8 of a picture, 1/4 of a volume",
               .shown = Shown::all,
               .set = [&options](const std::string& word) { options.window = parse_voxels(word); }});
  line.option({.names = "--explain-stride",
               .metavar = "N[,N,N]",
               .help = "Occlusion: voxels by which the window moves",
               .standard = "half of the window",
               .shown = Shown::all,
               .set = [&options](const std::string& word) { options.stride = parse_voxels(word); }});
  line.option(
      {.names = "--explain-fill",
       .metavar = "mean|VALUE",
       .help =
           "What covers a window and what integrated gradients start from: the mean of each channel, or a "
           "value of the tensor",
       .standard = "mean",
       .shown = Shown::all,
       .set = [&options](const std::string& word) { options.fill = parse_fill(word); }});
  line.option({.names = "--explain-steps",
               .metavar = "N",
               .help = "Integrated gradients: points of the integral",
               .standard = "32",
               .shown = Shown::all,
               .set = [&options](const std::string& word) {
                 options.steps = static_cast<int>(parse_within(word, 1000));
               }});
}

}  // namespace

void declare_explain_options(CommandLine& line, ExplainOptions& options) {
  line.option(
      {.names = "--explain",
       .metavar = "CONDITION",
       .help =
           "Draw where the finding comes from, for cases that meet it: \"p_tumour>0.5\", \"d_x==1 and top\", "
           "all",
       .shown = Shown::common,
       .set = [&options](const std::string& word) { options.condition = word; }});
  line.option({.names = "--explain-from",
               .metavar = "TABLE",
               .help = "The same for the cases in the column case_id of a CSV or TSV table",
               .shown = Shown::all,
               .set = [&options](const std::string& word) { options.from = word; }});
  line.option({.names = "--explain-method",
               .metavar = "METHOD",
               .help = "occlusion, gradients, integrated-gradients or cam",
               .standard = "cam where the model offers it, else occlusion",
               .shown = Shown::all,
               .set = [&options](const std::string& word) { options.method = parse_method(word); }});
  line.option({.names = "--explain-finding",
               .metavar = "SLUG",
               .help = "The finding to explain",
               .standard = "the condition's first, else each case's highest",
               .shown = Shown::all,
               .set = [&options](const std::string& word) { options.finding = word; }});
  declare_details(line, options);
}

}  // namespace radbatch
