// The first half of preprocess and infer: the selected image of a case, checked against the model's contract,
// and the request that turns it into the network's input.
#pragma once

#include <string>
#include <vector>

#include "radbatch/base/choices.hpp"
#include "radbatch/batch/case_inputs.hpp"
#include "radbatch/batch/case_work.hpp"
#include "radbatch/model/bundle.hpp"
#include "radbatch/study/cohort.hpp"
#include "radbatch/study/frame_choice.hpp"
#include "radbatch/study/selection.hpp"
#include "radbatch/worker/shared_buffer.hpp"

namespace radbatch {

/// The images that the inputs of the model get, ready to be asked for.
struct WantedImage {
  std::string case_id;
  std::vector<CaseInput> inputs;         ///< in the bundle's order
  const Candidate* candidate = nullptr;  ///< of the first input that is there
  std::size_t image = 0;                 ///< the candidate's place in its case
  Json region = Json::object();          ///< CaseRecord::region, for the plan's CropToRegion
  std::vector<std::string> flags;        ///< of the image and of the contract
  std::uint64_t cost_bytes = 0;  ///< of all inputs: decoded samples, float copy and tensor, from headers
  bool preview = false;
  bool qc = false;           ///< numbers of image and tensor are wanted (batch/qc_record.hpp)
  bool sheet = false;        ///< so is the picture of both (batch/previews.hpp)
  bool is_external = false;  ///< a tensor made elsewhere, by a plan that nobody knows
  FrameChoice frames;        ///< of a clip
};

/// What the image worker answered: the tensor lies in the shared buffer.
struct PreparedImage {
  std::vector<std::int64_t> shape;  ///< [items, channels, spatial...]
  std::size_t bytes = 0;
  std::string content_key;
  std::vector<std::string> flags;
  Json answer;  ///< axes, affine_ras, spacing_mm, trace, digests ...
};

/// How the user chooses among the images of a case, over what the bundle says.
struct ImageChoice {
  std::string select;  ///< rule file or "preset:NAME"; empty: the bundle's rules
  Json select_json;    ///< the same, read already; null: not
  std::optional<OnMany> on_many;
};

/// The rule set of a choice, if it has one. Throws Error(ExitCode::usage).
std::optional<RuleSet> rule_set(const ImageChoice& choice);
/// The rules of the model's inputs. Throws Error(ExitCode::usage) for rules of other inputs.
std::vector<SelectionRule> selection_rules(const Bundle& bundle, const ImageChoice& choice);
/// What of the choice belongs to an identity: on_many, and the rule set where there is one.
void add_choice(Json& options, const std::vector<SelectionRule>& rules, const ImageChoice& choice);

/// The frames that are asked for, or, where nobody asked, those of the plan's SampleFrames.
FrameChoice frames_for(const Plan& plan, const FrameChoice& asked);

/// Throws Error with the reason why the case cannot be prepared: nothing or too much fits, the contract is
/// broken.
WantedImage wanted_image(const Bundle& bundle, const Case& one, const Selection& selection,
                         Thumbnails thumbnails, const FrameChoice& frames);
/// The same for `infer --prepared`: a tensor made elsewhere, of which the contract can say nothing. Throws
/// Error(Reason::prepare) for any other file.
WantedImage wanted_tensor(const Case& one, const Selection& selection);
/// The digest of what a tensor is made of: input digests (as the worker's `answer` says them), selection,
/// plan, RESULT_VERSION; with `is_external` the plan is "external". A case of one image and no region has the
/// key it always had.
std::string content_key(const Json& answer, const WantedImage& wanted, const Bundle& bundle,
                        bool is_external = false);
WorkRequest request_of(const WantedImage& wanted, const Bundle& bundle);
/// Checks what the worker says against the tool's own records. Throws Error(Reason::prepare | plan_mismatch |
/// range), Json::exception when the answer has the wrong form.
PreparedImage prepared_image(const Json& answer, const SharedBuffer& buffer, const WantedImage& wanted,
                             const Bundle& bundle);
/// Whether a picture of an image with these attributes may be made: `safe` leaves out those that often carry
/// a name in their pixels (US, SC, XA ..., BurnedInAnnotation).
bool may_be_shown(const Json& attributes, Thumbnails thumbnails);
/// Writes the answer's preview, if there is one, to previews/<case_id>.png of the run folder.
void save_preview(const Json& answer, const std::string& case_id, const std::filesystem::path& run_folder);

}  // namespace radbatch
