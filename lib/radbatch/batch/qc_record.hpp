// The numbers by which a prepared case is judged among its cohort: made where the image worker has answered,
// kept in the case's journal record, so that a resumed run makes the same table.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "radbatch/base/json.hpp"

namespace radbatch {

/// What a plan did to one axis of space of the tensor.
struct AxisChange {
  double cropped = 0;    ///< share of the axis that was cut off, 0 to 1
  double padded = 0;     ///< share of the result that was filled in
  double resampled = 1;  ///< voxels after for each before: 0.5 halves the number
};

/// From a trace of steps ({"name", "shape", "spacing_mm"}, the first is the image as read): where the spacing
/// of an axis changes it was resampled, where only its length does it was cropped or padded. Steps that
/// reorder axes are followed by matching lengths and spacings; an axis that is cut into items or squeezed
/// goes. One change per axis of space that is left.
std::vector<AxisChange> axis_changes(const Json& trace);

/// One input's record: {"input", "shape", "spacing_mm", "before", "after", "at_limits", "n_planes",
/// "n_blank", "axes": [[cropped, padded, resampled]], "alarms"}, from what the image worker answered to a
/// request with "qc". `attributes` are the candidate's. Null when the answer has no "qc". Throws
/// Json::exception when it has a wrong form.
Json qc_record(const std::string& input, const Json& answer, const Json& attributes);

/// One sentence for each name that a record may have under "alarms".
struct Alarm {
  std::string_view name, meaning;
};
std::span<const Alarm> known_alarms();

}  // namespace radbatch
