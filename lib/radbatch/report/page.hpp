// The report's page, made of parts.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "radbatch/report/part.hpp"

namespace radbatch {

/// One of the large numbers at the head of the page.
struct KeyFigure {
  std::size_t value = 0;
  std::string words;  ///< plain text: "with a result"
};

/// A result that the page begins with.
struct MainResult {
  std::string value;    ///< plain text: "0.859"
  std::string words;    ///< plain text: "AUROC (0.802–0.902), Effusion"
  std::string section;  ///< anchor of the section that it is from
  Estimate estimate;
};

struct PageContent {
  std::string title, subtitle;                     ///< plain text
  std::string lang = "en";                         ///< for <html lang>
  std::string skip_words = "Skip to the content";  ///< plain text, for who reads with a keyboard
  std::string banner = "For research only. Not for clinical use.";
  std::vector<KeyFigure> key_figures;
  std::vector<MainResult> main_results;  ///< few
  std::span<const ReportPart> parts;     ///< in the order of the page; those without html are left out
};

/// The page that stands alone: no script, nothing fetched.
std::string render_page(const PageContent& content);

std::string style_sheet();

}  // namespace radbatch
