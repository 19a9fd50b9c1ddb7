#include "radbatch/model/golden.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"

namespace radbatch {
namespace {

static_assert(std::endian::native == std::endian::little, "read_npy copies little-endian values as they are");

[[noreturn]] void refuse(const std::string& what, const std::string& problem) {
  throw Error(ExitCode::model, what + " " + problem);
}

std::size_t product(const std::vector<std::int64_t>& shape, const std::string& what) {
  std::size_t count = 1;
  for (const std::int64_t size : shape) {
    if (size < 1 || count > (std::size_t{1} << 31) / static_cast<std::size_t>(size))
      refuse(what, "has a bad shape");
    count *= static_cast<std::size_t>(size);
  }
  return count;
}

/// The text after "'<key>': " in the header, which is a Python dictionary that numpy writes in one fixed
/// form.
std::string_view header_value(std::string_view header, const std::string& key, const std::string& what) {
  const std::size_t at = header.find("'" + key + "': ");
  if (at == std::string_view::npos) refuse(what, "has no '" + key + "' in its header");
  return header.substr(at + key.size() + 4);
}

std::vector<std::int64_t> parse_shape(std::string_view text, const std::string& what) {
  const std::size_t end = text.find(')');
  if (!text.starts_with("(") || end == std::string_view::npos) refuse(what, "has a bad shape");
  std::vector<std::int64_t> shape;
  std::int64_t size = -1;
  for (const char c : text.substr(1, end - 1)) {
    if (c >= '0' && c <= '9') {
      size = std::max<std::int64_t>(size, 0) * 10 + (c - '0');
      if (size > (std::int64_t{1} << 31)) refuse(what, "has a bad shape");
    } else if (c == ',' && size >= 0) {
      shape.push_back(size);
      size = -1;
    } else if (c != ' ') {
      refuse(what, "has a bad shape");
    }
  }
  if (size >= 0) shape.push_back(size);
  return shape;
}

FloatArray parse_npy(std::string_view bytes, const std::string& what) {
  constexpr std::string_view magic("\x93NUMPY", 6);
  if (bytes.size() < 12 || !bytes.starts_with(magic)) refuse(what, "is no .npy file");
  const auto byte = [&](std::size_t at) {
    return static_cast<std::size_t>(static_cast<unsigned char>(bytes[at]));
  };
  const bool first = byte(6) == 1;
  const std::size_t start = first ? 10 : 12;
  std::size_t length = byte(8) | byte(9) << 8;
  if (!first) length |= byte(10) << 16 | byte(11) << 24;
  if (length > bytes.size() - start) refuse(what, "is truncated");
  const std::string_view header = bytes.substr(start, length);
  if (!header_value(header, "descr", what).starts_with("'<f4'")) refuse(what, "is not of float32 ('<f4')");
  if (!header_value(header, "fortran_order", what).starts_with("False")) refuse(what, "is not in C order");
  FloatArray array{parse_shape(header_value(header, "shape", what), what), {}};
  const std::size_t count = product(array.shape, what);
  if (bytes.size() - start - length != count * sizeof(float)) {
    refuse(what, fmt::format("has {} bytes of values, {} expected", bytes.size() - start - length,
                             count * sizeof(float)));
  }
  array.values.resize(count);
  std::memcpy(array.values.data(), bytes.data() + start + length, count * sizeof(float));
  return array;
}

/// Flattens nested arrays; every level must be rectangular.
void flatten(const Json& json, std::size_t depth, FloatArray& array, const std::string& what) {
  if (!json.is_array()) {
    if (!json.is_number() || depth != array.shape.size())
      refuse(what, "must be a rectangular array of numbers");
    array.values.push_back(json.get<float>());
    return;
  }
  const auto size = static_cast<std::int64_t>(json.size());
  if (depth == array.shape.size() && array.values.empty()) array.shape.push_back(size);
  if (depth >= array.shape.size() || array.shape[depth] != size)
    refuse(what, "must be a rectangular array of numbers");
  for (const Json& entry : json) flatten(entry, depth + 1, array, what);
}

std::string read_verified(const std::filesystem::path& path, const std::string& digest,
                          const std::string& what) {
  std::string bytes;
  try {
    bytes = read_file(path);
  } catch (const Error& problem) {
    throw Error(ExitCode::model, problem.message(), problem.hint());
  }
  if (sha256_hex(bytes) != digest) refuse(what, "has not the declared SHA-256");
  return bytes;
}

Golden read_entry(const Bundle& bundle, const GoldenEntry& entry) {
  const std::filesystem::path path = bundle.folder / entry.tensor;
  const std::string what = "golden tensor " + path.string();
  Golden golden;
  golden.name = path.stem().string();
  golden.tolerance = entry.tolerance;
  golden.fold = entry.fold;
  if (!entry.input.empty()) golden.input = bundle.folder / entry.input;
  golden.tensor = parse_npy(read_verified(path, entry.tensor_sha256, what), what);
  const auto [low, high] = std::ranges::minmax(golden.tensor.values);
  golden.tensor_tolerance = entry.tensor_tolerance.value_or(1e-5 * (static_cast<double>(high) - low));
  if (entry.output.is_null()) return golden;
  for (const auto& [output, values] : entry.output.items()) {
    GoldenOutput expected{output, {}};
    flatten(values, 0, expected.expected, "golden output '" + output + "' of " + golden.name);
    golden.outputs.push_back(std::move(expected));
  }
  return golden;
}

void compare(const Golden& golden, const GoldenOutput& expected, const HeadOutput& found) {
  const FloatArray& array = expected.expected;
  const std::string what = "golden '" + golden.name + "': output '" + expected.output + "'";
  if (found.values.size() != array.values.size() || array.shape.empty() || found.items != array.shape[0]) {
    refuse(what,
           fmt::format("has {} items and {} values; {} items and {} values expected", found.items,
                       found.values.size(), array.shape.empty() ? 0 : array.shape[0], array.values.size()));
  }
  for (std::size_t i = 0; i < array.values.size(); ++i) {
    // Written so that NaN fails.
    if (std::abs(found.values[i] - array.values[i]) <= golden.tolerance) continue;
    refuse(what, fmt::format("value {} is {}, {} expected (tolerance {:g})", i, found.values[i],
                             array.values[i], golden.tolerance));
  }
}

}  // namespace

FloatArray read_npy(const std::filesystem::path& path) {
  try {
    return parse_npy(read_file(path), path.string());
  } catch (const Error& problem) {
    throw Error(ExitCode::model, problem.message(), problem.hint());
  }
}

std::vector<Golden> load_golden(const Bundle& bundle) {
  std::vector<Golden> golden;
  for (const GoldenEntry& entry : bundle.golden) golden.push_back(read_entry(bundle, entry));
  return golden;
}

double tensor_difference(const Golden& golden, const std::vector<std::int64_t>& shape,
                         std::span<const float> values) {
  const FloatArray& expected = golden.tensor;
  if (shape != expected.shape || values.size() != expected.values.size())
    refuse("golden '" + golden.name + "':",
           fmt::format("the prepared tensor has the shape [{}], [{}] expected", fmt::join(shape, ", "),
                       fmt::join(expected.shape, ", ")));
  double largest = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double difference = std::abs(static_cast<double>(values[i]) - expected.values[i]);
    if (std::isnan(difference)) return difference;
    largest = std::max(largest, difference);
  }
  return largest;
}

void check_golden(const Golden& golden, std::span<const HeadOutput> outputs) {
  for (const GoldenOutput& expected : golden.outputs) {
    const auto found = std::ranges::find(outputs, expected.output, &HeadOutput::output);
    if (found == outputs.end())
      refuse("golden '" + golden.name + "':", "the network gave no output '" + expected.output + "'");
    compare(golden, expected, *found);
  }
}

}  // namespace radbatch
