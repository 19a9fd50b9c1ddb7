#include "radbatch/store/tensor_pack.hpp"

#include <doctest/doctest.h>
#include <hdf5.h>

#include "error_text.hpp"
#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/store/tensor_file.hpp"
#include "temporary_folder.hpp"

using namespace radbatch;

namespace {

const test::TemporaryFolder folder;

PackedCase write_case(const std::string& id, float value) {
  TensorInfo info;
  info.input = "image";
  info.shape = {1, 1, 40, 50};
  info.axes = "N,C,i,j";
  info.spacing_mm = {1, 1};
  const std::vector<float> values(2000, value);
  const StoredTensor stored{info, values};
  const auto path = folder / (id + ".h5");
  write_tensor_h5(path, id, {&stored, 1});
  return {id, path, sha256_file(path)};
}

float first_value(const std::filesystem::path& path, const std::string& dataset) {
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  const hid_t data = H5Dopen2(file, dataset.c_str(), H5P_DEFAULT);
  std::vector<float> values(2000);
  H5Dread(data, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
  CHECK(H5Aexists(data, "affine_ras") > 0);
  H5Dclose(data);
  H5Fclose(file);
  return values.front();
}

}  // namespace

TEST_CASE("one file holds the tensors of all cases, with the same bytes each time") {
  const std::vector cases{write_case("a", 1), write_case("b", 2)};
  CHECK(pack_tensors(folder / "pack.h5", cases));
  CHECK(first_value(folder / "pack.h5", "/tensors/a/image") == 1);
  CHECK(first_value(folder / "pack.h5", "/tensors/b/image") == 2);
  CHECK(pack_tensors(folder / "again.h5", cases));
  CHECK(read_file(folder / "pack.h5") == read_file(folder / "again.h5"));
}

TEST_CASE("a whole file of the same cases is left alone, a cut one and one of other cases are not") {
  std::vector cases{write_case("c", 3)};
  const auto path = folder / "kept.h5";
  CHECK(pack_tensors(path, cases));
  CHECK_FALSE(pack_tensors(path, cases));
  const std::string whole = read_file(path);
  write_file_atomically(path, whole.substr(0, whole.size() / 2));
  CHECK(pack_tensors(path, cases));
  CHECK(read_file(path) == whole);
  cases.push_back(write_case("d", 4));
  CHECK(pack_tensors(path, cases));
  CHECK(first_value(path, "/tensors/d/image") == 4);
}

TEST_CASE("a pack of no case is a file without tensors") {
  CHECK(pack_tensors(folder / "none.h5", {}));
}

TEST_CASE("a tensor that is gone leaves no half file behind") {
  const std::vector cases{write_case("e", 5), PackedCase{"f", folder / "gone.h5", "0"}};
  CHECK(test::error_of([&] { pack_tensors(folder / "half.h5", cases); }).starts_with("7: "));
  CHECK_FALSE(std::filesystem::exists(folder / "half.h5"));
}
