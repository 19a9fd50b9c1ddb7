// The reading half of tensor_file.hpp. Everything here faces bytes that anyone may have written.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/store/hdf5_handle.hpp"
#include "radbatch/store/tensor_file.hpp"

namespace radbatch {
namespace {

using hdf5::Handle;

constexpr std::size_t max_inputs = 64;
constexpr std::size_t max_name = 120;
constexpr int max_rank = 8;
constexpr std::size_t max_text = 1 << 20;

[[noreturn]] void refuse(const std::string& why) {
  throw Error(Reason::bad_header, why);
}

Handle open_file(const std::filesystem::path& path) {
  // No plug-ins: a filter is code that HDF5 would load by a name found in the file.
  H5PLset_loading_state(0);
  hdf5::silence();
  if (!std::filesystem::is_regular_file(path)) throw Error(Reason::io, "the tensor file is not there");
  Handle access{H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "create file properties"};
  hdf5::check(H5Pset_file_locking(access, false, true), "turn file locking off");
  return {H5Fopen(path.c_str(), H5F_ACC_RDONLY, access), H5Fclose, "open the file"};
}

/// The names of a group's members, sorted. Refuses links that may lead out of the file.
std::vector<std::string> members(hid_t group, std::size_t at_most) {
  H5G_info_t information{};
  hdf5::check(H5Gget_info(group, &information), "list a group");
  if (information.nlinks == 0 || information.nlinks > at_most) {
    refuse("a group has " + counted(information.nlinks, "member") + ", 1 to " + std::to_string(at_most) +
           " expected");
  }
  std::vector<std::string> names;
  for (hsize_t i = 0; i < information.nlinks; ++i) {
    std::string name(max_name + 1, '\0');
    const ssize_t length =
        H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, i, name.data(), name.size(), H5P_DEFAULT);
    if (length < 1 || length > static_cast<ssize_t>(max_name))
      refuse("a member's name is longer than 120 bytes");
    name.resize(static_cast<std::size_t>(length));
    H5L_info_t link{};
    hdf5::check(H5Lget_info(group, name.c_str(), &link, H5P_DEFAULT), "look at a link");
    if (link.type != H5L_TYPE_HARD) refuse("a link leads elsewhere");
    if (!is_utf8(name)) refuse("a member's name is not UTF-8");
    names.push_back(std::move(name));
  }
  return names;
}

Handle open_group(hid_t parent, const std::string& name) {
  return {H5Gopen2(parent, name.c_str(), H5P_DEFAULT), H5Gclose, "open group " + printable(name)};
}

void check_storage(hid_t dataset, std::uint64_t max_bytes) {
  const Handle properties{H5Dget_create_plist(dataset), H5Pclose, "read dataset properties"};
  const H5D_layout_t layout = H5Pget_layout(properties);
  if (layout == H5D_VIRTUAL || H5Pget_external_count(properties) != 0)
    refuse("the values lie in other files");
  for (int i = 0; i < H5Pget_nfilters(properties); ++i) {
    unsigned flags = 0;
    std::size_t n_values = 0;
    const H5Z_filter_t filter =
        H5Pget_filter2(properties, static_cast<unsigned>(i), &flags, &n_values, nullptr, 0, nullptr, nullptr);
    if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE && filter != H5Z_FILTER_FLETCHER32) {
      refuse("filter " + std::to_string(filter) + " is not one of deflate, shuffle and fletcher32");
    }
  }
  if (layout != H5D_CHUNKED) return;
  std::array<hsize_t, max_rank> chunk{};
  const int rank = H5Pget_chunk(properties, max_rank, chunk.data());
  std::uint64_t bytes = sizeof(float);
  for (int axis = 0; axis < std::min(rank, max_rank); ++axis) {
    if (chunk[axis] > max_bytes / bytes) refuse("a chunk is larger than a case may be");
    bytes *= chunk[axis];
  }
}

std::vector<std::int64_t> shape_of(hid_t dataset, std::uint64_t max_bytes) {
  const Handle space{H5Dget_space(dataset), H5Sclose, "read the shape"};
  const int rank = H5Sget_simple_extent_ndims(space);
  if (rank < 1 || rank > max_rank) refuse("an array of 1 to 8 axes is expected, not " + std::to_string(rank));
  std::array<hsize_t, max_rank> extents{};
  hdf5::check(H5Sget_simple_extent_dims(space, extents.data(), nullptr), "read the shape");
  std::vector<std::int64_t> shape;
  std::uint64_t bytes = sizeof(float);
  for (int axis = 0; axis < rank; ++axis) {
    if (extents[axis] == 0) refuse("axis " + std::to_string(axis) + " has no elements");
    if (extents[axis] > max_bytes / bytes) {
      throw Error(Reason::too_large,
                  "the tensor is larger than " + human_bytes(static_cast<double>(max_bytes)));
    }
    bytes *= extents[axis];
    shape.push_back(static_cast<std::int64_t>(extents[axis]));
  }
  return shape;
}

