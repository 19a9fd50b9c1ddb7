// Segmented palette tables (PS3.3 C.7.9.2) to plain ones. Plain arrays, no DICOM library.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace radbatch {

/// Expands discrete, linear and indirect segments to exactly `count` entries. `words` are the data's units:
/// of 16 bits, or of 8 bits when the entries have 8 (`bytes_per_word` 2 or 1: indirect offsets count bytes).
/// Nothing when the segments are damaged or make another number of entries.
std::optional<std::vector<std::uint16_t>> expand_segments(std::span<const std::uint16_t> words,
                                                          std::size_t count, int bytes_per_word);

}  // namespace radbatch
