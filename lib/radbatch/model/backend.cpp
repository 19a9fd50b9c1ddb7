// Weights against what the sidecar says of them, and the digests that results carry.
#include <fmt/format.h>

#include <algorithm>
#include <map>

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

std::vector<const Backend*> choose_members(const Bundle& bundle, const std::string& kind,
                                           const std::vector<int>& folds) {
  const Backend& first = choose_backend(bundle, kind);
  if (!first.fold) {
    if (!folds.empty())
      throw Error(ExitCode::usage,
                  fmt::format("model '{}' has no folds of the kind {}", bundle.name, first.kind),
                  "leave --folds out");
    return {&first};
  }
  std::map<int, const Backend*> members;
  for (const Backend& backend : bundle.backends) {
    const bool runs = backend.isa.empty() || cpu_runs(backend.isa);
    if (backend.kind == first.kind && backend.fold)
      members.try_emplace(*backend.fold, runs ? &backend : nullptr);
    if (backend.kind == first.kind && backend.fold && runs && !members[*backend.fold])
      members[*backend.fold] = &backend;
  }
  std::vector<const Backend*> chosen;
  for (const auto& [fold, backend] : members) {
    if (!folds.empty() && std::ranges::find(folds, fold) == folds.end()) continue;
    if (!backend)
      throw Error(ExitCode::model,
                  fmt::format("fold {} of model '{}' is for another processor than this", fold, bundle.name));
    chosen.push_back(backend);
  }
  for (const int fold : folds) {
    if (members.contains(fold)) continue;
    throw Error(ExitCode::usage, fmt::format("model '{}' has no fold {}; it has 0 to {}", bundle.name, fold,
                                             members.rbegin()->first));
  }
  return chosen;
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

std::string model_sha256(const Bundle& bundle, const std::vector<const Backend*>& members) {
  if (members.size() == 1) return model_sha256(bundle, *members.front());
  std::string text;
  for (const Backend* member : members)
    text += member_name(*member) + " " + model_sha256(bundle, *member) + "\n";
  return sha256_hex(text);
}

std::string sidecar_sha256(const Bundle& bundle) {
  Json parts = Json::object();
  for (const char* key : {"inputs", "heads", "pooling"}) parts[key] = bundle.sidecar.value(key, Json());
  parts["batch"] = bundle.batch;
  for (const char* key : {"calibration", "reference"}) {
    if (bundle.sidecar.contains(key)) parts[key] = bundle.sidecar[key];
  }
  return sha256_hex(canonical(parts));
}

}  // namespace radbatch
