#include "radbatch/dicom/dataset.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dctk.h>

#include <cmath>
#include <fstream>
#include <stdexcept>
#include <string_view>

#include "radbatch/base/text.hpp"
#include "radbatch/dicom/header_values.hpp"

namespace radbatch {
namespace {

// Values longer than this stay on disk while parsing.
constexpr Uint32 max_loaded_value = 4096;
constexpr std::uint64_t max_file_bytes = std::uint64_t{8} << 30;
constexpr int max_depth = 32;
// No text that is asked for is longer. A length field that pretends so would have gigabytes loaded and
// searched.
constexpr Uint32 max_text = 1 << 20;

DcmElement* find_element(DcmItem& item, const DcmTagKey& tag) {
  DcmElement* element = nullptr;
  if (item.findAndGetElement(tag, element).bad()) return nullptr;
  return element;
}

// US of an attribute that is "US or SS" holds a signed value when the pixels are signed.
bool follows_pixel_sign(const DcmTagKey& tag) {
  return tag == DCM_PixelPaddingValue || tag == DCM_SmallestImagePixelValue ||
         tag == DCM_LargestImagePixelValue;
}

template <class T>
std::optional<double> value_at(DcmElement& element, OFCondition (DcmElement::*get)(T&, unsigned long),
                               unsigned long index) {
  T value{};
  if ((element.*get)(value, index).bad() || !std::isfinite(static_cast<double>(value))) return std::nullopt;
  return static_cast<double>(value);
}

std::optional<double> binary_value(DcmElement& element, unsigned long index) {
  switch (element.ident()) {
    case EVR_US:
      return value_at<Uint16>(element, &DcmElement::getUint16, index);
    case EVR_SS:
      return value_at<Sint16>(element, &DcmElement::getSint16, index);
    case EVR_UL:
      return value_at<Uint32>(element, &DcmElement::getUint32, index);
    case EVR_SL:
      return value_at<Sint32>(element, &DcmElement::getSint32, index);
    case EVR_FL:
      return value_at<Float32>(element, &DcmElement::getFloat32, index);
    case EVR_FD:
      return value_at<Float64>(element, &DcmElement::getFloat64, index);
    default:
      return std::nullopt;
  }
}

// Bytes of the native pixel data that are in the file, found by its element header; what a message needs.
std::optional<std::uint64_t> available_pixel_bytes(const std::filesystem::path& path,
                                                   std::uint32_t declared) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(file), {});
  for (const bool big : {false, true}) {
    const std::string tag = big ? std::string("\x7f\xe0\x00\x10", 4) : std::string("\xe0\x7f\x10\x00", 4);
    const auto at = bytes.rfind(tag);
    if (at == std::string::npos) continue;
    for (const std::size_t offset : {std::size_t{8}, std::size_t{4}}) {
      if (at + offset + 4 > bytes.size()) continue;
      std::uint32_t length = 0;
      for (std::size_t i = 0; i < 4; ++i) {
        const auto byte = static_cast<unsigned char>(bytes[at + offset + (big ? i : 3 - i)]);
        length = length << 8 | byte;
      }
      if (length == declared) return bytes.size() - (at + offset + 4);
    }
  }
  return std::nullopt;
}

Refusal truncation(const ParsedFile& file, const std::filesystem::path& path, const PixelHeader& header) {
  if (!has_pixel_data(file.dataset())) return {Reason::truncated_pixels, "the file ends inside the header"};
  if (header.encapsulated)
    return {Reason::truncated_pixels, "the file ends inside the compressed pixel data"};
  if (const auto available = available_pixel_bytes(path, static_cast<std::uint32_t>(header.pixel_bytes))) {
    return {Reason::truncated_pixels, "pixel data is " + counted(*available, "byte") + ", " +
                                          std::to_string(header.pixel_bytes) + " expected"};
  }
  return {Reason::truncated_pixels, "the file ends inside the pixel data"};
}

// Floating-point pixels have no BitsStored and no sign (PS3.3 C.7.6.24).
void put_float_pixels(DcmDataset& dataset, PixelHeader& header) {
  DcmElement* floats = find_element(dataset, DCM_FloatPixelData);
  DcmElement* doubles = find_element(dataset, DCM_DoubleFloatPixelData);
  if (floats == nullptr && doubles == nullptr) return;
  header.float_bits = floats != nullptr ? 32 : 64;
  header.pixel_bytes = (floats != nullptr ? floats : doubles)->getLengthField();
}

/// DCMTK 3.6.7 lets an exception of std::string out where a directory record's type is damaged.
OFCondition load_file(DcmFileFormat& format, const std::filesystem::path& path) {
  try {
    return format.loadFile(path.c_str(), EXS_Unknown, EGL_noChange, max_loaded_value, ERM_autoDetect);
  } catch (const std::out_of_range&) {
    return EC_CorruptedData;
  }
}

}  // namespace

ParsedFile::ParsedFile() : format(std::make_unique<DcmFileFormat>()) {}
ParsedFile::ParsedFile(ParsedFile&&) noexcept = default;
ParsedFile::~ParsedFile() = default;

DcmDataset& ParsedFile::dataset() const {
  return *format->getDataset();
}

ParsedFile parse_dicom(const std::filesystem::path& path) {
  ParsedFile file;
  std::error_code error;
  file.file_size = std::filesystem::file_size(path, error);
  const OFCondition status = load_file(*file.format, path);
  file.complete = status.good();
  file.ended_early = status == EC_StreamNotifyClient || status == EC_InvalidStream ||
                     status == EC_SequDelimitationItemMissing || status == EC_EndOfStream;
  if (status.bad()) file.problem = status.text();
  file.transfer_syntax = find_text(*file.format->getMetaInfo(), DCM_TransferSyntaxUID);
  if (file.transfer_syntax.empty())
    file.transfer_syntax = DcmXfer(file.dataset().getOriginalXfer()).getXferID();
  return file;
}

