// The folder of a run: who it belongs to, where things lie, what may be in the open.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "radbatch/base/json.hpp"

namespace radbatch {

class RunFolder {
 public:
  explicit RunFolder(std::filesystem::path root) : root_(std::move(root)) {}

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path journal() const { return root_ / "journal"; }
  std::filesystem::path private_folder() const { return root_ / "private"; }
  std::filesystem::path identity_file() const { return journal() / "identity.json"; }
  /// Holds a copy of the model's radbatch.json.
  std::filesystem::path model_folder() const { return journal() / "model"; }
  std::filesystem::path index_file() const { return private_folder() / "index.ndjson"; }
  /// What choosing among the images needs (study/image_index.hpp).
  std::filesystem::path images_file() const { return private_folder() / "images.ndjson"; }
  /// Absolute input folders of a scan, which its workers may read.
  std::filesystem::path roots_file() const { return private_folder() / "roots.json"; }
  std::filesystem::path cases_file() const { return private_folder() / "cases.ndjson"; }
  /// What archives among the inputs hold, one listing per archive; kept.
  std::filesystem::path archives_folder() const { return private_folder() / "archives"; }
  /// Their content, one folder per archive, for as long as the run needs it.
  std::filesystem::path unpacked_folder() const { return private_folder() / "unpacked"; }

  bool is_claimed() const { return std::filesystem::exists(identity_file()); }
  /// Makes the folder this run's own, or checks that it is. `identity` holds everything that changes a
  /// result: tool, model, plan, options. Throws Error(ExitCode::usage) with the differences when the folder
  /// belongs to another run or holds other things, Error(ExitCode::output) when it cannot be written.
  void claim(const Json& identity) const;
  /// What claim() would refuse, as far as it can be seen without writing. Throws as claim() does.
  void check_claim(const Json& identity) const;
  /// What the folder was claimed for. Throws Error(ExitCode::usage) when it is no run folder.
  Json identity() const;
  /// Secret for patient_key: the content of `key_file`, or a random key made once in private/.
  std::string patient_key_secret(const std::filesystem::path& key_file) const;

 private:
  void check_identity(const Json& identity) const;

  std::filesystem::path root_;
};

/// Lines "name: theirs there, ours here" for every leaf in which two identities differ.
std::vector<std::string> differences(const Json& theirs, const Json& ours);

}  // namespace radbatch
