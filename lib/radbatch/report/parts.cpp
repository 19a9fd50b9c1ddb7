#include "radbatch/report/parts.hpp"

#include <algorithm>
#include <utility>

#include "radbatch/report/checklist.hpp"
#include "radbatch/report/error_gallery.hpp"
#include "radbatch/report/flow_part.hpp"
#include "radbatch/report/frame_labels_part.hpp"
#include "radbatch/report/ordinal_part.hpp"
#include "radbatch/report/readers_part.hpp"
#include "radbatch/report/run_parts.hpp"
#include "radbatch/report/table1.hpp"

namespace radbatch {
namespace {

using Parts = std::vector<ReportPart>;

/// What stands before the pictures: what happened, then how good it is.
Parts analyses(const PartSources& s) {
  Parts parts;
  parts.push_back(flow_part(s.ctx, s.run()));
  parts.push_back(outcome_part(s.ctx, s.run()));
  parts.push_back(labels_part(s.ctx, s.inputs));
  parts.push_back(discrimination_part(s.ctx, s.request.thresholds));
  parts.push_back(calibration_part(s.ctx, s.request.calibration));
  parts.push_back(use_part(s.ctx, s.request.use));
  parts.push_back(regression_part(s.ctx, s.request.regression));
  parts.push_back(ordinal_part(s.ctx));
  parts.push_back(readers_part(s.ctx, s.request.readers));
  parts.push_back(comparison_part(s.ctx, s.request.comparison));
  parts.push_back(sensitivity_part(s.ctx, s.request.sensitivity));
  parts.push_back(subgroup_part(s.ctx, s.request.subgroups));
  parts.push_back(drift_part(s.ctx, s.request.drift));
  parts.push_back(scores_part(s.ctx, s.run()));
  return parts;
}

/// What stands after the pictures and before the checklists.
Parts descriptions(const PartSources& s) {
  Parts parts;
  parts.push_back(table1_part(s.ctx, s.request.table1));
  return parts;
}

std::size_t size_of(const Parts& parts) {
  std::size_t bytes = 0;
  for (const ReportPart& part : parts) bytes += part.html.size();
  return bytes;
}

/// Three fifths of the room to errors, three fifths of what they leave to explanations, the rest to others.
Parts pictures(const PartSources& s, std::size_t room) {
  const Thumbnails which = s.request.output.thumbnails;
  ReportPart errors = error_gallery_part(s.ctx, s.run(), which, room * 3 / 5);
  room -= std::min(room, errors.html.size());
  ReportPart explanations = explanations_part(s.ctx, s.run(), which, room * 3 / 5);
  room -= std::min(room, explanations.html.size());
  ReportPart others = gallery_part(s.ctx, s.run(), which, room);
  Parts parts;
  parts.push_back(std::move(errors));
  parts.push_back(std::move(others));
  parts.push_back(frames_part(s.ctx, s.run()));
  parts.push_back(frame_labels_part(s.ctx, s.run(), s.request.frames));
  parts.push_back(std::move(explanations));
  return parts;
}

void append(Parts& parts, Parts more) {
  for (ReportPart& part : more) {
    if (!part.html.empty() || !part.warnings.empty()) parts.push_back(std::move(part));
  }
}

}  // namespace

Parts make_parts(const PartSources& sources, std::size_t most_bytes) {
  Parts parts;
  append(parts, analyses(sources));
  Parts later = descriptions(sources);
  const std::size_t used = size_of(parts) + size_of(later);
  append(parts, pictures(sources, most_bytes - std::min(most_bytes, used)));
  append(parts, std::move(later));
  Parts last;
  last.push_back(checklist_part(sources.ctx, sources.run(), parts));
  last.push_back(provenance_part(sources.ctx, sources.run()));
  append(parts, std::move(last));
  return parts;
}

}  // namespace radbatch
