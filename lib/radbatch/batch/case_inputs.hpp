// What a case has for each input of the model, and the region that its plan crops around.
#pragma once

#include <string>
#include <vector>

#include "radbatch/model/bundle.hpp"
#include "radbatch/study/cohort.hpp"
#include "radbatch/study/selection.hpp"

namespace radbatch {

/// One input of the model and the image that the case has for it.
struct CaseInput {
  const InputSpec* spec = nullptr;
  const Candidate* candidate = nullptr;  ///< null: missing, zeros stand for it
  std::size_t image = 0;                 ///< the candidate's place in its case
};

/// In the bundle's order. Throws Error with the selection's reason, Error(Reason::missing_input) for an input
/// that nothing may stand for, or when the case has none.
std::vector<CaseInput> case_inputs(const Bundle& bundle, const Case& one, const Selection& selection);

/// Images that are joined voxel by voxel must lie in one coordinate system: all have one FrameOfReferenceUID,
/// or the manifest says "registered": true, which is returned as the flag W_REGISTERED. Throws
/// Error(Reason::frame_of_reference).
std::vector<std::string> check_frames_of_reference(const Case& one, const std::vector<CaseInput>& inputs);

/// The case's region as the image worker takes it; empty when the plan crops around none. Throws
/// Error(Reason::prepare) for a region that no step of the plan takes: scoring the whole image instead would
/// look as good and be wrong; Error(Reason::missing_input) for a case without the region that the plan needs,
/// unless its images are prepared already.
Json wanted_region(const Bundle& bundle, const Case& one, bool is_prepared);

}  // namespace radbatch
