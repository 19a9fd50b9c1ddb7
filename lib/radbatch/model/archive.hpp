// What kind of model file this is, told from its first bytes and the names in its zip directory.
//
// Most files that people hand to a classifier by mistake are other PyTorch files with the same ending: a
// state_dict, a program that was exported but not compiled. Each gets its own message and the way to export
// what radbatch runs, before any library parses the file.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace radbatch {

enum class ArchiveKind {
  torchscript,       ///< torch.jit.save: code/ and constants.pkl
  aotinductor,       ///< compiled package: data/aotinductor/
  exported_program,  ///< torch.export.save: models/*.json, not compiled
  eager_checkpoint,  ///< torch.save: data.pkl without code
  legacy_pickle,     ///< torch.save before 1.6, or any other pickle
  onnx,
  tensorrt,  ///< engine bound to one GPU and driver
  openvino,  ///< graph of an OpenVINO model: XML; its values lie in a file beside it
  other,
};

/// Reads the first bytes and the zip directory, nothing else. Throws Error(Reason::io) that names the file.
ArchiveKind triage_model_file(const std::filesystem::path& path);
/// The same for a file that is in memory already; `path` counts only by its ending (.onnx, .engine).
ArchiveKind triage_model_bytes(std::string_view bytes, const std::filesystem::path& path);

/// The content of one record of a zip, by its name without the archive's root folder ("extra/metadata.json",
/// as torch.jit.save writes its extra files: stored, not packed). Nothing when there is no such record or the
/// file is no zip. Throws Error(ExitCode::usage) when the record is packed, damaged or beyond 16 MiB, and
/// Error(Reason::io) that names the file.
std::optional<std::string> read_archive_record(const std::filesystem::path& path, std::string_view name);

/// What to call it in a message: "a PyTorch checkpoint (weights without code)".
std::string description(ArchiveKind kind);
/// The way from this kind to one that radbatch runs; empty for those that it runs.
std::string export_hint(ArchiveKind kind);

}  // namespace radbatch
