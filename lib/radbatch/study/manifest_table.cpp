// The table form of a manifest: one row per input.
#include <algorithm>
#include <array>
#include <map>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/study/case_id.hpp"
#include "radbatch/study/manifest.hpp"

namespace radbatch {
namespace {

constexpr std::array<std::string_view, 9> own_columns{"case_id",     "path", "name", "series",    "instance",
                                                      "patient_key", "roi",  "mask", "mask_label"};
constexpr std::array<std::string_view, 1> later_columns{"frames"};

class TableReader {
 public:
  TableReader(std::span<const std::string> columns, const std::string& what,
              const std::filesystem::path& folder)
      : columns_(columns), what_(what), folder_(folder) {
    for (std::string_view needed : {"case_id", "path"}) {
      if (std::ranges::find(columns, needed) == columns.end()) {
        throw Error(ExitCode::usage, what + ": there is no column " + std::string(needed));
      }
    }
    for (std::string_view later : later_columns) {
      if (std::ranges::find(columns, later) == columns.end()) continue;
      throw Error(ExitCode::usage,
                  what + ": the column " + std::string(later) + " is not supported by this version");
    }
  }

  void add(std::span<const std::string> row, std::size_t line) {
    line_ = line;
    if (row.size() != columns_.size()) {
      fail(counted(row.size(), "field") + ", but the header has " + std::to_string(columns_.size()));
    }
    const std::string id = cell(row, "case_id"), path = cell(row, "path");
    if (!is_case_id(id)) {
      fail("the case_id '" + printable(id) +
           "' is not 1 to 120 letters, digits, dots, underscores and hyphens");
    }
    if (path.empty()) fail("there is no path");
    const auto [at, is_new] = position_.emplace(id, cases_.size());
    if (is_new) cases_.push_back(new_case(id, row));
    CaseRecord& record = cases_[at->second];
    check_agreement(record, row);
    InputRecord input;
    input.name = cell(row, "name");
    input.path = std::filesystem::absolute(folder_ / path).lexically_normal().string();
    input.series = cell(row, "series");
    input.instance = cell(row, "instance");
    record.inputs.push_back(std::move(input));
  }

  std::vector<CaseRecord> take() { return std::move(cases_); }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw Error(ExitCode::usage, what_ + ": line " + std::to_string(line_) + ": " + why);
  }

  std::string cell(std::span<const std::string> row, std::string_view column) const {
    const auto at = std::ranges::find(columns_, column);
    return at == columns_.end() ? std::string() : row[static_cast<std::size_t>(at - columns_.begin())];
  }

  CaseRecord new_case(const std::string& id, std::span<const std::string> row) const {
    CaseRecord record;
    record.case_id = id;
    record.patient_key = cell(row, "patient_key");
    record.carried = carried(row);
    record.region = region(row);
    return record;
  }

  Json region(std::span<const std::string> row) const {
    const std::string roi = cell(row, "roi"), mask = cell(row, "mask"), label = cell(row, "mask_label");
    Json box, painted;
    if (!roi.empty()) box = Json::parse(roi, nullptr, false);
    if (!mask.empty()) painted = {{"path", mask}};
    if (!label.empty()) painted["label"] = label;
    try {
      return checked_region(box, painted, folder_);
    } catch (const Error& problem) {
      fail(problem.message());
    }
  }

  Json carried(std::span<const std::string> row) const {
    Json fields = Json::object();
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (std::ranges::find(own_columns, columns_[i]) == own_columns.end()) fields[columns_[i]] = row[i];
    }
    return fields;
  }

  void check_agreement(const CaseRecord& record, std::span<const std::string> row) const {
    if (record.patient_key != cell(row, "patient_key")) disagree(record, "patient_key");
    if (record.region != region(row)) disagree(record, "roi or mask");
    const Json fields = carried(row);
    for (const auto& [column, value] : fields.items()) {
      if (record.carried.at(column) != value) disagree(record, column);
    }
  }

  [[noreturn]] void disagree(const CaseRecord& record, const std::string& column) const {
    fail("the rows of case " + record.case_id + " differ in the column " + printable(column));
  }

  std::span<const std::string> columns_;
  const std::string& what_;
  const std::filesystem::path& folder_;
  std::size_t line_ = 0;
  std::vector<CaseRecord> cases_;
  std::map<std::string, std::size_t> position_;
};

}  // namespace

std::vector<CaseRecord> cases_of_table(std::span<const std::string> columns,
                                       std::span<const std::vector<std::string>> rows,
                                       std::span<const std::size_t> lines, const std::string& what,
                                       const std::filesystem::path& folder) {
  TableReader reader(columns, what, folder);
  for (std::size_t i = 0; i < rows.size(); ++i) reader.add(rows[i], lines[i]);
  return reader.take();
}

}  // namespace radbatch
