// Preparation against ITK: the same grid, the same linear interpolation, another implementation.
#include <doctest/doctest.h>
#include <itkImage.h>
#include <itkResampleImageFilter.h>

#include <cmath>

#include "radbatch/prepare/prepare.hpp"

using namespace radbatch;

namespace {

using Source = itk::Image<std::int16_t, 3>;
using Result = itk::Image<double, 3>;

/// A turned volume of values from -1000 to 1000 that vary from voxel to voxel.
Volume turned_volume() {
  Volume volume = make_volume({40, 36, 30}, 1, 1, SampleType::int16);
  std::uint32_t state = 1;
  for (std::int16_t& v : volume.samples.as<std::int16_t>()) {
    state = state * 1664525u + 1013904223u;
    v = static_cast<std::int16_t>(static_cast<int>((state >> 16) % 2001) - 1000);
  }
  const double c = std::cos(0.3), s = std::sin(0.3);
  volume.lps =
      Affine{{{{0.8 * c, -0.9 * s, 0, -20}, {0.8 * s, 0.9 * c, 0, 14}, {0, 0, 1.7, 5}, {0, 0, 0, 1}}}};
  return volume;
}

/// Spacing, origin and direction as ITK wants them.
template <class Image>
void set_geometry(Image& image, const Affine& lps) {
  typename Image::SpacingType spacing;
  typename Image::PointType origin;
  typename Image::DirectionType direction;
  for (unsigned a = 0; a < 3; ++a) {
    spacing[a] = lps.spacing(static_cast<int>(a));
    origin[a] = lps.m[a][3];
    for (unsigned row = 0; row < 3; ++row) direction[row][a] = lps.m[row][a] / spacing[a];
  }
  image.SetSpacing(spacing);
  image.SetOrigin(origin);
  image.SetDirection(direction);
}

Source::Pointer as_itk(const Volume& volume) {
  auto image = Source::New();
  image->SetRegions(Source::SizeType{40, 36, 30});
  image->Allocate();
  std::copy_n(volume.samples.as<std::int16_t>().data(), volume.count(), image->GetBufferPointer());
  set_geometry(*image, volume.lps);
  return image;
}

/// The largest difference over the voxels whose place lies inside the volume.
double largest_difference(const std::string& plan) {
  const Volume volume = turned_volume();
  const PreparedTensor tensor = prepare(volume, parse_plan(Json::parse(plan)));
  const Source::Pointer source = as_itk(volume);
  auto grid = Result::New();
  set_geometry(*grid, lps_to_ras(tensor.affine_ras));
  Source::SizeType size;
  for (unsigned a = 0; a < 3; ++a) size[a] = static_cast<itk::SizeValueType>(tensor.shape[a + 2]);
  auto filter = itk::ResampleImageFilter<Source, Result, double>::New();
  filter->SetInput(source);
  filter->SetSize(size);
  filter->SetOutputOrigin(grid->GetOrigin());
  filter->SetOutputSpacing(grid->GetSpacing());
  filter->SetOutputDirection(grid->GetDirection());
  filter->Update();
  double largest = 0;
  std::size_t compared = 0, n = 0;
  Result::IndexType at;
  for (at[0] = 0; at[0] < tensor.shape[2]; ++at[0]) {
    for (at[1] = 0; at[1] < tensor.shape[3]; ++at[1]) {
      for (at[2] = 0; at[2] < tensor.shape[4]; ++at[2], ++n) {
        Result::PointType point;
        grid->TransformIndexToPhysicalPoint(at, point);
        itk::ContinuousIndex<double, 3> place;
        source->TransformPhysicalPointToContinuousIndex(point, place);
        bool inside = true;
        for (unsigned a = 0; a < 3; ++a)
          inside = inside && place[a] >= 0 &&
                   place[a] <= static_cast<double>(source->GetBufferedRegion().GetSize(a) - 1);
        if (!inside) continue;
        ++compared;
        largest = std::max(largest, std::abs(filter->GetOutput()->GetPixel(at) - tensor.values[n]));
      }
    }
  }
  CHECK(compared > n / 4);
  return largest;
}

}  // namespace

TEST_CASE("Spacing interpolates as itk::ResampleImageFilter does, along the axes and across them") {
  constexpr double tolerance = 1e-6 * 2000;
  CHECK(largest_difference(R"([{"name": "Orientation", "axcodes": "RAS"},
                               {"name": "Spacing", "pixdim": [1.1, 1.3, 1.2]}])") < tolerance);
  CHECK(largest_difference(R"([{"name": "Orientation", "axcodes": "RAS"},
                               {"name": "Spacing", "pixdim": [1.1, 1.3, 1.2], "diagonal": true}])") <
        tolerance);
}
