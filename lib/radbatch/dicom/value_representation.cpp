#include "radbatch/dicom/value_representation.hpp"

#include <array>

namespace radbatch {
namespace {

constexpr std::array short_forms{
    vr_code("AE"), vr_code("AS"), vr_code("AT"), vr_code("CS"), vr_code("DA"), vr_code("DS"), vr_code("DT"),
    vr_code("FD"), vr_code("FL"), vr_code("IS"), vr_code("LO"), vr_code("LT"), vr_code("PN"), vr_code("SH"),
    vr_code("SL"), vr_code("SS"), vr_code("ST"), vr_code("TM"), vr_code("UI"), vr_code("UL"), vr_code("US")};
constexpr std::array long_forms{vr_code("OB"), vr_code("OD"), vr_code("OF"), vr_code("OL"), vr_code("OV"),
                                vr_code("OW"), vr_code("SQ"), vr_code("SV"), vr_code("UC"), vr_code("UN"),
                                vr_code("UR"), vr_code("UT"), vr_code("UV")};

constexpr std::size_t slot_of(std::uint16_t vr) {
  return static_cast<std::size_t>((vr & 0xff) - 'A') * 26 + static_cast<std::size_t>((vr >> 8) - 'A');
}

// By the two letters; PS3.5 section 7.1.2.
constexpr auto forms = [] {
  std::array<LengthForm, 26 * 26> table{};
  for (const std::uint16_t vr : short_forms) table[slot_of(vr)] = LengthForm::two_bytes;
  for (const std::uint16_t vr : long_forms) table[slot_of(vr)] = LengthForm::four_bytes;
  return table;
}();

}  // namespace

LengthForm length_form(std::uint16_t vr) {
  const unsigned first = (vr & 0xffU) - 'A', second = (vr >> 8U) - 'A';
  return first < 26 && second < 26 ? forms[slot_of(vr)] : LengthForm::unknown;
}

std::size_t width_of(std::uint16_t vr) {
  switch (vr) {
    case vr_code("US"):
    case vr_code("SS"):
      return 2;
    case vr_code("UL"):
    case vr_code("SL"):
    case vr_code("FL"):
      return 4;
    case vr_code("FD"):
      return 8;
    default:
      return 1;
  }
}

}  // namespace radbatch
