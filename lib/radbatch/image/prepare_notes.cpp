#include "radbatch/image/prepare_notes.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "radbatch/base/text.hpp"
#include "radbatch/image/preview.hpp"
#include "radbatch/study/attributes.hpp"

namespace radbatch {
namespace {

constexpr int PREVIEW_SIDE = 160;

Json to_json(const ValueStatistics& statistics) {
  Json json;
  for (const NamedStatistic& one : NAMED_STATISTICS) json[std::string(one.name)] = statistics.*one.member;
  return json;
}

bool is_radiograph(const Json& attributes, const Volume& volume) {
  static constexpr std::array<std::string_view, 4> modalities{"CR", "DX", "RG", "MG"};
  return volume.voxels() == volume.size[0] * volume.size[1] && volume.channels == 1 &&
         std::ranges::find(modalities, text_of(attributes, "Modality")) != modalities.end();
}

}  // namespace

double corner_brightness(const Volume& volume) {
  const Picture picture = slice_of(volume, 2, 0, 0);
  const Range range = percentiles(picture.values, 0.01, 0.99);
  if (!(range.high > range.low)) return 0;
  const std::size_t width = (picture.width + 9) / 10, height = (picture.height + 9) / 10;
  double darkest = 1;
  for (const std::size_t left : {std::size_t{0}, picture.width - width}) {
    double sum = 0;
    for (std::size_t y = 0; y < height; ++y) {
      for (std::size_t x = 0; x < width; ++x) sum += picture.at(left + x, y, 0);
    }
    const double mean = sum / static_cast<double>(width * height);
    darkest = std::min(darkest, (mean - range.low) / (range.high - range.low));
  }
  return darkest;
}

PrepareNotes::PrepareNotes(const Json& request, Json attributes)
    : wants_range_(request.value("range", false)),
      wants_preview_(request.value("preview", false)),
      wants_qc_(request.value("qc", false)),
      wants_sheet_(request.value("sheet", false)),
      attributes_(std::move(attributes)) {}

void PrepareNotes::see(const Volume& volume) {
  const bool is_first = values_.is_empty() && preview_.empty();
  has_geometry_ = volume.has_geometry;
  if (wants_range_ || wants_qc_ || wants_sheet_) values_.add(volume);
  if (!is_first) return;
  if (wants_preview_) preview_ = preview_png(volume, PREVIEW_SIDE);
  if (wants_qc_ && is_radiograph(attributes_, volume)) corner_brightness_ = corner_brightness(volume);
  if (wants_sheet_) pictures_ = raw_pictures(volume, sheet_facts(attributes_, volume));
}

void PrepareNotes::see(TensorView tensor, const std::string& axes) {
  tensor.has_geometry = has_geometry_;
  if (wants_qc_) {
    const BlankPlanes planes = blank_planes(tensor.shape, tensor.values);
    const ValueStatistics statistics = statistics_of(tensor.values);
    const auto at_limits = std::ranges::count_if(
        tensor.values, [&](float value) { return value == statistics.min || value == statistics.max; });
    tensor_ = {{"after", to_json(statistics)},
               {"at_limits", static_cast<double>(at_limits) / static_cast<double>(tensor.values.size())},
               {"n_planes", planes.n_planes},
               {"n_blank", planes.n_blank}};
  }
  const bool can_be_drawn = tensor.shape.size() == 4 || tensor.shape.size() == 5;
  if (pictures_ && can_be_drawn) sheet_ = tensor_sheet_png(*pictures_, values_, tensor, axes);
}

std::optional<std::pair<double, double>> PrepareNotes::range() const {
  if (!wants_range_ || values_.is_empty()) return std::nullopt;
  const ValueStatistics statistics = values_.result();
  return std::pair{statistics.min, statistics.max};
}

void PrepareNotes::add_to(Json& answer) const {
  if (!preview_.empty()) answer["preview"] = to_base64(preview_);
  if (!sheet_.empty()) answer["sheet"] = to_base64(sheet_);
  if (values_.is_empty()) return;
  const ValueStatistics statistics = values_.result();
  if (wants_range_) answer["range"] = {statistics.min, statistics.max};
  if (!wants_qc_) return;
  answer["qc"] = tensor_;
  answer["qc"]["before"] = to_json(statistics);
  if (corner_brightness_) answer["qc"]["corner_brightness"] = *corner_brightness_;
}

}  // namespace radbatch
