#include "radbatch/dicom/lookup_tables.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "radbatch/base/error.hpp"
#include "radbatch/dicom/dataset.hpp"
#include "radbatch/dicom/segmented_table.hpp"

namespace radbatch {
namespace {

struct Table {
  std::int64_t first = 0;
  std::int64_t bits = 16;
  std::vector<std::uint16_t> values;
};

std::vector<std::uint16_t> low_bytes_first(std::span<const std::uint16_t> words) {
  std::vector<std::uint16_t> bytes;
  bytes.reserve(words.size() * 2);
  for (const std::uint16_t word : words) {
    bytes.push_back(word & 0xff);
    bytes.push_back(word >> 8);
  }
  return bytes;
}

std::vector<std::uint16_t> entries(std::span<const std::uint16_t> words, std::size_t count,
                                   std::int64_t bits) {
  if (words.size() >= count) return {words.begin(), words.begin() + static_cast<std::ptrdiff_t>(count)};
  // 8-bit entries may be packed two in a word, the first in the low byte.
  if (bits > 8 || words.size() * 2 < count) return {};
  std::vector<std::uint16_t> values = low_bytes_first(words);
  values.resize(count);
  return values;
}

// The data of a table, as words whatever its VR is.
std::vector<std::uint16_t> table_words(DcmItem& item, const DcmTagKey& tag) {
  const Uint16* words = nullptr;
  const Uint8* bytes = nullptr;
  unsigned long n = 0;
  if (item.findAndGetUint16Array(tag, words, &n).good() && words != nullptr) return {words, words + n};
  if (item.findAndGetUint8Array(tag, bytes, &n).bad() || bytes == nullptr) return {};
  std::vector<std::uint16_t> packed(n / 2);
  for (std::size_t i = 0; i < packed.size(); ++i)
    packed[i] = static_cast<std::uint16_t>(bytes[i * 2] | bytes[i * 2 + 1] << 8);
  return packed;
}

/// What a descriptor says: number of entries (0 means 65536), first stored value mapped, bits of an entry
/// (PS3.3 C.7.6.3.1.5).
struct Descriptor {
  std::size_t count = 0;
  std::int64_t first = 0;
  std::int64_t bits = 16;
};

std::optional<Descriptor> read_descriptor(DcmItem& item, const DcmTagKey& tag) {
  const Json values = find_numbers(item, tag);
  if (!values.is_array() || values.size() != 3) return std::nullopt;
  for (const Json& value : values) {
    if (!value.is_number_integer()) return std::nullopt;
  }
  const auto declared = values[0].get<std::int64_t>() & 0xffff;
  Descriptor descriptor{declared == 0 ? 65536 : static_cast<std::size_t>(declared),
                        values[1].get<std::int64_t>(), values[2].get<std::int64_t>()};
  // "US or SS": a first value beyond 32767 under signed pixels is a negative one.
  if (descriptor.first > INT16_MAX && find_integer(item, DCM_PixelRepresentation).value_or(0) == 1)
    descriptor.first -= 65536;
  if (descriptor.bits < 8 || descriptor.bits > 16) return std::nullopt;
  return descriptor;
}

std::optional<Table> read_table(DcmItem& item, const DcmTagKey& descriptor_tag, const DcmTagKey& data_tag) {
  const auto descriptor = read_descriptor(item, descriptor_tag);
  if (!descriptor) return std::nullopt;
  Table table{descriptor->first, descriptor->bits,
              entries(table_words(item, data_tag), descriptor->count, descriptor->bits)};
  if (table.values.empty()) return std::nullopt;
  return table;
}

std::optional<Table> read_segmented_table(DcmItem& item, const DcmTagKey& descriptor_tag,
                                          const DcmTagKey& data_tag) {
  const auto descriptor = read_descriptor(item, descriptor_tag);
  if (!descriptor) return std::nullopt;
  std::vector<std::uint16_t> words = table_words(item, data_tag);
  const int bytes_per_word = descriptor->bits == 8 ? 1 : 2;
  if (bytes_per_word == 1) words = low_bytes_first(words);
  auto values = expand_segments(words, descriptor->count, bytes_per_word);
  if (!values) return std::nullopt;
  return Table{descriptor->first, descriptor->bits, std::move(*values)};
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
  const std::array segments{DCM_SegmentedRedPaletteColorLookupTableData,
                            DCM_SegmentedGreenPaletteColorLookupTableData,
                            DCM_SegmentedBluePaletteColorLookupTableData};
  std::array<Table, 3> tables;
  // Some writers say 16 bits and store 8: shifting those would make the picture black.
  bool entries_are_bytes = true;
  for (std::size_t c = 0; c < 3; ++c) {
    auto table = dataset.tagExistsWithValue(data[c])
                     ? read_table(dataset, descriptors[c], data[c])
                     : read_segmented_table(dataset, descriptors[c], segments[c]);
    if (!table) throw Error(Reason::photometric, "the colour palette is missing or damaged");
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
