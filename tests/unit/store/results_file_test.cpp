#include "radbatch/store/results_file.hpp"

#include <doctest/doctest.h>
#include <hdf5.h>
#include <hdf5_hl.h>

#include <cmath>
#include <limits>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "temporary_folder.hpp"

using namespace radbatch;

namespace {

const test::TemporaryFolder folder;

ResultsContent example() {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  ResultsContent content;
  content.predictions = Table({{"case_id", ColumnType::text, "", "", true},
                               {"status", ColumnType::category},
                               {"p_hand", ColumnType::float32},
                               {"d_hand", ColumnType::boolean},
                               {"site/部位"}});
  content.predictions.add_row({"a", "done", static_cast<double>(0.25F), true, "手"});
  content.predictions.add_row({"b", "failed", {}, {}, {}});
  content.cases = Table({{"case_id"}, {"n_files", ColumnType::integer, "", "", true}});
  content.cases.add_row({"a", std::int64_t{12}});
  content.cases.add_row({"b", std::int64_t{1}});
  content.findings = {"Hand", "肺"};
  content.probabilities = {0.25F, 0.75F, nan, nan};
  content.model_sha256 = std::string("m");
  return content;
}

struct OpenFile {
  hid_t id;
  explicit OpenFile(const std::filesystem::path& path)
      : id(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT)) {}
  ~OpenFile() { H5Fclose(id); }
};

}  // namespace

TEST_CASE("scores are a matrix with named axes, NaN where a case has none") {
  const auto path = folder / "predictions.h5";
  write_results_h5(path, example());
  const OpenFile file(path);
  float values[4];
  REQUIRE(H5LTread_dataset_float(file.id, "/probabilities", values) >= 0);
  CHECK(values[1] == 0.75F);
  CHECK(std::isnan(values[3]));
  const hid_t dataset = H5Dopen2(file.id, "/probabilities", H5P_DEFAULT);
  char label[16]{};
  H5DSget_label(dataset, 1, label, sizeof label);
  CHECK(std::string(label) == "finding");
  CHECK(H5DSget_num_scales(dataset, 0) == 1);
  const hid_t properties = H5Dget_create_plist(dataset);
  CHECK(H5Pget_nfilters(properties) == 3);
  H5Pclose(properties);
  H5Dclose(dataset);
}

TEST_CASE("tables are AnnData dataframes: categories as codes, nullable booleans with a mask") {
  const auto path = folder / "tables.h5";
  write_results_h5(path, example());
  const OpenFile file(path);
  int numbers[2];
  REQUIRE(H5LTread_dataset_int(file.id, "/predictions/status/codes", numbers) >= 0);
  CHECK(numbers[1] == 1);
  REQUIRE(H5LTread_dataset_int(file.id, "/cases/n_files", numbers) >= 0);
  CHECK(numbers[0] == 12);
  CHECK(H5Lexists(file.id, "/predictions/d_hand/mask", H5P_DEFAULT) == 1);
  CHECK(H5Lexists(file.id, "/predictions/site∕部位", H5P_DEFAULT) == 1);
}

TEST_CASE("members of an ensemble lie between cases and findings, under their names") {
  ResultsContent content = example();
  content.member_names = {"fold-0", "fold-1"};
  const float nan = std::numeric_limits<float>::quiet_NaN();
  content.members = {0.25F, 0.5F, 0.75F, 1, nan, nan, nan, nan};
  const auto path = folder / "members.h5";
  write_results_h5(path, content);
  const OpenFile file(path);
  hsize_t shape[3];
  REQUIRE(H5LTget_dataset_info(file.id, "/members", shape, nullptr, nullptr) >= 0);
  CHECK(std::vector<hsize_t>(shape, shape + 3) == std::vector<hsize_t>{2, 2, 2});
  float values[8];
  REQUIRE(H5LTread_dataset_float(file.id, "/members", values) >= 0);
  CHECK(values[2] == 0.75F);
  CHECK(std::isnan(values[7]));
  const hid_t dataset = H5Dopen2(file.id, "/members", H5P_DEFAULT);
  char label[16]{};
  H5DSget_label(dataset, 1, label, sizeof label);
  CHECK(std::string(label) == "member");
  H5Dclose(dataset);
  content.members.pop_back();
  CHECK_THROWS_AS(write_results_h5(path, content), Error);
}

