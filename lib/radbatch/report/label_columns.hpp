// What the columns of a label table are for: found from their names and, in a first pass, from their values.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "radbatch/report/label_table.hpp"
#include "radbatch/store/csv_stream.hpp"

namespace radbatch {

/// Where a human reader's answers stand.
struct ReaderLayout {
  std::string name;
  std::optional<std::size_t> named;                           ///< a column of findings' names
  std::vector<std::pair<std::size_t, std::size_t>> findings;  ///< column, finding
};

struct LabelLayout {
  TruthKind kind = TruthKind::none;
  std::string kind_text;
  std::size_t key = 0;
  std::string key_column;
  std::optional<std::size_t> date, cluster, fold, label;
  bool is_flag_label = false;  ///< the label column is about the model's one finding: yes, no or a number
  bool is_list = false;        ///< it holds several findings: "Effusion|Mass"
  std::vector<std::pair<std::size_t, std::size_t>> findings;  ///< column, finding
  std::vector<ReaderLayout> readers;
  std::vector<std::size_t> covariates;
  std::vector<std::string> identifying;
  std::map<std::string, std::string> map;  ///< lower-case name there -> finding here
  std::vector<std::string> lower_names;    ///< of the findings, for slips of the pen

  /// The name here of a column or label there; as it is where nothing maps it.
  std::string mapped(std::string_view name) const;
  /// A finding by name or, where the findings are grades, by the number of its grade.
  std::optional<std::size_t> find_class(const std::vector<Finding>& findings, std::string_view name) const;
};

/// Reads the whole stream. Throws Error(ExitCode::usage) when a column that is asked for is not there, or
/// none says what is true.
LabelLayout find_layout(CsvStream& stream, const std::vector<Finding>& findings, const LabelColumns& columns,
                        const LabelOptions& options);

}  // namespace radbatch
