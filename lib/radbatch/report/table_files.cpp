#include "radbatch/report/table_files.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/report/html.hpp"

namespace radbatch {
namespace {

constexpr std::size_t most_rows_on_a_page = 40;

/// On one line, without what turns the direction of writing.
std::string one_line(std::string_view text) {
  std::string line = html::neutral(text);
  for (char& c : line) {
    if (c == '\n' || c == '\t') c = ' ';
  }
  return line;
}

/// What stands for a sign in LaTeX. The longest signs of statistics are two or three bytes of UTF-8.
constexpr std::pair<std::string_view, std::string_view> latex_signs[]{
    {"\\", "\\textbackslash{}"},
    {"{", "\\{"},
    {"}", "\\}"},
    {"$", "\\$"},
    {"&", "\\&"},
    {"#", "\\#"},
    {"%", "\\%"},
    {"_", "\\_"},
    {"^", "\\textasciicircum{}"},
    {"~", "\\textasciitilde{}"},
    {"<", "\\textless{}"},
    {">", "\\textgreater{}"},
    {"|", "\\textbar{}"},
    {"\"", "\\textquotedbl{}"},
    {"`", "\\textasciigrave{}"},
    {"'", "\\textquotesingle{}"},
    {"[", "{[}"},  // after \\ a bracket would be a length
    {"]", "{]}"},
    {"–", "--"},
    {"—", "---"},
    {"−", "$-$"},
    {"±", "$\\pm$"},
    {"×", "$\\times$"},
    {"≤", "$\\le$"},
    {"≥", "$\\ge$"},
    {"≈", "$\\approx$"},
    {"→", "$\\rightarrow$"},
    {"Δ", "$\\Delta$"},
    {"κ", "$\\kappa$"},
    {"ρ", "$\\rho$"},
    {"τ", "$\\tau$"},
    {"χ", "$\\chi$"},
    {"²", "\\textsuperscript{2}"},
    {"µ", "$\\mu$"},
    {"…", "\\ldots{}"},
    {"\xC2\xA0", "~"},
    {"\xEF\xBF\xBD", "?"},
};

std::string latex_text(std::string_view text) {
  const std::string line = one_line(text);
  std::string out;
  for (std::size_t at = 0; at < line.size();) {
    const std::string_view rest = std::string_view(line).substr(at);
    const auto* sign =
        std::ranges::find_if(latex_signs, [&](const auto& s) { return rest.starts_with(s.first); });
    if (sign == std::end(latex_signs)) {
      out += line[at++];
    } else {
      out += sign->second;
      at += sign->first.size();
    }
  }
  return out;
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string latex_row(const std::vector<std::string>& cells) {
  std::vector<std::string> escaped;
  for (const std::string& cell : cells) escaped.push_back(latex_text(cell));
  return join(escaped, " & ") + " \\\\\n";
}

std::string latex_columns(const ReportTable& table) {
  std::string columns;
  for (const bool is_number : table.is_number) columns += is_number ? 'r' : 'l';
  return columns;
}

std::string latex_head(const ReportTable& table) {
  return "\\toprule\n" + latex_row(table.header) + "\\midrule\n";
}

std::string latex_body(const ReportTable& table) {
  std::string body;
  for (const std::vector<std::string>& row : table.rows) body += latex_row(row);
  return body;
}

std::string latex_caption(const ReportTable& table) {
  return "\\caption{" + latex_text(table.title) + "}\\label{tab:" + slug(table.id) + "}";
}

std::string latex_short(const ReportTable& table, const std::string& note) {
  return "\\begin{table}\n\\centering\n" + latex_caption(table) + "\n\\begin{tabular}{" +
         latex_columns(table) + "}\n" + latex_head(table) + latex_body(table) +
         "\\bottomrule\n\\end{tabular}\n" + note + "\\end{table}\n";
}

std::string latex_long(const ReportTable& table, const std::string& note) {
  return "\\begin{longtable}{" + latex_columns(table) + "}\n" + latex_caption(table) + "\\\\\n" +
         latex_head(table) + "\\endhead\n" + latex_body(table) + "\\bottomrule\n\\end{longtable}\n" + note;
}

/// The whole is a number, "-0.012" or "-3.1 %".
bool begins_as_number(std::string_view text) {
  double value = 0;
  return std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc();
}

bool would_run(std::string_view text) {
  if (text.empty() || std::string_view("=+@-\t").find(text.front()) == std::string_view::npos) return false;
  return !(text.front() == '-' && (text.size() == 1 || begins_as_number(text)));
}

std::string csv_row(const std::vector<std::string>& cells) {
  std::vector<std::string> fields;
  for (const std::string& cell : cells) fields.push_back(csv_field(cell));
  return join(fields, ",") + "\n";
}

std::string markdown_row(const std::vector<std::string>& cells) {
  std::string row = "|";
  for (const std::string& cell : cells) row += " " + markdown_text(cell) + " |";
  return row + "\n";
}

}  // namespace

std::string table_latex(const ReportTable& table) {
  const bool is_long = table.rows.size() > most_rows_on_a_page;
  const std::string note =
      table.note.empty() ? "" : "\\par\\smallskip{\\footnotesize " + latex_text(table.note) + "}\n";
  std::string body = is_long ? latex_long(table, note) : latex_short(table, note);
  std::string packages = std::string("% \\usepackage{booktabs,textcomp") + (is_long ? ",longtable" : "") +
                         "} \\usepackage[T1]{fontenc}\n";
  if (!is_ascii(body))
    packages += "% Compile with XeLaTeX or LuaLaTeX; Chinese text needs \\usepackage{ctex}.\n";
  return packages + body;
}

std::string markdown_text(std::string_view text) {
  std::string out;
  for (const char c : one_line(text)) {
    if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      if (std::string_view("\\|`*_[]!~#").find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
  }
  return out;
}

std::string csv_quoted(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

std::string csv_field(std::string_view text) {
  const std::string line = one_line(text);
  return csv_quoted(would_run(line) ? "'" + line : line);
}

std::string table_markdown(const ReportTable& table) {
  std::string rule = "|";
  for (const bool is_number : table.is_number) rule += is_number ? " ---: |" : " --- |";
  std::string out = "**" + markdown_text(table.title) + "**\n\n" + markdown_row(table.header) + rule + "\n";
  for (const std::vector<std::string>& row : table.rows) out += markdown_row(row);
  return table.note.empty() ? out : out + "\n" + markdown_text(table.note) + "\n";
}

std::string table_csv(const ReportTable& table) {
  std::string out = csv_row(table.header);
  for (const std::vector<std::string>& row : table.rows) out += csv_row(row);
  return out;
}

void write_table_files(std::span<const ReportTable> tables, const std::filesystem::path& folder) {
  if (tables.empty()) return;
  make_folder(folder);
  for (const ReportTable& table : tables) {
    write_file_atomically(folder / (file_stem(table.id) + ".tex"), table_latex(table));
    write_file_atomically(folder / (file_stem(table.id) + ".md"), table_markdown(table));
    write_file_atomically(folder / (file_stem(table.id) + ".csv"), table_csv(table));
  }
}

}  // namespace radbatch
