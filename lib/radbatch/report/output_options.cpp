#include "radbatch/report/output_options.hpp"

#include "radbatch/base/error.hpp"

namespace radbatch {
namespace {

/// A device would be replaced by a file: pages are written beside their place and renamed.
void refuse_other_than_files(const std::filesystem::path& page) {
  std::error_code ignored;
  const std::filesystem::file_status found = std::filesystem::status(page, ignored);
  if (std::filesystem::is_directory(found))
    throw Error(ExitCode::usage, "-o " + page.string() + " is a folder",
                "name the page: -o " + (page / "report.html").string());
  if (std::filesystem::exists(found) && !std::filesystem::is_regular_file(found))
    throw Error(ExitCode::usage, "-o " + page.string() + " is not a regular file", "-o report.html");
}

}  // namespace

OutputPlaces places_of(const std::filesystem::path& page) {
  refuse_other_than_files(page);
  const std::filesystem::path folder = page.parent_path();
  const std::string stem = page.stem().string();
  const std::string before = stem == "report" ? "" : stem + "-";
  std::filesystem::path json = page;
  json.replace_extension(".json");
  return {page, json, folder / (before + "metrics.csv"), folder / (before + "lists"), before + "lists/"};
}

}  // namespace radbatch
