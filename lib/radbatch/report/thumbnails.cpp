#include "radbatch/report/thumbnails.hpp"

#include <algorithm>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"

namespace radbatch {
namespace {

constexpr std::uintmax_t max_one_picture = 500'000;
constexpr std::string_view png_signature = "\x89PNG\r\n\x1A\n";

/// Ids come from a table that may have been edited: none may lead out of previews/.
bool is_safe_name(std::string_view id) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  return !id.empty() && id.size() <= 120 && id.find_first_not_of(letters) == std::string_view::npos;
}

std::filesystem::path picture_path(const RunData& run, const CaseRow& row) {
  if (row.status != Status::done || !is_safe_name(row.id)) return {};
  const std::filesystem::path path = run.folder / "previews" / (row.id + ".png");
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  return !error && size <= max_one_picture ? path : std::filesystem::path();
}

bool may_show_text(const CaseRow& row) {
  return std::ranges::find(row.flags, "W_MAY_SHOW_TEXT") != row.flags.end();
}

/// Case indices, one group per predicted finding; the last group has none.
std::vector<std::vector<std::size_t>> candidates(const RunData& run, Thumbnails which, Gallery& gallery) {
  std::vector<std::vector<std::size_t>> groups(run.findings.size() + 1);
  for (std::size_t i = 0; i < run.cases.size(); ++i) {
    if (picture_path(run, run.cases[i]).empty()) continue;
    if (which == Thumbnails::safe && may_show_text(run.cases[i])) {
      ++gallery.n_hidden;
    } else {
      groups[run.cases[i].top.value_or(run.findings.size())].push_back(i);
    }
  }
  return groups;
}

/// One of each group in turn, so that a rare finding is not crowded out.
std::vector<std::size_t> in_turn(const std::vector<std::vector<std::size_t>>& groups) {
  std::vector<std::size_t> order;
  std::size_t longest = 0;
  for (const auto& group : groups) longest = std::max(longest, group.size());
  for (std::size_t round = 0; round < longest; ++round) {
    for (const auto& group : groups) {
      if (round < group.size()) order.push_back(group[round]);
    }
  }
  return order;
}

}  // namespace

Gallery choose_pictures(const RunData& run, Thumbnails which, std::size_t most_bytes) {
  Gallery gallery;
  if (which == Thumbnails::none) return gallery;
  std::size_t bytes = 0;
  for (const std::size_t index : in_turn(candidates(run, which, gallery))) {
    std::string png;
    if (gallery.pictures.size() < max_pictures) png = read_file(picture_path(run, run.cases[index]));
    if (gallery.pictures.size() >= max_pictures || bytes + png.size() > most_bytes) {
      ++gallery.n_left_out;
    } else if (png.starts_with(png_signature)) {
      bytes += png.size();
      gallery.pictures.push_back({index, std::move(png)});
    }
  }
  auto place = [&](const Picture& picture) {
    return std::pair(run.cases[picture.case_index].top.value_or(run.findings.size()), picture.case_index);
  };
  std::ranges::sort(gallery.pictures, {}, place);
  return gallery;
}

}  // namespace radbatch
