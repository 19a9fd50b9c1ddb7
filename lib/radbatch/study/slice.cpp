#include "radbatch/study/slice.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "radbatch/base/text.hpp"
#include "radbatch/study/attributes.hpp"

namespace radbatch {
namespace {

constexpr const char* POSITION = "ImagePositionPatient";

std::int64_t whole(std::optional<double> number, std::int64_t missing) {
  return number && std::abs(*number) < 1e15 ? std::llround(*number) : missing;
}

/// What holds for frame i.
Json values_of_frame(const Json& groups, std::size_t i) {
  Json values = groups.at("shared");
  for (const auto& [keyword, column] : groups.at("per_frame").items()) {
    if (i < column.size() && !column[i].is_null()) values[keyword] = column[i];
  }
  if (groups.contains("dimensions")) values["dimensions"] = groups["dimensions"];
  return values;
}

/// A mosaic's position is that of its whole picture: tiles have the centre of the picture, not its corner.
std::vector<Slice> tiles_of(const FileRecord& record, std::size_t file) {
  const Json& header = record.attributes;
  const Slice whole_picture{file, -1, &header};
  SliceGeometry slice = slice_geometry(whole_picture);
  const std::int64_t n = header["mosaic"]["n_images"].get<std::int64_t>(), side = mosaic_side(n);
  const std::int64_t rows = slice.rows / side, columns = slice.columns / side;
  const double right = slice.column_spacing * static_cast<double>(slice.columns - columns) / 2;
  const double down = slice.row_spacing * static_cast<double>(slice.rows - rows) / 2;
  std::vector<double> normal = numbers_of(header["mosaic"], "normal");
  const Vector3 &r = slice.row, &c = slice.column;
  if (normal.size() != 3) {
    normal = {r[1] * c[2] - r[2] * c[1], r[2] * c[0] - r[0] * c[2], r[0] * c[1] - r[1] * c[0]};
  }
  const double step =
      number_of(header, "SpacingBetweenSlices").value_or(number_of(header, "SliceThickness").value_or(1));
  std::vector<Slice> tiles;
  for (std::int64_t k = 0; k < n; ++k) {
    Json position = Json::array();
    for (std::size_t axis = 0; axis < 3; ++axis) {
      position.push_back(slice.position[axis] + right * r[axis] + down * c[axis] +
                         static_cast<double>(k) * step * normal[axis]);
    }
    tiles.push_back({file, k, &header, {{"Rows", rows}, {"Columns", columns}, {POSITION, position}}});
  }
  return tiles;
}

}  // namespace

std::string Slice::text(std::string_view keyword) const {
  return text_of(own.contains(keyword) ? own : *header, keyword);
}
std::vector<double> Slice::numbers(std::string_view keyword) const {
  return numbers_of(own.contains(keyword) ? own : *header, keyword);
}
std::optional<double> Slice::number(std::string_view keyword) const {
  return number_of(own.contains(keyword) ? own : *header, keyword);
}

bool holds_slices(const Json& attributes) {
  if (attributes.contains("mosaic")) return true;
  const auto groups = attributes.find("frame_groups");
  if (groups == attributes.end()) return false;
  return groups->at("shared").contains(POSITION) || groups->at("per_frame").contains(POSITION);
}

std::string fault_of_frames(const Json& attributes) {
  if (const auto mosaic = attributes.find("mosaic"); mosaic != attributes.end()) {
    const std::int64_t n = mosaic->at("n_images").get<std::int64_t>();
    if (n <= 0) return "a Siemens mosaic whose private header does not say how many images it has";
    const std::int64_t side = mosaic_side(n);
    for (const char* extent : {"Rows", "Columns"}) {
      if (whole(number_of(attributes, extent), 0) % side == 0) continue;
      return "a Siemens mosaic of " + std::to_string(n) + " images whose " + extent +
             " cannot be divided by " + std::to_string(side);
    }
    return has_position(Slice{0, -1, &attributes}) ? "" : "a Siemens mosaic without a position";
  }
  const Json& groups = attributes.at("frame_groups");
  const auto n = groups.at("n").get<std::int64_t>();
  const std::int64_t frames = whole(number_of(attributes, "NumberOfFrames"), 1);
  if (n == frames) return {};
  return "the header describes " + counted(static_cast<std::size_t>(n), "frame") + ", NumberOfFrames is " +
         std::to_string(frames);
}

std::vector<Slice> slices_of(const FileRecord& record, std::size_t file) {
  if (!holds_slices(record.attributes)) return {{file, -1, &record.attributes}};
  if (record.attributes.contains("mosaic")) return tiles_of(record, file);
  const Json& groups = record.attributes["frame_groups"];
  std::vector<Slice> slices;
  for (std::size_t i = 0; i < groups.at("n").get<std::size_t>(); ++i) {
    slices.push_back({file, static_cast<std::int64_t>(i), &record.attributes, values_of_frame(groups, i)});
  }
  return slices;
}

bool has_position(const Slice& slice) {
  return slice.numbers(POSITION).size() == 3 && slice.numbers("ImageOrientationPatient").size() == 6 &&
         slice.numbers("PixelSpacing").size() == 2;
}

SliceGeometry slice_geometry(const Slice& from) {
  const std::vector<double> position = from.numbers(POSITION);
  const std::vector<double> direction = from.numbers("ImageOrientationPatient");
  const std::vector<double> spacing = from.numbers("PixelSpacing");
  SliceGeometry slice;
  std::copy_n(position.begin(), 3, slice.position.begin());
  std::copy_n(direction.begin(), 3, slice.row.begin());
  std::copy_n(direction.begin() + 3, 3, slice.column.begin());
  slice.row_spacing = spacing[0];
  slice.column_spacing = spacing[1];
  slice.rows = whole(from.number("Rows"), 0);
  slice.columns = whole(from.number("Columns"), 0);
  slice.instance_number = whole(from.number("InstanceNumber"), 0);
  return slice;
}

std::int64_t mosaic_side(std::int64_t n) {
  return static_cast<std::int64_t>(std::ceil(std::sqrt(static_cast<double>(n))));
}

}  // namespace radbatch
