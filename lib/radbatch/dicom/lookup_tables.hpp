// Palettes and modality LUTs out of a dataset. Internal to the module.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "radbatch/dicom/colour.hpp"

class DcmItem;

namespace radbatch {

/// The red, green and blue tables, 16-bit entries reduced to their high byte.
/// Segmented tables are expanded. Throws
/// Error(Reason::photometric) for missing and damaged ones.
Palette read_palette(DcmItem& dataset);

/// A modality LUT: `values[v - first]`, clamped at the ends.
struct ModalityTable {
  std::int64_t first = 0;
  std::vector<std::uint16_t> values;
};
/// The table of ModalityLUTSequence, or nothing; throws Error(Reason::bad_header) when it is damaged.
std::optional<ModalityTable> read_modality_table(DcmItem& dataset);

}  // namespace radbatch
