// HDF5's C API with owners for its ids and our exception for its errors. For the sources of this folder only.
#pragma once

#include <hdf5.h>

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace radbatch::hdf5 {

/// Owns one id. `close` is the H5?close that belongs to it.
class Handle {
 public:
  using Close = herr_t (*)(hid_t);
  Handle() = default;
  /// Throws Error(ExitCode::output) "cannot <doing>: <HDF5's reason>" when the id is negative.
  Handle(hid_t id, Close close, const std::string& doing);
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Handle& operator=(Handle&& other) noexcept;
  ~Handle();
  operator hid_t() const { return id_; }

 private:
  hid_t id_ = -1;
  Close close_ = nullptr;
};

/// Throws as Handle does when `status` is negative.
void check(herr_t status, const std::string& doing);
/// The innermost line of HDF5's error stack. Also silences its printing.
std::string last_error();
void silence();

/// Properties that make a file readable by HDF5 1.8 and its bytes repeatable.
Handle in_memory_access();
Handle group_properties();
Handle link_properties();
/// Variable-length UTF-8.
Handle string_type();
/// The enumeration that h5py reads as bool.
Handle bool_type();

Handle create_in_memory();
/// For what is too large for memory; the same bytes for the same calls, but not those of a file in memory.
Handle create_on_disk(const std::filesystem::path& path);
Handle create_group(hid_t parent, const std::string& name);
/// Flushes the file and gives its bytes.
std::string image_of(hid_t file);

/// Numbers in C order, deflate + shuffle + fletcher32 in chunks of whole rows; `type` is the type in memory
/// and file.
Handle write_array(hid_t parent, const std::string& name, hid_t type, std::span<const hsize_t> shape,
                   const void* values, unsigned deflate_level = 4);
/// A matrix as write_array makes it, to be filled by write_row from the first row to the last.
Handle begin_rows(hid_t parent, const std::string& name, hid_t type, std::span<const hsize_t> shape);
void write_row(hid_t dataset, hsize_t row, std::span<const float> values);
/// Not compressed: HDF5 stores variable-length text outside the chunks, and 1.10 refuses a checksum on it.
Handle write_strings(hid_t parent, const std::string& name, std::span<const std::string> values);

void set_attribute(hid_t object, const char* name, const std::string& value);
void set_attribute(hid_t object, const char* name, std::span<const std::string> values);
void set_attribute(hid_t object, const char* name, hid_t type, std::span<const hsize_t> shape,
                   const void* values);
/// AnnData's two attributes that say how an object is to be read.
void set_encoding(hid_t object, const char* type, const char* version);

}  // namespace radbatch::hdf5
