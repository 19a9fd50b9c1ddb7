#include "radbatch/batch/convert.hpp"

#include <doctest/doctest.h>

#include "radbatch/base/atomic_file.hpp"
#include "temporary_folder.hpp"

using namespace radbatch;
using namespace radbatch::test;

namespace {

/// Paths of the volumes that a case with these images becomes, a worker standing by that writes nothing.
std::vector<std::string> volumes(std::vector<Candidate> images) {
  const TemporaryFolder folder;
  RunOptions run;
  run.out = folder.path();
  const std::unique_ptr<Tool> tool = make_convert({}, run);
  Case one;
  one.id = "study-1";
  one.candidates = std::move(images);
  const std::unique_ptr<CaseWork> work = tool->begin(one, {});
  while (work->next()) work->answered({{"digests", Json::array()}}, nullptr);
  const CaseOutcome outcome = work->finish();
  std::vector<std::string> paths;
  for (const Json& file : outcome.result["files"]) paths.push_back(file["path"]);
  for (const std::string& path : paths) CHECK(std::filesystem::exists(folder / path));
  CHECK(tool->is_intact(outcome));
  return paths;
}

Candidate image(const std::string& series, double b_value) {
  Candidate candidate;
  candidate.series = series;
  candidate.attributes = {{"DiffusionBValue", b_value}};
  return candidate;
}

}  // namespace

TEST_CASE("images of one series, or of none, never share a file") {
  CHECK(volumes({image("", 0), image("", 0), image("", 0)}) ==
        std::vector<std::string>{"study-1/image.nii.gz", "study-1/image-2.nii.gz", "study-1/image-3.nii.gz"});
  const std::vector<std::string> diffusion = volumes({image("1.2", 0), image("1.2", 1000), image("1.3", 0)});
  REQUIRE(diffusion.size() == 3);
  CHECK(diffusion[1] == diffusion[0].substr(0, diffusion[0].size() - 7) + "-2.nii.gz");
  CHECK(diffusion[2].size() == diffusion[0].size());
}
