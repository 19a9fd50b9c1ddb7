#include "radbatch/report/error_gallery.hpp"

#include <map>

#include "radbatch/base/text.hpp"
#include "radbatch/report/html.hpp"
#include "radbatch/report/judgement.hpp"
#include "radbatch/report/run_pictures.hpp"

namespace radbatch {
namespace {

using namespace html;

constexpr std::size_t bytes_around_a_picture = 400;

struct Shown {
  JudgedCase judged;
  std::string png;
};

/// One heading of the gallery: a finding's false positives, ...
struct Shelf {
  std::size_t finding = 0;
  Judgement judgement = Judgement::false_positive;
  JudgedCases cases;
  std::vector<Shown> shown;
};

std::vector<Shelf> shelves_of(const AnalysisData& data) {
  std::vector<Shelf> shelves;
  for (std::size_t f = 0; f < data.findings.size() && f < data.truth.size(); ++f) {
    for (const Judgement judgement : ALL_JUDGEMENTS) {
      const bool is_wrong = judgement == Judgement::false_positive || judgement == Judgement::false_negative;
      const std::size_t most = is_wrong ? MOST_WRONG_SHOWN : MOST_RIGHT_SHOWN;
      shelves.push_back({f, judgement, cases_judged(data, f, judgement, most), {}});
    }
  }
  return shelves;
}

/// Fills the shelves in turn, so that a rare finding is not crowded out. Returns how many pictures gave way.
std::size_t fill(std::vector<Shelf>& shelves, const AnalysisData& data, RunPictures& pictures,
                 std::size_t most_bytes) {
  std::size_t bytes = 0, n_left_out = 0;
  for (std::size_t round = 0; round < MOST_WRONG_SHOWN; ++round) {
    for (Shelf& shelf : shelves) {
      if (round >= shelf.cases.shown.size()) continue;
      const JudgedCase& judged = shelf.cases.shown[round];
      std::string png = pictures.best(data.unit_ids[judged.unit], data.findings[shelf.finding]);
      if (png.empty()) continue;
      const std::size_t size = png.size() * 4 / 3 + bytes_around_a_picture;
      if (bytes + size > most_bytes) {
        ++n_left_out;
        continue;
      }
      bytes += size;
      shelf.shown.push_back({judged, std::move(png)});
    }
  }
  return n_left_out;
}

std::string card(const AnalysisData& data, const Shelf& shelf, const Shown& shown) {
  const std::string& id = data.unit_ids[shown.judged.unit];
  const std::string& finding = data.findings[shelf.finding].name;
  const std::string image = "<img alt=\"" +
                            escape(id + ", " + finding + ": " + std::string(title(shelf.judgement))) +
                            "\" loading=\"lazy\" src=\"data:image/png;base64," + to_base64(shown.png) + "\">";
  const std::string score = std::isnan(shown.judged.score) ? "–" : fixed(shown.judged.score, 3);
  return element(
      "figure", "",
      image + element("figcaption", "", element("b", "", score) + " " + element("code", "", escape(id))));
}

std::string shelf_html(const PartContext& ctx, const Shelf& shelf) {
  if (shelf.shown.empty()) return {};
  std::string cards;
  for (const Shown& shown : shelf.shown) cards += card(ctx.data, shelf, shown);
  const std::string count = grouped(shelf.shown.size()) +
                            (shelf.shown.size() < shelf.cases.n ? " of " + grouped(shelf.cases.n) : "");
  return element("h4", "",
                 escape(ctx.lang(title(shelf.judgement))) + " " + element("span", "class=\"soft\"", count)) +
         element("div", "class=\"gallery\"", cards);
}

Json shelf_json(const AnalysisData& data, const Shelf& shelf) {
  Json cases = Json::array();
  for (const Shown& shown : shelf.shown) {
    const double score = shown.judged.score;
    cases.push_back(
        {{"case_id", data.unit_ids[shown.judged.unit]}, {"score", std::isnan(score) ? Json() : Json(score)}});
  }
  return {{"n", shelf.cases.n}, {"n_shown", shelf.shown.size()}, {"shown", std::move(cases)}};
}

std::string note_of(std::size_t n_left_out, std::size_t n_hidden) {
  std::string note =
      "The number is the score. The most confident come first: errors that the model was surest of. "
      "Where the finding was explained, its map lies over the picture.";
  if (n_left_out > 0) note += " " + counted(n_left_out, "picture") + " left out to keep the page small.";
  if (n_hidden > 0)
    note += " " + counted(n_hidden, "picture") +
            " hidden because text burned into the image may name a person; --thumbnails all shows them.";
  return note;
}

}  // namespace

ReportPart error_gallery_part(const PartContext& ctx, const RunData& run, Thumbnails which,
                              std::size_t most_bytes) {
  ReportPart part{.id = "right-and-wrong", .heading = ctx.lang("Right and wrong")};
  if (run.folder.empty() || which == Thumbnails::none) return part;
  std::vector<Shelf> shelves = shelves_of(ctx.data);
  RunPictures pictures(run, which);
  const std::size_t n_left_out = fill(shelves, ctx.data, pictures, most_bytes);
  std::map<std::size_t, std::string> by_finding;
  Json findings = Json::object();
  for (const Shelf& shelf : shelves) {
    const std::string html = shelf_html(ctx, shelf);
    if (!html.empty()) by_finding[shelf.finding] += html;
    findings[ctx.data.findings[shelf.finding].name][std::string(slug(shelf.judgement))] =
        shelf_json(ctx.data, shelf);
  }
  part.numbers = {{"findings", std::move(findings)},
                  {"pictures_left_out", n_left_out},
                  {"pictures_hidden", pictures.n_hidden()}};
  if (by_finding.empty() && n_left_out + pictures.n_hidden() == 0) return part;
  part.html = element("p", "class=\"note\"", escape(note_of(n_left_out, pictures.n_hidden())));
  for (const auto& [finding, html] : by_finding)
    part.html += element("h3", "", escape(ctx.data.findings[finding].name)) + html;
  return part;
}

}  // namespace radbatch
