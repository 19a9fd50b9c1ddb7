// What is done of a long case, so that a run that was killed in the middle of it goes on there.
//
// arrays/<case_id>.part: lines as in the journal, each with its CRC, appended as they come and synced twice a
// minute. It is no result: the case's journal record is, and the file goes when that is there.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "radbatch/base/file_descriptor.hpp"
#include "radbatch/base/json.hpp"

namespace radbatch {

class CasePart {
 public:
  /// `key`: digest of everything that decides what the records say; a file with another key begins anew.
  CasePart(std::filesystem::path run_folder, const std::string& case_id, std::string key);
  ~CasePart();
  CasePart(const CasePart&) = delete;
  CasePart& operator=(const CasePart&) = delete;

  /// What an earlier try left, up to its first torn line; nothing while another process works on the case.
  std::vector<Json> read();
  /// Adds a record; the first makes the file. Without effect while another process works on the case: work
  /// may be done twice, results stay the same. Throws Error(ExitCode::output) when the disk is full.
  void append(const Json& record);
  /// Forgets the records.
  void clear();

 private:
  bool open();
  void write(const Json& record);

  std::filesystem::path path_;
  std::string key_;
  FileDescriptor file_;
  bool is_taken_ = false;  ///< by another process
  std::chrono::steady_clock::time_point synced_ = std::chrono::steady_clock::now();
};

/// Removes the file of a case that has its record.
void remove_part(const std::filesystem::path& run_folder, const std::string& case_id);

}  // namespace radbatch
