#include "radbatch/imaging/clinic_requests.hpp"

#include <cstring>
#include <vector>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/dicom/secondary_capture.hpp"
#include "radbatch/dicom/structured_report.hpp"
#include "radbatch/image/reader.hpp"

namespace radbatch {
namespace {

Volume read_picture(const std::string& path, const ReadOptions& options) {
  ImageSource source;
  source.kind = FileKind::png;
  source.files = {path};
  Volume volume = read_image(source, options).volume;
  if (volume.type != SampleType::uint8 || volume.dims != 2 || volume.frames != 1)
    throw Error(Reason::bad_header, "the picture is no PNG of 8 bits");
  return volume;
}

/// Grey stays grey; a channel that says how opaque a pixel is goes.
std::vector<std::uint8_t> opaque(const Volume& volume, std::size_t channels) {
  const auto* samples = reinterpret_cast<const std::uint8_t*>(volume.samples.data());
  const auto stored = static_cast<std::size_t>(volume.channels);
  std::vector<std::uint8_t> values;
  values.reserve(static_cast<std::size_t>(volume.voxels()) * channels);
  for (std::size_t i = 0; i < static_cast<std::size_t>(volume.voxels()); ++i)
    values.insert(values.end(), samples + i * stored, samples + i * stored + channels);
  return values;
}

}  // namespace

Json make_structured_report(const Json& request) {
  return {{"object", to_base64(structured_report(reported_result_from_json(request)))}};
}

Json make_secondary_capture(const Json& request, const ReadOptions& options) {
  const ReportedPicture picture = reported_picture_from_json(request);
  const Volume volume = read_picture(picture.picture, options);
  CapturedPixels pixels;
  pixels.width = static_cast<std::size_t>(volume.size[0]);
  pixels.height = static_cast<std::size_t>(volume.size[1]);
  pixels.channels = volume.channels >= 3 ? 3 : 1;
  const std::vector<std::uint8_t> values = opaque(volume, pixels.channels);
  pixels.values = values;
  return {{"object", to_base64(secondary_capture(picture, pixels))}};
}

}  // namespace radbatch
