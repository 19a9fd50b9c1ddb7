#include "radbatch/image/nifti_header.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#include "radbatch/base/error.hpp"
#include "radbatch/image/image_attributes.hpp"

namespace radbatch {
namespace {

// The fields of both versions, widened; offsets are those of nifti1.h and nifti2.h.
struct Fields {
  bool swapped = false;
  std::array<std::int64_t, 8> dim{};
  std::int64_t datatype = 0;
  std::array<double, 8> pixdim{};
  double vox_offset = 0;
  double slope = 0, inter = 0;
  std::int64_t units = 0;
  std::int64_t qform_code = 0, sform_code = 0;
  std::array<double, 6> quaternion{};  // b, c, d, x, y, z
  std::array<double, 12> srow{};
};

template <class T>
T field(std::span<const std::byte> bytes, std::size_t at, bool swapped) {
  std::array<std::byte, sizeof(T)> raw;
  std::memcpy(raw.data(), bytes.data() + at, sizeof(T));
  if (swapped) std::ranges::reverse(raw);
  T value;
  std::memcpy(&value, raw.data(), sizeof(T));
  return value;
}

template <class T, std::size_t n, class Out>
void read_fields(std::span<const std::byte> bytes, std::size_t at, bool swapped, std::array<Out, n>& out) {
  for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<Out>(field<T>(bytes, at + i * sizeof(T), swapped));
}

Fields fields_of_version1(std::span<const std::byte> b, bool swapped) {
  Fields f{.swapped = swapped};
  read_fields<std::int16_t>(b, 40, swapped, f.dim);
  f.datatype = field<std::int16_t>(b, 70, swapped);
  read_fields<float>(b, 76, swapped, f.pixdim);
  f.vox_offset = field<float>(b, 108, swapped);
  f.slope = field<float>(b, 112, swapped);
  f.inter = field<float>(b, 116, swapped);
  f.units = field<std::uint8_t>(b, 123, swapped);
  f.qform_code = field<std::int16_t>(b, 252, swapped);
  f.sform_code = field<std::int16_t>(b, 254, swapped);
  read_fields<float>(b, 256, swapped, f.quaternion);
  read_fields<float>(b, 280, swapped, f.srow);
  return f;
}

Fields fields_of_version2(std::span<const std::byte> b, bool swapped) {
  Fields f{.swapped = swapped};
  f.datatype = field<std::int16_t>(b, 12, swapped);
  read_fields<std::int64_t>(b, 16, swapped, f.dim);
  read_fields<double>(b, 104, swapped, f.pixdim);
  f.vox_offset = static_cast<double>(field<std::int64_t>(b, 168, swapped));
  f.slope = field<double>(b, 176, swapped);
  f.inter = field<double>(b, 184, swapped);
  f.qform_code = field<std::int32_t>(b, 344, swapped);
  f.sform_code = field<std::int32_t>(b, 348, swapped);
  read_fields<double>(b, 352, swapped, f.quaternion);
  read_fields<double>(b, 400, swapped, f.srow);
  f.units = field<std::int32_t>(b, 500, swapped);
  return f;
}

bool has_text(std::span<const std::byte> bytes, std::size_t at, std::string_view text) {
  return bytes.size() >= at + text.size() && std::memcmp(bytes.data() + at, text.data(), text.size()) == 0;
}

bool is_version1(std::span<const std::byte> b) {
  return b.size() >= 348 && has_text(b, 344, std::string_view("n+1\0", 4));
}
bool is_version2(std::span<const std::byte> b) {
  return b.size() >= 540 && has_text(b, 4, std::string_view("n+2\0", 4));
}

Fields read_all(std::span<const std::byte> bytes) {
  const bool version2 = is_version2(bytes);
  if (!version2 && !is_version1(bytes)) throw Error(Reason::bad_header, "not a single-file NIfTI header");
  const std::int32_t expected = version2 ? 540 : 348;
  const bool swapped = field<std::int32_t>(bytes, 0, false) != expected;
  if (swapped && field<std::int32_t>(bytes, 0, true) != expected) {
    throw Error(Reason::bad_header, "sizeof_hdr is neither 348 nor 540");
  }
  return version2 ? fields_of_version2(bytes, swapped) : fields_of_version1(bytes, swapped);
}

void set_element_type(std::int64_t datatype, ElementLayout& layout) {
  switch (datatype) {
    case 2:
      layout.type = ElementType::uint8;
      return;
    case 4:
      layout.type = ElementType::int16;
      return;
    case 8:
      layout.type = ElementType::int32;
      return;
    case 16:
      layout.type = ElementType::float32;
      return;
    case 64:
      layout.type = ElementType::float64;
      return;
    case 256:
      layout.type = ElementType::int8;
      return;
    case 512:
      layout.type = ElementType::uint16;
      return;
    case 768:
      layout.type = ElementType::uint32;
      return;
    case 1024:
      layout.type = ElementType::int64;
      return;
    case 1280:
      layout.type = ElementType::uint64;
      return;
    case 128:
      layout.channels = layout.file_channels = 3;
      return;  // RGB24
    case 2304:
      layout.channels = 3, layout.file_channels = 4;
      return;  // RGBA32
    default:
      throw Error(Reason::bad_header, "NIfTI datatype " + std::to_string(datatype) + " is not supported");
  }
}

void set_extent(const Fields& f, NiftiHeader& header) {
  if (f.dim[0] < 1 || f.dim[0] > 7) throw Error(Reason::bad_header, "dim[0] is " + std::to_string(f.dim[0]));
  std::array<std::int64_t, 8> n{};
  for (std::size_t i = 1; i < 8; ++i) {
    n[i] = static_cast<std::int64_t>(i) <= f.dim[0] ? f.dim[i] : 1;
    // Old writers leave 0 in the trailing dimensions they do not use.
    if (n[i] == 0 && i > 3) n[i] = 1;
    if (n[i] <= 0 || n[i] > INT32_MAX)
      throw Error(Reason::bad_header, "dim[" + std::to_string(i) + "] is " + std::to_string(n[i]));
  }
  if (f.dim[0] == 1 || n[6] > 1 || n[7] > 1 || n[5] > 4 || (n[5] > 1 && header.layout.channels > 1)) {
    throw Error(Reason::dimension, "the NIfTI image has " + std::to_string(f.dim[0]) + " dimensions");
  }
  header.layout.size = {n[1], n[2], n[3]};
  header.layout.frames = n[4];
  if (n[5] > 1) {
    header.layout.channels = header.layout.file_channels = static_cast<int>(n[5]);
    header.layout.planar = true;
  }
}

void check_bytes(const NiftiHeader& header) {
  unsigned __int128 bytes = bytes_per_element(header.layout.type);
  for (const std::int64_t n :
       {header.layout.size[0], header.layout.size[1], header.layout.size[2], header.layout.frames,
        static_cast<std::int64_t>(header.layout.file_channels)}) {
    bytes *= static_cast<std::uint64_t>(n);
    if (bytes > (std::uint64_t{1} << 50))
      throw Error(Reason::too_large, "the NIfTI header declares more than 2^50 bytes");
  }
}

// nifti1.h, METHOD 2.
Affine from_quaternion(const Fields& f) {
  const auto [b, c, d, x, y, z] = f.quaternion;
  const double rest = 1.0 - (b * b + c * c + d * d);
  if (!(rest > -1e-5)) throw Error(Reason::bad_header, "the qform quaternion is not of unit length");
  const double a = std::sqrt(std::max(rest, 0.0));
  const double qfac = f.pixdim[0] < 0 ? -1.0 : 1.0;
  const std::array<double, 3> step{std::abs(f.pixdim[1]), std::abs(f.pixdim[2]),
                                   std::abs(f.pixdim[3]) * qfac};
  const double r[3][3] = {{a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)},
                          {2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)},
                          {2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - c * c - b * b}};
  Affine ras;
  const std::array<double, 3> origin{x, y, z};
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) ras.m[i][j] = r[i][j] * step[j];
    ras.m[i][3] = origin[i];
  }
  return ras;
}

