// The report's HTML, section by section.
#pragma once

#include <optional>
#include <string>

#include "radbatch/report/evaluation.hpp"
#include "radbatch/report/explanations_section.hpp"
#include "radbatch/report/run_data.hpp"
#include "radbatch/report/thumbnails.hpp"

namespace radbatch {

struct ReportContent {
  std::string title;
  RunData run;
  std::optional<Evaluation> evaluation;
  Gallery gallery;
  ShownExplanations explanations;
};

std::string render_page(const ReportContent& content);

std::string outcome_section(const ReportContent& content);     ///< what happened, failures by reason
std::string evaluation_section(const ReportContent& content);  ///< empty without labels
std::string scores_section(const ReportContent& content);      ///< distributions, pictures, cases
std::string frames_section(const ReportContent& content);      ///< clips over time; empty without clips
std::string provenance_section(const ReportContent& content);
std::string style_sheet();

}  // namespace radbatch