std::string find_text(DcmItem& item, const DcmTagKey& tag) {
  DcmElement* element = find_element(item, tag);
  char* text = nullptr;
  Uint32 length = 0;
  if (element == nullptr || !element->isaString() || element->getLength() > max_text ||
      element->getString(text, length).bad() || text == nullptr)
    return {};
  return std::string(clean_text({text, length}));
}

std::optional<std::vector<double>> find_values(DcmItem& item, const DcmTagKey& tag) {
  DcmElement* element = find_element(item, tag);
  if (element == nullptr || element->getLength() == 0) return std::nullopt;
  if (element->isaString()) return parse_decimals(find_text(item, tag));
  std::vector<double> values;
  for (unsigned long i = 0; i < element->getVM() && i < 64; ++i) {
    auto value = binary_value(*element, i);
    if (!value) return std::nullopt;
    if (*value > INT16_MAX && follows_pixel_sign(tag) && element->ident() == EVR_US &&
        find_integer(item, DCM_PixelRepresentation).value_or(0) == 1) {
      *value -= 65536;
    }
    values.push_back(*value);
  }
  return values;
}

std::optional<double> find_number(DcmItem& item, const DcmTagKey& tag) {
  const auto values = find_values(item, tag);
  if (!values || values->empty()) return std::nullopt;
  return values->front();
}

std::optional<std::int64_t> find_integer(DcmItem& item, const DcmTagKey& tag) {
  return whole_number(find_values(item, tag));
}

Json find_numbers(DcmItem& item, const DcmTagKey& tag) {
  return numbers_as_json(find_values(item, tag));
}

int sequence_depth(DcmItem& item, int limit) {
  if (limit < 0) return 0;
  int deepest = 0;
  DcmObject* child = nullptr;
  while ((child = item.nextInContainer(child)) != nullptr) {
    auto* sequence = dynamic_cast<DcmSequenceOfItems*>(child);
    if (sequence == nullptr || child->ident() == EVR_pixelSQ) continue;
    deepest = std::max(deepest, 1);
    DcmObject* entry = nullptr;
    while ((entry = sequence->nextInContainer(entry)) != nullptr) {
      auto* nested = dynamic_cast<DcmItem*>(entry);
      if (nested != nullptr) deepest = std::max(deepest, 1 + sequence_depth(*nested, limit - 1));
    }
  }
  return deepest;
}

bool has_pixel_data(DcmItem& item) {
  return item.tagExists(DCM_PixelData) || item.tagExists(DCM_FloatPixelData) ||
         item.tagExists(DCM_DoubleFloatPixelData);
}

PixelHeader pixel_header(const ParsedFile& file) {
  DcmDataset& dataset = file.dataset();
  auto integer = [&dataset](const DcmTagKey& tag, std::int64_t absent) {
    if (!dataset.tagExistsWithValue(tag)) return absent;
    return find_integer(dataset, tag).value_or(-1);
  };
  PixelHeader header;
  header.rows = integer(DCM_Rows, -1);
  header.columns = integer(DCM_Columns, -1);
  header.frames = integer(DCM_NumberOfFrames, 1);
  header.samples = integer(DCM_SamplesPerPixel, 1);
  header.bits_allocated = integer(DCM_BitsAllocated, -1);
  header.bits_stored = integer(DCM_BitsStored, header.bits_allocated);
  header.high_bit = integer(DCM_HighBit, header.bits_stored - 1);
  header.pixel_representation = integer(DCM_PixelRepresentation, 0);
  // Type 1 only for colour; grey images with a stray value are read the same either way.
  header.planar_configuration = header.samples > 1 ? integer(DCM_PlanarConfiguration, 0) : 0;
  header.photometric = find_text(dataset, DCM_PhotometricInterpretation);
  header.transfer_syntax = file.transfer_syntax;
  header.file_size = file.file_size;
  auto* pixels = dynamic_cast<DcmPixelData*>(find_element(dataset, DCM_PixelData));
  if (pixels == nullptr) {
    put_float_pixels(dataset, header);
    return header;
  }
  E_TransferSyntax syntax = EXS_Unknown;
  const DcmRepresentationParameter* parameter = nullptr;
  DcmPixelSequence* sequence = nullptr;
  pixels->getOriginalRepresentationKey(syntax, parameter);
  header.pixel_bytes = pixels->getLengthField();
  if (pixels->getEncapsulatedRepresentation(syntax, parameter, sequence).bad() || sequence == nullptr)
    return header;
  header.encapsulated = true;
  header.fragments = sequence->card() > 0 ? sequence->card() - 1 : 0;
  header.pixel_bytes = sequence->getLength(syntax, EET_UndefinedLength);
  return header;
}

std::optional<Refusal> check_file(const ParsedFile& file, const std::filesystem::path& path,
                                  std::uint64_t max_bytes) {
  if (file.file_size > max_file_bytes) {
    return Refusal{Reason::too_large, "the file has " + human_bytes(static_cast<double>(file.file_size))};
  }
  const PixelHeader header = pixel_header(file);
  if (!file.complete && file.ended_early) return truncation(file, path, header);
  if (!file.complete)
    return Refusal{Reason::bad_header, "the header cannot be parsed: " + printable(file.problem)};
  if (sequence_depth(file.dataset(), max_depth) > max_depth) {
    return Refusal{Reason::bad_header, "sequences are nested deeper than " + std::to_string(max_depth)};
  }
  return check_pixel_header(header, max_bytes);
}

}  // namespace radbatch
