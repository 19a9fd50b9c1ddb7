#include "radbatch/batch/export_ledger.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/store/table.hpp"

namespace radbatch {
namespace {

constexpr std::array<std::string_view, 6> names{"case_id", "format", "status", "reason", "detail", "file"};

std::string name(ExportLedger::State state) {
  if (state == ExportLedger::State::exported) return "exported";
  return state == ExportLedger::State::skipped ? "skipped" : "failed";
}

}  // namespace

void ExportLedger::exported(const std::string& case_id, const std::string& format, const std::string& file) {
  rows_.push_back({case_id, format, State::exported, {}, {}, file});
}

void ExportLedger::skipped(const std::string& case_id, const std::string& format, Reason reason,
                           const std::string& detail) {
  rows_.push_back({case_id, format, State::skipped, reason, detail, {}});
}

void ExportLedger::failed(const std::string& case_id, const std::string& format, Reason reason,
                          const std::string& detail) {
  rows_.push_back({case_id, format, State::failed, reason, detail, {}});
}

void ExportLedger::keep_others(const std::filesystem::path& path, const std::vector<std::string>& formats) {
  std::error_code missing;
  if (!std::filesystem::exists(path, missing)) return;
  try {
    const Table table = read_csv(read_file(path), "export.csv");
    std::array<std::size_t, 6> columns{};
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const auto column = table.find(names[i]);
      if (!column) return;
      columns[i] = *column;
    }
    for (std::size_t row = 0; row < table.rows().size(); ++row) {
      const auto text = [&](std::size_t i) { return table.text(row, columns[i]); };
      if (std::ranges::find(formats, text(1)) != formats.end()) continue;
      const State state = text(2) == "exported" ? State::exported
                          : text(2) == "failed" ? State::failed
                                                : State::skipped;
      rows_.push_back({text(0), text(1), state, find_reason(text(3)), text(4), text(5)});
    }
  } catch (const Error&) {
    return;
  }
}

std::size_t ExportLedger::count(State state) const {
  return static_cast<std::size_t>(std::ranges::count(rows_, state, &Row::state));
}

void ExportLedger::write(const std::filesystem::path& path) {
  std::ranges::sort(rows_, [](const Row& a, const Row& b) {
    return std::tie(a.case_id, a.format, a.file) < std::tie(b.case_id, b.format, b.file);
  });
  Table table({{"case_id", ColumnType::text, "the case", {}, true},
               {"format", ColumnType::category, "dicom-sr, dicom-sc, bids or clinicadl", {}, true},
               {"status", ColumnType::category, "exported, skipped or failed", {}, true},
               {"reason", ColumnType::category, "why not"},
               {"detail", ColumnType::text, "the same in words"},
               {"file", ColumnType::text, "what was written, below the folder of this table"}});
  for (const Row& row : rows_) {
    table.add_row({row.case_id, row.format, name(row.state),
                   row.reason ? text_cell(std::string(code(*row.reason))) : Cell(), text_cell(row.detail),
                   text_cell(row.file)});
  }
  write_file_atomically(path, to_csv(table));
}

}  // namespace radbatch