double step_or_one(double pixdim) {
  return std::isfinite(pixdim) && pixdim != 0 ? std::abs(pixdim) : 1.0;
}

// nibabel's get_base_affine: no orientation is known, the image is centred and stored as radiologists look at
// it.
Affine from_pixdim(const Fields& f, const std::array<std::int64_t, 3>& size) {
  Affine ras;
  for (std::size_t i = 0; i < 3; ++i) {
    const double step = step_or_one(f.pixdim[i + 1]) * (i == 0 ? -1.0 : 1.0);
    ras.m[i][i] = step;
    ras.m[i][3] = -static_cast<double>(size[i] - 1) / 2.0 * step;
  }
  return ras;
}

double mm_per_unit(std::int64_t units) {
  switch (units & 7) {
    case 1:
      return 1000.0;
    case 3:
      return 0.001;
    default:
      return 1.0;
  }
}

Affine in_mm(Affine affine, const Fields& f) {
  const double scale = mm_per_unit(f.units);
  for (std::size_t i = 0; i < 3 && scale != 1; ++i) {
    for (double& entry : affine.m[i]) entry *= scale;
  }
  return affine;
}

void set_geometry(const Fields& f, NiftiHeader& header) {
  const bool oriented = f.sform_code > 0 || f.qform_code > 0;
  header.dims = f.dim[0] == 2 || (!oriented && header.layout.size[2] == 1) ? 2 : 3;
  header.has_geometry = oriented || header.dims == 3;
  if (!header.has_geometry) {
    for (std::size_t i = 0; i < 2; ++i) header.lps.m[i][i] = step_or_one(f.pixdim[i + 1]);
    header.lps = rounded_to_float32(in_mm(header.lps, f));
    return;
  }
  Affine ras;
  if (f.sform_code > 0) {
    for (std::size_t i = 0; i < 12; ++i) ras.m[i / 4][i % 4] = f.srow[i];
  } else {
    ras = f.qform_code > 0 ? from_quaternion(f) : from_pixdim(f, header.layout.size);
  }
  header.lps = rounded_to_float32(lps_to_ras(in_mm(ras, f)));
  for (const auto& row : header.lps.m) {
    if (!std::ranges::all_of(row, [](double v) { return std::isfinite(v); })) {
      throw Error(Reason::bad_header, "the affine is not finite");
    }
  }
  static_cast<void>(inverse(header.lps));
}

}  // namespace

