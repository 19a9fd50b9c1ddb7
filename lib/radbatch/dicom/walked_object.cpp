#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "radbatch/base/text.hpp"
#include "radbatch/dicom/attributes.hpp"
#include "radbatch/dicom/element_walker.hpp"
#include "radbatch/dicom/header_scan.hpp"
#include "radbatch/dicom/scanned_object.hpp"

namespace radbatch {
namespace {

// The attributes of wanted_attributes() that the pixel header is made of.
struct Places {
  std::size_t rows = wanted_index("Rows"), columns = wanted_index("Columns"),
              frames = wanted_index("NumberOfFrames"), samples = wanted_index("SamplesPerPixel"),
              bits_allocated = wanted_index("BitsAllocated"), bits_stored = wanted_index("BitsStored"),
              high_bit = wanted_index("HighBit"), sign = wanted_index("PixelRepresentation"),
              planar = wanted_index("PlanarConfiguration"),
              photometric = wanted_index("PhotometricInterpretation"), modality = wanted_index("Modality"),
              padding = wanted_index("PixelPaddingValue"), slope = wanted_index("RescaleSlope"),
              intercept = wanted_index("RescaleIntercept");
};

const Places& places() {
  static const Places all;
  return all;
}

// Of the loaded dictionary; `element_of` leads from a wanted attribute to its place in the walk.
struct Lists {
  WalkDictionary dictionary;
  std::vector<std::size_t> element_of;
};

std::uint16_t expected_vr(std::uint32_t tag) {
  const DcmTag known(static_cast<Uint16>(tag >> 16), static_cast<Uint16>(tag & 0xffff));
  if (known.getEVR() == EVR_xs) return vr_code("xs");
  const char* letters = known.getVRName();
  return static_cast<std::uint16_t>(static_cast<unsigned char>(letters[0]) |
                                    static_cast<unsigned char>(letters[1]) << 8);
}

Lists make_lists() {
  Lists lists;
  auto& wanted = lists.dictionary.wanted;
  for (const WantedAttribute& attribute : wanted_attributes()) {
    wanted.push_back({attribute.tag, expected_vr(attribute.tag)});
  }
  std::ranges::sort(wanted, {}, &WalkDictionary::Wanted::tag);
  for (const WantedAttribute& attribute : wanted_attributes()) {
    const auto place = std::ranges::lower_bound(wanted, attribute.tag, {}, &WalkDictionary::Wanted::tag);
    lists.element_of.push_back(static_cast<std::size_t>(place - wanted.begin()));
  }
  DcmDataDictionary& dictionary = dcmDataDict.wrlock();
  for (auto entry = dictionary.normalBegin(); entry != dictionary.normalEnd(); ++entry) {
    const DcmDictEntry& known = **entry;
    if (known.getEVR() != EVR_SQ || known.getPrivateCreator() != nullptr) continue;
    lists.dictionary.sequences.push_back(std::uint32_t{known.getGroup()} << 16 | known.getElement());
  }
  dcmDataDict.wrunlock();
  std::ranges::sort(lists.dictionary.sequences);
  return lists;
}

const Lists& lists() {
  static const Lists all = make_lists();
  return all;
}

template <class T>
void append_values(std::string_view bytes, std::vector<double>& values) {
  // As many as the parser takes of a binary value.
  const std::size_t count = std::min<std::size_t>(bytes.size() / sizeof(T), 64);
  for (std::size_t i = 0; i < count; ++i) {
    T value;
    std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
    values.push_back(static_cast<double>(value));
  }
}

class WalkedValues : public HeaderValues {
 public:
  explicit WalkedValues(const WalkedHeader& header) : header_(header) {}

  bool has_value(std::size_t attribute) const override { return !element(attribute).bytes.empty(); }

  std::string text(std::size_t attribute) const override {
    const WalkedElement& e = element(attribute);
    return is_binary(e.vr) ? std::string() : std::string(clean_text(e.bytes));
  }

