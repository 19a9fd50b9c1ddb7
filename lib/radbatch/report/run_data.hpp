// A run folder as the report sees it, checked: every case once, the tables in agreement.
#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "radbatch/base/json.hpp"
#include "radbatch/base/reason.hpp"

namespace radbatch {

struct Finding {
  std::string name;
  std::string slug;
  std::string column;  ///< of predictions.csv
  std::optional<double> threshold;
  std::string threshold_source;
};

struct CaseRow {
  std::string id;
  Status status = Status::done;
  std::string reason;  ///< "E_IO"; empty when done
  std::string detail;
  std::vector<std::optional<double>> scores;   ///< per finding
  std::vector<std::optional<bool>> decisions;  ///< per finding, from d_<slug>
  std::optional<std::size_t> top;              ///< the finding of column `top`, or the highest score
  std::vector<std::string> flags;              ///< W_*
};

struct RunData {
  std::filesystem::path folder;
  Json run = Json::object();  ///< run.json; empty when the folder has none
  std::vector<Finding> findings;
  bool has_top = false;        ///< predictions.csv names one finding per case: multi-class
  bool has_decisions = false;  ///< there are d_<slug> columns
  std::vector<CaseRow> cases;  ///< sorted by id

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
