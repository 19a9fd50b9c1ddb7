#include "radbatch/image/image_output.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "error_text.hpp"
#include "make_dicom.hpp"
#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/file_descriptor.hpp"
#include "radbatch/image/reader.hpp"

using namespace radbatch;
using namespace radbatch::test;

namespace {

const Affine oblique{{{{1.2, 0.3, 0.1, -30}, {-0.25, 1.4, 0.2, 12}, {0.05, -0.1, 2.5, 7}, {0, 0, 0, 1}}}};

Volume numbered(std::array<std::int64_t, 3> size, int channels, SampleType type, int bytes = 61) {
  Volume volume = make_volume(size, channels, 1, type);
  auto all = volume.samples.as<std::uint8_t>();
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint8_t>(i * 7 % bytes);
  volume.lps = rounded_to_float32(oblique);
  return volume;
}

Json write(const std::string& path, const Volume& volume, OutputRequest request) {
  const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644));
  return write_image(volume, file.get(), request);
}

Volume read(const std::string& path, FileKind kind) {
  ImageSource source;
  source.kind = kind;
  source.files = {path};
  return read_image(source, 1U << 20);
}

bool same_samples(const Volume& a, const Volume& b) {
  return a.size == b.size && a.channels == b.channels && a.type == b.type &&
         std::memcmp(a.samples.data(), b.samples.data(),
                     static_cast<std::size_t>(a.count()) * bytes_per_sample(a.type)) == 0;
}

double largest_difference(const Affine& a, const Affine& b) {
  double most = 0;
  for (std::size_t r = 0; r < 3; ++r) {
    for (std::size_t c = 0; c < 4; ++c) most = std::max(most, std::abs(a.m[r][c] - b.m[r][c]));
  }
  return most;
}

}  // namespace

TEST_CASE("NRRD and MetaImage come back with their samples and a sheared geometry") {
  const TemporaryFolder folder;
  for (const SampleType type :
       {SampleType::uint8, SampleType::int16, SampleType::uint16, SampleType::int32}) {
    const Volume volume = numbered({3, 4, 5}, 1, type);
    write(folder / "a.nrrd", volume, {.format = "nrrd"});
    write(folder / "a.mha", volume, {.format = "mha"});
    for (const auto& [file, kind] :
         {std::pair("a.nrrd", FileKind::nrrd), std::pair("a.mha", FileKind::metaimage)}) {
      const Volume again = read(folder / file, kind);
      CHECK(same_samples(again, volume));
      CHECK(largest_difference(again.lps, volume.lps) < 1e-5);
    }
  }
}

TEST_CASE("colours come back from NRRD and MetaImage") {
  const TemporaryFolder folder;
  const Volume volume = numbered({3, 4, 5}, 3, SampleType::uint8);
  write(folder / "a.nrrd", volume, {.format = "nrrd"});
  write(folder / "a.mha", volume, {.format = "mha"});
  CHECK(same_samples(read(folder / "a.nrrd", FileKind::nrrd), volume));
  CHECK(same_samples(read(folder / "a.mha", FileKind::metaimage), volume));
}

TEST_CASE("slices become PNGs one after the other, without loss") {
  const TemporaryFolder folder;
  Volume volume = numbered({3, 2, 2}, 1, SampleType::int16);
  volume.samples.as<std::int16_t>()[7] = -1024;
  const Json written = write(folder / "a.png", volume, {.format = "png"});
  CHECK(written["intercept"] == -32768);
  const auto parts = written["parts"].get<std::vector<std::size_t>>();
  REQUIRE(parts.size() == 2);
  const std::string all = read_file(folder / "a.png");
  CHECK(all.size() == parts[0] + parts[1]);
  write_bytes(folder / "b.png", all.substr(parts[0]));
  const Volume second = read(folder / "b.png", FileKind::png);
  REQUIRE(second.type == SampleType::uint16);
  CHECK(int(second.samples.as<std::uint16_t>()[1]) - 32768 == -1024);
}

TEST_CASE("PNG stretches what it cannot hold, and says how; it refuses what is no number") {
  const TemporaryFolder folder;
  Volume volume = make_volume({2, 1, 1}, 1, 1, SampleType::float32);
  volume.samples.as<float>()[0] = -0.5F;
  volume.samples.as<float>()[1] = 1.5F;
  const Json written = write(folder / "a.png", volume, {.format = "png"});
  CHECK(written["slope"].get<double>() * 65535 == doctest::Approx(2));
  CHECK(written["intercept"] == -0.5);
  volume.samples.as<float>()[1] = std::numeric_limits<float>::quiet_NaN();
  CHECK(error_of([&] { write(folder / "a.png", volume, {.format = "png"}); }) ==
        "E_NONFINITE: PNG cannot hold values that are not finite");
}

TEST_CASE("a full disk is told from a fault of the image") {
  const FileDescriptor full(::open("/dev/full", O_WRONLY));
  for (const char* format : {"nii", "nii.gz", "nrrd", "mha", "png", "h5"}) {
    CHECK(error_of([&] {
            write_image(numbered({3, 4, 5}, 1, SampleType::int16), full.get(),
                        {.format = format, .case_id = "c", .image = "i"});
          }) == "7: writing the image: No space left on device");
  }
}

TEST_CASE("the bytes of every format depend on the volume alone") {
  const TemporaryFolder folder;
  const Volume volume = numbered({30, 40, 50}, 1, SampleType::int16);
  for (const char* format : {"nii", "nii.gz", "nrrd", "mha", "png", "h5"}) {
    write(folder / "a", volume, {.format = format, .threads = 1, .case_id = "c", .image = "i"});
    write(folder / "b", volume, {.format = format, .threads = 3, .case_id = "c", .image = "i"});
    CHECK(read_file(folder / "a") == read_file(folder / "b"));
  }
}
