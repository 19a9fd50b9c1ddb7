#include <doctest/doctest.h>
#include <fcntl.h>

#include <cstring>

#include "make_dicom.hpp"
#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/file_descriptor.hpp"
#include "radbatch/image/nifti_header.hpp"
#include "radbatch/image/nifti_writer.hpp"
#include "radbatch/image/reader.hpp"

using namespace radbatch;
using namespace radbatch::test;

namespace {

constexpr std::uint64_t plenty = 1U << 20;
const Affine oblique{{{{1.2, 0.3, 0.1, -30}, {-0.25, 1.4, 0.2, 12}, {0.05, -0.1, 2.5, 7}, {0, 0, 0, 1}}}};

Volume numbered(std::array<std::int64_t, 3> size, int channels, std::int64_t frames, SampleType type) {
  Volume volume = make_volume(size, channels, frames, type);
  auto bytes = volume.samples.as<std::uint8_t>();
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 % 61);
  volume.lps = rounded_to_float32(oblique);
  return volume;
}

void write(const std::string& path, const Volume& volume, bool gzip) {
  const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644));
  write_nifti(volume, file.get(), {.gzip = gzip});
}

Volume read(const std::string& path, std::uint64_t max_bytes = plenty) {
  ImageSource source;
  source.kind = FileKind::nifti;
  source.files = {path};
  return read_image(source, max_bytes);
}

bool identical(const Volume& a, const Volume& b) {
  return a.size == b.size && a.dims == b.dims && a.frames == b.frames && a.channels == b.channels &&
         a.type == b.type && a.lps == b.lps && a.has_geometry == b.has_geometry &&
         std::memcmp(a.samples.data(), b.samples.data(),
                     static_cast<std::size_t>(a.count()) * bytes_per_sample(a.type)) == 0;
}

template <class T>
void patch(std::string& bytes, std::size_t at, T value) {
  std::memcpy(bytes.data() + at, &value, sizeof(T));
}

std::string header_bytes(const TemporaryFolder& folder) {
  write(folder / "a.nii", numbered({2, 3, 4}, 1, 1, SampleType::int16), false);
  return read_file(folder / "a.nii");
}

NiftiHeader parsed(const std::string& bytes) {
  return parse_nifti_header(std::as_bytes(std::span(bytes.data(), bytes.size())));
}

}  // namespace

TEST_CASE("what is written is read back bit for bit, under any name") {
  const TemporaryFolder folder;
  for (const bool gzip : {false, true}) {
    for (const SampleType type :
         {SampleType::uint8, SampleType::int16, SampleType::uint16, SampleType::int32}) {
      for (const int channels : {1, 3}) {
        for (const std::int64_t frames : {1, 5}) {
          const Volume volume = numbered({2, 3, 4}, channels, frames, type);
          write(folder / "volume", volume, gzip);
          CAPTURE(name(type));
          CAPTURE(channels);
          CHECK(identical(read(folder / "volume"), volume));
        }
      }
    }
  }
}

TEST_CASE("a picture without geometry stays one, with its spacing") {
  const TemporaryFolder folder;
  for (const std::int64_t frames : {1, 4}) {
    Volume picture = numbered({5, 3, 1}, 3, frames, SampleType::uint8);
    picture.dims = 2;
    picture.has_geometry = false;
    picture.lps = Affine{};
    picture.lps.m[0][0] = 0.25;
    write(folder / "picture", picture, true);
    CHECK(identical(read(folder / "picture"), picture));
  }
}

TEST_CASE("the bytes depend on the volume alone") {
  const TemporaryFolder folder;
  const Volume volume = numbered({2, 3, 4}, 1, 1, SampleType::int16);
  write(folder / "a", volume, true);
  write(folder / "b", volume, true);
  CHECK(read_file(folder / "a") == read_file(folder / "b"));
}