  std::optional<std::vector<double>> numbers(std::size_t attribute) const override {
    const WalkedElement& e = element(attribute);
    if (e.bytes.empty()) return std::nullopt;
    if (!is_binary(e.vr)) return parse_decimals(clean_text(e.bytes));
    std::vector<double> values = binary_values(e);
    if (!std::ranges::all_of(values, [](double v) { return std::isfinite(v); })) return std::nullopt;
    if (attribute == places().padding && e.vr == vr_code("US") &&
        whole_number(numbers(places().sign)).value_or(0) == 1) {
      for (double& value : values) value -= value > INT16_MAX ? 65536 : 0;
    }
    return values;
  }

 private:
  const WalkedElement& element(std::size_t attribute) const {
    return header_.elements[lists().element_of[attribute]];
  }

  static bool is_binary(std::uint16_t vr) {
    constexpr std::array binary{vr_code("US"), vr_code("SS"), vr_code("UL"),
                                vr_code("SL"), vr_code("FL"), vr_code("FD")};
    return std::ranges::find(binary, vr) != binary.end();
  }

  static std::vector<double> binary_values(const WalkedElement& e) {
    std::vector<double> values;
    if (e.vr == vr_code("US")) append_values<std::uint16_t>(e.bytes, values);
    if (e.vr == vr_code("SS")) append_values<std::int16_t>(e.bytes, values);
    if (e.vr == vr_code("UL")) append_values<std::uint32_t>(e.bytes, values);
    if (e.vr == vr_code("SL")) append_values<std::int32_t>(e.bytes, values);
    if (e.vr == vr_code("FL")) append_values<float>(e.bytes, values);
    if (e.vr == vr_code("FD")) append_values<double>(e.bytes, values);
    return values;
  }

  const WalkedHeader& header_;
};

PixelHeader pixel_header(const WalkedHeader& walked, std::uint64_t file_size) {
  const WalkedValues values(walked);
  const auto integer = [&](std::size_t attribute, std::int64_t absent) {
    return values.has_value(attribute) ? whole_number(values.numbers(attribute)).value_or(-1) : absent;
  };
  const Places& at = places();
  PixelHeader header;
  header.rows = integer(at.rows, -1);
  header.columns = integer(at.columns, -1);
  header.frames = integer(at.frames, 1);
  header.samples = integer(at.samples, 1);
  header.bits_allocated = integer(at.bits_allocated, -1);
  header.bits_stored = integer(at.bits_stored, header.bits_allocated);
  header.high_bit = integer(at.high_bit, header.bits_stored - 1);
  header.pixel_representation = integer(at.sign, 0);
  header.planar_configuration = header.samples > 1 ? integer(at.planar, 0) : 0;
  header.photometric = values.text(at.photometric);
  header.transfer_syntax = walked.transfer_syntax;
  header.encapsulated = walked.is_encapsulated;
  header.pixel_bytes = walked.pixel_bytes;
  header.fragments = walked.fragments;
  header.file_size = file_size;
  return header;
}

// What read_stored_pixels would make of these pixels, where that is only arithmetic on each sample.
std::optional<PlainPixels> plain_pixels(const WalkedHeader& walked, const PixelHeader& h) {
  const bool is_grey = h.photometric == "MONOCHROME1" || h.photometric == "MONOCHROME2";
  const bool is_simple = h.bits_allocated == 16 || (h.bits_allocated == 8 && h.pixel_representation == 0);
  if (h.encapsulated || h.frames != 1 || !is_grey || !is_simple || walked.has_modality_table)
    return std::nullopt;
  const WalkedValues values(walked);
  const auto number = [&](std::size_t attribute, double absent) {
    const auto found = values.numbers(attribute);
    return found && !found->empty() ? found->front() : absent;
  };
  PlainPixels plain;
  plain.offset = walked.pixel_offset;
  plain.bytes = static_cast<std::uint64_t>(h.rows * h.columns * h.bits_allocated / 8);
  plain.rows = h.rows;
  plain.columns = h.columns;
  plain.bits_allocated = static_cast<int>(h.bits_allocated);
  plain.bits_stored = static_cast<int>(h.bits_stored);
  plain.is_signed = h.pixel_representation == 1;
  plain.is_inverted = h.photometric == "MONOCHROME1";
  plain.slope = number(places().slope, 1);
  plain.intercept = number(places().intercept, 0);
  if (plain.slope == 0) return std::nullopt;
  return plain;
}

bool is_plain_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return c < 0x80 && c != 0x1b; });
}

