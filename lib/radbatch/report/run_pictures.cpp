#include "radbatch/report/run_pictures.hpp"

#include <algorithm>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/store/table.hpp"

namespace radbatch {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_preview_bytes = 500'000;
constexpr std::string_view png_signature = "\x89PNG\r\n\x1A\n";

/// Tables may have been edited: no name may lead out of its folder.
bool is_safe(const std::string& place) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  const std::size_t slash = place.find('/');
  if (slash == std::string::npos) return false;
  const std::string_view folder = std::string_view(place).substr(0, slash);
  const std::string_view file = std::string_view(place).substr(slash + 1);
  return (folder == "previews" || folder == "explanations") && !file.empty() && file.size() <= 255 &&
         file.find_first_not_of(letters) == std::string_view::npos;
}

const CaseRow* case_named(const RunData& run, const std::string& id) {
  const auto row = std::ranges::lower_bound(run.cases, id, {}, &CaseRow::id);
  return row == run.cases.end() || row->id != id ? nullptr : &*row;
}

bool may_show_text(const CaseRow& row) {
  return std::ranges::find(row.flags, "W_MAY_SHOW_TEXT") != row.flags.end();
}

}  // namespace

std::string read_run_picture(const RunData& run, const std::string& place, std::size_t most_bytes) {
  if (!is_safe(place)) return {};
  std::error_code error;
  const std::uintmax_t size = fs::file_size(run.folder / place, error);
  if (error || size > most_bytes) return {};
  std::string png = read_file(run.folder / place);
  return png.starts_with(png_signature) ? png : std::string();
}

RunPictures::RunPictures(const RunData& run, Thumbnails which) : run_(run), which_(which) {
  std::error_code missing;
  const fs::path file = run.folder / "explanations.csv";
  if (which == Thumbnails::none || !fs::is_regular_file(file, missing)) return;
  const Table table = read_csv(read_file(file), "explanations.csv");
  const auto id = table.find("case_id"), finding = table.find("finding"), picture = table.find("picture");
  if (!id || !finding || !picture) return;
  for (std::size_t row = 0; row < table.rows().size(); ++row) {
    const std::string place = table.text(row, *picture);
    if (!place.empty()) overlays_[{table.text(row, *id), table.text(row, *finding)}] = place;
  }
}

std::string RunPictures::best(const std::string& case_id, const Finding& finding) {
  if (which_ == Thumbnails::none) return {};
  const CaseRow* row = case_named(run_, case_id);
  if (!row || row->status != Status::done) return {};
  const auto place = [&]() -> std::string {
    for (const std::string& name : {finding.name, finding.slug}) {
      const auto overlay = overlays_.find({case_id, name});
      if (overlay != overlays_.end()) return overlay->second;
    }
    return "previews/" + case_id + ".png";
  }();
  std::string png = read_run_picture(run_, place, most_preview_bytes);
  if (png.empty() || which_ == Thumbnails::all || !may_show_text(*row)) return png;
  ++n_hidden_;
  return {};
}

}  // namespace radbatch
