#include "radbatch/torch/load.hpp"

#include <new>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/model/archive.hpp"
#include "radbatch/torch/aotinductor.hpp"
#include "radbatch/torch/device.hpp"
#include "radbatch/torch/gradients.hpp"
#include "radbatch/torch/package.hpp"
#include "radbatch/torch/torchscript.hpp"

namespace radbatch {
namespace {

std::string read_model(const std::string& path) {
  try {
    return read_file(path);
  } catch (const std::bad_alloc&) {
    throw Error(ExitCode::model, printable(path) + " does not fit into memory",
                "raise --max-ram or use a machine with more memory");
  } catch (const Error& error) {
    throw Error(ExitCode::model, error.message());
  }
}

/// The digest of the bytes, which is the expected one if one was given.
std::string verified_digest(const std::string& bytes, const BackendRequest& request) {
  const std::string found = sha256_hex(bytes);
  if (!request.sha256.empty() && found != to_lower_ascii(request.sha256)) {
    throw Error(ExitCode::model,
                printable(request.path) + " is not the file the bundle describes: its SHA-256 is " + found +
                    ", " + to_lower_ascii(request.sha256) + " expected",
                "copy the model again from its source");
  }
  return found;
}

void require_kind(const std::string& bytes, const BackendRequest& request) {
  const bool script = request.kind == "torchscript";
  if (!script && request.kind != "aotinductor") {
    throw Error(ExitCode::model, printable(request.path) + ": \"" + printable(request.kind) +
                                     "\" is no kind of backend; known: torchscript, aotinductor");
  }
  const ArchiveKind found = triage_model_bytes(bytes, request.path);
  if (found == (script ? ArchiveKind::torchscript : ArchiveKind::aotinductor)) return;
  const std::string expected = description(script ? ArchiveKind::torchscript : ArchiveKind::aotinductor);
  throw Error(ExitCode::model,
              printable(request.path) + " is " + description(found) + "; " + expected + " was expected",
              export_hint(found));
}

void require_cache(const BackendRequest& request) {
  if (request.cache_dir.empty()) {
    throw Error(ExitCode::internal,
                printable(request.path) + ": no cache folder was given for a compiled model");
  }
}

}  // namespace

std::unique_ptr<Classifier> load_torch_classifier(const BackendRequest& request) {
  const std::string bytes = read_model(request.path);
  const std::string digest = verified_digest(bytes, request);
  require_kind(bytes, request);
  const Device device = open_device(request.device);
  set_threads(request.threads);
  if (request.kind == "torchscript") return load_torchscript(bytes, request, device);
  require_cache(request);
  return load_aotinductor(unpack_package(bytes, digest, request), request, device);
}

std::unique_ptr<Differentiable> load_torch_gradients(const BackendRequest& request) {
  if (request.kind != "torchscript") return nullptr;
  const std::string bytes = read_model(request.path);
  verified_digest(bytes, request);
  require_kind(bytes, request);
  return load_torchscript_gradients(bytes, request, open_device(request.device));
}

void unpack_torch_package(const BackendRequest& request) {
  if (request.kind != "aotinductor") return;
  require_cache(request);
  const std::string bytes = read_model(request.path);
  const std::string digest = verified_digest(bytes, request);
  require_kind(bytes, request);
  unpack_package(bytes, digest, request);
}

}  // namespace radbatch