// Attributes on which more hangs than their own value.
bool decides_more(std::size_t attribute) {
  const WantedAttribute& wanted = wanted_attributes()[attribute];
  if (wanted.use == AttributeUse::numbers) return attribute == places().sign || attribute == places().frames;
  // Of the texts only those of single instances are taken alone: others name the object, or the patient,
  // whose name is masked in the rest.
  if (wanted.use != AttributeUse::text || wanted.keyword == "SOPClassUID") return true;
  return !wanted.keyword.ends_with("UID") && !wanted.keyword.ends_with("Time");
}

}  // namespace

struct HeaderChanges::Memory {
  bool is_valid = false;
  std::string transfer_syntax, media_class;
  struct Stored {
    std::uint16_t vr = 0;
    std::string bytes;
  };
  std::vector<Stored> elements;  ///< as WalkedHeader::elements

  bool is_same(std::size_t element, const WalkedElement& now) const {
    return elements[element].vr == now.vr && elements[element].bytes == now.bytes;
  }

  void store(const WalkedHeader& walked) {
    transfer_syntax = walked.transfer_syntax;
    media_class = walked.media_class;
    elements.resize(walked.elements.size());
    for (std::size_t i = 0; i < elements.size(); ++i) {
      if (!is_same(i, walked.elements[i]))
        elements[i] = {walked.elements[i].vr, std::string(walked.elements[i].bytes)};
    }
    is_valid = true;
  }
};

HeaderChanges::HeaderChanges() : memory_(std::make_unique<Memory>()) {}
HeaderChanges::~HeaderChanges() = default;

void HeaderChanges::forget() {
  memory_->is_valid = false;
}

std::optional<HeaderChanges::Changes> HeaderChanges::next(HeaderBytes& bytes) {
  const bool was_valid = std::exchange(memory_->is_valid, false);
  const auto walked = walk_header(bytes, lists().dictionary);
  if (!walked || !walked->has_pixels || walked->has_float_pixels ||
      walked->elements[lists().element_of[places().rows]].vr == 0)
    return std::nullopt;
  const PixelHeader header = pixel_header(*walked, bytes.file_size());
  if (check_pixel_header(header)) return std::nullopt;
  const WalkedValues values(*walked);
  const auto& wanted = wanted_attributes();
  bool is_comparable = was_valid && memory_->transfer_syntax == walked->transfer_syntax &&
                       memory_->media_class == walked->media_class;
  Changes changes;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const std::size_t element = lists().element_of[i];
    const WalkedElement& now = walked->elements[element];
    const bool is_number = wanted[i].use == AttributeUse::numbers;
    if (!is_number && !is_plain_ascii(now.bytes)) return std::nullopt;
    if (!is_comparable || memory_->is_same(element, now)) continue;
    if (decides_more(i)) {
      is_comparable = false;
      continue;
    }
    Json value = is_number ? numbers_as_json(values.numbers(i)) : Json(printable(values.text(i)));
    const bool is_empty = value.is_null() || (!is_number && value.get_ref<std::string&>().empty());
    if (is_empty) {
      changes.drop.push_back(wanted[i].keyword);
    } else {
      changes.set[std::string(wanted[i].keyword)] = std::move(value);
    }
  }
  memory_->store(*walked);
  if (!is_comparable) return std::nullopt;
  changes.plain = plain_pixels(*walked, header);
  return changes;
}

std::optional<ScannedObject> walk_object(HeaderBytes& bytes) {
  const auto walked = walk_header(bytes, lists().dictionary);
  if (!walked || walked->has_float_pixels) return std::nullopt;
  const WalkedValues values(*walked);
  const PixelHeader header = pixel_header(*walked, bytes.file_size());
  const auto refusal = check_pixel_header(header);
  ScannedObject object;
  object.attributes = read_attributes(values);
  object.modality = values.text(places().modality);
  object.media_class = walked->media_class;
  object.transfer_syntax = walked->transfer_syntax;
  object.has_pixels = walked->has_pixels;
  object.has_rows = walked->elements[lists().element_of[places().rows]].vr != 0;
  object.check = [refusal] { return refusal; };
  if (!refusal) object.plain = plain_pixels(*walked, header);
  return object;
}

}  // namespace radbatch
