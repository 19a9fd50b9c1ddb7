// The file that a prepared tensor becomes: which formats there are, and what each can carry.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "radbatch/batch/case_work.hpp"
#include "radbatch/batch/pending_file.hpp"
#include "radbatch/store/tensor_file.hpp"
#include "radbatch/study/file_record.hpp"

namespace radbatch {

/// h5 and npy hold everything and are what infer takes; nii.gz, nii and nrrd are images in the tensor's own
/// grid, for people and other software.
enum class TensorFormat { h5, npy, nii_gz, nii, nrrd };

std::string_view name(TensorFormat format);  ///< "nii.gz"
/// Throws Error(ExitCode::usage) that names them all.
TensorFormat parse_tensor_format(const std::string& word);
/// True where infer can take the file as a prepared tensor.
bool is_for_infer(TensorFormat format);
/// What the file is to the tool that reads it: tensor, or an image, which a plan would prepare once more.
FileKind kind_of(TensorFormat format);

/// Writes one case's tensor. Formats of images are written by an image worker from the case's buffer: then
/// request() has something to ask before finish().
class TensorOutput {
 public:
  TensorOutput(std::filesystem::path run_folder, std::string case_id, TensorFormat format);

  /// What an image worker has to be asked, once; nothing for formats that this process writes. `has_geometry`
  /// is the image's.
  std::optional<WorkRequest> request(const TensorInfo& tensor, bool has_geometry);
  /// Before the same request is sent once more.
  void begin_again();
  /// Commits the file and returns {"tensor": its place, "sha256": of its bytes}, with {"sidecar",
  /// "sidecar_sha256"} for npy. Throws Error(ExitCode::output).
  Json finish(const TensorInfo& tensor, std::span<const float> values);

 private:
  std::filesystem::path run_folder_;
  std::string case_id_, file_;
  TensorFormat format_;
  std::unique_ptr<PendingFile> pending_;
};

/// Whether the files of a finish() are there with their bytes; true where it names none.
bool is_intact(const Json& written, const std::filesystem::path& run_folder);

}  // namespace radbatch
