#include "radbatch/batch/run_folder.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "error_text.hpp"
#include "radbatch/base/atomic_file.hpp"
#include "temporary_folder.hpp"

using namespace radbatch;
using namespace radbatch::test;
namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

const Json ours = {{"tool", "infer"},
                   {"model", {{"name", "body-region"}, {"sha256", "aa"}}},
                   {"options", {{"case_by", {"StudyInstanceUID"}}}}};

TEST_CASE("a new folder becomes the run's own, with its private part closed") {
  const TemporaryFolder parent;
  const RunFolder folder(parent / "new/out");
  folder.claim(ours);
  CHECK(folder.identity() == ours);
  struct stat facts {};
  ::stat(folder.private_folder().c_str(), &facts);
  CHECK((facts.st_mode & 0777) == 0700);
  const auto written = fs::last_write_time(folder.identity_file());
  folder.claim(ours);
  CHECK(fs::last_write_time(folder.identity_file()) == written);
  CHECK(std::distance(fs::directory_iterator(folder.journal()), {}) == 1);
}

TEST_CASE("another run's folder is refused with every difference") {
  const TemporaryFolder parent;
  const RunFolder folder(parent / "out");
  Json theirs = ours;
  theirs["model"]["sha256"] = "bb";
  theirs["options"]["case_by"] = {"PatientID"};
  folder.claim(theirs);
  CHECK(error_of([&] { folder.claim(ours); }) ==
        "2: " + folder.root().string() +
            " belongs to another run: model/sha256: \"bb\" there, \"aa\" here; options/case_by/0: "
            "\"PatientID\" there, "
            "\"StudyInstanceUID\" here [choose a new folder with -o, or repeat the other run's options]");
  CHECK(folder.identity() == theirs);
}

TEST_CASE("differences name what only one side has") {
  CHECK(differences({{"a", 1}, {"b", 2}}, {{"b", 2}, {"c", {3, 4}}}) ==
        Lines{"a: 1 there, nothing here", "c/0: nothing there, 3 here", "c/1: nothing there, 4 here"});
  CHECK(differences(ours, ours).empty());
}

TEST_CASE("a folder with other things in it is not touched") {
  const TemporaryFolder parent;
  write_file_atomically(parent / "thesis.tex", "x");
  const RunFolder folder(parent.path());
  CHECK(error_of([&] { folder.claim(ours); }) ==
        "2: " + parent.path().string() +
            " is not empty and holds no run of radbatch [choose a new folder with -o]");
  CHECK_FALSE(fs::exists(folder.journal()));
  CHECK(error_of([&] { folder.identity(); }) == "2: " + parent.path().string() + " holds no run of radbatch");
}

TEST_CASE("a folder that cannot be made is an error of the output") {
  const TemporaryFolder parent;
  write_file_atomically(parent / "file", "x");
  const std::string root = (parent / "file/out").string();
  CHECK(error_of([&] { RunFolder(root).claim(ours); }) ==
        "7: cannot create the folder " + root +
            ": Not a directory [choose another folder that can be created and written]");
}

TEST_CASE("the secret for pseudonyms is made once, or read from a file") {
  const TemporaryFolder parent;
  const RunFolder folder(parent / "out"), other(parent / "other");
  folder.claim(ours);
  other.claim(ours);
  const std::string secret = folder.patient_key_secret({});
  CHECK(secret.size() == 65);
  CHECK(folder.patient_key_secret({}) == secret);
  CHECK(other.patient_key_secret({}) != secret);
  write_file_atomically(parent / "key", "my secret");
  CHECK(folder.patient_key_secret(parent / "key") == "my secret");
  CHECK(error_of([&] { folder.patient_key_secret(parent / "no"); }) ==
        "2: cannot read " + (parent / "no").string() + ": No such file or directory");
}
