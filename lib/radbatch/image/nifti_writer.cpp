#include "radbatch/image/nifti_writer.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
#include <string>

#include "radbatch/base/error.hpp"
#include "radbatch/image/deflate.hpp"
#include "radbatch/image/output_file.hpp"
#include "radbatch/image/samples.hpp"

namespace radbatch {
namespace {

constexpr std::size_t data_offset = 352;

template <class T>
void put(std::string& header, std::size_t at, T value) {
  std::memcpy(header.data() + at, &value, sizeof(T));
}

std::int16_t datatype_code(const Volume& volume) {
  if (volume.channels == 3 && volume.type == SampleType::uint8) return 128;
  switch (volume.type) {
    case SampleType::uint8:
      return 2;
    case SampleType::int16:
      return 4;
    case SampleType::uint16:
      return 512;
    case SampleType::int32:
      return 8;
    case SampleType::float32:
      return 16;
  }
  throw Error(ExitCode::internal, "unknown sample type");
}

bool is_vector(const Volume& volume) {
  return volume.channels > 1 && datatype_code(volume) != 128;
}

std::int16_t axis_length(std::int64_t n) {
  if (n > INT16_MAX)
    throw Error(Reason::too_large, "NIfTI-1 cannot hold an axis of " + std::to_string(n) + " samples");
  return static_cast<std::int16_t>(n);
}

void put_extent(const Volume& v, std::string& header) {
  const int n_axes = is_vector(v) ? 5 : v.frames > 1 ? 4 : v.dims;
  const std::array<std::int64_t, 8> dim{
      n_axes, v.size[0], v.size[1], v.size[2], v.frames, is_vector(v) ? v.channels : 1, 1, 1};
  for (std::size_t i = 0; i < dim.size(); ++i) put(header, 40 + i * 2, axis_length(dim[i]));
  if (is_vector(v)) put<std::int16_t>(header, 68, 1007);  // NIFTI_INTENT_VECTOR
}

struct Quaternion {
  double b, c, d, qfac;
};

// nifti_mat44_to_quatern for a matrix without shear; nothing when it has some.
std::optional<Quaternion> quaternion_of(const Affine& ras) {
  double r[3][3];
  for (std::size_t j = 0; j < 3; ++j) {
    const double step = ras.spacing(static_cast<int>(j));
    for (std::size_t i = 0; i < 3; ++i) r[i][j] = ras.m[i][j] / step;
  }
  for (std::size_t a = 0; a < 3; ++a) {
    const std::size_t b = (a + 1) % 3;
    const double dot = r[0][a] * r[0][b] + r[1][a] * r[1][b] + r[2][a] * r[2][b];
    if (!(std::abs(dot) < 1e-4)) return std::nullopt;
  }
  const double det = r[0][0] * (r[1][1] * r[2][2] - r[1][2] * r[2][1]) -
                     r[0][1] * (r[1][0] * r[2][2] - r[1][2] * r[2][0]) +
                     r[0][2] * (r[1][0] * r[2][1] - r[1][1] * r[2][0]);
  const double qfac = det < 0 ? -1.0 : 1.0;
  for (auto& row : r) row[2] *= qfac;
  const double trace = r[0][0] + r[1][1] + r[2][2] + 1.0;
  if (trace > 0.5) {
    const double a = 0.5 * std::sqrt(trace);
    return Quaternion{0.25 * (r[2][1] - r[1][2]) / a, 0.25 * (r[0][2] - r[2][0]) / a,
                      0.25 * (r[1][0] - r[0][1]) / a, qfac};
  }
  const double xd = 1.0 + r[0][0] - (r[1][1] + r[2][2]), yd = 1.0 + r[1][1] - (r[0][0] + r[2][2]),
               zd = 1.0 + r[2][2] - (r[0][0] + r[1][1]);
  double a, b, c, d;
  if (xd > 1.0) {
    b = 0.5 * std::sqrt(xd), c = 0.25 * (r[0][1] + r[1][0]) / b, d = 0.25 * (r[0][2] + r[2][0]) / b,
    a = 0.25 * (r[2][1] - r[1][2]) / b;
  } else if (yd > 1.0) {
    c = 0.5 * std::sqrt(yd), b = 0.25 * (r[0][1] + r[1][0]) / c, d = 0.25 * (r[1][2] + r[2][1]) / c,
    a = 0.25 * (r[0][2] - r[2][0]) / c;
  } else {
    d = 0.5 * std::sqrt(zd), b = 0.25 * (r[0][2] + r[2][0]) / d, c = 0.25 * (r[1][2] + r[2][1]) / d,
    a = 0.25 * (r[1][0] - r[0][1]) / d;
  }
  const double sign = a < 0 ? -1.0 : 1.0;
  return Quaternion{sign * b, sign * c, sign * d, qfac};
}

void put_geometry(const Volume& v, std::string& header) {
  put<float>(header, 76, 1.0F);
  for (std::size_t i = 0; i < 3; ++i)
    put(header, 80 + i * 4, static_cast<float>(v.lps.spacing(static_cast<int>(i))));
  put<float>(header, 92, 1.0F);
  put<std::uint8_t>(header, 123, 2);  // mm
  if (!v.has_geometry) return;
  const Affine ras = lps_to_ras(v.lps);
  put<std::int16_t>(header, 254, 1);  // scanner coordinates
  for (std::size_t i = 0; i < 12; ++i) put(header, 280 + i * 4, static_cast<float>(ras.m[i / 4][i % 4]));
  const auto quaternion = quaternion_of(ras);
  if (!quaternion) return;
  put<std::int16_t>(header, 252, 1);
  put(header, 76, static_cast<float>(quaternion->qfac));
  put(header, 256, static_cast<float>(quaternion->b));
  put(header, 260, static_cast<float>(quaternion->c));
  put(header, 264, static_cast<float>(quaternion->d));
  for (std::size_t i = 0; i < 3; ++i) put(header, 268 + i * 4, static_cast<float>(ras.m[i][3]));
}

std::string header_of(const Volume& v, double frame_step_s) {
  std::string header(data_offset, '\0');
  put<std::int32_t>(header, 0, 348);
  put<char>(header, 38, 'r');
  put_extent(v, header);
  put<std::int16_t>(header, 70, datatype_code(v));
  const auto bits = bytes_per_sample(v.type) * 8 * (datatype_code(v) == 128 ? 3 : 1);
  put(header, 72, static_cast<std::int16_t>(bits));
  put<float>(header, 108, static_cast<float>(data_offset));
  put<float>(header, 112, 1.0F);
  put_geometry(v, header);
  if (v.frames > 1 && frame_step_s > 0) {
    put(header, 92, static_cast<float>(frame_step_s));
    put<std::uint8_t>(header, 123, 2 | 8);  // mm and seconds
  }
  std::memcpy(header.data() + 344, "n+1", 4);
  return header;
}

}  // namespace

void write_nifti(const Volume& volume, int fd, const NiftiOptions& options) {
  const std::string header = header_of(volume, options.frame_step_s);
  // NIfTI wants the fifth dimension slowest, a Volume has channels fastest.
  const Buffer planar = is_vector(volume) ? planar_samples(volume) : Buffer();
  const std::array parts{bytes_of(header),
                         is_vector(volume) ? std::span(planar.data(), planar.size()) : sample_bytes(volume)};
  if (options.gzip) {
    return pack(parts, Packing::gzip, options.threads, [fd](auto piece) { write_bytes(fd, piece); });
  }
  reserve(fd, parts[0].size() + parts[1].size());
  write_parts(fd, parts);
}

}  // namespace radbatch
