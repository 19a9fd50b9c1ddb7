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
  const ArchiveKind wanted = backend.kind == "torchscript" ? ArchiveKind::torchscript
                             : backend.kind == "openvino"  ? ArchiveKind::openvino
                                                           : ArchiveKind::aotinductor;
  if (kind == wanted) return;
  refuse(path, fmt::format("is {}; radbatch.json declares {}", description(kind), description(wanted)),
         export_hint(kind));
}

/// `declared`: a Backend or its WeightsFile.
template <class Declared>
void check_content(const std::filesystem::path& path, const Declared& declared) {
  const auto bytes = std::filesystem::file_size(path);
  if (declared.bytes != 0 && bytes != declared.bytes) {
    refuse(path, fmt::format("has {} bytes, {} declared", bytes, declared.bytes), unverified_hint);
  }
  if (declared.sha256.empty()) refuse(path, "has no sha256 in radbatch.json", unverified_hint);
  const std::string found = sha256_file(path);
  if (found == declared.sha256) return;
  refuse(path, fmt::format("has the SHA-256 {}, {} declared", found, declared.sha256), unverified_hint);
}

void require_file(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored))
    refuse(path, "is missing", "radbatch.json lists it under backends");
}

/// Why it is not taken where `wanted`, a kind or a file, was asked for; empty when it is.
std::string why_not(const Backend& backend, const std::string& wanted, const BackendObstacle& obstacle) {
  if (!wanted.empty() && backend.kind != wanted && backend.file != wanted)
    return "is " + backend.kind + ", " + wanted + " was asked for";
  return obstacle ? obstacle(backend) : "";
}

/// The first of that kind that only an obstacle keeps from running: an Error that names it.
void refuse_obstructed(const Bundle& bundle, const std::string& kind, const BackendObstacle& obstacle) {
  for (const Backend& backend : bundle.backends) {
    if (!why_not(backend, kind, {}).empty()) continue;
    throw Error(ExitCode::model,
                fmt::format("model '{}': {} {}", bundle.name, backend.file, obstacle(backend)),
                "leave out --backend to take the next that can run, or name another");
  }
}

}  // namespace

std::string processor_obstacle(const Backend& backend) {
  if (backend.isa.empty() || cpu_runs(backend.isa)) return "";
  return "is compiled for " + backend.isa + ", this processor has " + cpu_isa();
}

const Backend& choose_backend(const Bundle& bundle, const std::string& kind,
                              const BackendObstacle& obstacle) {
  const auto found = std::ranges::find_if(
      bundle.backends, [&](const Backend& backend) { return why_not(backend, kind, obstacle).empty(); });
  if (found != bundle.backends.end()) return *found;
  refuse_obstructed(bundle, kind, obstacle);
  std::string kinds;
  for (const Backend& backend : bundle.backends) {
    kinds += (kinds.empty() ? "" : ", ") + backend.kind + (backend.isa.empty() ? "" : " for " + backend.isa);
  }
  const bool can_be_made = kind == "openvino" || kind == "aotinductor";
  throw Error(ExitCode::model,
              fmt::format("model '{}' has no {} backend for this processor ({}); it has {}", bundle.name,
                          kind, cpu_isa(), kinds),
              can_be_made ? "make one: radbatch model compile BUNDLE --backend " + kind : "");
}

std::vector<std::string> passed_over(const Bundle& bundle, const Backend& chosen, const std::string& kind,
                                     const BackendObstacle& obstacle) {
  std::vector<std::string> lines;
  for (const Backend& backend : bundle.backends) {
    if (&backend == &chosen) break;
    if (!kind.empty() && backend.kind != kind) continue;  // a file that was named has passed over nothing
    lines.push_back(
        fmt::format("{} {}; taking {}", backend.file, why_not(backend, kind, obstacle), chosen.file));
  }
  return lines;
}

std::vector<const Backend*> choose_members(const Bundle& bundle, const std::string& kind,
                                           const std::vector<int>& folds, const BackendObstacle& obstacle) {
  const Backend& first = choose_backend(bundle, kind, obstacle);
  if (!first.fold) {
    if (!folds.empty())
      throw Error(ExitCode::usage,
                  fmt::format("model '{}' has no folds of the kind {}", bundle.name, first.kind),
                  "leave --folds out");
    return {&first};
  }
  std::map<int, const Backend*> members;
  for (const Backend& backend : bundle.backends) {
    const bool runs = why_not(backend, first.kind, obstacle).empty();
    if (backend.kind == first.kind && backend.fold)
      members.try_emplace(*backend.fold, runs ? &backend : nullptr);
    if (backend.kind == first.kind && backend.fold && runs && !members[*backend.fold])
      members[*backend.fold] = &backend;
  }
  if (first.file == kind) members[*first.fold] = &first;
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
  require_file(path);
  if (backend.weights) require_file(bundle.folder / backend.weights->file);
  try {
    if (!allow_unverified) check_content(path, backend);
    if (!allow_unverified && backend.weights)
      check_content(bundle.folder / backend.weights->file, *backend.weights);
    check_kind(path, backend);
  } catch (const Error& problem) {
    // A file that cannot be read ends the run like any other bad model.
    throw Error(ExitCode::model, problem.message(), problem.hint());
  }
}

std::string model_sha256(const Bundle& bundle, const Backend& backend) {
  const auto digest_of = [&](const auto& declared) {
    return declared.sha256.empty() ? sha256_file(bundle.folder / declared.file) : declared.sha256;
  };
  const std::string digest = digest_of(backend);
  return backend.weights ? sha256_hex(digest + digest_of(*backend.weights)) : digest;
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
  // Only where they are: a bundle without them keeps the digest that it had before there were any.
  for (const char* key : {"calibration", "features", "reference", "segments", "windows"}) {
    if (bundle.sidecar.contains(key)) parts[key] = bundle.sidecar[key];
  }
  return sha256_hex(canonical(parts));
}

}  // namespace radbatch
