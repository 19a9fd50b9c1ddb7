#include "radbatch/store/hdf5_handle.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "radbatch/base/error.hpp"

namespace radbatch::hdf5 {
namespace {

constexpr hsize_t chunk_bytes = 256 * 1024;
constexpr std::size_t memory_increment = 1 << 20;

herr_t keep_innermost(unsigned depth, const H5E_error2_t* error, void* text) {
  if (depth == 0 && error->desc) *static_cast<std::string*>(text) = error->desc;
  return 0;
}

std::vector<const char*> pointers(std::span<const std::string> values) {
  std::vector<const char*> result;
  for (const std::string& value : values) result.push_back(value.c_str());
  return result;
}

Handle scalar() {
  return {H5Screate(H5S_SCALAR), H5Sclose, "describe a scalar"};
}

Handle simple(std::span<const hsize_t> shape) {
  return {H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr), H5Sclose,
          "describe an array"};
}

/// Whole rows of the first axis, about chunk_bytes of them; a single larger row is cut along the next axes.
std::vector<hsize_t> chunk_of(std::span<const hsize_t> shape, std::size_t bytes_per_value) {
  std::vector<hsize_t> chunk(shape.begin(), shape.end());
  hsize_t bytes = bytes_per_value;
  for (std::size_t axis = chunk.size(); axis-- > 0;) {
    chunk[axis] = std::clamp<hsize_t>(chunk_bytes / bytes, 1, shape[axis]);
    bytes *= chunk[axis];
  }
  return chunk;
}

Handle dataset_properties() {
  Handle properties{H5Pcreate(H5P_DATASET_CREATE), H5Pclose, "create dataset properties"};
  check(H5Pset_obj_track_times(properties, false), "turn object times off");
  return properties;
}

Handle filtered_properties(std::span<const hsize_t> shape, hid_t type, unsigned deflate_level) {
  Handle properties = dataset_properties();
  // A chunk may not be larger than the array, so an empty array has none.
  if (std::ranges::count(shape, hsize_t{0}) > 0) return properties;
  const std::vector<hsize_t> chunk = chunk_of(shape, H5Tget_size(type));
  check(H5Pset_chunk(properties, static_cast<int>(chunk.size()), chunk.data()), "set the chunk size");
  check(H5Pset_shuffle(properties), "set the shuffle filter");
  check(H5Pset_deflate(properties, deflate_level), "set the deflate filter");
  check(H5Pset_fletcher32(properties), "set the checksum filter");
  return properties;
}

Handle create_dataset(hid_t parent, const std::string& name, hid_t type, hid_t space, hid_t properties) {
  const Handle links = link_properties();
  return {H5Dcreate2(parent, name.c_str(), type, space, links, properties, H5P_DEFAULT), H5Dclose,
          "create dataset " + name};
}

}  // namespace

Handle::Handle(hid_t id, Close close, const std::string& doing) : id_(id), close_(close) {
  if (id < 0) check(-1, doing);
}

Handle& Handle::operator=(Handle&& other) noexcept {
  std::swap(id_, other.id_);
  std::swap(close_, other.close_);
  return *this;
}

Handle::~Handle() {
  if (id_ >= 0) close_(id_);
}

void check(herr_t status, const std::string& doing) {
  if (status < 0) throw Error(ExitCode::output, "HDF5: cannot " + doing + ": " + last_error());
}

std::string last_error() {
  std::string text = "no reason given";
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_innermost, &text);
  // Where the system refused, HDF5 tells times and addresses too; the system's own words are enough.
  constexpr std::string_view before = "error message = '";
  if (const auto at = text.find(before); at != std::string::npos)
    text = text.substr(at + before.size(), text.find('\'', at + before.size()) - at - before.size());
  return text;
}

void silence() {
  // A file that could not be written stays open in the library, and its clean-up at exit would try again and
  // crash. Every file is closed by its Handle.
  static const herr_t no_cleanup = H5dont_atexit();
  static_cast<void>(no_cleanup);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

Handle in_memory_access() {
  Handle access{H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "create file properties"};
  check(H5Pset_fapl_core(access, memory_increment, false), "keep the file in memory");
  check(H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_V18), "set the format version");
  return access;
}

Handle group_properties() {
  Handle properties{H5Pcreate(H5P_GROUP_CREATE), H5Pclose, "create group properties"};
  check(H5Pset_obj_track_times(properties, false), "turn object times off");
  return properties;
}

Handle link_properties() {
  Handle properties{H5Pcreate(H5P_LINK_CREATE), H5Pclose, "create link properties"};
  check(H5Pset_char_encoding(properties, H5T_CSET_UTF8), "name links in UTF-8");
  return properties;
}

Handle string_type() {
  Handle type{H5Tcopy(H5T_C_S1), H5Tclose, "make a text type"};
  check(H5Tset_size(type, H5T_VARIABLE), "make a text type");
  check(H5Tset_cset(type, H5T_CSET_UTF8), "make a text type");
  return type;
}

