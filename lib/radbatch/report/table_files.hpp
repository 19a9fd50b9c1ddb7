// The report's tables as files that a manuscript takes: LaTeX, Markdown and CSV.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "radbatch/report/part.hpp"

namespace radbatch {

/// A table with booktabs' rules and its note below; a longtable where it is longer than a page. Every
/// character that LaTeX takes for a command is escaped, and the signs of statistics are written as
/// mathematics, so that it compiles under pdfLaTeX (other scripts need XeLaTeX or LuaLaTeX).
std::string table_latex(const ReportTable& table);
/// A GitHub-flavoured pipe table below its title. What Markdown or HTML would take for markup is escaped.
std::string table_markdown(const ReportTable& table);
/// RFC 4180. A text that a spreadsheet would run as a formula (it begins with = + @ or -, and is no number)
/// gets an apostrophe in front.
std::string table_csv(const ReportTable& table);

/// A text as those files spell it.
std::string csv_field(std::string_view text);
/// A text as it is, in quotes where RFC 4180 asks for them: for ids, which other tables name too.
std::string csv_quoted(std::string_view text);
/// A text as Markdown shows it, on one line.
std::string markdown_text(std::string_view text);

/// Writes <id>.tex, <id>.md and <id>.csv of each table. Throws Error(ExitCode::output).
void write_table_files(std::span<const ReportTable> tables, const std::filesystem::path& folder);

}  // namespace radbatch
