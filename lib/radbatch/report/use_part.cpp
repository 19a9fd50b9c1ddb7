#include "radbatch/report/use_part.hpp"

#include "radbatch/report/use_sections.hpp"
#include "radbatch/stats/clustered_error.hpp"

namespace radbatch {
namespace {

std::vector<UseSubject> subjects_of(const AnalysisData& data) {
  std::size_t n_models = 0;
  for (const Rater& rater : data.raters) n_models += rater.is_reader ? 0U : 1U;
  std::vector<UseSubject> subjects;
  for (const Rater& rater : data.raters) {
    if (rater.is_reader) continue;
    for (std::size_t f = 0; f < data.findings.size(); ++f) {
      UseSubject subject;
      subject.finding = f;
      subject.rater = &rater;
      subject.name = data.findings[f].name + (n_models > 1 ? " · " + rater.name : "");
      subject.units = judged_units(data, rater, f);
      if (has_clusters(subject.units.cluster)) subject.cluster = subject.units.cluster;
      if (!subject.units.scores.empty()) subjects.push_back(std::move(subject));
    }
  }
  return subjects;
}

}  // namespace

std::string subject_id(const PartContext& context, const UseSubject& subject) {
  const auto number = static_cast<std::size_t>(subject.rater - context.data.raters.data());
  const std::string& slug = context.data.findings[subject.finding].slug;
  return number == 0 ? slug : slug + "-" + std::to_string(number + 1);
}

ReportPart use_part(const PartContext& context, const UseOptions& options) {
  ReportPart part;
  part.id = "use";
  part.heading = context.lang("Clinical use");
  const TruthKind kind = context.data.kind;
  if (kind != TruthKind::findings && kind != TruthKind::classes) return part;
  std::vector<UseSubject> subjects = subjects_of(context.data);
  if (subjects.empty()) return part;
  part.html = decision_section(context, options, subjects, part) +
              prevalence_section(context, options, subjects, part) +
              workload_section(context, subjects, part);
  Json list = Json::array();
  for (UseSubject& subject : subjects) {
    subject.numbers["model"] = subject.rater->name;
    subject.numbers["finding"] = context.data.findings[subject.finding].slug;
    subject.numbers["n"] = subject.units.scores.size();
    subject.numbers["n_positive"] = subject.units.n_positive;
    list.push_back(std::move(subject.numbers));
  }
  part.numbers["subjects"] = list;
  part.numbers["level"] = context.level;
  return part;
}

}  // namespace radbatch