TEST_CASE("the affine is nibabel's choice") {
  const TemporaryFolder folder;
  std::string bytes = header_bytes(folder);
  CHECK(parsed(bytes).lps == rounded_to_float32(oblique));
  patch<std::int16_t>(bytes, 254, 0);  // no sform: qform, here a half turn about S and steps of 1, 2, 3 mm
  patch<std::int16_t>(bytes, 252, 1);
  const std::array<float, 6> quaternion{0, 0, 1, 10, 20, 30};
  const std::array<float, 4> pixdim{1, 1, 2, 3};
  std::memcpy(bytes.data() + 256, quaternion.data(), sizeof(quaternion));
  std::memcpy(bytes.data() + 76, pixdim.data(), sizeof(pixdim));
  CHECK(parsed(bytes).lps == Affine{{{{1, 0, 0, -10}, {0, 2, 0, -20}, {0, 0, 3, 30}, {0, 0, 0, 1}}}});
  patch<std::int16_t>(bytes, 252, 0);  // neither: centred, i towards the left of the patient
  CHECK(parsed(bytes).lps == Affine{{{{1, 0, 0, -0.5}, {0, -2, 0, 2}, {0, 0, 3, -4.5}, {0, 0, 0, 1}}}});
}

TEST_CASE("slope and intercept are applied, a slope of zero means none") {
  const TemporaryFolder folder;
  std::string bytes = header_bytes(folder);
  const auto plain = to_float(read(folder / "a.nii"));
  patch(bytes, 112, 0.5F);
  patch(bytes, 116, -3.0F);
  write_bytes(folder / "a.nii", bytes);
  CHECK(to_float(read(folder / "a.nii"))[7] == plain[7] * 0.5F - 3);
  patch(bytes, 112, 0.0F);
  write_bytes(folder / "a.nii", bytes);
  CHECK(to_float(read(folder / "a.nii")) == plain);
}

TEST_CASE("damaged headers are refused with the field") {
  const TemporaryFolder folder;
  const std::string good = header_bytes(folder);
  const auto refused = [&good](std::size_t at, auto value) {
    std::string bytes = good;
    patch(bytes, at, value);
    try {
      parsed(bytes);
    } catch (const Error& error) {
      return std::string(code(*error.reason())) + " " + error.message();
    }
    return std::string("ok");
  };
  CHECK(refused(40, std::int16_t{9}) == "E_BAD_HEADER dim[0] is 9");
  CHECK(refused(42, std::int16_t{-2}) == "E_BAD_HEADER dim[1] is -2");
  CHECK(refused(70, std::int16_t{1}) == "E_BAD_HEADER NIfTI datatype 1 is not supported");
  CHECK(refused(108, 12.0F) == "E_BAD_HEADER vox_offset is 12.0");
  CHECK(refused(280, std::array<float, 3>{}) ==
        "E_BAD_HEADER the voxel axes do not span space (singular affine)");
  CHECK(refused(344, 'x') == "E_BAD_HEADER not a single-file NIfTI header");
}

TEST_CASE("truncated and oversized files never read") {
  const TemporaryFolder folder;
  const Volume volume = numbered({2, 3, 4}, 1, 1, SampleType::int16);
  write(folder / "a.nii", volume, false);
  cut_bytes(folder / "a.nii", 1);
  CHECK_THROWS_WITH_AS(read(folder / "a.nii"), "pixel data is 47 bytes, 48 expected", Error);
  write(folder / "a.nii.gz", volume, true);
  CHECK_THROWS_WITH_AS(read(folder / "a.nii.gz", 47), "the image needs 48 bytes, 47 bytes allowed", Error);
  cut_bytes(folder / "a.nii.gz", 9);
  CHECK_THROWS_WITH_AS(read(folder / "a.nii.gz"), "the gzip stream is truncated or damaged", Error);
}

TEST_CASE("unpacking stops behind what the header declares") {
  const TemporaryFolder folder;
  write(folder / "small", numbered({2, 3, 4}, 1, 1, SampleType::int16), true);
  write(folder / "large", numbered({256, 256, 40}, 1, 1, SampleType::uint8), true);
  // gzip files may be joined: the header is the small one's.
  write_bytes(folder / "bomb", read_file(folder / "small") + read_file(folder / "large"));
  CHECK_THROWS_WITH_AS(read(folder / "bomb"), "the file unpacks to more than its header declares", Error);
}
