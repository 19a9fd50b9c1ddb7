#include <algorithm>
#include <map>

#include "radbatch/base/flag.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/report/charts.hpp"
#include "radbatch/report/html.hpp"
#include "radbatch/report/run_parts.hpp"

namespace radbatch {
namespace {

using namespace html;

constexpr std::size_t max_examples = 3;

std::string code_text(const std::string& code) {
  return element("code", "", escape(code));
}

std::string status_badge(Status status) {
  return element("span", "class=\"badge " + status_class(status) + "\"", name(status));
}

struct ReasonGroup {
  Status status = Status::failed;
  std::size_t n = 0;
  std::vector<const CaseRow*> examples;
};

/// Cases that did not get a result, by reason; the commonest first.
std::vector<std::pair<std::string, ReasonGroup>> reason_groups(const RunData& run) {
  std::map<std::string, ReasonGroup> groups;
  for (const CaseRow& row : run.cases) {
    if (row.status == Status::done) continue;
    ReasonGroup& group = groups[row.reason];
    group.status = row.status;
    ++group.n;
    if (group.examples.size() < max_examples) group.examples.push_back(&row);
  }
  std::vector<std::pair<std::string, ReasonGroup>> sorted(groups.begin(), groups.end());
  std::ranges::stable_sort(sorted, std::greater<>(), [](const auto& entry) { return entry.second.n; });
  return sorted;
}

std::string meaning_of(const std::string& code) {
  const std::optional<Reason> reason = find_reason(code);
  if (!reason) return {};
  return escape(info(*reason).meaning) + element("div", "class=\"advice\"", escape(info(*reason).advice)) +
         (info(*reason).transient ? element("div", "class=\"soft\"", "The next run tries these again.") : "");
}

std::string examples_of(const ReasonGroup& group) {
  std::string items;
  for (const CaseRow* row : group.examples) {
    items += element("li", "", code_text(row->id) + (row->detail.empty() ? "" : " " + escape(row->detail)));
  }
  if (group.n > group.examples.size()) {
    items += element("li", "class=\"soft\"",
                     "and " + grouped(group.n - group.examples.size()) + " more in cases.csv");
  }
  return element("ul", "class=\"plain\"", items);
}

std::string reason_table(const RunData& run) {
  std::string rows;
  for (const auto& [code, group] : reason_groups(run)) {
    rows +=
        element("tr", "",
                cell(code_text(code.empty() ? "none given" : code) + "<br>" + status_badge(group.status)) +
                    number_cell(grouped(group.n)) + cell(meaning_of(code)) + cell(examples_of(group)));
  }
  if (rows.empty()) return element("p", "", "Every case has its result.");
  return table("stack", header_row({"Reason", "#Cases", "What it means, what to do", "Cases"}), rows);
}

std::string unassigned_table(const RunData& run) {
  std::string rows;
  for (const auto& [code, n] : run.unassigned()) {
    rows += element("tr", "", cell(code_text(code)) + number_cell(grouped(n)) + cell(meaning_of(code)));
  }
  if (rows.empty()) return {};
  return element("h3", "", "Files that belong to no case") +
         table("stack", header_row({"Reason", "#Files", "What it means, what to do"}), rows) +
         element("p", "class=\"note\"", "They are listed one by one in private/unassigned.csv.");
}

std::map<std::string, std::size_t> flag_counts(const RunData& run) {
  std::map<std::string, std::size_t> counts;
  for (const CaseRow& row : run.cases) {
    for (const std::string& flag : row.flags) ++counts[flag];
  }
  return counts;
}

std::string flag_table(const RunData& run) {
  std::string rows;
  for (const auto& [flag, n] : flag_counts(run))
    rows += element("tr", "",
                    cell(code_text(flag)) + number_cell(grouped(n)) +
                        cell(escape(find_flag(flag) ? find_flag(flag)->meaning : "")));
  if (rows.empty()) return {};
  return element("h3", "", "Warnings on cases with a result") +
         table("stack", header_row({"Flag", "#Cases", "What it means"}), rows);
}

std::string status_list(const RunData& run) {
  static constexpr std::pair<Status, std::string_view> meanings[]{
      {Status::done, "has its result"},
      {Status::skipped, "a rule says the model does not want it"},
      {Status::refused, "it should fit the model and does not"},
      {Status::failed, "a fault of the file, a worker or the model"},
      {Status::interrupted, "the run was stopped before it was finished"}};
  std::string rows;
  for (const auto& [status, meaning] : meanings) {
    rows += element("tr", "",
                    cell(status_badge(status)) + number_cell(grouped(run.count(status))) +
                        cell(element("span", "class=\"soft\"", meaning)));
  }
  return table("", header_row({"Status", "#Cases", ""}), rows);
}

Json outcome_json(const RunData& run) {
  Json by_status = Json::object(), by_reason = Json::object(), by_flag = Json::object();
  Json more = Json::object();
  for (const Status status :
       {Status::done, Status::skipped, Status::refused, Status::failed, Status::interrupted}) {
    by_status[std::string(name(status))] = run.count(status);
  }
  for (const auto& [code, group] : reason_groups(run)) {
    by_reason[code] = group.n;
    more[code] = group.n - group.examples.size();
  }
  for (const auto& [flag, n] : flag_counts(run)) by_flag[flag] = n;
  Json files = {{"unassigned", run.unassigned()}};
  if (const auto found = run.files_found()) files["found"] = *found;
  if (const auto in_cases = run.files_in_cases()) files["in_cases"] = *in_cases;
  return {{"n", run.cases.size()}, {"by_status", by_status}, {"by_reason", by_reason},
          {"not_listed", more},    {"by_flag", by_flag},     {"files", files}};
}

}  // namespace

ReportPart outcome_part(const PartContext& ctx, const RunData& run) {
  ReportPart part{.id = "cases", .heading = ctx.lang("What happened to the cases")};
  if (run.folder.empty()) return part;
  part.html = status_list(run) + element("h3", "", escape(ctx.lang("Cases without a result, by reason"))) +
              reason_table(run) + unassigned_table(run) + flag_table(run);
  part.numbers = outcome_json(run);
  return part;
}

}  // namespace radbatch