Handle bool_type() {
  Handle type{H5Tenum_create(H5T_STD_I8LE), H5Tclose, "make a boolean type"};
  const std::array<std::int8_t, 2> values{0, 1};
  check(H5Tenum_insert(type, "FALSE", &values[0]), "make a boolean type");
  check(H5Tenum_insert(type, "TRUE", &values[1]), "make a boolean type");
  return type;
}

Handle create_in_memory() {
  silence();
  const Handle access = in_memory_access();
  Handle creation{H5Pcreate(H5P_FILE_CREATE), H5Pclose, "create file properties"};
  check(H5Pset_obj_track_times(creation, false), "turn object times off");
  return {H5Fcreate("radbatch.h5", H5F_ACC_TRUNC, creation, access), H5Fclose, "create a file in memory"};
}

Handle create_on_disk(const std::filesystem::path& path) {
  silence();
  const Handle access{H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "create file properties"};
  check(H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_V18), "set the format version");
  check(H5Pset_file_locking(access, false, true), "turn file locking off");
  const Handle creation{H5Pcreate(H5P_FILE_CREATE), H5Pclose, "create file properties"};
  check(H5Pset_obj_track_times(creation, false), "turn object times off");
  return {H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation, access), H5Fclose,
          "create " + path.filename().string()};
}

Handle create_group(hid_t parent, const std::string& name) {
  const Handle links = link_properties();
  const Handle properties = group_properties();
  return {H5Gcreate2(parent, name.c_str(), links, properties, H5P_DEFAULT), H5Gclose, "create group " + name};
}

std::string image_of(hid_t file) {
  check(H5Fflush(file, H5F_SCOPE_GLOBAL), "flush the file");
  const ssize_t size = H5Fget_file_image(file, nullptr, 0);
  check(size < 0 ? -1 : 0, "measure the file");
  std::string image(static_cast<std::size_t>(size), '\0');
  check(H5Fget_file_image(file, image.data(), image.size()) < 0 ? -1 : 0, "copy the file");
  return image;
}

Handle write_array(hid_t parent, const std::string& name, hid_t type, std::span<const hsize_t> shape,
                   const void* values, unsigned deflate_level) {
  Handle dataset =
      create_dataset(parent, name, type, simple(shape), filtered_properties(shape, type, deflate_level));
  if (std::ranges::count(shape, hsize_t{0}) == 0) {
    check(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), "write dataset " + name);
  }
  return dataset;
}

Handle begin_rows(hid_t parent, const std::string& name, hid_t type, std::span<const hsize_t> shape) {
  return create_dataset(parent, name, type, simple(shape), filtered_properties(shape, type, 4));
}

void write_row(hid_t dataset, hsize_t row, std::span<const float> values) {
  const std::array<hsize_t, 2> start{row, 0}, count{1, values.size()};
  const Handle file_space{H5Dget_space(dataset), H5Sclose, "describe a matrix"};
  check(H5Sselect_hyperslab(file_space, H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr),
        "choose a row");
  check(H5Dwrite(dataset, H5T_IEEE_F32LE, simple(count), file_space, H5P_DEFAULT, values.data()),
        "write a row");
}

Handle write_strings(hid_t parent, const std::string& name, std::span<const std::string> values) {
  const std::array<hsize_t, 1> shape{values.size()};
  const Handle type = string_type();
  Handle dataset = create_dataset(parent, name, type, simple(shape), dataset_properties());
  if (!values.empty()) {
    check(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers(values).data()),
          "write dataset " + name);
  }
  return dataset;
}

void set_attribute(hid_t object, const char* name, const std::string& value) {
  const Handle type = string_type();
  const Handle attribute{H5Acreate2(object, name, type, scalar(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose,
                         std::string("create attribute ") + name};
  const char* text = value.c_str();
  check(H5Awrite(attribute, type, &text), std::string("write attribute ") + name);
}

void set_attribute(hid_t object, const char* name, std::span<const std::string> values) {
  const std::array<hsize_t, 1> shape{values.size()};
  set_attribute(object, name, string_type(), shape, pointers(values).data());
}

void set_attribute(hid_t object, const char* name, hid_t type, std::span<const hsize_t> shape,
                   const void* values) {
  const Handle attribute{H5Acreate2(object, name, type, simple(shape), H5P_DEFAULT, H5P_DEFAULT), H5Aclose,
                         std::string("create attribute ") + name};
  if (std::ranges::count(shape, hsize_t{0}) > 0) return;
  check(H5Awrite(attribute, type, values), std::string("write attribute ") + name);
}

void set_encoding(hid_t object, const char* type, const char* version) {
  set_attribute(object, "encoding-type", std::string(type));
  set_attribute(object, "encoding-version", std::string(version));
}

}  // namespace radbatch::hdf5
