// tensors/<case_id>.h5: what `preprocess` hands to `infer`, or a researcher to a script.
//
// A tensor file may come from anywhere, so the reader belongs in the image worker and believes nothing: links
// that leave the file, plug-in filters and sizes that the caller did not allow are refused before any
// allocation.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "radbatch/base/json.hpp"

namespace radbatch {

struct TensorInfo {
  std::string input;                ///< the model's name for it
  std::vector<std::int64_t> shape;  ///< C order
  std::string axes;                 ///< one letter per axis: "N,C,R,A,S"
  std::vector<double> spacing_mm;   ///< of the spatial axes, in their order
  std::array<double, 16> affine_ras{1, 0, 0, 0, 0, 1, 0, 0,
                                    0, 0, 1, 0, 0, 0, 0, 1};  ///< row-major, index -> RAS mm
  std::string plan_sha256;                                    ///< empty when made elsewhere
  std::string tensor_key;                                     ///< empty when made elsewhere
  Json attributes = Json::object();                           ///< anything else: trace, source
};

struct StoredTensor {
  TensorInfo info;
  std::span<const float> values;
};

struct LoadedTensor {
  TensorInfo info;
  std::vector<float> values;
};

struct TensorFile {
  std::string case_id;
  std::vector<LoadedTensor> tensors;  ///< sorted by input
};

/// SHA-256 over everything in `info` and the values: written beside the values, because HDF5's own checksums
/// do not cover the metadata that says where values are and which filters they passed.
std::string tensor_sha256(const TensorInfo& info, std::span<const float> values);

/// Writes float32 datasets /tensors/<case_id>/<input>, the same bytes for the same content; leaves a file
/// alone that has these bytes already. Returns whether it wrote. Throws Error(ExitCode::output),
/// Error(ExitCode::internal) when shape and values do not fit.
bool write_tensor_h5(const std::filesystem::path& path, const std::string& case_id,
                     std::span<const StoredTensor> tensors);

/// Reads what write_tensor_h5 writes and checks its digest; in files made elsewhere the digest,
/// `plan_sha256`, `tensor_key`, `spacing_mm`, `affine_ras` and `attributes` may be absent. Throws
/// Error(Reason::io) when the file cannot be opened, Error(Reason::bad_header) for anything it does not
/// expect, Error(Reason::too_large) above `max_bytes` of values, Error(Reason::nonfinite).
TensorFile read_tensor_h5(const std::filesystem::path& path, std::uint64_t max_bytes);

}  // namespace radbatch
