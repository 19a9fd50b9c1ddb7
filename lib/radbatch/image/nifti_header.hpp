// NIfTI-1 and NIfTI-2 headers: our own parser, because ITK's wants the file's ending, loads through a library
// without security updates and disagrees with nibabel (and so with MONAI) about which of two affines counts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "radbatch/base/json.hpp"
#include "radbatch/image/elements.hpp"
#include "radbatch/volume/affine.hpp"

namespace radbatch {

/// Bytes that hold any NIfTI header.
inline constexpr std::size_t nifti_header_bytes = 540;

struct NiftiHeader {
  ElementLayout layout;
  int dims = 3;                ///< 2 for a picture
  std::uint64_t offset = 352;  ///< of the first sample in the (unpacked) file
  Affine lps;                  ///< float32-rounded
  bool has_geometry = true;    ///< false for a picture without sform and qform

  std::uint64_t data_bytes() const;
};

/// True when the bytes begin a single-file NIfTI.
bool is_nifti(std::span<const std::byte> first_bytes);
/// Throws Error(Reason::bad_header, ...), Error(Reason::dimension) for five and more dimensions.
/// The affine is nibabel's choice: sform if its code is positive, else qform, else pixdim about the centre
/// with i towards the patient's left in RAS negated; two-dimensional images without codes are pictures.
NiftiHeader parse_nifti_header(std::span<const std::byte> first_bytes);
/// "size", "dims", "spacing_mm", Rows, Columns, NumberOfFrames, SamplesPerPixel, BitsAllocated.
Json nifti_attributes(const NiftiHeader& header);

}  // namespace radbatch