std::uint64_t NiftiHeader::data_bytes() const {
  return static_cast<std::uint64_t>(layout.size[0] * layout.size[1] * layout.size[2]) *
         static_cast<std::uint64_t>(layout.frames * layout.file_channels) * bytes_per_element(layout.type);
}

bool is_nifti(std::span<const std::byte> bytes) {
  return is_version1(bytes) || is_version2(bytes);
}

NiftiHeader parse_nifti_header(std::span<const std::byte> bytes) {
  const Fields f = read_all(bytes);
  NiftiHeader header;
  header.layout.swapped = f.swapped;
  set_element_type(f.datatype, header.layout);
  set_extent(f, header);
  check_bytes(header);
  const double smallest = is_version2(bytes) ? 540 : 348;
  if (!(f.vox_offset >= smallest && f.vox_offset < 1e9) || std::floor(f.vox_offset) != f.vox_offset) {
    throw Error(Reason::bad_header, "vox_offset is " + Json(f.vox_offset).dump());
  }
  header.offset = static_cast<std::uint64_t>(f.vox_offset);
  const bool colour = f.datatype == 128 || f.datatype == 2304;
  if (!colour && std::isfinite(f.slope) && f.slope != 0) {
    if (!std::isfinite(f.inter)) throw Error(Reason::bad_header, "scl_inter is not finite");
    header.layout.slope = f.slope;
    header.layout.intercept = f.inter;
  }
  set_geometry(f, header);
  return header;
}

Json nifti_attributes(const NiftiHeader& header) {
  const ElementLayout& l = header.layout;
  return image_attributes({.size = l.size,
                           .dims = header.dims,
                           .frames = l.frames,
                           .channels = l.channels,
                           .bits = static_cast<int>(bytes_per_element(l.type) * 8),
                           .spacing = {header.lps.spacing(0), header.lps.spacing(1), header.lps.spacing(2)}});
}

}  // namespace radbatch