TEST_CASE("the same content gives the same bytes, and a file that has them is left alone") {
  const auto one = folder / "one.h5";
  const auto two = folder / "two.h5";
  std::filesystem::remove(one);
  CHECK(write_results_h5(one, example()));
  CHECK_FALSE(write_results_h5(one, example()));
  write_results_h5(two, example());
  CHECK(read_file(one) == read_file(two));
}

TEST_CASE("a run without cases or findings still has its file") {
  ResultsContent content;
  content.predictions = Table({{"case_id"}, {"status", ColumnType::category}});
  content.cases = Table({{"case_id"}});
  write_results_h5(folder / "empty.h5", content);
  const OpenFile file(folder / "empty.h5");
  CHECK(H5Lexists(file.id, "/predictions/status", H5P_DEFAULT) == 1);
}

TEST_CASE("sizes that do not fit are our own mistake") {
  ResultsContent content = example();
  content.probabilities.pop_back();
  CHECK_THROWS_WITH_AS(write_results_h5(folder / "wrong.h5", content),
                       "writing wrong.h5: probabilities: 3 values for 2 cases x 2 findings", Error);
}

namespace {

/// The example with features of case a, and two slices and windows below the cases.
ResultsContent with_levels() {
  ResultsContent content = example();
  content.matrices.push_back({"features", "feature", 3, {}, [](std::size_t row) {
                                return row == 0 ? std::vector<float>{1, 2, 3} : std::vector<float>();
                              }});
  content.items = [](std::size_t row) -> std::optional<ItemScores> {
    if (row == 0) return ItemScores{"slices", 2, {0.1F, 0.9F, 0.4F, 0.6F}, {}};
    return ItemScores{"windows", 1, {0.5F, 0.5F}, {-1, 2, 3}};
  };
  return content;
}

}  // namespace

TEST_CASE("levels stand under their own name, case by case, and matrices have scales") {
  const auto path = folder / "levels.h5";
  CHECK(write_results_h5(path, with_levels()));
  const OpenFile file(path);
  float slices[4], features[6];
  int starts[3];
  REQUIRE(H5LTread_dataset_float(file.id, "/slices/a", slices) >= 0);
  CHECK(slices[2] == 0.4F);
  REQUIRE(H5LTread_dataset_int(file.id, "/window_starts/b", starts) >= 0);
  CHECK(starts[0] == -1);
  REQUIRE(H5LTread_dataset_float(file.id, "/features", features) >= 0);
  CHECK(features[1] == 2);
  CHECK(std::isnan(features[5]));
  const hid_t dataset = H5Dopen2(file.id, "/features", H5P_DEFAULT);
  CHECK(H5DSget_num_scales(dataset, 1) == 1);
  H5Dclose(dataset);
}

TEST_CASE("a file with levels has the same bytes every time and is then left alone") {
  const auto one = folder / "one.h5", two = folder / "two.h5";
  write_results_h5(one, with_levels());
  write_results_h5(two, with_levels());
  CHECK(read_file(one) == read_file(two));
  CHECK_FALSE(write_results_h5(one, with_levels()));
}

TEST_CASE("items whose scores do not fit are a defect") {
  ResultsContent content = with_levels();
  content.items = [](std::size_t) { return ItemScores{"slices", 2, {0.1F}, {}}; };
  CHECK_THROWS_AS(write_results_h5(folder / "bad.h5", content), Error);
  CHECK_FALSE(std::filesystem::exists(folder / "bad.h5"));
}
