#include "radbatch/report/explanations_section.hpp"

#include <algorithm>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/report/html.hpp"
#include "radbatch/report/run_parts.hpp"
#include "radbatch/store/table.hpp"

namespace radbatch {
namespace {

using namespace html;
namespace fs = std::filesystem;

constexpr std::uintmax_t max_one_explanation = 4'000'000;

constexpr std::string_view png_signature = "\x89PNG\r\n\x1A\n";

/// The table may have been edited: no name may lead out of explanations/.
bool is_inside(const std::string& place) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  constexpr std::string_view folder = "explanations/";
  if (!place.starts_with(folder)) return false;
  const std::string_view file = std::string_view(place).substr(folder.size());
  return !file.empty() && file.find_first_not_of(letters) == std::string_view::npos;
}

/// Nothing for a picture that is not there or too large for the page.
std::string read_picture(const fs::path& run_folder, const std::string& place) {
  if (!is_inside(place)) return {};
  std::error_code error;
  const std::uintmax_t size = fs::file_size(run_folder / place, error);
  if (error || size > max_one_explanation) return {};
  std::string png = read_file(run_folder / place);
  return png.starts_with(png_signature) ? png : std::string();
}

bool may_show(const RunData& run, const std::string& case_id, Thumbnails which) {
  if (which != Thumbnails::safe) return which == Thumbnails::all;
  const auto row = std::ranges::find(run.cases, case_id, &CaseRow::id);
  return row != run.cases.end() && std::ranges::find(row->flags, "W_MAY_SHOW_TEXT") == row->flags.end();
}

std::string figure_of(const ShownExplanation& one) {
  const std::string image = "<img style=\"max-width:100%\" loading=\"lazy\" alt=\"" +
                            escape(one.case_id + ": where " + one.finding + " comes from") +
                            "\" src=\"data:image/png;base64," + to_base64(one.png) + "\">";
  const std::string caption = element("b", "", escape(one.finding)) + " " +
                              element("span", "class=\"soft\"", escape(one.method)) + " " +
                              element("code", "", escape(one.case_id));
  return element("figure", "", image + element("figcaption", "", caption));
}

}  // namespace

ShownExplanations choose_explanations(const RunData& run, Thumbnails which, std::size_t most_bytes) {
  ShownExplanations shown;
  std::error_code missing;
  const fs::path file = run.folder / "explanations.csv";
  if (!fs::is_regular_file(file, missing)) return shown;
  const Table table = read_csv(read_file(file), "explanations.csv");
  const auto text = [&](std::size_t row, std::string_view name) {
    const auto column = table.find(name);
    return column ? table.text(row, *column) : std::string();
  };
  std::size_t bytes = 0;
  for (std::size_t row = 0; row < table.rows().size(); ++row) {
    ++(text(row, "reason").empty() ? shown.n_explained : shown.n_failed);
    const std::string id = text(row, "case_id");
    std::string png =
        may_show(run, id, which) ? read_picture(run.folder, text(row, "picture")) : std::string();
    if (png.empty()) continue;
    if (bytes + png.size() > most_bytes) {
      ++shown.n_left_out;
      continue;
    }
    bytes += png.size();
    shown.pictures.push_back({id, text(row, "finding"), text(row, "method"), std::move(png)});
  }
  return shown;
}

ReportPart explanations_part(const PartContext& ctx, const RunData& run, Thumbnails which,
                             std::size_t most_bytes) {
  ReportPart part{.id = "explanations", .heading = ctx.lang("Explanations")};
  if (run.folder.empty()) return part;
  const ShownExplanations shown = choose_explanations(run, which, most_bytes * 3 / 4);
  if (shown.n_explained + shown.n_failed == 0) return part;
  std::string note = counted(shown.n_explained, "case") + " explained";
  if (shown.n_failed > 0)
    note += ", " + counted(shown.n_failed, "case") + " not (explanations.csv has the reasons)";
  if (shown.n_left_out > 0)
    note += "; " + counted(shown.n_left_out, "picture") + " left out to keep the page small";
  note +=
      ". Orange speaks for the finding, blue against it. A map shows what moves the network's number, not "
      "that "
      "the network is right.";
  std::string figures;
  for (const ShownExplanation& one : shown.pictures) figures += figure_of(one);
  part.html = element("p", "class=\"note\"", escape(note)) + figures;
  part.numbers = {{"n_explained", shown.n_explained},
                  {"n_failed", shown.n_failed},
                  {"n_shown", shown.pictures.size()},
                  {"n_left_out", shown.n_left_out}};
  return part;
}

}  // namespace radbatch
