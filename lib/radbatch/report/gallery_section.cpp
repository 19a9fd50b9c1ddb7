#include <algorithm>
#include <cmath>

#include "radbatch/base/text.hpp"
#include "radbatch/report/html.hpp"
#include "radbatch/report/run_parts.hpp"
#include "radbatch/report/thumbnails.hpp"

namespace radbatch {
namespace {

using namespace html;

std::string score_bar(double score) {
  const std::string width = fixed(100 * std::clamp(score, 0.0, 1.0), 0);
  return element("span", "class=\"meter\"", element("i", "style=\"width:" + width + "%\"", ""));
}

/// Of classes: the true one, where the model named another.
std::string label_line(const AnalysisData& data, const CaseRow& row) {
  if (data.kind != TruthKind::classes && data.kind != TruthKind::ordinal) return {};
  const auto unit = std::ranges::lower_bound(data.unit_ids, row.id);
  if (unit == data.unit_ids.end() || *unit != row.id || !row.top) return {};
  const std::int32_t truth = data.true_class[static_cast<std::size_t>(unit - data.unit_ids.begin())];
  if (truth < 0 || truth == static_cast<std::int32_t>(*row.top)) return {};
  return element("div", "class=\"wrong\"",
                 "✕ label: " + escape(data.findings[static_cast<std::size_t>(truth)].name));
}

double score_of(const RunData& run, std::size_t index) {
  const auto top = run.cases[index].top;
  return top ? run.scores[*top][index] : std::nan("");
}

std::string picture_card(const PartContext& ctx, const RunData& run, const Picture& picture) {
  const CaseRow& row = run.cases[picture.case_index];
  const double highest = score_of(run, picture.case_index);
  const std::string score =
      std::isnan(highest) ? "" : element("div", "class=\"score\"", score_bar(highest) + fixed(highest, 3));
  const std::string predicted = row.top ? run.findings[*row.top].name : "no score";
  const std::string image = "<img alt=\"" + escape(row.id + ": " + predicted) +
                            "\" loading=\"lazy\" src=\"data:image/png;base64," + to_base64(picture.png) +
                            "\">";
  const std::string text = element("b", "", escape(predicted)) + score + label_line(ctx.data, row) +
                           element("code", "", escape(row.id));
  return element("figure", "", image + element("figcaption", "", text));
}

/// The pictures of each predicted finding under its name; they are sorted so.
std::string picture_groups(const PartContext& ctx, const RunData& run, const Gallery& gallery, Json& counts) {
  const std::vector<Picture>& pictures = gallery.pictures;
  const auto top_of = [&](std::size_t i) { return run.cases[pictures[i].case_index].top; };
  std::string out;
  for (std::size_t start = 0, end = 0; start < pictures.size(); start = end) {
    std::string cards;
    for (end = start; end < pictures.size() && top_of(end) == top_of(start); ++end)
      cards += picture_card(ctx, run, pictures[end]);
    const std::string name = top_of(start) ? run.findings[*top_of(start)].name : "no score";
    counts.push_back({{"predicted", name}, {"n_shown", end - start}});
    const std::string shown = element("span", "class=\"soft\"", counted(end - start, "picture"));
    out += element("h3", "", escape(name) + " " + shown) + element("div", "class=\"gallery\"", cards);
  }
  return out;
}

std::string note_of(const Gallery& gallery) {
  std::string note;
  if (gallery.n_left_out > 0) {
    note += "Of " + grouped(gallery.pictures.size() + gallery.n_left_out) + " pictures " +
            grouped(gallery.pictures.size()) +
            " are shown, in turn from each predicted finding, to keep the page small. ";
  }
  if (gallery.n_hidden > 0) {
    note += counted(gallery.n_hidden, "picture") + (gallery.n_hidden == 1 ? " is" : " are") +
            " hidden because text burned into the image may name a person; <code>--thumbnails all</code> "
            "shows them.";
  }
  return note;
}

}  // namespace

ReportPart gallery_part(const PartContext& ctx, const RunData& run, Thumbnails which,
                        std::size_t most_bytes) {
  ReportPart part{.id = "images", .heading = ctx.lang("Classified images")};
  if (run.folder.empty()) return part;
  const Gallery gallery = choose_pictures(run, which, most_bytes * 3 / 4);
  Json counts = Json::array();
  const std::string groups = picture_groups(ctx, run, gallery, counts);
  const std::string note = note_of(gallery);
  part.html = (note.empty() ? "" : element("p", "class=\"note\"", note)) + groups;
  Json shown = Json::array();
  for (const Picture& picture : gallery.pictures) {
    const double score = score_of(run, picture.case_index);
    shown.push_back(
        {{"case_id", run.cases[picture.case_index].id}, {"score", std::isnan(score) ? Json() : Json(score)}});
  }
  part.numbers = {{"n_shown", gallery.pictures.size()},
                  {"n_left_out", gallery.n_left_out},
                  {"n_pictures", gallery.pictures.size() + gallery.n_left_out},
                  {"n_hidden", gallery.n_hidden},
                  {"by_predicted", std::move(counts)},
                  {"shown", std::move(shown)}};
  if (gallery.n_hidden > 0)
    part.warnings.push_back(counted(gallery.n_hidden, "picture") +
                            " left out that may show burned-in text; --thumbnails all shows them");
  return part;
}

}  // namespace radbatch
