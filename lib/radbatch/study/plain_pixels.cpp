#include "radbatch/study/plain_pixels.hpp"

#include "radbatch/base/error.hpp"

namespace radbatch {

Json to_json(const PlainPixels& p) {
  return Json::array({p.file_size, p.mtime_ns, p.offset, p.bytes, p.rows, p.columns, p.bits_allocated,
                      p.bits_stored, p.is_signed, p.is_inverted, p.slope, p.intercept});
}

PlainPixels plain_pixels_from_json(const Json& json) {
  PlainPixels p;
  json.at(0).get_to(p.file_size);
  json.at(1).get_to(p.mtime_ns);
  json.at(2).get_to(p.offset);
  json.at(3).get_to(p.bytes);
  json.at(4).get_to(p.rows);
  json.at(5).get_to(p.columns);
  json.at(6).get_to(p.bits_allocated);
  json.at(7).get_to(p.bits_stored);
  json.at(8).get_to(p.is_signed);
  json.at(9).get_to(p.is_inverted);
  json.at(10).get_to(p.slope);
  json.at(11).get_to(p.intercept);
  const bool fits_file = p.offset <= p.file_size && p.bytes <= p.file_size - p.offset;
  const bool is_extent = p.rows > 0 && p.rows <= 65535 && p.columns > 0 && p.columns <= 65535;
  const bool is_layout = (p.bits_allocated == 16 || (p.bits_allocated == 8 && !p.is_signed)) &&
                         p.bits_stored > 0 && p.bits_stored <= p.bits_allocated;
  if (!fits_file || !is_extent || !is_layout ||
      p.bytes != static_cast<std::uint64_t>(p.rows * p.columns * p.bits_allocated / 8)) {
    throw Error(ExitCode::internal, "plain pixels: impossible place or size " + json.dump());
  }
  return p;
}

}  // namespace radbatch
