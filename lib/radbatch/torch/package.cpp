#include "radbatch/torch/package.hpp"

#include <caffe2/serialize/inline_container.h>
#include <caffe2/serialize/read_adapter_interface.h>
#include <stdlib.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/torch/faults.hpp"
#include "radbatch/torch/memory_reader.hpp"

namespace radbatch {
namespace {

namespace fs = std::filesystem;
using caffe2::serialize::PyTorchStreamReader;

void require_inside(const std::string& name) {
  const auto parts = split(name, '/');
  const bool good = std::ranges::all_of(parts, [](const std::string& part) {
    return !part.empty() && part != "." && part != ".." && part.find('\0') == std::string::npos;
  });
  if (!good) throw Error(ExitCode::model, "it holds a file with the name \"" + printable(name) + "\"");
}

[[noreturn]] void cannot_write(const fs::path& path, int error) {
  throw Error(
      ExitCode::output,
      "cannot unpack into " + printable(path.string()) + ": " + std::generic_category().message(error),
      "a compiled model is unpacked once: make room or name another cache folder");
}

std::string_view content_of(const std::tuple<at::DataPtr, std::size_t>& record) {
  return {static_cast<const char*>(std::get<0>(record).get()), std::get<1>(record)};
}

bool same_as_archive(const fs::path& folder, PyTorchStreamReader& archive) {
  for (const std::string& name : archive.getAllRecords()) {
    const fs::path path = folder / name;
    const auto record = archive.getRecord(name);
    std::error_code failure;
    if (fs::file_size(path, failure) != std::get<1>(record) || failure) return false;
    if (read_file(path) != content_of(record)) return false;
  }
  return true;
}

void write_archive(const fs::path& folder, PyTorchStreamReader& archive) {
  for (const std::string& name : archive.getAllRecords()) {
    require_inside(name);
    const fs::path path = folder / name;
    make_folder(path.parent_path(), true);
    const auto record = archive.getRecord(name);
    const std::string_view content = content_of(record);
    std::ofstream out(path, std::ios::binary);
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    out.close();
    if (!out) cannot_write(path, errno);
  }
}

/// A folder of this process only, which disappears unless it is renamed.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const fs::path& parent) {
    std::string pattern = (parent / ".unpacking-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) cannot_write(parent, errno);
    path_ = pattern;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// Puts the fresh folder in the place of `target`, unless another process was first. What stands there and is
/// not the archive (changed, or half deleted) goes away with `work`.
void put_in_place(const TemporaryFolder& work, const fs::path& target, PyTorchStreamReader& archive) {
  std::error_code failure;
  fs::rename(work.path() / "new", target, failure);
  if (!failure || same_as_archive(target, archive)) return;
  fs::rename(target, work.path() / "old", failure);
  fs::rename(work.path() / "new", target, failure);
  if (failure) cannot_write(target, failure.value());
}

}  // namespace

fs::path unpack_package(std::string_view bytes, const std::string& digest, const BackendRequest& request) {
  const fs::path cache = request.cache_dir;
  const fs::path target = cache / digest;
  try {
    PyTorchStreamReader archive(memory_reader(bytes));
    if (fs::is_directory(target) && same_as_archive(target, archive)) return target;
    make_folder(cache, true);
    const TemporaryFolder work(cache);
    write_archive(work.path() / "new", archive);
    put_in_place(work, target, archive);
  } catch (Error& error) {
    if (error.exit_code() == ExitCode::model) error.within(printable(request.path) + " cannot be unpacked");
    throw;
  } catch (...) {
    rethrow_as_model_error(printable(request.path) + " cannot be unpacked");
  }
  return target;
}

}  // namespace radbatch
