// Weights against what the sidecar says of them, and the digests that results carry.
#include <fmt/format.h>

#include <algorithm>

#include "radbatch/base/cpu_isa.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/model/archive.hpp"
#include "radbatch/model/bundle.hpp"

namespace radbatch {
namespace {

constexpr const char* unverified_hint =
    "take the bundle again from its source, or accept it with --allow-unverified-model (the output says so)";

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& problem,
                         const std::string& hint) {
  throw Error(ExitCode::model, path.string() + " " + problem, hint);
}

void check_kind(const std::filesystem::path& path, const Backend& backend) {
  const ArchiveKind kind = triage_model_file(path);
  const ArchiveKind wanted =
      backend.kind == "torchscript" ? ArchiveKind::torchscript : ArchiveKind::aotinductor;
  if (kind == wanted) return;
  refuse(path, fmt::format("is {}; radbatch.json declares {}", description(kind), description(wanted)),
         export_hint(kind));
}

void check_content(const std::filesystem::path& path, const Backend& backend) {
  const auto bytes = std::filesystem::file_size(path);
  if (backend.bytes != 0 && bytes != backend.bytes) {
    refuse(path, fmt::format("has {} bytes, {} declared", bytes, backend.bytes), unverified_hint);
  }
  if (backend.sha256.empty()) refuse(path, "has no sha256 in radbatch.json", unverified_hint);
  const std::string found = sha256_file(path);
  if (found == backend.sha256) return;
  refuse(path, fmt::format("has the SHA-256 {}, {} declared", found, backend.sha256), unverified_hint);
}

}  // namespace

const Backend& choose_backend(const Bundle& bundle, const std::string& kind) {
  // A .pt2 is code for one instruction set: where this processor lacks it, the next backend by name is taken.
  const auto fits = [&](const Backend& backend) {
    return (kind.empty() || backend.kind == kind) && (backend.isa.empty() || cpu_runs(backend.isa));
  };
  const auto found = std::ranges::find_if(bundle.backends, fits);
  if (found != bundle.backends.end()) return *found;
  std::string kinds;
  for (const Backend& backend : bundle.backends) {
    kinds += (kinds.empty() ? "" : ", ") + backend.kind + (backend.isa.empty() ? "" : " for " + backend.isa);
  }
  throw Error(ExitCode::model, fmt::format("model '{}' has no {} backend for this processor ({}); it has {}",
                                           bundle.name, kind, cpu_isa(), kinds));
}

void verify_backend(const Bundle& bundle, const Backend& backend, bool allow_unverified) {
  const std::filesystem::path path = bundle.folder / backend.file;
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) {
    refuse(path, "is missing", "radbatch.json lists it under backends");
  }
  try {
    if (!allow_unverified) check_content(path, backend);
    check_kind(path, backend);
  } catch (const Error& problem) {
    // A file that cannot be read ends the run like any other bad model.
    throw Error(ExitCode::model, problem.message(), problem.hint());
  }
}

std::string model_sha256(const Bundle& bundle, const Backend& backend) {
  return backend.sha256.empty() ? sha256_file(bundle.folder / backend.file) : backend.sha256;
}

std::string sidecar_sha256(const Bundle& bundle) {
  Json parts = Json::object();
  for (const char* key : {"inputs", "heads", "pooling"}) parts[key] = bundle.sidecar.value(key, Json());
  parts["batch"] = bundle.batch;
  if (bundle.sidecar.contains("segments")) parts["segments"] = bundle.sidecar["segments"];
  return sha256_hex(canonical(parts));
}

}  // namespace radbatch
