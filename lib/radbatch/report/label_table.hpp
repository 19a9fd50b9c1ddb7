// The truth about the cases, as a researcher writes it down, in columns.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "radbatch/report/analysis_data.hpp"

namespace radbatch {

struct LabelOptions {
  std::string encoding;          ///< "gb18030"; empty: UTF-8, or UTF-16 by its byte order mark
  std::string kind;              ///< "binary", "multilabel", "classes", "ordinal", "continuous"; empty: found
  std::vector<std::string> map;  ///< "Pleural Effusion=Effusion": name there = finding here
  std::vector<std::string> positive;  ///< words for yes in place of the usual ones
  std::vector<std::string> negative;
  UncertainPolicy uncertain = UncertainPolicy::exclude;
  bool blank_is_negative = false;
};

/// Columns that are no labels; an empty name is none.
struct LabelColumns {
  std::string key;  ///< empty: case_id, id, image, study, ...
  std::string date, cluster, fold;
  std::vector<std::string> readers;
};

struct LabelTable {
  std::string what;                 ///< the file's name, without its folder
  std::vector<std::uint32_t> line;  ///< [row]
  std::string key_column;
  std::vector<std::string> keys;   ///< [row]
  std::vector<std::string> dates;  ///< [row]; empty without a date column, as the two below
  std::vector<std::string> clusters, folds;
  std::string cluster_column;  ///< as asked for, or found by its name: patient_key, patient_id, mrn, ...

  TruthKind kind = TruthKind::none;
  std::string kind_text;                                ///< "0/1 columns of 3 of 5 findings"
  std::vector<std::vector<Answer>> truth;               ///< [finding][row]
  std::vector<std::vector<std::uint8_t>> is_uncertain;  ///< [finding][row]; empty when no label is
  std::vector<std::int32_t> true_class;                 ///< [row], classes and ordinal
  std::vector<std::vector<double>> true_value;          ///< [finding][row], continuous
  std::vector<Rater> readers;                           ///< over the rows
  std::vector<Covariate> covariates;                    ///< over the rows
  std::vector<std::string> identifying;                 ///< columns left out of them
  std::map<std::string, std::size_t> other_findings;    ///< that the model does not know -> rows

  std::size_t size() const { return keys.size(); }
  bool say_the_same(std::uint32_t a, std::uint32_t b) const;
};

/// The file as UTF-8. Throws Error(ExitCode::usage) with the option to give when it is not.
std::string label_text(const std::filesystem::path& file, const std::string& encoding);

/// CSV, TSV or semicolons: a key column and one of
///   - `label`, a finding per row by name, slug or column, in any letter case; several separated by |
///   - a column per finding: yes, no, perhaps or nothing (0/1 and other words), or numbers for a regression
///   - for a model with one finding, a single column of yes and no under any name.
/// Throws Error(ExitCode::usage) that names line and column and says what to write instead.
LabelTable read_label_table(std::string_view text, const std::string& what,
                            const std::vector<Finding>& findings, const LabelColumns& columns,
                            const LabelOptions& options);

/// By name, slug or column, then the same in any letter case.
std::optional<std::size_t> find_finding(const std::vector<Finding>& findings, std::string_view name);
/// "did you mean 'Lung Opacity'? the model's findings are: Hand, Lung Opacity"
std::string findings_hint(const std::vector<Finding>& findings, std::string_view name);
/// Whether a column of that name would tell who a patient is.
bool names_a_person(std::string_view column);

}  // namespace radbatch
