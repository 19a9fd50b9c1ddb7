#include "radbatch/store/tensor_file.hpp"

#include <doctest/doctest.h>
#include <hdf5.h>
#include <hdf5_hl.h>

#include <limits>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "temporary_folder.hpp"

using namespace radbatch;

namespace {

const test::TemporaryFolder folder;
constexpr std::uint64_t one_mib = 1 << 20;

TensorInfo example_info() {
  TensorInfo info;
  info.input = "image";
  info.shape = {1, 2, 3};
  info.axes = "C,R,A";
  info.spacing_mm = {0.5, 1.5};
  info.affine_ras[3] = -10;
  info.plan_sha256 = "p";
  info.tensor_key = "k";
  info.attributes = {{"trace", "Resize"}};
  return info;
}

std::filesystem::path write_example(const std::string& name,
                                    const std::vector<float>& values = {0, 1, 2, 3, 4, 5}) {
  const std::array tensors{StoredTensor{example_info(), values}};
  write_tensor_h5(folder / name, "study-1", tensors);
  return folder / name;
}

/// A file /tensors/x/image that `make` fills.
template <class Make>
std::filesystem::path hostile(const std::string& name, Make make) {
  const hid_t file = H5Fcreate((folder / name).c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t links = H5Pcreate(H5P_LINK_CREATE);
  H5Pset_create_intermediate_group(links, 1);
  const hid_t group = H5Gcreate2(file, "/tensors/x", links, H5P_DEFAULT, H5P_DEFAULT);
  make(group);
  H5Gclose(group);
  H5Pclose(links);
  H5Fclose(file);
  return folder / name;
}

}  // namespace

TEST_CASE("a tensor comes back with all it was written with") {
  const TensorFile file = read_tensor_h5(write_example("whole.h5"), one_mib);
  REQUIRE(file.tensors.size() == 1);
  const LoadedTensor& tensor = file.tensors[0];
  CHECK(file.case_id == "study-1");
  CHECK(tensor.values == std::vector<float>{0, 1, 2, 3, 4, 5});
  CHECK(tensor.info.shape == std::vector<std::int64_t>{1, 2, 3});
  CHECK(tensor.info.axes == "C,R,A");
  CHECK(tensor.info.spacing_mm == std::vector<double>{0.5, 1.5});
  CHECK(tensor.info.affine_ras == example_info().affine_ras);
  CHECK(tensor.info.plan_sha256 == "p");
  CHECK(tensor.info.tensor_key == "k");
  CHECK(tensor.info.attributes["trace"] == "Resize");
}

TEST_CASE("the same tensor gives the same bytes") {
  CHECK(read_file(write_example("one.h5")) == read_file(write_example("two.h5")));
}

TEST_CASE("a tensor with NaN is refused") {
  const auto path = write_example("nan.h5", {0, 1, 2, 3, 4, std::numeric_limits<float>::quiet_NaN()});
  CHECK_THROWS_WITH_AS(read_tensor_h5(path, one_mib), "the tensor holds NaN or infinity", Error);
}

TEST_CASE("a tensor larger than allowed is refused before it is read") {
  CHECK_THROWS_WITH_AS(read_tensor_h5(write_example("large.h5"), 23), "a chunk is larger than a case may be",
                       Error);
}

TEST_CASE("files that are cut or no HDF5 are a bad header") {
  const std::string whole = read_file(write_example("cut.h5"));
  for (const std::size_t size : {whole.size() - 1, whole.size() / 2, std::size_t{8}, std::size_t{0}}) {
    write_file_atomically(folder / "cut.h5", std::string_view(whole).substr(0, size));
    try {
      read_tensor_h5(folder / "cut.h5", one_mib);
      FAIL("read a file of " << size << " bytes");
    } catch (const Error& error) {
      CHECK(error.reason() == Reason::bad_header);
    }
  }
}

TEST_CASE("one flipped byte in the values is noticed") {
  std::vector<float> values(6);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i) * 1.37F;
  const auto path = write_example("flip.h5", values);
  std::string bytes = read_file(path);
  const std::size_t deflated = bytes.find("\x78\x01");
  REQUIRE(deflated != std::string::npos);
  bytes[deflated + 9] = static_cast<char>(bytes[deflated + 9] ^ 0x10);
  write_file_atomically(path, bytes);
  CHECK_THROWS_AS(read_tensor_h5(path, one_mib), Error);
}

TEST_CASE("a changed value or attribute no longer matches the digest") {
  auto change = [](const char* name, auto how) {
    const auto path = write_example(name);
    const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
    how(file);
    H5Fclose(file);
    CHECK_THROWS_WITH_AS(read_tensor_h5(path, one_mib), "the tensor does not match its digest", Error);
  };
  change("value.h5", [](hid_t file) {
    const hid_t dataset = H5Dopen2(file, "/tensors/study-1/image", H5P_DEFAULT);
    const float values[]{0, 1, 2, 3, 4, 6};
    H5Dwrite(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    H5Dclose(dataset);
  });
  change("axes.h5",
         [](hid_t file) { H5LTset_attribute_string(file, "/tensors/study-1/image", "axes", "C,A,R"); });
}

TEST_CASE("a tensor made elsewhere needs no attributes") {
  const auto path = hostile("foreign.h5", [](hid_t group) {
    const hsize_t shape[] = {2};
    const float values[] = {1, 2};
    H5LTmake_dataset_float(group, "image", 1, shape, values);
  });
  CHECK(read_tensor_h5(path, one_mib).tensors[0].values == std::vector<float>{1, 2});
}

TEST_CASE("a header that promises more than the file holds takes no memory") {
  const auto path = hostile("promise.h5", [](hid_t group) {
    const hsize_t shape[] = {1 << 18};
    const hid_t space = H5Screate_simple(1, shape, nullptr);
    H5Dclose(H5Dcreate2(group, "image", H5T_IEEE_F32LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Sclose(space);
  });
  CHECK_THROWS_WITH_AS(read_tensor_h5(path, one_mib), "the dataset holds no values", Error);
  CHECK_THROWS_WITH_AS(read_tensor_h5(path, one_mib / 2), "the tensor is larger than 512.0 KiB", Error);
}

TEST_CASE("links and storage that lead to other files are refused") {
  const auto link = hostile("link.h5", [](hid_t group) {
    H5Lcreate_external("/etc/passwd", "/x", group, "image", H5P_DEFAULT, H5P_DEFAULT);
  });
  CHECK_THROWS_WITH_AS(read_tensor_h5(link, one_mib), "a link leads elsewhere", Error);
  const auto storage = hostile("storage.h5", [](hid_t group) {
    const hsize_t shape[] = {4};
    const hid_t space = H5Screate_simple(1, shape, nullptr);
    const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_external(properties, "/etc/passwd", 0, 16);
    H5Dclose(H5Dcreate2(group, "image", H5T_IEEE_F32LE, space, H5P_DEFAULT, properties, H5P_DEFAULT));
    H5Pclose(properties);
    H5Sclose(space);
  });
  CHECK_THROWS_WITH_AS(read_tensor_h5(storage, one_mib), "the values lie in other files", Error);
}

TEST_CASE("values of another type are refused") {
  const auto path = hostile("double.h5", [](hid_t group) {
    const hsize_t shape[] = {2};
    const double values[] = {1, 2};
    H5LTmake_dataset_double(group, "image", 1, shape, values);
  });
  CHECK_THROWS_WITH_AS(read_tensor_h5(path, one_mib), "the values are not float32", Error);
}
