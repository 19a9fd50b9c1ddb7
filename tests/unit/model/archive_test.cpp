#include "radbatch/model/archive.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <vector>

#include "radbatch/base/error.hpp"
#include "temporary_folder.hpp"

using namespace radbatch;
namespace fs = std::filesystem;

namespace {

std::string little_endian(std::uint64_t value, int width) {
  std::string bytes;
  for (int i = 0; i < width; ++i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

/// A zip of empty files; with `zip64` its end is written in the 64-bit records, as PyTorch does.
std::string zip_of(const std::vector<std::string>& names, bool zip64 = false) {
  std::string zip;
  std::string directory;
  for (const std::string& name : names) {
    const std::string sizes = std::string(12, '\0') + little_endian(name.size(), 2) + little_endian(0, 2);
    directory += "PK\x01\x02" + std::string(12, '\0') + sizes + std::string(10, '\0') +
                 little_endian(zip.size(), 4) + name;
    zip += "PK\x03\x04" + std::string(10, '\0') + sizes + name;
  }
  const std::size_t offset = zip.size();
  zip += directory;
  if (zip64) {
    const std::size_t record = zip.size();
    zip +=
        "PK\x06\x06" + std::string(36, '\0') + little_endian(directory.size(), 8) + little_endian(offset, 8);
    zip += "PK\x06\x07" + std::string(4, '\0') + little_endian(record, 8) + little_endian(1, 4);
  }
  return zip + "PK\x05\x06" + std::string(8, '\0') + little_endian(zip64 ? 0xFFFFFFFF : directory.size(), 4) +
         little_endian(zip64 ? 0xFFFFFFFF : offset, 4) + std::string(2, '\0');
}

ArchiveKind kind_of(const std::string& bytes, const std::string& name = "model") {
  return triage_model_bytes(bytes, name);
}

}  // namespace

TEST_CASE("the kinds of zip archive are told apart by their names, whatever the root folder is called") {
  CHECK(kind_of(zip_of({"net/data.pkl", "net/code/__torch__.py", "net/constants.pkl"})) ==
        ArchiveKind::torchscript);
  CHECK(kind_of(zip_of({"x/data/aotinductor/model/a.wrapper.so"})) == ArchiveKind::aotinductor);
  CHECK(kind_of(zip_of({"x/data/weights/weight_0", "x/models/model.json"})) == ArchiveKind::exported_program);
  CHECK(kind_of(zip_of({"state/data.pkl", "state/data/0"})) == ArchiveKind::eager_checkpoint);
  CHECK(kind_of(zip_of({"word/document.xml"})) == ArchiveKind::other);
}

TEST_CASE("the 64-bit zip records that PyTorch writes are read") {
  CHECK(kind_of(zip_of({"net/code/__torch__.py", "net/constants.pkl"}, true)) == ArchiveKind::torchscript);
}

TEST_CASE("other model files are known by their first bytes or their ending") {
  CHECK(kind_of("\x80\x02}q") == ArchiveKind::legacy_pickle);
  CHECK(kind_of("\x08\x08\x12\x07pytorch") == ArchiveKind::onnx);
  CHECK(kind_of("anything", "net.ONNX") == ArchiveKind::onnx);
  CHECK(kind_of("ftrt....") == ArchiveKind::tensorrt);
  CHECK(kind_of("anything", "net.engine") == ArchiveKind::tensorrt);
  CHECK(kind_of("<?xml version=\"1.0\"?>\n<net name=\"a\" version=\"11\">") == ArchiveKind::openvino);
  CHECK(kind_of("<net name=\"a\" version=\"11\">") == ArchiveKind::openvino);
  CHECK(kind_of("<?xml version=\"1.0\"?><html>", "net.xml") == ArchiveKind::other);
}

TEST_CASE("damaged and foreign files are other") {
  CHECK(kind_of("") == ArchiveKind::other);
  CHECK(kind_of("# weights\n") == ArchiveKind::other);
  const std::string whole = zip_of({"net/code/__torch__.py", "net/constants.pkl"}, true);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    REQUIRE(kind_of(whole.substr(0, size)) == ArchiveKind::other);
  }
}

TEST_CASE("a directory that pretends to lie outside the file is not followed") {
  std::string zip = zip_of({"net/code/__torch__.py", "net/constants.pkl"});
  zip.replace(zip.size() - 6, 4, "\xF0\xFF\xFF\x7F");
  CHECK(kind_of(zip) == ArchiveKind::other);
}

TEST_CASE("a file on disk gives the same as its bytes, and a missing one an error with its name") {
  const test::TemporaryFolder folder;
  const fs::path path = folder / "state.pt";
  std::ofstream(path, std::ios::binary) << zip_of({"state/data.pkl"}, true);
  CHECK(triage_model_file(path) == ArchiveKind::eager_checkpoint);
  CHECK_THROWS_WITH_AS(triage_model_file("/nowhere/model.ts"), "cannot read /nowhere/model.ts", Error);
}

TEST_CASE("each wrong kind says its own way to a model that runs") {
  CHECK(description(ArchiveKind::eager_checkpoint) ==
        "a PyTorch checkpoint (torch.save: weights without code)");
  CHECK(
      export_hint(ArchiveKind::eager_checkpoint) ==
      "build the network in Python, load these weights and export it: net.load_state_dict(torch.load(FILE)); "
      "torch.jit.trace(net.eval(), example).save(\"model.ts\")");
  CHECK(
      export_hint(ArchiveKind::onnx) ==
      "export the original PyTorch network instead: torch.jit.trace(net.eval(), example).save(\"model.ts\")");
  CHECK(export_hint(ArchiveKind::exported_program) ==
        "compile it: python3 models/tools/compile.py FILE --shape N,C,H,W");
  CHECK(export_hint(ArchiveKind::torchscript).empty());
}
