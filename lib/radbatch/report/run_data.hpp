// A run folder as the report sees it, checked: every case once, the tables in agreement.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "radbatch/base/json.hpp"
#include "radbatch/base/reason.hpp"

namespace radbatch {

/// Of a run's tables. Its own name to the linker, which else would take it for the Finding of a bundle.
struct RunFinding {
  std::string name;
  std::string slug;
  std::string column;  ///< of predictions.csv
  std::optional<double> threshold;
  std::string threshold_source;
};
using Finding = RunFinding;

/// The three states of a 0/1 column.
enum class Answer : std::int8_t { unknown = -1, no = 0, yes = 1 };

/// A column of the label table or of the run that subgroups and conditions may name.
struct Covariate {
  std::string name;
  std::vector<std::string> values;  ///< [unit], of a run [case]; empty text: missing
};

struct CaseRow {
  std::string id;
  Status status = Status::done;
  std::string reason;  ///< "E_IO"; empty when done
  std::string detail;
  std::optional<std::uint32_t> top;  ///< the finding of column `top`, or the highest score
  std::vector<std::string> flags;    ///< W_*
};

struct RunData {
  std::filesystem::path folder;  ///< empty for a table of predictions that came without a run
  Json run = Json::object();     ///< run.json; empty when the folder has none
  std::vector<Finding> findings;
  bool has_top = false;                        ///< predictions.csv names one finding per case: multi-class
  bool has_decisions = false;                  ///< there are d_<slug> columns
  std::vector<CaseRow> cases;                  ///< sorted by id
  std::vector<std::vector<double>> scores;     ///< [finding][case]; NaN: none
  std::vector<std::vector<Answer>> decisions;  ///< [finding][case], from d_<slug>
  std::vector<Covariate> carried;              ///< what predictions.csv carries behind its flags

  std::string name() const;  ///< of the model, for headings; of the folder where run.json names none
  /// Position of the case with that id, or nothing.
  std::optional<std::uint32_t> find(std::string_view id) const;
  /// The finding with the highest score of that case, the first of equals.
  std::optional<std::uint32_t> highest(std::size_t at) const;
  std::size_t count(Status status) const;
  std::optional<std::size_t> files_found() const;
  std::optional<std::size_t> files_in_cases() const;
  std::map<std::string, std::size_t> unassigned() const;  ///< reason -> files
};

/// Reads predictions.csv, cases.csv, run.json and datapackage.json. Throws Error(ExitCode::no_input) when the
/// folder has no cases.csv, Error(ExitCode::usage) when the tables do not list the same cases or files do not
/// add up.
RunData load_run(const std::filesystem::path& folder);

/// The member of a JSON object at that path, as text: "" when it is not there; numbers and booleans as JSON
/// spells them.
std::string text_at(const Json& object, std::initializer_list<const char*> path);

}  // namespace radbatch
