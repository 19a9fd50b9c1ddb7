#include "radbatch/store/npy_file.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <string>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view MAGIC = "\x93NUMPY";
constexpr const char* FORMAT = "radbatch-tensor";
constexpr std::size_t ALIGNMENT = 64, MOST_HEADER = 64 * 1024, MOST_AXES = 8, MOST_SIDECAR = 1 << 20;

[[noreturn]] void refuse(const std::string& why) {
  throw Error(Reason::bad_header, "the .npy file " + why);
}

std::string header_of(const TensorInfo& info) {
  std::string shape;
  for (const std::int64_t extent : info.shape) shape += std::to_string(extent) + ", ";
  if (info.shape.size() > 1) shape.resize(shape.size() - 2);
  std::string text = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + shape + "), }";
  const std::size_t before = MAGIC.size() + 4;
  text += std::string(ALIGNMENT - (before + text.size() + 1) % ALIGNMENT, ' ') + "\n";
  std::string header(MAGIC);
  header += {'\x01', '\x00', static_cast<char>(text.size() & 0xFF), static_cast<char>(text.size() >> 8)};
  return header + text;
}

Json to_json(const TensorInfo& info) {
  return {{"format", FORMAT},
          {"input", info.input},
          {"shape", info.shape},
          {"axes", info.axes},
          {"spacing_mm", info.spacing_mm},
          {"affine_ras", info.affine_ras},
          {"plan_sha256", info.plan_sha256},
          {"tensor_key", info.tensor_key},
          {"attributes", info.attributes}};
}

/// What the header's Python dictionary says.
struct ArrayType {
  std::string type;  ///< "<f4"
  bool is_fortran = false;
  std::vector<std::int64_t> shape;
  std::size_t item_bytes = 0;
};

/// The text after 'key': up to where the value ends.
std::string_view value_after(std::string_view header, std::string_view key, char end) {
  const std::size_t at = header.find(key);
  if (at == std::string_view::npos) refuse("has no " + std::string(key));
  std::string_view rest = header.substr(at + key.size());
  const std::size_t start = rest.find_first_not_of(": ");
  const std::size_t stop = start == std::string_view::npos ? start : rest.find(end, start + 1);
  if (stop == std::string_view::npos) refuse("has a broken header");
  return rest.substr(start, stop - start);
}

ArrayType parse_header(std::string_view header) {
  ArrayType array;
  const std::string_view type = value_after(header, "'descr'", ',');
  if (type.size() != 5 || type.front() != '\'' || type.back() != '\'') refuse("holds no plain numbers");
  array.type = type.substr(1, 3);
  static const std::string kinds = "fiu";
  if (kinds.find(array.type[1]) == std::string::npos || array.type[2] < '1' || array.type[2] > '8') {
    refuse("holds no plain numbers but " + printable(array.type));
  }
  if (array.type[0] == '>') refuse("is big-endian");
  array.item_bytes = static_cast<std::size_t>(array.type[2] - '0');
  array.is_fortran = value_after(header, "'fortran_order'", ',') == "True";
  for (const std::string& word : split(value_after(header, "'shape'", ')').substr(1), ',')) {
    const std::size_t start = word.find_first_not_of(' ');
    if (start == std::string::npos) continue;
    std::int64_t extent = 0;
    const char* end = word.data() + word.size();
    const auto parsed = std::from_chars(word.data() + start, end, extent);
    if (parsed.ec != std::errc() || parsed.ptr != end || extent < 1) refuse("has a shape without elements");
    array.shape.push_back(extent);
  }
  if (array.shape.empty() || array.shape.size() > MOST_AXES) refuse("has no axis or more than 8");
  return array;
}

ArrayType read_header(std::ifstream& file) {
  std::array<char, 8> start{};
  file.read(start.data(), start.size());
  if (!file || std::string_view(start.data(), MAGIC.size()) != MAGIC) refuse("is none");
  const std::size_t width = start[6] == 1 ? 2 : 4;
  std::array<unsigned char, 4> length{};
  file.read(reinterpret_cast<char*>(length.data()), static_cast<std::streamsize>(width));
  const std::size_t bytes = length[0] | length[1] << 8 | length[2] << 16 | std::size_t{length[3]} << 24;
  if (!file || bytes > MOST_HEADER) refuse("has a broken header");
  std::string header(bytes, '\0');
  file.read(header.data(), static_cast<std::streamsize>(bytes));
  if (!file) refuse("ends inside its header");
  return parse_header(header);
}

template <class Number>
float as_float(const char* bytes) {
  Number number;
  std::memcpy(&number, bytes, sizeof number);
  return static_cast<float>(number);
}

using Reader = float (*)(const char*);
Reader reader_of(const std::string& type) {
  const std::string kind = type.substr(1);
  if (kind == "f4") return as_float<float>;
  if (kind == "f8") return as_float<double>;
  if (kind == "i1") return as_float<std::int8_t>;
  if (kind == "u1") return as_float<std::uint8_t>;
  if (kind == "i2") return as_float<std::int16_t>;
  if (kind == "u2") return as_float<std::uint16_t>;
  if (kind == "i4") return as_float<std::int32_t>;
  if (kind == "u4") return as_float<std::uint32_t>;
  if (kind == "i8") return as_float<std::int64_t>;
  if (kind == "u8") return as_float<std::uint64_t>;
  refuse("holds numbers of the type " + printable(type) + ", which is not read");
}

