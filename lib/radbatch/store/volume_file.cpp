#include "radbatch/store/volume_file.hpp"

#include <array>
#include <vector>

#include "radbatch/store/hdf5_handle.hpp"

namespace radbatch {
namespace {

hid_t type_of(SampleType type) {
  switch (type) {
    case SampleType::uint8:
      return H5T_STD_U8LE;
    case SampleType::int16:
      return H5T_STD_I16LE;
    case SampleType::uint16:
      return H5T_STD_U16LE;
    case SampleType::int32:
      return H5T_STD_I32LE;
    case SampleType::float32:
      break;
  }
  return H5T_IEEE_F32LE;
}

struct Layout {
  std::string axes;
  std::vector<hsize_t> shape, chunk;
};

Layout layout_of(const Volume& v) {
  Layout layout;
  auto add = [&layout](char axis, std::int64_t extent, bool whole) {
    layout.axes += (layout.axes.empty() ? "" : ",") + std::string(1, axis);
    layout.shape.push_back(static_cast<hsize_t>(extent));
    layout.chunk.push_back(whole ? layout.shape.back() : 1);
  };
  if (v.frames > 1) add('t', v.frames, false);
  if (v.dims == 3) add('k', v.size[2], false);
  add('j', v.size[1], true);
  add('i', v.size[0], true);
  if (v.channels > 1) add('c', v.channels, true);
  return layout;
}

/// HDF5's shuffle filter: first bytes of all samples, then second bytes ...
std::vector<std::byte> shuffled(std::span<const std::byte> plain, std::size_t width) {
  std::vector<std::byte> out(plain.size());
  const std::size_t n = plain.size() / width;
  for (std::size_t b = 0; b < width; ++b) {
    for (std::size_t i = 0; i < n; ++i) out[b * n + i] = plain[i * width + b];
  }
  return out;
}

hdf5::Handle create_chunked(hid_t group, const std::string& name, hid_t type, const Layout& layout) {
  const int rank = static_cast<int>(layout.shape.size());
  const hdf5::Handle space(H5Screate_simple(rank, layout.shape.data(), nullptr), H5Sclose,
                           "describe a volume");
  const hdf5::Handle properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, "describe a volume");
  hdf5::check(H5Pset_obj_track_times(properties, false), "describe a volume");
  hdf5::check(H5Pset_chunk(properties, rank, layout.chunk.data()), "set the chunks of a volume");
  hdf5::check(H5Pset_shuffle(properties), "set the filters of a volume");
  hdf5::check(H5Pset_deflate(properties, 4), "set the filters of a volume");
  return {H5Dcreate2(group, name.c_str(), type, space, hdf5::link_properties(), properties, H5P_DEFAULT),
          H5Dclose, "create dataset " + name};
}

void write_chunks(hid_t dataset, const Volume& v, const Layout& layout, const ZlibPacker& packer) {
  const std::size_t width = bytes_per_sample(v.type);
  const auto bytes = static_cast<std::size_t>(v.size[0] * v.size[1] * v.channels) * width;
  const auto n_slices = static_cast<std::size_t>(v.size[2] * v.frames);
  for (std::size_t slice = 0; slice < n_slices; ++slice) {
    const std::span plain(v.samples.data() + slice * bytes, bytes);
    const std::string chunk =
        packer(width > 1 ? shuffled(plain, width) : std::vector(plain.begin(), plain.end()));
    std::vector<hsize_t> at(layout.shape.size(), 0);
    std::size_t axis = 0;
    const auto depth = static_cast<std::size_t>(v.size[2]);
    if (v.frames > 1) at[axis++] = slice / depth;
    if (v.dims == 3) at[axis] = slice % depth;
    hdf5::check(H5Dwrite_chunk(dataset, H5P_DEFAULT, 0, at.data(), chunk.size(), chunk.data()),
                "write a slice of a volume");
  }
}

void describe(hid_t dataset, const Volume& v, const Layout& layout, double frame_step_s) {
  const std::array<hsize_t, 1> three{3};
  const std::array<hsize_t, 2> square{3, 3}, four{4, 4};
  const std::array<double, 3> spacing{v.lps.spacing(0), v.lps.spacing(1), v.lps.spacing(2)};
  const std::array<double, 3> origin{v.lps.m[0][3], v.lps.m[1][3], v.lps.m[2][3]};
  std::array<double, 9> direction{};
  for (std::size_t i = 0; i < 9; ++i) direction[i] = v.lps.m[i / 3][i % 3] / spacing[i % 3];
  hdf5::set_attribute(dataset, "axes", layout.axes);
  hdf5::set_attribute(dataset, "space", std::string("LPS"));
  hdf5::set_attribute(dataset, "spacing_mm", H5T_NATIVE_DOUBLE, three, spacing.data());
  hdf5::set_attribute(dataset, "origin_mm", H5T_NATIVE_DOUBLE, three, origin.data());
  hdf5::set_attribute(dataset, "direction", H5T_NATIVE_DOUBLE, square, direction.data());
  hdf5::set_attribute(dataset, "affine_lps", H5T_NATIVE_DOUBLE, four, v.lps.m.data());
  const std::array<hsize_t, 1> one{1};
  const std::int8_t has_geometry = v.has_geometry ? 1 : 0;
  hdf5::set_attribute(dataset, "has_geometry", hdf5::bool_type(), one, &has_geometry);
  if (v.frames > 1 && frame_step_s > 0) {
    hdf5::set_attribute(dataset, "frame_step_s", H5T_NATIVE_DOUBLE, one, &frame_step_s);
  }
}

}  // namespace

std::string volume_h5(const Volume& volume, const VolumeName& name, double frame_step_s,
                      const ZlibPacker& packer) {
  const hdf5::Handle file = hdf5::create_in_memory();
  hdf5::set_attribute(file, "format", std::string("radbatch-volumes"));
  hdf5::set_attribute(file, "format_version", std::string("1.0"));
  const hdf5::Handle all = hdf5::create_group(file, "volumes");
  const hdf5::Handle group = hdf5::create_group(all, name.case_id);
  const Layout layout = layout_of(volume);
  {
    const hdf5::Handle dataset = create_chunked(group, name.image, type_of(volume.type), layout);
    write_chunks(dataset, volume, layout, packer);
    describe(dataset, volume, layout, frame_step_s);
  }
  return hdf5::image_of(file);
}

}  // namespace radbatch
