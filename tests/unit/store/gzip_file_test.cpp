#include "radbatch/store/gzip_file.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/hash.hpp"
#include "temporary_folder.hpp"

using namespace radbatch;
namespace fs = std::filesystem;

namespace {

GzipFile::Facts pack(const fs::path& path, const std::string& text, std::size_t piece) {
  GzipFile file(path);
  for (std::size_t at = 0; at < text.size(); at += piece)
    file.write(std::string_view(text).substr(at, piece));
  return file.commit();
}

}  // namespace

TEST_CASE("gzip itself unpacks what was packed in pieces") {
  const test::TemporaryFolder folder;
  std::string text;
  for (int i = 0; i < 40000; ++i) text += std::to_string(i * i) + ",0.5\n";
  const fs::path path = folder.path() / "frames.csv.gz", plain = folder.path() / "frames.csv";
  const GzipFile::Facts facts = pack(path, text, 1000);
  REQUIRE(std::system(("gzip -dc '" + path.string() + "' > '" + plain.string() + "'").c_str()) == 0);
  CHECK(read_file(plain) == text);
  CHECK(facts.bytes == fs::file_size(path));
  CHECK(facts.sha256 == sha256_file(path));
}

TEST_CASE("the bytes depend on the text alone, and a file that has them is left alone") {
  const test::TemporaryFolder folder;
  const std::string text(200000, 'x');
  const fs::path path = folder.path() / "a.gz";
  const GzipFile::Facts facts = pack(path, text, 200000);
  const auto written = fs::last_write_time(path);
  CHECK(pack(folder.path() / "b.gz", text, 777).sha256 == facts.sha256);
  CHECK(read_file(path).substr(0, 10) == std::string("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10));
  CHECK(pack(path, text, 99).sha256 == facts.sha256);
  CHECK(fs::last_write_time(path) == written);
}

TEST_CASE("what was not committed leaves nothing") {
  const test::TemporaryFolder folder;
  { GzipFile(folder.path() / "a.gz").write("text"); }
  CHECK(fs::is_empty(folder.path()));
}
