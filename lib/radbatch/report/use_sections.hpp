// The three sections of the part on use. Each adds its tables, figures, rows and numbers to the part and
// returns its HTML, empty when it has nothing to say.
#pragma once

#include "radbatch/report/part.hpp"
#include "radbatch/report/use_part.hpp"

namespace radbatch {

/// The units of one finding as one model scored them.
struct UseSubject {
  std::size_t finding = 0;
  const Rater* rater = nullptr;
  std::string name;  ///< of the finding, with the model's where there are several
  JudgedUnits units;
  std::vector<std::uint32_t> cluster;  ///< of the units; empty where no patient has two
  Json numbers = Json::object();       ///< what the sections say of it
};

/// "effusion", of further models "effusion-2": names of figures and lists.
std::string subject_id(const PartContext& context, const UseSubject& subject);

std::string decision_section(const PartContext& context, const UseOptions& options,
                             std::vector<UseSubject>& subjects, ReportPart& part);
std::string prevalence_section(const PartContext& context, const UseOptions& options,
                               std::vector<UseSubject>& subjects, ReportPart& part);
std::string workload_section(const PartContext& context, std::vector<UseSubject>& subjects, ReportPart& part);

}  // namespace radbatch
