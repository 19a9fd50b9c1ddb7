#include "radbatch/archive/archive_reader.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "error_text.hpp"
#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/file_descriptor.hpp"
#include "temporary_folder.hpp"

using namespace radbatch;
using namespace radbatch::test;
using Lines = std::vector<std::string>;

namespace {

/// A member as POSIX ustar has it; `type`: 0 file, 1 hard link, 2 symbolic link, 5 folder, 6 FIFO.
std::string tar_member(const std::string& name, const std::string& content, char type = '0',
                       const std::string& link = {}) {
  std::string header(512, '\0');
  auto put = [&](std::size_t at, const std::string& text) { header.replace(at, text.size(), text); };
  std::array<char, 13> octal{};
  put(0, name);
  put(100, "0000644");
  std::snprintf(octal.data(), octal.size(), "%011zo", content.size());
  put(124, octal.data());
  put(136, "00000000000");
  put(148, "        ");
  header[156] = type;
  put(157, link);
  put(257, std::string("ustar\0"
                       "00",
                       8));
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  std::snprintf(octal.data(), octal.size(), "%06o", sum);
  put(148, std::string(octal.data(), 7));
  std::string padded = content;
  padded.resize((content.size() + 511) / 512 * 512);
  return header + padded;
}

const std::string end_mark(1024, '\0');

/// Everything in an archive with these bytes: "name=content" or "name: E_CODE detail", and what is said at
/// its end.
Lines shown(const std::string& bytes, std::optional<std::uint64_t> max_bytes = {}) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "a.tar", bytes);
  ArchiveReader reader(folder / "a.tar", max_bytes);
  Lines lines;
  for (int round = 0;; ++round) {
    // Two at a time: an archive is read in parts.
    std::array<std::filesystem::path, 2> paths{folder / (std::to_string(round) + "a"),
                                               folder / (std::to_string(round) + "b")};
    std::array<FileDescriptor, 2> files;
    for (std::size_t i = 0; i < 2; ++i)
      files[i] = FileDescriptor(::open(paths[i].c_str(), O_RDWR | O_CREAT, 0600));
    const std::array<int, 2> outputs{files[0].get(), files[1].get()};
    const ArchivePart part = reader.next(outputs);
    std::size_t used = 0;
    for (const ArchiveMember& member : part.members) {
      std::string line = member.name;
      if (member.has_content) line += "=" + read_file(paths[used++]);
      if (!member.same_as.empty()) line += " -> " + member.same_as;
      if (member.reason) line += ": " + std::string(code(*member.reason)) + " " + member.detail;
      lines.push_back(line);
    }
    if (!part.is_last) continue;
    if (!part.is_archive) lines.emplace_back("no archive");
    if (!part.damage.empty()) lines.push_back("damage: " + part.damage);
    return lines;
  }
}

}  // namespace

TEST_CASE("members in their order, without folders") {
  const std::string bytes = tar_member("d/", "", '5') + tar_member("d/2", "two") + tar_member("./1", "one") +
                            tar_member("/abs", "x") + tar_member("e", "") + end_mark;
  CHECK(shown(bytes) == Lines{"d/2=two", "1=one", "abs=x", "e="});
}

TEST_CASE("links, devices and names that lead out have no content") {
  const std::string bytes = tar_member("a", "1") + tar_member("h", "", '1', "./a") +
                            tar_member("s", "", '2', "/etc/passwd") + tar_member("f", "", '6') +
                            tar_member("../../x", "bad") + tar_member("in.zip", "PK") + end_mark;
  const std::string special = ": E_NOT_IMAGE not a regular file: a link or a device inside an archive";
  CHECK(
      shown(bytes) ==
      Lines{
          "a=1", "h -> a", "s" + special, "f" + special,
          "../../x: E_ARCHIVE a member without a usable name: empty, too long, or leading out of the archive",
          "in.zip: E_ARCHIVE an archive inside an archive is not opened"});
}

TEST_CASE("an archive that is cut inside a member gives what came before, and says so") {
  const std::string bytes = tar_member("a", "1") + tar_member("b", std::string(2000, 'x'));
  const Lines lines = shown(bytes.substr(0, bytes.size() - 1024));
  REQUIRE(lines.size() == 3);
  CHECK(lines[0] == "a=1");
  CHECK(lines[1].ends_with(": E_ARCHIVE the archive is cut off or damaged inside this member"));
  CHECK(lines[2].starts_with("damage: is damaged or truncated: "));
}

TEST_CASE("an archive that is cut between two members is known by its missing end") {
  CHECK(shown(tar_member("a", "1")) ==
        Lines{"a=1", "damage: has no end mark: it is truncated, or something was appended"});
}

TEST_CASE("other bytes are no archive") {
  CHECK(shown("this is text").front() == "no archive");
}

TEST_CASE("an archive that grows beyond its limit is refused") {
  const std::string bytes = tar_member("a", "1") + tar_member("b", std::string(5000, 'x')) + end_mark;
  CHECK(error_of([&] { shown(bytes, 4096); }) ==
        "E_ARCHIVE: unpacks to more than 4.0 KiB [if this is meant: --max-unpacked SIZE]");
  CHECK(shown(bytes, 8192).size() == 2);
}