/// The attribute, checked to hold one text; empty when it is not there.
std::string text_attribute(hid_t object, const char* name) {
  if (H5Aexists(object, name) <= 0) return {};
  const Handle attribute{H5Aopen(object, name, H5P_DEFAULT), H5Aclose, "open an attribute"};
  const Handle type{H5Aget_type(attribute), H5Tclose, "read an attribute's type"};
  const Handle space{H5Aget_space(attribute), H5Sclose, "read an attribute's shape"};
  const std::string place = std::string("attribute ") + name;
  if (H5Tget_class(type) != H5T_STRING || H5Sget_simple_extent_npoints(space) != 1)
    refuse(place + " is not one text");
  std::string text;
  if (H5Tis_variable_str(type) > 0) {
    char* value = nullptr;
    hdf5::check(H5Aread(attribute, type, &value), "read " + place);
    if (value) text.assign(value, strnlen(value, max_text + 1));
    H5free_memory(value);
  } else {
    const std::size_t size = H5Tget_size(type);
    if (size > max_text) refuse(place + " is too long");
    text.resize(size);
    hdf5::check(H5Aread(attribute, type, text.data()), "read " + place);
    text.resize(strnlen(text.data(), text.size()));
  }
  if (text.size() > max_text || !is_utf8(text)) refuse(place + " is too long or not UTF-8");
  return text;
}

/// Up to `at_most` finite numbers; empty when the attribute is not there.
std::vector<double> number_attribute(hid_t dataset, const char* name, std::size_t at_most) {
  if (H5Aexists(dataset, name) <= 0) return {};
  const Handle attribute{H5Aopen(dataset, name, H5P_DEFAULT), H5Aclose, "open an attribute"};
  const Handle type{H5Aget_type(attribute), H5Tclose, "read an attribute's type"};
  const Handle space{H5Aget_space(attribute), H5Sclose, "read an attribute's shape"};
  const hssize_t n = H5Sget_simple_extent_npoints(space);
  const std::string place = std::string("attribute ") + name;
  const H5T_class_t kind = H5Tget_class(type);
  if (kind != H5T_FLOAT && kind != H5T_INTEGER) refuse(place + " holds no numbers");
  if (n < 0 || n > static_cast<hssize_t>(at_most)) refuse(place + " has the wrong size");
  std::vector<double> values(static_cast<std::size_t>(n));
  if (n > 0) hdf5::check(H5Aread(attribute, H5T_NATIVE_DOUBLE, values.data()), "read " + place);
  if (!std::ranges::all_of(values, [](double v) { return std::isfinite(v); }))
    refuse(place + " is not finite");
  return values;
}

TensorInfo info_of(hid_t dataset, const std::string& input, std::uint64_t max_bytes) {
  TensorInfo info;
  info.input = input;
  info.shape = shape_of(dataset, max_bytes);
  info.axes = text_attribute(dataset, "axes");
  info.spacing_mm = number_attribute(dataset, "spacing_mm", max_rank);
  const std::vector<double> affine = number_attribute(dataset, "affine_ras", info.affine_ras.size());
  if (affine.size() == info.affine_ras.size()) {
    std::ranges::copy(affine, info.affine_ras.begin());
  } else if (!affine.empty()) {
    refuse("attribute affine_ras has the wrong size");
  }
  info.plan_sha256 = text_attribute(dataset, "plan_sha256");
  info.tensor_key = text_attribute(dataset, "tensor_key");
  const std::string attributes = text_attribute(dataset, "attributes");
  if (!attributes.empty()) info.attributes = parse_json(attributes, "attribute attributes");
  return info;
}

LoadedTensor read_tensor(hid_t group, const std::string& input, std::uint64_t max_bytes, bool is_ours) {
  const Handle dataset{H5Dopen2(group, input.c_str(), H5P_DEFAULT), H5Dclose,
                       "open dataset " + printable(input)};
  const Handle type{H5Dget_type(dataset), H5Tclose, "read the type"};
  if (H5Tget_class(type) != H5T_FLOAT || H5Tget_size(type) != sizeof(float))
    refuse("the values are not float32");
  check_storage(dataset, max_bytes);
  LoadedTensor tensor{info_of(dataset, input, max_bytes), {}};
  // Space is taken when values are written: a header that promises more than the file holds has none.
  if (H5Dget_storage_size(dataset) == 0) refuse("the dataset holds no values");
  std::size_t count = 1;
  for (const std::int64_t extent : tensor.info.shape) count *= static_cast<std::size_t>(extent);
  tensor.values.resize(count);
  hdf5::check(H5Dread(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, tensor.values.data()),
              "read dataset " + printable(input));
  if (!std::ranges::all_of(tensor.values, [](float v) { return std::isfinite(v); })) {
    throw Error(Reason::nonfinite, "the tensor holds NaN or infinity");
  }
  const std::string digest = text_attribute(dataset, "sha256");
  if ((is_ours || !digest.empty()) && digest != tensor_sha256(tensor.info, tensor.values)) {
    refuse("the tensor does not match its digest");
  }
  return tensor;
}

TensorFile read_all(const std::filesystem::path& path, std::uint64_t max_bytes) {
  const Handle file = open_file(path);
  // Our own files always carry a digest; one made elsewhere may have none.
  const bool is_ours = !text_attribute(file, "format").empty();
  const Handle all = open_group(file, "tensors");
  TensorFile result{members(all, 1).front(), {}};
  const Handle group = open_group(all, result.case_id);
  for (const std::string& input : members(group, max_inputs)) {
    result.tensors.push_back(read_tensor(group, input, max_bytes, is_ours));
    max_bytes -= result.tensors.back().values.size() * sizeof(float);
  }
  return result;
}

}  // namespace

TensorFile read_tensor_h5(const std::filesystem::path& path, std::uint64_t max_bytes) {
  try {
    return read_all(path, max_bytes);
  } catch (const Error& error) {
    if (error.reason()) throw;
    throw Error(Reason::bad_header, error.message(), error.hint());
  }
}

}  // namespace radbatch
