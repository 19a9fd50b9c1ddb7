#include "radbatch/batch/preview_sample.hpp"

#include <doctest/doctest.h>

using namespace radbatch;
using Words = std::vector<std::string>;

namespace {

std::string id_of(int i) {
  return "case" + std::to_string(i);
}

PreviewSample sample_of(std::vector<int> order, std::size_t size, std::uint64_t seed) {
  PreviewSample sample(size, seed);
  for (const int i : order) sample.see(id_of(i), {0.5 + i, 1.0 + i, 100.0 * (i + 1)});
  return sample;
}

std::set<std::string> chosen(const PreviewSample& sample) {
  std::set<std::string> ids;
  for (int i = 0; i < 100; ++i) {
    if (sample.has(id_of(i))) ids.insert(id_of(i));
  }
  return ids;
}

}  // namespace

TEST_CASE("the sample does not depend on the order of the cases, and does on the seed") {
  std::vector<int> up, down;
  for (int i = 0; i < 100; ++i) up.push_back(i), down.push_back(99 - i);
  CHECK(chosen(sample_of(up, 10, 1)) == chosen(sample_of(down, 10, 1)));
  CHECK(chosen(sample_of(up, 10, 1)) != chosen(sample_of(up, 10, 2)));
  CHECK(chosen(sample_of(up, 10, 1)).size() >= 10);
  CHECK(chosen(sample_of(up, 10, 1)).size() <= 12);
}

TEST_CASE("the extremes are chosen beside the sample, and say so") {
  const PreviewSample sample = sample_of({3, 1, 2, 0}, 0, 0);
  CHECK(sample.why("case0") == Words{"finest spacing", "fewest voxels"});
  CHECK(sample.why("case3") == Words{"coarsest spacing", "most voxels"});
  CHECK(sample.why("case1").empty());
}

TEST_CASE("of equal extremes the first id counts, and a case may be seen twice") {
  PreviewSample sample(0, 0);
  for (const char* id : {"b", "a", "a", "c"}) sample.see(id, {1.0, 1.0, 1.0});
  CHECK(sample.why("a").size() == 4);
  CHECK_FALSE(sample.has("b"));
}

TEST_CASE("a case without facts can only be in the sample") {
  PreviewSample sample(1, 0);
  sample.see("a", {});
  CHECK(sample.why("a") == Words{"sample"});
}
