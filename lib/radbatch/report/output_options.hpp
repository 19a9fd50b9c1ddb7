// What a report is made with beyond its inputs and analyses: where it goes, in which words, how exact.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "radbatch/base/choices.hpp"

namespace radbatch {

struct OutputOptions {
  std::filesystem::path page;        ///< the HTML file; empty: report.html in the first run folder
  std::string title;                 ///< empty: made from the model's name
  std::filesystem::path tables;      ///< folder for LaTeX, Markdown and CSV; empty: none
  std::filesystem::path checklists;  ///< folder for the filled checklists; empty: none
  Thumbnails thumbnails = Thumbnails::safe;
  std::string lang = "en";
  std::uint64_t seed = 0;
  std::size_t n_bootstrap = 2000;
  double level = 0.95;
  std::size_t cpus = 0;  ///< 0: all this process may use
};

/// Where the files of a report lie: beside the page. Those of report.html have plain names; another page's
/// begin with its name, so that two reports in one folder do not overwrite each other.
struct OutputPlaces {
  std::filesystem::path page, json, metrics, lists;
  std::string lists_word;  ///< "lists/", as the page names it
};

/// Throws Error(ExitCode::usage) where `page` is a folder or a device.
OutputPlaces places_of(const std::filesystem::path& page);

}  // namespace radbatch
