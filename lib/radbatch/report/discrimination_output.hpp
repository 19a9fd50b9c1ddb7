// The numbers of discrimination as JSON, rows of metrics.csv, tables, figures and HTML.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "radbatch/report/class_discrimination.hpp"
#include "radbatch/report/discrimination_averages.hpp"
#include "radbatch/report/finding_discrimination.hpp"

namespace radbatch {

/// One model or reader, complete.
struct JudgedRater {
  RaterDiscrimination by_finding;
  Averages averages;
  std::optional<ClassDiscrimination> classes;
};

Json rater_json(const AnalysisData& data, const JudgedRater& judged);
std::vector<MetricRow> rater_rows(const AnalysisData& data, const JudgedRater& judged);

/// Tables of one model; ids begin with `prefix`, which tells several models apart.
ReportTable areas_table(const PartContext& context, const JudgedRater& judged, const std::string& prefix);
ReportTable decisions_table(const PartContext& context, const JudgedRater& judged, std::size_t point,
                            const std::string& prefix);
ReportTable likelihood_table(const PartContext& context, const JudgedRater& judged, std::size_t point,
                             const std::string& prefix);
ReportTable summaries_table(const PartContext& context, const JudgedRater& judged, std::size_t point,
                            const std::string& prefix);
ReportTable averages_table(const PartContext& context, const JudgedRater& judged, const std::string& prefix);
ReportTable not_done_table(const PartContext& context, const JudgedRater& judged, const std::string& prefix);
ReportTable classes_table(const PartContext& context, const JudgedRater& judged, const std::string& prefix);
ReportTable confusion_table(const PartContext& context, const JudgedRater& judged, const std::string& prefix);
ReportTable readers_table(const PartContext& context, const std::vector<JudgedRater>& readers);

/// ROC and precision-recall of each finding, models as curves, thresholds and readers as marks.
std::vector<Figure> roc_figures(const PartContext& context, const std::vector<JudgedRater>& models,
                                const std::vector<JudgedRater>& readers);
std::vector<Figure> precision_recall_figures(const PartContext& context,
                                             const std::vector<JudgedRater>& models);

}  // namespace radbatch
