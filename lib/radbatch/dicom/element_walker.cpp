#include "radbatch/dicom/element_walker.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "radbatch/dicom/header_gate.hpp"

namespace radbatch {
namespace {

static_assert(std::endian::native == std::endian::little, "tags and lengths are taken as little endian");

constexpr std::uint64_t max_file_bytes = std::uint64_t{8} << 30;
constexpr std::size_t max_elements = 1'000'000;
constexpr std::size_t max_wanted_bytes = 4096;
constexpr int max_depth = 32;
constexpr std::uint32_t undefined_length = 0xffffffff;

constexpr std::uint32_t item_tag = 0xfffee000, item_end = 0xfffee00d, sequence_end = 0xfffee0dd;
constexpr std::uint32_t float_pixels = 0x7fe00008, double_pixels = 0x7fe00009, pixel_data = 0x7fe00010;
constexpr std::uint32_t modality_table = 0x00283000, pixel_representation = 0x00280103;
constexpr std::uint16_t sq = vr_code("SQ"), ob = vr_code("OB"), ow = vr_code("OW"), ui = vr_code("UI"),
                        us = vr_code("US"), ss = vr_code("SS"), ul = vr_code("UL"), xs = vr_code("xs");
constexpr std::string_view implicit_syntax = "1.2.840.10008.1.2";
constexpr std::string_view explicit_syntax = "1.2.840.10008.1.2.1";

template <class T>
T load(const unsigned char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

std::uint32_t load_tag(const unsigned char* bytes) {
  return std::uint32_t{load<std::uint16_t>(bytes)} << 16 | load<std::uint16_t>(bytes + 2);
}

std::string_view without_padding(std::string_view text) {
  while (!text.empty() && (text.back() == '\0' || text.back() == ' ')) text.remove_suffix(1);
  return text;
}

bool is_uid(std::string_view text) {
  return std::ranges::all_of(without_padding(text),
                             [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

// A NUL before the end is damage or a writer's left-over memory.
bool has_inner_nul(std::string_view text) {
  const auto nul = text.find('\0');
  return nul != text.npos && nul < without_padding(text).size();
}

struct Element {
  std::uint32_t tag = 0;
  std::uint16_t vr = 0;
  std::uint32_t length = 0;
  std::uint64_t value = 0;  ///< offset of the first byte after the element's header
};

class Walker {
 public:
  Walker(HeaderBytes& bytes, const WalkDictionary& dictionary)
      : bytes_(bytes), dictionary_(dictionary), end_(bytes.file_size()) {}

  std::optional<WalkedHeader> run() {
    if (end_ > max_file_bytes) return std::nullopt;
    const auto start = walk_meta();
    if (!start || !can_walk(header_.transfer_syntax)) return std::nullopt;
    is_explicit_ = header_.transfer_syntax != implicit_syntax;
    header_.elements.resize(dictionary_.wanted.size());
    if (!walk_dataset(*start)) return std::nullopt;
    return std::move(header_);
  }

 private:
  static bool can_walk(const std::string& syntax) {
    return syntax == explicit_syntax || syntax == implicit_syntax || is_compressed(syntax);
  }

  /// Group 2, always explicit little endian: where the dataset begins, when all is as it should be. Its
  /// length, which some writers leave out, is believed where it is there; else the group ends where another
  /// begins.
  std::optional<std::uint64_t> walk_meta() {
    const unsigned char* start = bytes_.at(0, 144);
    if (start == nullptr || std::memcmp(start + 128, "DICM", 4) != 0) return std::nullopt;
    const bool has_length = load_tag(start + 132) == 0x00020000;
    if (has_length && (load<std::uint16_t>(start + 136) != ul || load<std::uint16_t>(start + 138) != 4))
      return std::nullopt;
    const std::uint64_t end = has_length ? std::uint64_t{144} + load<std::uint32_t>(start + 140) : end_;
    if (end > end_) return std::nullopt;
    std::uint64_t at = has_length ? 144 : 132;
    std::uint32_t last = 0x00020000;
    while (at < end) {
      const unsigned char* tag = has_length ? nullptr : bytes_.at(at, 4);
      if (!has_length && tag == nullptr) return std::nullopt;
      if (!has_length && load_tag(tag) >> 16 != 2)
        return last > 0x00020000 ? std::optional(at) : std::nullopt;
      const auto element = read_element(at, end);
      if (!element || element->tag <= last || element->tag >> 16 != 2 || element->vr == sq)
        return std::nullopt;
      last = element->tag;
      if (element->tag == 0x00020002 && !take_uid(*element, header_.media_class)) return std::nullopt;
      if (element->tag == 0x00020010 && !take_uid(*element, header_.transfer_syntax)) return std::nullopt;
      at = element->value + element->length;
    }
    return at;
  }

  bool take_uid(const Element& element, std::string& uid) {
    const auto text = text_of(element);
    if (element.vr != ui || !text || !is_uid(*text)) return false;
    uid = without_padding(*text);
    return true;
  }

  std::optional<std::string_view> text_of(const Element& element) {
    if (element.length == 0) return std::string_view();
    const unsigned char* at = bytes_.at(element.value, element.length);
    if (at == nullptr) return std::nullopt;
    return std::string_view(reinterpret_cast<const char*>(at), element.length);
  }

  /// An element whose value ends by `end`, or whose length is undefined.
  std::optional<Element> read_element(std::uint64_t at, std::uint64_t end) {
    if (end - at < 8 || ++n_elements_ > max_elements) return std::nullopt;
    const unsigned char* bytes = bytes_.at(at, 8);
    if (bytes == nullptr) return std::nullopt;
    Element element;
    element.tag = load_tag(bytes);
    element.value = at + 8;
    if (element.tag >> 16 == 0xfffe || !is_explicit_) {
      element.length = load<std::uint32_t>(bytes + 4);
    } else {
      element.vr = load<std::uint16_t>(bytes + 4);
      const LengthForm form = length_form(element.vr);
      if (form == LengthForm::unknown) return std::nullopt;
      if (form == LengthForm::two_bytes) {
        element.length = load<std::uint16_t>(bytes + 6);
      } else {
        if (end - at < 12 || load<std::uint16_t>(bytes + 6) != 0) return std::nullopt;
        bytes = bytes_.at(at, 12);
        if (bytes == nullptr) return std::nullopt;
        element.length = load<std::uint32_t>(bytes + 8);
        element.value = at + 12;
      }
    }
    if (element.length == undefined_length) return element;
    if (element.length > end - element.value || element.length % 2 != 0) return std::nullopt;
    return element;
  }

  /// Groups that a dataset may have.
  static bool is_data_tag(std::uint32_t tag) {
    const std::uint32_t group = tag >> 16;
    return group >= 8 && group < 0xfffd;
  }

  bool is_sequence(const Element& element) const {
    return is_explicit_ ? element.vr == sq : std::ranges::binary_search(dictionary_.sequences, element.tag);
  }

  bool walk_dataset(std::uint64_t at) {
    std::uint32_t last = 0;
    while (at < end_) {
      const auto element = read_element(at, end_);
      if (!element || element->tag <= last || !is_data_tag(element->tag)) return false;
      last = element->tag;
      const auto next = element->tag == pixel_data ? walk_pixels(*element) : walk_value(*element, 1);
      if (!next || !take(*element)) return false;
      at = *next;
    }
    return true;
  }

  /// Where the next element begins. `depth`: of a sequence, were this one.
  std::optional<std::uint64_t> walk_value(const Element& element, int depth) {
    if (is_sequence(element)) return walk_sequence(element, depth);
    if (element.length == undefined_length) return std::nullopt;
    // What the dictionary does not know may still be a sequence that DCMTK would look into.
    if (!is_explicit_ && element.length >= 8) {
      const unsigned char* first = bytes_.at(element.value, 4);
      if (first == nullptr || load_tag(first) == item_tag) return std::nullopt;
    }
    return element.value + element.length;
  }

  std::optional<std::uint64_t> walk_sequence(const Element& sequence, int depth) {
    if (depth > max_depth) return std::nullopt;
    const bool is_open = sequence.length == undefined_length;
    const std::uint64_t end = is_open ? end_ : sequence.value + sequence.length;
    std::uint64_t at = sequence.value;
    while (at < end) {
      const auto item = read_element(at, end);
      if (!item) return std::nullopt;
      if (item->tag == sequence_end && is_open && item->length == 0) return item->value;
      if (item->tag != item_tag) return std::nullopt;
      const auto next = walk_item(*item, end, depth);
      if (!next) return std::nullopt;
      at = *next;
    }
    return is_open ? std::nullopt : std::optional(at);
  }

  std::optional<std::uint64_t> walk_item(const Element& item, std::uint64_t limit, int depth) {
    const bool is_open = item.length == undefined_length;
    const std::uint64_t end = is_open ? limit : item.value + item.length;
    std::uint64_t at = item.value;
    std::uint32_t last = 0;
    while (at < end) {
      const auto element = read_element(at, end);
      if (!element) return std::nullopt;
      if (element->tag == item_end && is_open && element->length == 0) return element->value;
      if (!is_data_tag(element->tag) || element->tag <= last) return std::nullopt;
      last = element->tag;
      const auto next = walk_value(*element, depth + 1);
      if (!next) return std::nullopt;
      at = *next;
    }
    return is_open ? std::nullopt : std::optional(at);
  }

  std::optional<std::uint64_t> walk_pixels(const Element& element) {
    header_.has_pixels = true;
    header_.pixel_offset = element.value;
    if (is_compressed(header_.transfer_syntax)) return walk_fragments(element);
    if (element.length == undefined_length) return std::nullopt;
    if (is_explicit_ && element.vr != ob && element.vr != ow) return std::nullopt;
    header_.pixel_bytes = element.length;
    return element.value + element.length;
  }

  /// The offset table, then one item per fragment, then the delimiter: PS3.5 section A.4.
  std::optional<std::uint64_t> walk_fragments(const Element& element) {
    if (element.vr != ob || element.length != undefined_length) return std::nullopt;
    header_.is_encapsulated = true;
    std::uint64_t at = element.value;
    for (std::uint64_t n = 0; end_ - at >= 8 && n < max_elements; ++n) {
      const unsigned char* bytes = bytes_.item_header(at);
      if (bytes == nullptr) return std::nullopt;
      const std::uint32_t tag = load_tag(bytes), length = load<std::uint32_t>(bytes + 4);
      at += 8;
      if (tag == sequence_end && length == 0 && n > 0) return at;
      if (tag != item_tag || length % 2 != 0 || length > end_ - at) return std::nullopt;
      if (n > 0) ++header_.fragments, header_.pixel_bytes += length;
      at += length;
    }
    return std::nullopt;
  }

  /// Keeps what is wanted. False: the value is not what the dictionary expects.
  bool take(const Element& element) {
    if (element.tag == float_pixels || element.tag == double_pixels) header_.has_float_pixels = true;
    if (element.tag == modality_table) header_.has_modality_table = true;
    const auto& wanted = dictionary_.wanted;
    while (next_wanted_ < wanted.size() && wanted[next_wanted_].tag < element.tag) ++next_wanted_;
    if (next_wanted_ == wanted.size() || wanted[next_wanted_].tag != element.tag) return true;
    const auto vr = vr_of(element, wanted[next_wanted_].vr);
    if (!vr || element.length > max_wanted_bytes) return false;
    const auto text = text_of(element);
    if (!text || !is_orderly(*vr, *text)) return false;
    header_.elements[next_wanted_] = {*vr, *text};
    if (element.tag == pixel_representation) has_pixel_representation_ = !text->empty();
    return true;
  }

  std::optional<std::uint16_t> vr_of(const Element& element, std::uint16_t expected) const {
    if (is_explicit_) {
      const bool fits = expected == xs ? element.vr == us || element.vr == ss : element.vr == expected;
      return fits ? std::optional(element.vr) : std::nullopt;
    }
    if (expected != xs) return expected;
    // Which of the two it is depends on PixelRepresentation, which comes before it.
    return has_pixel_representation_ ? std::optional(us) : std::nullopt;
  }

  static bool is_orderly(std::uint16_t vr, std::string_view bytes) {
    if (vr == ui) return is_uid(bytes);
    const std::size_t width = width_of(vr);
    return width > 1 ? bytes.size() % width == 0 : !has_inner_nul(bytes);
  }

  HeaderBytes& bytes_;
  const WalkDictionary& dictionary_;
  std::uint64_t end_;
  WalkedHeader header_;
  bool is_explicit_ = true;
  bool has_pixel_representation_ = false;
  std::size_t next_wanted_ = 0;
  std::size_t n_elements_ = 0;
};

}  // namespace

std::optional<WalkedHeader> walk_header(HeaderBytes& bytes, const WalkDictionary& dictionary) {
  return Walker(bytes, dictionary).run();
}

}  // namespace radbatch
