#include "radbatch/store/npy_file.hpp"

#include <doctest/doctest.h>

#include <cstring>

#include "error_text.hpp"
#include "radbatch/base/atomic_file.hpp"
#include "temporary_folder.hpp"

using namespace radbatch;
using test::error_of;
using Shape = std::vector<std::int64_t>;

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
  info.attributes = {{"steps", {"Resize"}}};
  return info;
}

std::filesystem::path write_raw(const std::string& name, const std::string& dictionary,
                                const std::string& values, char version = 1) {
  std::string header = dictionary + "\n";
  std::string bytes = std::string("\x93NUMPY") + version + '\0' + static_cast<char>(header.size() & 0xFF) +
                      static_cast<char>(header.size() >> 8);
  if (version > 1) bytes += std::string(2, '\0');
  write_file_atomically(folder / name, bytes + header + values);
  return folder / name;
}

template <class Number>
std::string bytes_of(std::vector<Number> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Number)};
}

}  // namespace

TEST_CASE("a tensor comes back with all it was written with") {
  const std::vector<float> values{0, 1, 2, 3, 4, 5};
  write_tensor_npy(folder / "whole.npy", example_info(), values);
  const LoadedTensor back = read_tensor_npy(folder / "whole.npy", one_mib);
  CHECK(back.values == values);
  CHECK(tensor_sha256(back.info, back.values) == tensor_sha256(example_info(), values));
  CHECK(back.info.affine_ras[3] == -10);
}

TEST_CASE("the bytes are NumPy's own") {
  write_tensor_npy(folder / "bytes.npy", example_info(), std::vector<float>(6));
  const std::string bytes = read_file(folder / "bytes.npy");
  CHECK(bytes.substr(0, 10) == std::string("\x93NUMPY\x01\x00\x76\x00", 10));
  CHECK(bytes.substr(10, 58) == "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 3");
  CHECK(bytes.size() == 128 + 24);
}

TEST_CASE("values that changed behind the JSON's back are refused") {
  write_tensor_npy(folder / "changed.npy", example_info(), std::vector<float>{0, 1, 2, 3, 4, 5});
  std::string bytes = read_file(folder / "changed.npy");
  bytes.back() ^= 1;
  write_file_atomically(folder / "changed.npy", bytes);
  CHECK(error_of([] { read_tensor_npy(folder / "changed.npy", one_mib); }) ==
        "E_BAD_HEADER: the .npy file does not match the digest in its JSON file");
}

TEST_CASE("arrays of others: any usual number, either order, any format version, a JSON that is not ours") {
  const auto doubles = write_raw("f8.npy", "{'descr': '<f8', 'fortran_order': True, 'shape': (2, 3), }",
                                 bytes_of<double>({1, 4, 2, 5, 3, 6}), 2);
  write_file_atomically(folder / "f8.json", "{\"format\": \"mine\"}");
  CHECK(read_tensor_npy(doubles, one_mib).values == std::vector<float>{1, 2, 3, 4, 5, 6});
  CHECK(read_tensor_npy(doubles, one_mib).info.plan_sha256.empty());
  const auto shorts = write_raw("i2.npy", "{'descr': '<i2', 'fortran_order': False, 'shape': (3,), }",
                                bytes_of<std::int16_t>({-1024, 0, 3071}));
  CHECK(read_tensor_npy(shorts, one_mib).values == std::vector<float>{-1024, 0, 3071});
  CHECK(read_tensor_npy(shorts, one_mib).info.shape == Shape{3});
  const auto bytes = write_raw("u1.npy", "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2), }",
                               bytes_of<std::uint8_t>({7, 255}));
  CHECK(read_tensor_npy(bytes, one_mib).values == std::vector<float>{7, 255});
}

TEST_CASE("what is no array of numbers is refused") {
  const std::string floats(24, '\0');
  auto refusal = [&](const std::string& dictionary, const std::string& values) {
    const auto path = write_raw("bad.npy", dictionary, values);
    return error_of([&] { read_tensor_npy(path, one_mib); });
  };
  CHECK(refusal("{'descr': '|O', 'fortran_order': False, 'shape': (6,), }", floats) ==
        "E_BAD_HEADER: the .npy file holds no plain numbers");
  CHECK(refusal("{'descr': '<c8', 'fortran_order': False, 'shape': (3,), }", floats) ==
        "E_BAD_HEADER: the .npy file holds no plain numbers but <c8");
  CHECK(refusal("{'descr': '>f4', 'fortran_order': False, 'shape': (6,), }", floats) ==
        "E_BAD_HEADER: the .npy file is big-endian");
  CHECK(refusal("{'descr': '<f4', 'fortran_order': False, 'shape': (7,), }", floats) ==
        "E_BAD_HEADER: the .npy file ends before its last value");
  CHECK(refusal("{'descr': '<f4', 'fortran_order': False, 'shape': (0,), }", floats) ==
        "E_BAD_HEADER: the .npy file has a shape without elements");
  CHECK(refusal("{'descr': '<f4', 'shape': (6,), }", floats) ==
        "E_BAD_HEADER: the .npy file has no 'fortran_order'");
  CHECK(refusal("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000, 1000000000), }", floats) ==
        "E_TOO_LARGE: the tensor is larger than 1.0 MiB");
  CHECK(refusal("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", bytes_of<float>({NAN})) ==
        "E_NONFINITE: the tensor holds NaN or infinity");
  write_file_atomically(folder / "text.npy", "not an array");
  CHECK(error_of([] { read_tensor_npy(folder / "text.npy", one_mib); }) ==
        "E_BAD_HEADER: the .npy file is none");
  CHECK(error_of([] { read_tensor_npy(folder / "gone.npy", one_mib); }) ==
        "E_IO: the tensor file cannot be read");
}
