#include "radbatch/report/table_files.hpp"

#include <doctest/doctest.h>

using namespace radbatch;

namespace {

ReportTable small_table() {
  return {"auroc",       "Accuracy & more", {"Finding", "AUROC"}, {{"Mass_1", "0.9 ± 0.1"}},
          {false, true}, "50 % of n"};
}

}  // namespace

TEST_CASE("LaTeX has booktabs' rules, and no sign of the data is a command") {
  CHECK(table_latex(small_table()) ==
        "% \\usepackage{booktabs,textcomp} \\usepackage[T1]{fontenc}\n"
        "\\begin{table}\n\\centering\n\\caption{Accuracy \\& more}\\label{tab:auroc}\n"
        "\\begin{tabular}{lr}\n\\toprule\nFinding & AUROC \\\\\n\\midrule\n"
        "Mass\\_1 & 0.9 $\\pm$ 0.1 \\\\\n\\bottomrule\n\\end{tabular}\n"
        "\\par\\smallskip{\\footnotesize 50 \\% of n}\n\\end{table}\n");
}

TEST_CASE("a hostile cell stays one cell in each format") {
  ReportTable table = small_table();
  table.rows = {{"\\input{/etc/passwd}\n& $x$ %", "=HYPERLINK(\"x\")|`a`<b>"}};
  CHECK(table_latex(table).find("\\textbackslash{}input\\{/etc/passwd\\} \\& \\$x\\$ \\%") !=
        std::string::npos);
  CHECK(table_markdown(table).find(
            "| \\\\input{/etc/passwd} &amp; $x$ % | =HYPERLINK(\"x\")\\|\\`a\\`&lt;b&gt; |") !=
        std::string::npos);
  CHECK(table_csv(table) ==
        "Finding,AUROC\n\\input{/etc/passwd} & $x$ %,\"'=HYPERLINK(\"\"x\"\")|`a`<b>\"\n");
}

TEST_CASE("a negative number is no formula, what only begins so is") {
  CHECK(csv_field("-0.12 (-0.20 to 0.01)") == "-0.12 (-0.20 to 0.01)");
  CHECK(csv_field("-") == "-");
  CHECK(csv_field("-cmd|' /C calc'!A0") == "'-cmd|' /C calc'!A0");
  CHECK(csv_field("@SUM(1)") == "'@SUM(1)");
  CHECK(csv_quoted("=a,b") == "\"=a,b\"");
}

TEST_CASE("a table longer than a page becomes a longtable") {
  ReportTable table = small_table();
  table.rows.assign(41, {"a", "1"});
  CHECK(table_latex(table).find("\\begin{longtable}{lr}") != std::string::npos);
}

TEST_CASE("the name of a file cannot lead elsewhere, and no two ids share one") {
  CHECK(file_stem("effusion-false_positive.1") == "effusion-false_positive.1");
  CHECK(file_stem("../../x y").starts_with("-.-..-x-y-"));
  CHECK(file_stem("肺") != file_stem("心"));
  CHECK(file_stem("").size() == 9);
  CHECK(file_stem(std::string(300, 'a')).size() == 109);
}