/// Position in the file of the value that is `index`th in C order.
class FileOrder {
 public:
  explicit FileOrder(const ArrayType& array) : shape_(array.shape), at_(array.shape.size(), 0) {
    std::size_t step = 1;
    steps_.resize(shape_.size());
    for (std::size_t i = 0; i < shape_.size(); ++i) {
      const std::size_t axis = array.is_fortran ? i : shape_.size() - 1 - i;
      steps_[axis] = step;
      step *= static_cast<std::size_t>(shape_[axis]);
    }
  }
  std::size_t position() const { return position_; }
  void advance() {
    for (std::size_t axis = shape_.size(); axis-- > 0;) {
      position_ += steps_[axis];
      if (++at_[axis] < shape_[axis]) return;
      position_ -= steps_[axis] * static_cast<std::size_t>(shape_[axis]);
      at_[axis] = 0;
    }
  }

 private:
  std::vector<std::int64_t> shape_, at_;
  std::vector<std::size_t> steps_;
  std::size_t position_ = 0;
};

/// The JSON beside the file, where it is one of ours; null otherwise.
Json read_sidecar(const fs::path& path) {
  std::error_code missing;
  const std::uintmax_t bytes = fs::file_size(path, missing);
  if (missing || bytes > MOST_SIDECAR) return nullptr;
  Json json = Json::parse(read_file(path), nullptr, false);
  return json.is_object() && json.value("format", Json()) == FORMAT ? json : Json();
}

void describe(LoadedTensor& tensor, const Json& json) {
  TensorInfo& info = tensor.info;
  info.input = json.at("input").get<std::string>();
  info.axes = json.at("axes").get<std::string>();
  info.spacing_mm = json.at("spacing_mm").get<std::vector<double>>();
  json.at("affine_ras").get_to(info.affine_ras);
  info.plan_sha256 = json.at("plan_sha256").get<std::string>();
  info.tensor_key = json.at("tensor_key").get<std::string>();
  info.attributes = json.at("attributes");
  if (json.at("sha256") != tensor_sha256(info, tensor.values)) {
    refuse("does not match the digest in its JSON file");
  }
}

}  // namespace

bool is_npy(const fs::path& path) {
  std::string start(MAGIC.size(), '\0');
  std::ifstream(path, std::ios::binary).read(start.data(), static_cast<std::streamsize>(start.size()));
  return start == MAGIC;
}

fs::path npy_sidecar(const fs::path& path) {
  fs::path sidecar = path;
  return sidecar.replace_extension(".json");
}

void write_tensor_npy(const fs::path& path, const TensorInfo& info, std::span<const float> values) {
  static_assert(std::endian::native == std::endian::little);
  std::size_t count = 1;
  for (const std::int64_t extent : info.shape)
    count *= static_cast<std::size_t>(std::max<std::int64_t>(extent, 0));
  if (count != values.size()) {
    throw Error(ExitCode::internal, "tensor " + info.input + ": shape and number of values do not fit");
  }
  Json sidecar = to_json(info);
  sidecar["sha256"] = tensor_sha256(info, values);
  write_file_atomically(npy_sidecar(path), pretty(sidecar));
  std::string bytes = header_of(info);
  const std::size_t start = bytes.size();
  bytes.resize(start + values.size_bytes());
  std::memcpy(bytes.data() + start, values.data(), values.size_bytes());
  write_file_atomically(path, bytes);
}

LoadedTensor read_tensor_npy(const fs::path& path, std::uint64_t max_bytes) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error(Reason::io, "the tensor file cannot be read");
  const ArrayType array = read_header(file);
  std::uint64_t bytes = sizeof(float);
  for (const std::int64_t extent : array.shape) {
    if (static_cast<std::uint64_t>(extent) > max_bytes / bytes) {
      throw Error(Reason::too_large,
                  "the tensor is larger than " + human_bytes(static_cast<double>(max_bytes)));
    }
    bytes *= static_cast<std::uint64_t>(extent);
  }
  const Reader read = reader_of(array.type);
  const auto start = static_cast<std::uint64_t>(file.tellg());
  const std::size_t count = bytes / sizeof(float);
  // The file's size first: a header alone must not make us take memory.
  if (fs::file_size(path) - start < count * array.item_bytes) refuse("ends before its last value");
  std::string raw(count * array.item_bytes, '\0');
  file.read(raw.data(), static_cast<std::streamsize>(raw.size()));
  if (!file) throw Error(Reason::io, "the tensor file cannot be read");
  LoadedTensor tensor;
  tensor.info.shape = array.shape;
  tensor.values.resize(count);
  FileOrder order(array);
  for (float& value : tensor.values) {
    value = read(raw.data() + order.position() * array.item_bytes);
    order.advance();
  }
  if (!std::ranges::all_of(tensor.values, [](float v) { return std::isfinite(v); })) {
    throw Error(Reason::nonfinite, "the tensor holds NaN or infinity");
  }
  const Json sidecar = read_sidecar(npy_sidecar(path));
  try {
    if (!sidecar.is_null()) describe(tensor, sidecar);
  } catch (const Json::exception& problem) {
    refuse(std::string("has a JSON file that does not describe a tensor: ") + problem.what());
  }
  return tensor;
}

}  // namespace radbatch
