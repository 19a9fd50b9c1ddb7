#include "radbatch/batch/qc_record.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "radbatch/study/attributes.hpp"

namespace radbatch {
namespace {

constexpr double WARM_CT_HU = -500;  // no CT of a patient is without air around or inside him
// Of 400 chest radiographs of the NIH set 1 % have brighter corners, and 74 % of the same inverted.
constexpr double BRIGHT_CORNERS = 0.74;
constexpr double MOSTLY_CROPPED = 0.5;

constexpr std::array<Alarm, 5> ALARMS{
    {{"no_air_in_ct", "no value of this CT is below -500: its values may not be Hounsfield units"},
     {"bright_corners", "both upper corners of this radiograph are bright: it may be inverted"},
     {"blank_slices", "slices or items of the tensor have one value throughout"},
     {"constant_tensor", "all values of the tensor are equal"},
     {"mostly_cropped", "more than half of an axis was cut off"}}};

struct Axis {
  std::int64_t length = 0;
  double spacing = 0;
  AxisChange change;
};

bool is_near(double a, double b) {
  return std::abs(a - b) <= 1e-6 * std::max(std::abs(a), std::abs(b));
}

bool is_same(const Axis& a, const Axis& b) {
  return a.length == b.length && is_near(a.spacing, b.spacing);
}

/// [channels, i, j(, k)] with the spacings of the axes of space. Empty when the entry says something else.
std::vector<Axis> axes_of(const Json& entry) {
  const auto shape = entry.value("shape", std::vector<std::int64_t>{});
  const auto spacing = entry.value("spacing_mm", std::vector<double>{});
  if (shape.size() != spacing.size() + 1) return {};
  std::vector<Axis> axes;
  for (std::size_t a = 0; a < spacing.size(); ++a) axes.push_back({shape[a + 1], spacing[a], {}});
  return axes;
}

/// `before` in the order of `after`, where every axis of `after` is one of it unchanged; else nothing.
std::optional<std::vector<Axis>> reordered(std::vector<Axis> before, const std::vector<Axis>& after) {
  std::vector<Axis> order;
  for (const Axis& axis : after) {
    const auto found = std::ranges::find_if(before, [&](const Axis& one) { return is_same(one, axis); });
    if (found == before.end()) return std::nullopt;
    order.push_back(*found);
    before.erase(found);
  }
  return order;
}

void follow(Axis& axis, const Axis& after) {
  if (!is_near(axis.spacing, after.spacing)) {
    axis.change.resampled *= axis.spacing / after.spacing;
  } else if (after.length < axis.length) {
    const double kept = static_cast<double>(after.length) / static_cast<double>(axis.length);
    axis.change.cropped = 1 - (1 - axis.change.cropped) * kept;
  } else if (after.length > axis.length) {
    const double own = static_cast<double>(axis.length) / static_cast<double>(after.length);
    axis.change.padded = 1 - (1 - axis.change.padded) * own;
  }
  axis.length = after.length;
  axis.spacing = after.spacing;
}

bool is_radiograph_inverted(const Json& qc) {
  return qc.value("corner_brightness", 0.0) > BRIGHT_CORNERS;
}

std::vector<std::string> alarms_of(const Json& qc, const Json& attributes,
                                   const std::vector<AxisChange>& changes) {
  std::vector<std::string> alarms;
  if (text_of(attributes, "Modality") == "CT" && qc.at("before").at("min").get<double>() > WARM_CT_HU) {
    alarms.emplace_back("no_air_in_ct");
  }
  if (is_radiograph_inverted(qc)) alarms.emplace_back("bright_corners");
  const bool is_constant = qc.at("after").at("min") == qc.at("after").at("max");
  if (is_constant) alarms.emplace_back("constant_tensor");
  if (!is_constant && qc.at("n_blank").get<std::int64_t>() > 0) alarms.emplace_back("blank_slices");
  if (std::ranges::any_of(changes, [](const AxisChange& one) { return one.cropped > MOSTLY_CROPPED; })) {
    alarms.emplace_back("mostly_cropped");
  }
  return alarms;
}

}  // namespace

std::vector<AxisChange> axis_changes(const Json& trace) {
  std::vector<Axis> axes;
  for (const Json& entry : trace) {
    const std::vector<Axis> after = axes_of(entry);
    if (after.empty()) continue;
    if (axes.empty()) {
      axes = after;
    } else if (auto order = reordered(axes, after)) {
      axes = std::move(*order);
    } else if (after.size() == axes.size()) {
      for (std::size_t a = 0; a < axes.size(); ++a) follow(axes[a], after[a]);
    } else {
      axes = after;  // an axis went or came while others changed: nothing is known of what was before
    }
  }
  std::vector<AxisChange> changes;
  for (const Axis& axis : axes) changes.push_back(axis.change);
  return changes;
}

Json qc_record(const std::string& input, const Json& answer, const Json& attributes) {
  if (!answer.contains("qc")) return nullptr;
  const Json& qc = answer["qc"];
  const std::vector<AxisChange> changes = axis_changes(answer.value("trace", Json::array()));
  Json axes = Json::array();
  for (const AxisChange& one : changes) axes.push_back({one.cropped, one.padded, one.resampled});
  return {{"input", input},
          {"shape", answer.at("shape")},
          {"spacing_mm", answer.at("spacing_mm")},
          {"before", qc.at("before")},
          {"after", qc.at("after")},
          {"at_limits", qc.at("at_limits")},
          {"n_planes", qc.at("n_planes")},
          {"n_blank", qc.at("n_blank")},
          {"axes", axes},
          {"alarms", alarms_of(qc, attributes, changes)}};
}

std::span<const Alarm> known_alarms() {
  return ALARMS;
}

}  // namespace radbatch
