#include "radbatch/study/ultrasound.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "radbatch/base/text.hpp"
#include "radbatch/study/attributes.hpp"

namespace radbatch {
namespace {

// Codes of PS3.3 C.8.5.5.1.
constexpr int two_dimensional = 1, m_mode = 2, spectral = 3;                  // RegionSpatialFormat
constexpr int tissue = 1, colour_flow = 2, pw_spectral = 3, cw_spectral = 4;  // RegionDataType
constexpr int centimetre = 3;                                                 // PhysicalUnitsXDirection

struct Region {
  int format = 0, data = 0;
  std::array<std::int64_t, 4> px{};
  std::optional<std::array<double, 2>> spacing_mm;
  bool is_inside = false;  ///< of the picture

  bool shows_tissue() const { return format == two_dimensional && (data == tissue || data == colour_flow); }
  std::int64_t area() const { return (px[2] - px[0] + 1) * (px[3] - px[1] + 1); }
};

int whole(const Json& region, const char* key) {
  return static_cast<int>(std::clamp(number_of(region, key).value_or(0), -1.0, 1e6));
}

Region region_from(const Json& json, std::int64_t columns, std::int64_t rows) {
  Region region{whole(json, "spatial_format"), whole(json, "data_type"), {}, std::nullopt};
  const std::vector<double> px = numbers_of(json, "px"), units = numbers_of(json, "units"),
                            delta = numbers_of(json, "delta");
  if (px.size() == 4) {
    // Some makers write the end as one past the last pixel.
    region.is_inside = px[0] >= 0 && px[1] >= 0 && px[2] <= static_cast<double>(columns) &&
                       px[3] <= static_cast<double>(rows) && px[2] > px[0] && px[3] > px[1];
  }
  if (region.is_inside) {
    region.px = {std::llround(px[0]), std::llround(px[1]),
                 std::min<std::int64_t>(std::llround(px[2]), columns - 1),
                 std::min<std::int64_t>(std::llround(px[3]), rows - 1)};
  }
  if (units.size() == 2 && delta.size() == 2 && units[0] == centimetre && units[1] == centimetre &&
      std::abs(delta[0]) > 1e-6 && std::abs(delta[1]) > 1e-6) {
    region.spacing_mm = {std::abs(delta[0]) * 10, std::abs(delta[1]) * 10};
  }
  return region;
}

std::vector<Region> regions_of(const Json& attributes) {
  std::vector<Region> regions;
  const auto columns = static_cast<std::int64_t>(number_of(attributes, "Columns").value_or(0));
  const auto rows = static_cast<std::int64_t>(number_of(attributes, "Rows").value_or(0));
  const Json list = attributes.value("ultrasound_regions", Json::array());
  if (columns < 1 || rows < 1 || !list.is_array()) return regions;
  for (const Json& one : list) {
    if (one.is_object()) regions.push_back(region_from(one, columns, rows));
  }
  return regions;
}

/// A region of tissue that leaves the picture was written for a larger one: the picture was resized or
/// cropped since, and neither its places nor its millimetres hold.
bool describe_this_picture(const std::vector<Region>& regions) {
  return std::ranges::all_of(regions, [](const Region& r) { return !r.shows_tissue() || r.is_inside; });
}

std::string mode_of_regions(const std::vector<Region>& regions) {
  const auto any = [&](auto test) { return std::ranges::any_of(regions, test); };
  if (any([](const Region& r) {
        return r.format == spectral || r.data == pw_spectral || r.data == cw_spectral;
      }))
    return "spectral-doppler";
  if (any([](const Region& r) { return r.format == m_mode; })) return "m-mode";
  if (any([](const Region& r) { return r.data == colour_flow; })) return "colour-doppler";
  if (any([](const Region& r) { return r.shows_tissue(); })) return "b-mode";
  return {};
}

/// ImageType value 4: a sum of bits in hexadecimal.
std::string mode_of_type(const Json& attributes) {
  const std::vector<std::string> parts = split(text_of(attributes, "ImageType"), '\\');
  if (parts.size() < 4 || parts[3].size() != 4) return {};
  unsigned bits = 0;
  const auto [end, fault] = std::from_chars(parts[3].data(), parts[3].data() + 4, bits, 16);
  if (fault != std::errc{} || end != parts[3].data() + 4) return {};
  if ((bits & (0x0004U | 0x0008U)) != 0) return "spectral-doppler";  // CW, PW
  if ((bits & (0x0002U | 0x0020U)) != 0) return "m-mode";
  if ((bits & (0x0010U | 0x0100U)) != 0) return "colour-doppler";  // colour, power
  return (bits & 0x0001U) != 0 ? "b-mode" : "";
}

bool is_elastography(const Json& attributes) {
  for (const char* keyword : {"SeriesDescription", "ProtocolName", "ImageType"}) {
    const std::string words = to_lower_ascii(text_of(attributes, keyword));
    for (const char* word : {"elasto", "shear wave", "shearwave", "strain"}) {
      if (words.find(word) != words.npos) return true;
    }
  }
  return false;
}

}  // namespace

UltrasoundMode ultrasound_mode(const Json& attributes) {
  // No code of the header says it: a stiffness map lies over a region of tissue.
  if (is_elastography(attributes)) return {"elastography", "rule"};
  if (std::string mode = mode_of_regions(regions_of(attributes)); !mode.empty()) return {mode, "header"};
  if (std::string mode = mode_of_type(attributes); !mode.empty()) return {mode, "header"};
  if (const auto colour = number_of(attributes, "UltrasoundColorDataPresent"); colour && *colour == 0)
    return {"b-mode", "rule"};
  return {};
}

std::optional<TissueRegion> tissue_region(const Json& attributes) {
  const std::vector<Region> regions = regions_of(attributes);
  if (!describe_this_picture(regions)) return std::nullopt;
  std::optional<Region> largest;
  for (const Region& region : regions) {
    if (region.shows_tissue() && (!largest || region.area() > largest->area())) largest = region;
  }
  if (!largest) return std::nullopt;
  return TissueRegion{largest->px, largest->spacing_mm};
}

std::optional<std::array<double, 2>> ultrasound_spacing(const Json& attributes) {
  const std::vector<Region> regions = regions_of(attributes);
  if (!describe_this_picture(regions)) return std::nullopt;
  std::optional<std::array<double, 2>> spacing;
  for (const Region& region : regions) {
    if (!region.shows_tissue()) continue;
    if (!region.spacing_mm) return std::nullopt;
    if (!spacing) spacing = region.spacing_mm;
    for (std::size_t i = 0; i < 2; ++i) {
      if (std::abs((*region.spacing_mm)[i] - (*spacing)[i]) > 0.01 * (*spacing)[i]) return std::nullopt;
    }
  }
  return spacing;
}

std::vector<double> cine_times(const Json& attributes, std::int64_t frames) {
  std::vector<double> times;
  if (frames < 2) return times;
  const auto n = static_cast<std::size_t>(frames);
  const std::vector<double> steps = numbers_of(attributes, "FrameTimeVector");
  // Milliseconds between a frame and the one before it; the first is 0.
  if (steps.size() == n && std::ranges::all_of(steps, [](double ms) { return ms >= 0 && ms < 1e9; })) {
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i) times.push_back((sum += i == 0 ? 0 : steps[i]) / 1000);
    return times;
  }
  double step = number_of(attributes, "FrameTime").value_or(0) / 1000;
  for (const char* rate : {"CineRate", "RecommendedDisplayFrameRate"}) {
    const double per_second = number_of(attributes, rate).value_or(0);
    if (!(step > 0) && per_second > 0) step = 1 / per_second;
  }
  if (!(step > 0) || step > 1e6) return times;
  for (std::size_t i = 0; i < n; ++i) times.push_back(static_cast<double>(i) * step);
  return times;
}

}  // namespace radbatch
