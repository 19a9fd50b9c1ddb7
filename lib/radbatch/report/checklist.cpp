#include "radbatch/report/checklist.hpp"

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/report/html.hpp"
#include "radbatch/report/table_files.hpp"

namespace radbatch {
namespace {

using namespace html;

constexpr std::string_view for_the_authors = "For the authors.";

std::string known_text(const ChecklistItem& item, const std::map<Fact, std::string>& facts) {
  const auto fact = item.fact == Fact::authors ? facts.end() : facts.find(item.fact);
  return fact == facts.end() ? std::string(for_the_authors) : fact->second;
}

bool is_filled(const ChecklistItem& item, const std::map<Fact, std::string>& facts) {
  return item.fact != Fact::authors && facts.contains(item.fact);
}

std::size_t count_filled(const Checklist& checklist, const std::map<Fact, std::string>& facts) {
  std::size_t n = 0;
  for (const ChecklistItem& item : checklist.items) n += is_filled(item, facts) ? 1U : 0U;
  return n;
}

std::string checklist_html(const Checklist& checklist, const std::map<Fact, std::string>& facts) {
  std::string rows;
  for (const ChecklistItem& item : checklist.items) {
    const std::string known = escape(known_text(item, facts));
    rows += element("tr", "",
                    cell(element("code", "", item.number)) + cell(escape(item.topic)) +
                        cell(is_filled(item, facts) ? known : element("span", "class=\"soft\"", known)));
  }
  const std::string summary =
      escape(checklist.title) + " " +
      element("span", "class=\"soft\"",
              grouped(count_filled(checklist, facts)) + " of " + grouped(checklist.items.size()) +
                  " items have something from the tool");
  return element("details", "",
                 element("summary", "", summary) +
                     element("p", "class=\"note\"", escape(checklist.citation)) +
                     table("", header_row({"Item", "Topic", "What the tool knows"}), rows));
}

}  // namespace

ReportTable checklist_table(const Checklist& checklist, const std::map<Fact, std::string>& facts) {
  ReportTable table{
      .id = std::string(checklist.id),
      .title = std::string(checklist.title) + " (" + std::string(checklist.citation) + ")",
      .header = {"Item", "Section", "Topic", "What the tool knows", "Page, for the authors"},
      .is_number = {false, false, false, false, false},
      .note =
          "Topics are in short words of our own; the guideline's text and form count, also for the "
          "numbers of the items. What the tool knows is a draft for the authors, who "
          "answer for it."};
  for (const ChecklistItem& item : checklist.items) {
    table.rows.push_back({std::string(item.number), std::string(item.section), std::string(item.topic),
                          known_text(item, facts), ""});
  }
  return table;
}

ReportPart checklist_part(const PartContext& ctx, const RunData& run, std::span<const ReportPart> parts) {
  ReportPart part{.id = "checklists", .heading = ctx.lang("Checklists")};
  if (ctx.data.kind == TruthKind::none) return part;
  const std::map<Fact, std::string> facts = known_facts(ctx, run, parts);
  part.html = element("p", "class=\"note\"",
                      "What the tool knows for each item of the reporting guidelines; the rest is for the "
                      "authors. --checklists DIR writes them as Markdown and CSV.");
  for (const Checklist& checklist : checklists()) {
    part.html += checklist_html(checklist, facts);
    Json items = Json::array();
    for (const ChecklistItem& item : checklist.items) {
      items.push_back({{"item", item.number},
                       {"topic", item.topic},
                       {"known", is_filled(item, facts) ? Json(known_text(item, facts)) : Json()}});
    }
    part.numbers[std::string(checklist.id)] = {{"citation", checklist.citation},
                                               {"n_items", checklist.items.size()},
                                               {"n_filled", count_filled(checklist, facts)},
                                               {"items", std::move(items)}};
  }
  return part;
}

void write_checklists(const std::map<Fact, std::string>& facts, const std::filesystem::path& folder) {
  make_folder(folder);
  for (const Checklist& checklist : checklists()) {
    const ReportTable table = checklist_table(checklist, facts);
    write_file_atomically(folder / (table.id + ".md"), table_markdown(table));
    write_file_atomically(folder / (table.id + ".csv"), table_csv(table));
  }
}

}  // namespace radbatch
