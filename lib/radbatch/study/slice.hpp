// The slices that files hold: a single-frame file is one, a multi-frame object or a mosaic several.
//
// Grouping and geometry work on slices, so that an enhanced object, a mosaic and a folder of classic files go
// through the same rules.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "radbatch/study/file_record.hpp"
#include "radbatch/volume/stack_geometry.hpp"

namespace radbatch {

struct Slice {
  std::size_t file = 0;          ///< into the records
  std::int64_t frame = -1;       ///< of the file, from 0; for a mosaic its tile; -1: the file's only frame
  const Json* header = nullptr;  ///< of the file
  Json own = Json::object();     ///< what holds for this frame instead of the header's value

  std::string text(std::string_view keyword) const;
  std::vector<double> numbers(std::string_view keyword) const;
  std::optional<double> number(std::string_view keyword) const;
};

/// The header has functional groups, slice vectors or a mosaic that say where each frame lies.
bool holds_slices(const Json& attributes);
/// Why the frames cannot be told apart although the header has such a thing; empty when they can.
std::string fault_of_frames(const Json& attributes);
/// Of a file that holds_slices: its frames or tiles in file order; of any other: the file as one slice.
std::vector<Slice> slices_of(const FileRecord& record, std::size_t file);
/// Position, orientation and spacing are there.
bool has_position(const Slice& slice);
SliceGeometry slice_geometry(const Slice& slice);

/// Tiles along each side of a mosaic of `n` images.
std::int64_t mosaic_side(std::int64_t n);

}  // namespace radbatch
