// Tensors as NumPy's .npy files (format 1.0 to 3.0), with what the file cannot say in a JSON file beside it.
//
// The JSON, <name>.json beside <name>.npy, has "format": "radbatch-tensor" and the members of TensorInfo:
// input, axes, spacing_mm, affine_ras (16 numbers, row by row, index -> RAS mm), plan_sha256, tensor_key,
// attributes, and sha256 over them and the values (tensor_sha256).
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "radbatch/store/tensor_file.hpp"

namespace radbatch {

/// Whether the file begins as a .npy file does, whatever its name.
bool is_npy(const std::filesystem::path& path);
/// Where the JSON of a .npy file lies.
std::filesystem::path npy_sidecar(const std::filesystem::path& path);

/// Writes `path` ('<f4', C order) and its JSON, the JSON first, so that a .npy file that is there has one.
/// Leaves files alone that have these bytes already. Throws Error(ExitCode::output),
/// Error(ExitCode::internal) when shape and values do not fit.
void write_tensor_npy(const std::filesystem::path& path, const TensorInfo& info,
                      std::span<const float> values);

/// Reads numbers of any usual type, in C or Fortran order, as float32 in C order. Without such a JSON file
/// beside it the tensor has a shape and values only. Throws Error(Reason::io), Error(Reason::bad_header) for
/// anything that is no array of numbers or does not match its JSON's digest, Error(Reason::too_large) above
/// `max_bytes` of values, Error(Reason::nonfinite).
LoadedTensor read_tensor_npy(const std::filesystem::path& path, std::uint64_t max_bytes);

}  // namespace radbatch
