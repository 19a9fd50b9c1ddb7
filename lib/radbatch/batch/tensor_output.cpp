#include "radbatch/batch/tensor_output.hpp"

#include <algorithm>
#include <array>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/store/npy_file.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

constexpr std::array<std::string_view, 5> NAMES{"h5", "npy", "nii.gz", "nii", "nrrd"};

bool has_bytes(const fs::path& path, const std::string& sha256) {
  std::error_code missing;
  return fs::exists(path, missing) && sha256_file(path) == sha256;
}

}  // namespace

std::string_view name(TensorFormat format) {
  return NAMES[static_cast<std::size_t>(format)];
}

TensorFormat parse_tensor_format(const std::string& word) {
  const auto found = std::ranges::find(NAMES, word);
  if (found == NAMES.end()) {
    throw Error(ExitCode::usage, "expected one of h5, npy, nii.gz, nii, nrrd, not '" + printable(word) + "'");
  }
  return static_cast<TensorFormat>(found - NAMES.begin());
}

bool is_for_infer(TensorFormat format) {
  return kind_of(format) == FileKind::tensor;
}

FileKind kind_of(TensorFormat format) {
  if (format == TensorFormat::nrrd) return FileKind::nrrd;
  return format == TensorFormat::nii || format == TensorFormat::nii_gz ? FileKind::nifti : FileKind::tensor;
}

TensorOutput::TensorOutput(fs::path run_folder, std::string case_id, TensorFormat format)
    : run_folder_(std::move(run_folder)), case_id_(std::move(case_id)), format_(format) {
  file_ = "tensors/" + case_id_ + "." + std::string(name(format));
}

std::optional<WorkRequest> TensorOutput::request(const TensorInfo& tensor, bool has_geometry) {
  if (is_for_infer(format_)) return std::nullopt;
  if (!pending_) pending_ = std::make_unique<PendingFile>(run_folder_ / file_);
  pending_->rewind();
  Json body{{"op", "write"},
            {"format", name(format_)},
            {"shape", tensor.shape},
            {"affine_ras", tensor.affine_ras},
            {"has_geometry", has_geometry}};
  return WorkRequest{"image", std::move(body), true, {pending_->fd()}};
}

void TensorOutput::begin_again() {
  if (pending_) pending_->rewind();
}

Json TensorOutput::finish(const TensorInfo& tensor, std::span<const float> values) {
  const fs::path path = run_folder_ / file_;
  Json written = {{"tensor", file_}};
  if (pending_) {
    pending_->commit();
    pending_.reset();
  } else if (format_ == TensorFormat::npy) {
    write_tensor_npy(path, tensor, values);
    written["sidecar"] = fs::relative(npy_sidecar(path), run_folder_).string();
    written["sidecar_sha256"] = sha256_file(npy_sidecar(path));
  } else {
    const StoredTensor stored{tensor, values};
    write_tensor_h5(path, case_id_, {&stored, 1});
  }
  written["sha256"] = sha256_file(path);
  return written;
}

bool is_intact(const Json& written, const fs::path& run_folder) {
  for (const auto& [place, digest] :
       {std::pair{"tensor", "sha256"}, std::pair{"sidecar", "sidecar_sha256"}}) {
    if (!written.contains(place)) continue;
    if (!has_bytes(run_folder / written[place].get<std::string>(), written.value(digest, ""))) return false;
  }
  return true;
}

}  // namespace radbatch
