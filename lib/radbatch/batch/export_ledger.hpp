// What became of each case in an export: DIR/export.csv, so that nothing is left out silently.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "radbatch/base/reason.hpp"

namespace radbatch {

class ExportLedger {
 public:
  enum class State { exported, skipped, failed };
  struct Row {
    std::string case_id, format;
    State state = State::exported;
    std::optional<Reason> reason;
    std::string detail;
    std::string file;  ///< below DIR
  };

  void exported(const std::string& case_id, const std::string& format, const std::string& file);
  /// There is nothing to export: the case is not done, or is of no study.
  void skipped(const std::string& case_id, const std::string& format, Reason reason,
               const std::string& detail);
  void failed(const std::string& case_id, const std::string& format, Reason reason,
              const std::string& detail);

  /// Takes over what an earlier export into the same folder said of other formats than these. A table that is
  /// none is left out of account: it is written anew.
  void keep_others(const std::filesystem::path& path, const std::vector<std::string>& formats);
  std::size_t count(State state) const;
  const std::vector<Row>& rows() const { return rows_; }
  /// Rows sorted by case, format and file.
  void write(const std::filesystem::path& path);

 private:
  std::vector<Row> rows_;
};

}  // namespace radbatch
