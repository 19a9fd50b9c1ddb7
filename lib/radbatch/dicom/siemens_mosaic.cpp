#include "radbatch/dicom/siemens_mosaic.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <charconv>
#include <cmath>
#include <cstring>
#include <string>

#include "radbatch/dicom/dataset.hpp"

namespace radbatch {
namespace {

constexpr std::size_t entry_bytes = 84, item_bytes = 16, name_bytes = 64;
constexpr std::uint32_t max_entries = 1024, max_items = 1024;

using Bytes = std::span<const std::uint8_t>;

std::optional<std::uint32_t> word_at(Bytes header, std::size_t at) {
  if (at > header.size() || header.size() - at < 4) return std::nullopt;
  std::uint32_t word = 0;
  std::memcpy(&word, header.data() + at, 4);
  return word;
}

std::optional<double> number_in(Bytes text) {
  std::string_view words(reinterpret_cast<const char*>(text.data()), text.size());
  words = words.substr(0, words.find('\0'));
  while (!words.empty() && (words.front() == ' ' || words.front() == '+')) words.remove_prefix(1);
  double value = 0;
  const auto [end, fault] = std::from_chars(words.data(), words.data() + words.size(), value);
  if (fault != std::errc() || end == words.data() || !std::isfinite(value)) return std::nullopt;
  return value;
}

struct Entry {
  std::vector<double> numbers;
  std::size_t end = 0;
};

/// The values of the entry at `at`; nothing when a length leads out of the header.
std::optional<Entry> read_entry(Bytes header, std::size_t at) {
  const auto n_items = word_at(header, at + name_bytes + 12);
  if (!n_items || *n_items > max_items) return std::nullopt;
  Entry entry{{}, at + entry_bytes};
  for (std::uint32_t i = 0; i < *n_items; ++i) {
    const auto length = word_at(header, entry.end + 4);
    if (!length || *length > header.size()) return std::nullopt;
    const std::size_t text = entry.end + item_bytes;
    if (text > header.size() || header.size() - text < *length) return std::nullopt;
    if (const auto value = number_in(header.subspan(text, *length))) entry.numbers.push_back(*value);
    entry.end = text + (*length + 3) / 4 * 4;
  }
  return entry;
}

}  // namespace

std::vector<double> csa_numbers(Bytes header, std::string_view name) {
  const bool is_second = header.size() > 8 && std::memcmp(header.data(), "SV10", 4) == 0;
  std::size_t at = is_second ? 8 : 0;
  const auto n_entries = word_at(header, at);
  if (!n_entries || *n_entries > max_entries) return {};
  at += 8;
  for (std::uint32_t i = 0; i < *n_entries && at + entry_bytes <= header.size(); ++i) {
    const std::string_view field(reinterpret_cast<const char*>(header.data()) + at, name_bytes);
    const auto entry = read_entry(header, at);
    if (!entry) return {};
    if (field.substr(0, field.find('\0')) == name) return entry->numbers;
    at = entry->end;
  }
  return {};
}

std::vector<double> csa_numbers(DcmItem& dataset, std::string_view name) {
  DcmElement* element = nullptr;
  Uint8* bytes = nullptr;
  if (dataset.findAndGetElement(DcmTagKey(0x0029, 0x1010), element).bad() || element == nullptr) return {};
  if (element->getUint8Array(bytes).bad() || bytes == nullptr) return {};
  return csa_numbers(Bytes{bytes, element->getLength()}, name);
}

Json read_mosaic(DcmItem& dataset) {
  if (find_text(dataset, DCM_ImageType).find("MOSAIC") == std::string::npos) return nullptr;
  std::int64_t n_images = find_integer(dataset, DcmTagKey(0x0019, 0x100A)).value_or(0);
  if (const auto counted = csa_numbers(dataset, "NumberOfImagesInMosaic");
      n_images <= 0 && !counted.empty()) {
    n_images = std::llround(counted.front());
  }
  Json mosaic{{"n_images", n_images > 0 && n_images < 10'000 ? n_images : 0}};
  if (const auto normal = csa_numbers(dataset, "SliceNormalVector"); normal.size() == 3)
    mosaic["normal"] = normal;
  return mosaic;
}

}  // namespace radbatch
