// The tables that every tool's run folder has, from its cases and their outcomes.
//
// A table in memory takes many times the bytes of its text. So those that grow with a cohort's images become
// text some hundred cases at a time.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "radbatch/batch/tool.hpp"
#include "radbatch/store/table.hpp"

namespace radbatch {

/// What the outcomes say, read back once.
struct OutcomeTables {
  Table cases;                                 ///< cases.csv: the ledger
  Table timings;                               ///< timings.csv
  std::map<std::string, std::string> digests;  ///< absolute path -> SHA-256 of files that were read whole
};
OutcomeTables outcome_tables(const RunRecord& run);
/// As `sha256sum --check` reads it.
std::string digests_text(const std::map<std::string, std::string>& digests);

Table selection_table(const RunRecord& run, const std::vector<SelectionRule>& rules);
Table studies_rows(const RunRecord& run);
Table series_rows(const RunRecord& run);
/// Private: which patient and first file a case is.
Table linkage_table(const RunRecord& run, const std::string& secret);
/// Private: files of no case.
Table unassigned_table(const RunRecord& run, std::span<const UnassignedFile> unassigned);

struct CsvText {
  std::string text;
  std::vector<Column> columns;
};
/// The table of `make` over all cases, of which `make` sees some hundred at a time. Its columns may not
/// depend on the cases, nor a row on other cases than its own.
CsvText csv_in_parts(const RunRecord& run, const std::function<Table(const RunRecord&)>& make);

}  // namespace radbatch
