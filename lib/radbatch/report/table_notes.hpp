// What stands below a table: which method made its intervals, and why a cell is empty.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "radbatch/stats/interval.hpp"

namespace radbatch {

/// Which method made the intervals of each column: one for most rows, the others named.
class MethodNotes {
 public:
  void add(const std::string& column, const std::string& row, const Estimate& estimate);
  /// "In brackets 95 % intervals. AUROC: DeLong, logit scale (Hernia: Newcombe method 5)."
  std::string text() const;

 private:
  using ByMethod = std::map<std::string, std::vector<std::string>>;
  static std::string of_column(const ByMethod& methods);

  std::vector<std::string> order_;
  std::map<std::string, ByMethod> rows_;
  double level_ = 0.95;
};

/// Reasons, each once.
class ReasonNotes {
 public:
  void add(const std::string& column, const std::string& row, const std::string& why);
  /// Of a row, for a cell: "AUROC: no case has the finding; only 3 cases with the finding".
  std::string of_row(const std::string& row) const;
  /// Of all rows: "PPV of Edema, Hernia: no case is called positive."
  std::string text() const;

 private:
  struct Reason {
    std::string column, row, why;  ///< no column: of the row as a whole
  };
  std::vector<Reason> reasons_;
};

/// Two sentences with a space between them; one or both may be empty.
std::string sentences(const std::string& first, const std::string& second);

}  // namespace radbatch
