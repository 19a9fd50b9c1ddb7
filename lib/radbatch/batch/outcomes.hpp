// The committed outcomes of a run, without holding them: of each a run keeps where its record lies in the
// journals and how it ended, and reads the rest back when tables are made. So the memory of a run does not
// grow with what its cases gave.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "radbatch/base/file_descriptor.hpp"
#include "radbatch/batch/outcome.hpp"

namespace radbatch {

struct RecordPlace;  // journal.hpp

class Outcomes {
 public:
  Outcomes() = default;
  /// The best of every case over all journals in `journal`, by rank_of.
  explicit Outcomes(const std::filesystem::path& journal,
                    const std::map<std::string, std::string>& fingerprints = {});

  bool contains(const std::string& case_id) const { return entries_.contains(case_id); }
  std::size_t size() const { return entries_.size(); }
  /// Of a case without outcome: interrupted.
  Status status(const std::string& case_id) const;
  /// Read from its journal; of a case without outcome one that says so (E_INTERRUPTED). Throws
  /// Error(Reason::io) when the record is no longer where it was.
  CaseOutcome at(const std::string& case_id) const;

  void put(const std::string& case_id, Status status, const RecordPlace& place);
  void erase(const std::string& case_id) { entries_.erase(case_id); }

 private:
  struct Entry {
    std::uint64_t offset = 0;
    std::uint32_t bytes = 0;
    std::uint32_t journal = 0;  ///< into journals_
    Status status = Status::interrupted;
    int rank = 0;  ///< rank_of, while the journals are read
  };

  std::uint32_t number_of(const std::filesystem::path& journal);
  int opened(std::uint32_t journal) const;

  std::map<std::string, Entry> entries_;
  std::vector<std::filesystem::path> journals_;
  mutable std::map<std::uint32_t, FileDescriptor> open_;
};

}  // namespace radbatch
