#include "radbatch/dicom/diffusion.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "radbatch/base/text.hpp"
#include "radbatch/dicom/dataset.hpp"
#include "radbatch/dicom/header_values.hpp"
#include "radbatch/dicom/siemens_mosaic.hpp"
#include "radbatch/study/attributes.hpp"

namespace radbatch {
namespace {

constexpr const char *B_VALUE = "DiffusionBValue", *DIRECTION = "DiffusionGradientOrientation",
                     *SOURCE = "gradient_source";
/// Below this a direction is none: images without weighting have zeros.
constexpr double NO_LENGTH = 1e-6;

using Numbers = std::vector<double>;

/// How a value is stored where the file (implicit VR, UN) does not say it.
enum class Stored { text, float32, float64 };

template <class T>
Numbers as_numbers(const Uint8* bytes, std::size_t length) {
  Numbers numbers;
  for (std::size_t at = 0; at + sizeof(T) <= length && numbers.size() < 64; at += sizeof(T)) {
    T value;
    std::memcpy(&value, bytes + at, sizeof value);
    if (!std::isfinite(value)) return {};
    numbers.push_back(static_cast<double>(value));
  }
  return numbers;
}

Numbers unsaid_numbers(DcmElement& element, Stored stored) {
  Uint8* bytes = nullptr;
  const std::size_t length = element.getLength();
  if (length > 4096 || element.getUint8Array(bytes).bad() || bytes == nullptr) return {};
  if (stored == Stored::float32) return as_numbers<float>(bytes, length);
  if (stored == Stored::float64) return as_numbers<double>(bytes, length);
  const std::string text(reinterpret_cast<const char*>(bytes), length);
  return parse_decimals(clean_text(text)).value_or(Numbers());
}

struct PrivateElement {
  Uint16 group;
  std::string_view creator;
  Uint16 number;  ///< the last two digits of the element
  Stored stored = Stored::text;
};

/// Of the block that the creator has reserved (PS3.5 section 7.8.1); empty without one.
Numbers private_numbers(DcmItem& dataset, const PrivateElement& wanted) {
  for (Uint16 block = 0x10; block <= 0xff; ++block) {
    if (find_text(dataset, DcmTagKey(wanted.group, block)) != wanted.creator) continue;
    const DcmTagKey tag(wanted.group, static_cast<Uint16>(block << 8 | wanted.number));
    DcmElement* element = nullptr;
    if (dataset.findAndGetElement(tag, element).bad() || element == nullptr) return {};
    const DcmEVR vr = element->ident();
    if (vr == EVR_UN || vr == EVR_OB) return unsaid_numbers(*element, wanted.stored);
    return find_values(dataset, tag).value_or(Numbers());
  }
  return {};
}

struct Diffusion {
  std::optional<double> b_value;
  Numbers direction;  ///< LPS; empty: none
};

std::optional<double> first(const Numbers& numbers) {
  return numbers.empty() ? std::nullopt : std::optional(numbers.front());
}

Diffusion of_siemens(DcmItem& dataset) {
  constexpr std::string_view creator = "SIEMENS MR HEADER";
  Diffusion found{first(private_numbers(dataset, {0x0019, creator, 0x0c})),
                  private_numbers(dataset, {0x0019, creator, 0x0e, Stored::float64})};
  if (!found.b_value) found.b_value = first(csa_numbers(dataset, "B_value"));
  if (found.direction.empty()) found.direction = csa_numbers(dataset, "DiffusionGradientDirection");
  return found;
}

Diffusion of_philips(DcmItem& dataset) {
  Diffusion found{first(private_numbers(dataset, {0x2001, "Philips Imaging DD 001", 0x03, Stored::float32})),
                  {}};
  for (const Uint16 axis : {Uint16{0xb0}, Uint16{0xb1}, Uint16{0xb2}}) {
    const auto part =
        first(private_numbers(dataset, {0x2005, "Philips MR Imaging DD 001", axis, Stored::float32}));
    if (part) found.direction.push_back(*part);
  }
  return found;
}

/// GE's directions are along frequency, phase and slice encoding. Which way these point in the image is known
/// from comparisons only: the rules are those of dcm2niix (geCorrectBvecs), for patients head first supine.
Numbers patient_direction(const Numbers& scan, const Numbers& cosines, bool phase_is_column) {
  if (cosines.size() != 6) return {};
  const std::array r{cosines[0], cosines[1], cosines[2]}, c{cosines[3], cosines[4], cosines[5]};
  const std::array n{r[1] * c[2] - r[2] * c[1], r[2] * c[0] - r[0] * c[2], r[0] * c[1] - r[1] * c[0]};
  const auto steepest =
      std::ranges::max_element(n, {}, [](double part) { return std::abs(part); }) - n.begin();
  const bool is_sagittal = steepest == 0, is_coronal = steepest == 1;
  double along_row = phase_is_column ? scan[0] : scan[1], down = phase_is_column ? scan[1] : -scan[0];
  if (is_coronal) down = -down;
  // So 1.0.20260724; 1.0.20220720 left these two as they are.
  if (is_coronal && !phase_is_column) along_row = -along_row, down = -down;
  // A direction and its opposite weight alike; the sign is dcm2niix's.
  const double sign = is_sagittal ? 1 : -1;
  Numbers direction;
  for (std::size_t axis = 0; axis < 3; ++axis)
    direction.push_back(sign * (along_row * r[axis] + down * c[axis] - scan[2] * n[axis]));
  return direction;
}

double length_of(const Numbers& v) {
  return v.size() == 3 ? std::hypot(v[0], v[1], v[2]) : 0;
}

Diffusion of_ge(DcmItem& dataset, const Json& attributes) {
  Diffusion found{first(private_numbers(dataset, {0x0043, "GEMS_PARM_01", 0x39})), {}};
  // Newer software adds a thousand million.
  if (found.b_value && *found.b_value > 100'000) found.b_value = std::fmod(*found.b_value, 100'000);
  Numbers scan;
  for (const Uint16 axis : {Uint16{0xbb}, Uint16{0xbc}, Uint16{0xbd}}) {
    if (const auto part = first(private_numbers(dataset, {0x0019, "GEMS_ACQU_01", axis})))
      scan.push_back(*part);
  }
  const double length = length_of(scan);
  if (scan.size() != 3 || length < NO_LENGTH) return found;
  // Shells are made of one nominal b-value and shorter directions: b goes with the square of the length.
  if (found.b_value && length > 0.03 && length < 0.97)
    found.b_value = std::max(5.0, std::floor((*found.b_value * length * length + 2.5) / 5) * 5);
  const std::string phase = find_text(dataset, DCM_InPlanePhaseEncodingDirection);
  if (phase.starts_with("COL") || phase.starts_with("ROW"))
    found.direction =
        patient_direction(scan, numbers_of(attributes, "ImageOrientationPatient"), phase[0] == 'C');
  return found;
}

enum class Maker { other, siemens, philips, ge };

Maker maker_of(const Json& attributes) {
  const std::string name = to_lower_ascii(text_of(attributes, "Manufacturer")) + " ";
  if (name.starts_with("siemens")) return Maker::siemens;
  if (name.starts_with("philips")) return Maker::philips;
  return name.starts_with("ge ") ? Maker::ge : Maker::other;
}

}  // namespace

bool may_have_private_diffusion(const Json& attributes) {
  if (attributes.contains(SOURCE)) return true;
  if (text_of(attributes, "Modality") != "MR" || attributes.contains(DIRECTION) ||
      maker_of(attributes) == Maker::other)
    return false;
  const std::string sequence = "\\" + text_of(attributes, "ScanningSequence") + "\\";
  if (sequence.find("\\EP\\") != sequence.npos) return true;
  std::string words;
  for (const char* keyword : {"ImageType", "SequenceName", "SeriesDescription", "ProtocolName"})
    words += to_lower_ascii(text_of(attributes, keyword)) + " ";
  return std::ranges::any_of(std::array{"diff", "dwi", "dti", "ep_b"},
                             [&](const char* word) { return words.find(word) != words.npos; });
}

void add_private_diffusion(DcmItem& dataset, Json& attributes) {
  if (!may_have_private_diffusion(attributes)) return;
  Diffusion found;
  if (maker_of(attributes) == Maker::siemens) found = of_siemens(dataset);
  if (maker_of(attributes) == Maker::philips) found = of_philips(dataset);
  if (maker_of(attributes) == Maker::ge) found = of_ge(dataset, attributes);
  if (!found.b_value || *found.b_value < 0) return;
  attributes[SOURCE] = "private";
  if (!attributes.contains(B_VALUE)) attributes[B_VALUE] = *found.b_value;
  const double length = length_of(found.direction);
  if (length < NO_LENGTH || number_of(attributes, B_VALUE).value_or(0) <= 0) return;
  for (double& part : found.direction) part /= length;
  attributes[DIRECTION] = found.direction;
}

}  // namespace radbatch
