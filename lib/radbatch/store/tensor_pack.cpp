#include "radbatch/store/tensor_pack.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/file_descriptor.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/store/hdf5_handle.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

using hdf5::Handle;

std::string digest_of(std::span<const PackedCase> cases) {
  Sha256 digest;
  for (const PackedCase& one : cases) digest.update(one.case_id + " " + one.sha256 + "\n");
  return digest.hex();
}

Handle open_for_reading(const fs::path& path) {
  Handle access{H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "create file properties"};
  hdf5::check(H5Pset_file_locking(access, false, true), "turn file locking off");
  return {H5Fopen(path.c_str(), H5F_ACC_RDONLY, access), H5Fclose, "open " + path.filename().string()};
}

/// Whether the file was made of what has this digest. One that was cut cannot be opened.
bool is_made_of(const fs::path& path, const std::string& digest) {
  std::error_code missing;
  if (!fs::exists(path, missing)) return false;
  try {
    const Handle file = open_for_reading(path);
    if (H5Aexists(file, "contents_sha256") <= 0) return false;
    const Handle attribute{H5Aopen(file, "contents_sha256", H5P_DEFAULT), H5Aclose, "open an attribute"};
    const Handle type = hdf5::string_type();
    char* text = nullptr;
    hdf5::check(H5Aread(attribute, type, &text), "read an attribute");
    const bool is_equal = text && digest == text;
    H5free_memory(text);
    return is_equal;
  } catch (const Error&) {
    return false;
  }
}

void write_pack(const fs::path& path, std::span<const PackedCase> cases, const std::string& digest) {
  const Handle file = hdf5::create_on_disk(path);
  hdf5::set_attribute(file, "format", std::string("radbatch-tensors"));
  hdf5::set_attribute(file, "format_version", std::string("1.0"));
  hdf5::set_attribute(file, "contents_sha256", digest);
  const Handle all = hdf5::create_group(file, "tensors");
  const Handle links = hdf5::link_properties();
  for (const PackedCase& one : cases) {
    const Handle source = open_for_reading(one.file);
    hdf5::check(
        H5Ocopy(source, ("tensors/" + one.case_id).c_str(), all, one.case_id.c_str(), H5P_DEFAULT, links),
        "copy the tensors of " + one.case_id);
  }
  hdf5::check(H5Fflush(file, H5F_SCOPE_GLOBAL), "write " + path.filename().string());
}

void save(const fs::path& temporary, const fs::path& path) {
  const FileDescriptor file(::open(temporary.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file || ::fsync(file.get()) != 0 || ::rename(temporary.c_str(), path.c_str()) != 0) {
    throw Error(ExitCode::output, "cannot write " + path.string() + ": " + std::strerror(errno));
  }
}

}  // namespace

bool pack_tensors(const fs::path& path, std::span<const PackedCase> cases) {
  hdf5::silence();
  const std::string digest = digest_of(cases);
  if (is_made_of(path, digest)) return false;
  const fs::path temporary = temporary_beside(path);
  try {
    write_pack(temporary, cases, digest);
    save(temporary, path);
  } catch (...) {
    std::error_code missing;
    fs::remove(temporary, missing);
    throw;
  }
  return true;
}

}  // namespace radbatch
