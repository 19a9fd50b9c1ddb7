#include "radbatch/torch/package.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include "model_files.hpp"
#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/cpu_isa.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/torch/load.hpp"

using namespace radbatch;
using test::TemporaryFolder;
namespace fs = std::filesystem;

namespace {

const std::string model_folder = "data/aotinductor/model/";

/// A package without code: enough for all that happens before code is loaded.
BackendRequest package(const TemporaryFolder& folder, const std::string& isa,
                       const std::string& device = "cpu") {
  return test::archive_file(folder, "model.pt2", "aotinductor",
                            {{model_folder + "a.wrapper_metadata.json",
                              R"({"AOTI_CPU_ISA": ")" + isa + R"(", "AOTI_DEVICE_KEY": ")" + device + "\"}"},
                             {model_folder + "a.wrapper.so", "no library"}});
}

}  // namespace

TEST_CASE(
    "a package is unpacked into a folder named by its hash, for its owner only, and nothing else is left") {
  const TemporaryFolder folder;
  const BackendRequest request = package(folder, "AVX2");
  unpack_torch_package(request);
  const fs::path unpacked = fs::path(request.cache_dir) / request.sha256;
  CHECK(read_file(unpacked / model_folder / "a.wrapper.so") == "no library");
  CHECK(std::distance(fs::directory_iterator(request.cache_dir), {}) == 1);
  CHECK((fs::status(request.cache_dir).permissions() & fs::perms::others_all) == fs::perms::none);
}

TEST_CASE("a package that is unpacked already is left alone, a changed one is replaced") {
  const TemporaryFolder folder;
  const BackendRequest request = package(folder, "AVX2");
  unpack_torch_package(request);
  const fs::path library = fs::path(request.cache_dir) / request.sha256 / model_folder / "a.wrapper.so";
  const auto written = fs::last_write_time(library);
  unpack_torch_package(request);
  CHECK(fs::last_write_time(library) == written);
  std::ofstream(library) << "other code";
  unpack_torch_package(request);
  CHECK(read_file(library) == "no library");
  CHECK(std::distance(fs::directory_iterator(request.cache_dir), {}) == 1);
}

TEST_CASE("a name that leads out of the folder is refused and nothing is written") {
  const TemporaryFolder folder;
  const BackendRequest request = test::archive_file(
      folder, "evil.pt2", "aotinductor", {{"data/aotinductor/model/a.so", "x"}, {"data/../../../evil", "y"}});
  CHECK_THROWS_WITH_AS(
      unpack_torch_package(request),
      (request.path + " cannot be unpacked: it holds a file with the name \"data/../../../evil\"").c_str(),
      Error);
  CHECK(fs::is_empty(request.cache_dir));
}

TEST_CASE("a cache that cannot be written names the folder") {
  const TemporaryFolder folder;
  BackendRequest request = package(folder, "AVX2");
  std::ofstream(folder.path() / "file") << "x";
  request.cache_dir = (folder.path() / "file" / "cache").string();
  try {
    unpack_torch_package(request);
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.exit_code() == ExitCode::output);
    CHECK(error.message().find(request.cache_dir) != std::string::npos);
  }
}

TEST_CASE("a package for another instruction set or device is refused before its code is loaded") {
  const TemporaryFolder folder;
  const BackendRequest request = package(folder, "AMX_TILE");
  const Error error = test::load_error(request);
  CHECK(error.exit_code() == ExitCode::model);
  CHECK(error.message() ==
        "LibTorch cannot load " + request.path + ": it is compiled for amx_tile, this CPU has " + cpu_isa());
  CHECK(error.hint() == "compile it on this machine: python3 models/tools/compile.py SOURCE --shape N,C,H,W");
  CHECK(test::load_error(package(folder, cpu_isa(), "cuda")).message() ==
        "LibTorch cannot load " + request.path + ": it is compiled for device cuda, not cpu");
}

TEST_CASE("a package whose library is no library is refused") {
  const TemporaryFolder folder;
  const Error error = test::load_error(package(folder, cpu_isa()));
  CHECK(error.exit_code() == ExitCode::model);
  CHECK(error.message().find("a.wrapper.so") != std::string::npos);
}

TEST_CASE("an exported program that is not compiled says how to compile it") {
  const TemporaryFolder folder;
  const BackendRequest request =
      test::archive_file(folder, "exported.pt2", "aotinductor", {{"models/model.json", "{}"}});
  const Error error = test::load_error(request);
  CHECK(error.message() == request.path +
                               " is an exported program that is not compiled (torch.export.save); a "
                               "compiled AOTInductor package was expected");
  CHECK(error.hint() == "compile it: python3 models/tools/compile.py FILE --shape N,C,H,W");
}
