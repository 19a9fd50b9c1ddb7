#include "radbatch/dicom/lookup_tables.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <algorithm>
#include <array>
#include <utility>

#include "radbatch/base/error.hpp"
#include "radbatch/dicom/dataset.hpp"

namespace radbatch {
namespace {

struct Table {
  std::int64_t first = 0;
  std::int64_t bits = 16;
  std::vector<std::uint16_t> values;
};

std::vector<std::uint16_t> entries(const Uint16* words, unsigned long n_words, std::size_t count,
                                   std::int64_t bits) {
  if (n_words >= count) return {words, words + count};
  // 8-bit entries may be packed two in a word, the first in the low byte.
  if (bits > 8 || n_words * 2 < count) return {};
  std::vector<std::uint16_t> values(count);
  for (std::size_t i = 0; i < count; ++i)
    values[i] = static_cast<std::uint16_t>(words[i / 2] >> (i % 2 * 8) & 0xff);
  return values;
}

// Descriptor: number of entries (0 means 65536), first stored value mapped, bits of an entry (PS3.3
// C.7.6.3.1.5).
std::optional<Table> read_table(DcmItem& item, const DcmTagKey& descriptor_tag, const DcmTagKey& data_tag) {
  const Json descriptor = find_numbers(item, descriptor_tag);
  if (!descriptor.is_array() || descriptor.size() != 3) return std::nullopt;
  const auto declared = descriptor[0].get<std::int64_t>() & 0xffff;
  const std::size_t count = declared == 0 ? 65536 : static_cast<std::size_t>(declared);
  Table table;
  table.first = descriptor[1].get<std::int64_t>();
  // "US or SS": a first value beyond 32767 under signed pixels is a negative one.
  if (table.first > INT16_MAX && find_integer(item, DCM_PixelRepresentation).value_or(0) == 1)
    table.first -= 65536;
  table.bits = descriptor[2].get<std::int64_t>();
  const Uint16* words = nullptr;
  unsigned long n_words = 0;
  if (item.findAndGetUint16Array(data_tag, words, &n_words).bad() || words == nullptr) return std::nullopt;
  table.values = entries(words, n_words, count, table.bits);
  if (table.values.empty() || table.bits < 8 || table.bits > 16) return std::nullopt;
  return table;
}

PaletteChannel to_channel(const Table& table, bool entries_are_bytes) {
  const auto shift = entries_are_bytes ? 0 : std::max<std::int64_t>(table.bits - 8, 0);
  PaletteChannel channel{table.first, {}};
  channel.values.reserve(table.values.size());
  for (const std::uint16_t v : table.values) {
    channel.values.push_back(static_cast<std::uint8_t>(std::min(v >> shift, 255)));
  }
  return channel;
}

}  // namespace

Palette read_palette(DcmItem& dataset) {
  const std::array descriptors{DCM_RedPaletteColorLookupTableDescriptor,
                               DCM_GreenPaletteColorLookupTableDescriptor,
                               DCM_BluePaletteColorLookupTableDescriptor};
  const std::array data{DCM_RedPaletteColorLookupTableData, DCM_GreenPaletteColorLookupTableData,
                        DCM_BluePaletteColorLookupTableData};
  std::array<Table, 3> tables;
  // Some writers say 16 bits and store 8: shifting those would make the picture black.
  bool entries_are_bytes = true;
  for (std::size_t c = 0; c < 3; ++c) {
    auto table = read_table(dataset, descriptors[c], data[c]);
    if (!table) throw Error(Reason::photometric, "the colour palette is missing, damaged or segmented");
    tables[c] = std::move(*table);
    entries_are_bytes &= std::ranges::all_of(tables[c].values, [](std::uint16_t v) { return v <= 255; });
  }
  Palette palette;
  std::ranges::transform(tables, palette.begin(),
                         [&](const Table& t) { return to_channel(t, entries_are_bytes); });
  return palette;
}

std::optional<ModalityTable> read_modality_table(DcmItem& dataset) {
  DcmItem* item = nullptr;
  if (dataset.findAndGetSequenceItem(DCM_ModalityLUTSequence, item).bad() || item == nullptr)
    return std::nullopt;
  const auto table = read_table(*item, DCM_LUTDescriptor, DCM_LUTData);
  if (!table) throw Error(Reason::bad_header, "the modality LUT is damaged");
  std::int64_t first = table->first;
  if (first > INT16_MAX && find_integer(dataset, DCM_PixelRepresentation).value_or(0) == 1) first -= 65536;
  return ModalityTable{first, table->values};
}

}  // namespace radbatch
