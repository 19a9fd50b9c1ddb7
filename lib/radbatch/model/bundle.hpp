// A model as radbatch takes it: a folder with radbatch.json, which says what the network accepts, how an
// image becomes its input and what its numbers mean.
//
// Strict on purpose. A sidecar is read as a whole before anything runs: an unknown key, a missing one, or a
// request that this version cannot honour refuses the model, because a score made by half-understood rules
// cannot be told from a right one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "radbatch/base/choices.hpp"
#include "radbatch/base/json.hpp"
#include "radbatch/model/calibration.hpp"
#include "radbatch/model/cam.hpp"
#include "radbatch/model/plan.hpp"
#include "radbatch/model/pooling.hpp"
#include "radbatch/model/reference.hpp"
#include "radbatch/model/segment_rules.hpp"
#include "radbatch/model/tta.hpp"
#include "radbatch/model/windows.hpp"
#include "radbatch/study/rules.hpp"

namespace radbatch {

/// The second file of an OpenVINO model: the values of the graph that Backend::file is.
struct WeightsFile {
  std::string file;         ///< relative to the bundle
  std::string sha256;       ///< empty when the sidecar has none
  std::uint64_t bytes = 0;  ///< 0 when the sidecar has none
};

/// One form of the network. `kind` is "torchscript", "aotinductor" or "openvino".
struct Backend {
  std::string file;  ///< relative to the bundle, '/' between folders
  std::string kind;
  std::string sha256;         ///< 64 lower-case hex digits; empty when the sidecar has none
  std::uint64_t bytes = 0;    ///< 0 when the sidecar has none
  std::string torch;          ///< version it was exported with; for people
  std::string isa;            ///< instruction set of compiled code ("avx512"); empty for TorchScript
  std::string openvino = {};  ///< version that made it; for people
  std::optional<WeightsFile> weights = {};  ///< of an OpenVINO model, and always there
  std::optional<int> fold = {};  ///< of cross-validation: the folds 0..k-1 of one kind are an ensemble
};

/// What stands for an input that a case does not have: nothing (the case is refused), or an image of zeros on
/// the grid of the first input that is there; mask_channel also tells the network, by one channel more where
/// ConcatItems joins the input: 1 everywhere where the case has the image, 0 where zeros stand for it.
enum class FillMissing { refuse, zeros, mask_channel };

/// What an image must be to enter the network. Several `dims` or `channels` mean "one of these", none "any"
/// (of a plan without a bundle).
struct InputSpec {
  std::string name;
  std::vector<std::string> modality;     ///< DICOM Modality values; empty: any
  std::vector<std::string> body_part;    ///< for people; BodyPartExamined is too often wrong to refuse on
  std::vector<int> dims;                 ///< spatial dimensions of the image as read: 2, 3
  std::vector<int> channels;             ///< channels of the image as read: 1 grey, 3 colour
  std::vector<std::string> photometric;  ///< DICOM PhotometricInterpretation values; empty: any
  std::optional<std::pair<double, double>> spacing_range_mm;  ///< each in-plane and slice step, inclusive
  std::optional<std::pair<double, double>> value_range;       ///< of the image as read, inclusive
  FillMissing if_missing = FillMissing::refuse;
  OnMany on_many = OnMany::error;
  InputRules select;                  ///< which images of a case are meant
  bool accept_uneven_slices = false;  ///< true for networks that look at one slice at a time
};

enum class HeadKind { binary, multi_class, multi_label, regression, ordinal };
/// cumulative and corn are of ordinal heads: the network gives one number per step between grades
/// (activation.hpp).
enum class Activation { softmax, sigmoid, none, inside, cumulative, corn };

struct Finding {
  std::string name;  ///< as people write it
  std::string slug;  ///< as columns are called: [a-z0-9_]+
  std::string code;  ///< e.g. "SCT:69536005", may be empty
  std::optional<double> threshold;
};

struct Head {
  std::string name;
  HeadKind kind = HeadKind::multi_class;
  std::vector<Finding> findings;  ///< in the order of the network's output
  Activation activation = Activation::inside;
  std::string
      output;  ///< of the network: "0", "1" ... in a tuple ("0" when there is one), a key in a dictionary
  std::string threshold_source;
  std::optional<PoolingRule>
      map;  ///< the output is dense, [items, classes, spatial...]: how places become one
};

/// What the items of a case are.
enum class Level { slices, frames, windows };

/// One known answer that travels with the model; golden.hpp reads the files. The input proves the
/// preparation, the output the network; an entry has one of them or both.
struct GoldenEntry {
  std::string input;          ///< image the tensor was made from, relative to the bundle; may be empty
  std::string tensor;         ///< .npy of the prepared input, relative to the bundle
  std::string tensor_sha256;  ///< of that file
  std::optional<double> tensor_tolerance;  ///< largest absolute difference of the prepared tensor
  Json output;              ///< {"0": nested array}: raw network output for the tensor; null: not known
  double tolerance = 0;     ///< largest absolute difference of an output
  std::optional<int> fold;  ///< whose output it is, where the backends are folds
};

struct Bundle {
  std::filesystem::path folder;  ///< as the user gave it
  std::string name, version, task;
  std::vector<Backend> backends;  ///< in order of preference
  std::vector<InputSpec> inputs;
  Plan plan;
  std::string
      tensor_name;  ///< of the image that the plan leaves: of one input without steps that rename, its
  Json plan_json;
  std::string plan_sha256;            ///< digest of the canonical plan
  std::vector<std::string> notes;     ///< what MONAI's own files supplied, or what of them was not read
  std::vector<std::string> warnings;  ///< where they contradict radbatch.json or each other
  std::vector<Head> heads;
  std::map<Level, PoolingRule> pooling;
  std::optional<SegmentRules> segments;  ///< of clips, where they are declared
  std::optional<Windows> windows;        ///< the network looks at one window of the image at a time
  std::string features;    ///< output with what the network saw, [items, dim]; empty: none declared
  std::int64_t batch = 8;  ///< most items of a case that go through the network together (docs/network.md)
  std::vector<GoldenEntry> golden;
  std::optional<CamSource> cam;  ///< for explanations
  std::vector<HeadCalibration> calibration;
  Reference reference;
  std::optional<Tta>
      tta;  ///< test-time augmentation that is sensible here; empty: none is; nothing: not said
  std::string intended_use, not_for, licence, citation;
  Json training_data, metrics;
  Json sidecar;  ///< radbatch.json as read, completed by MONAI's own files
};

/// Reads and checks `path`/radbatch.json (or the radbatch.json itself). A plan or an activation that it lacks
/// is taken from configs/inference.json, or from what the weights carry of it; else no weights are opened.
/// Throws Error(ExitCode::model) that names the file and key, and for a lone model file says what it is and
/// how to make a bundle of it.
Bundle load_bundle(const std::filesystem::path& path);

/// The same of a sidecar that is in memory; `folder` is where its weights and MONAI's files would lie.
Bundle bundle_of(Json sidecar, const std::filesystem::path& folder);

/// --strict: throws Error(ExitCode::model) with the bundle's warnings, if it has any.
void require_agreement(const Bundle& bundle);

/// Why a backend cannot run here ("this radbatch was built without OpenVINO"); empty when nothing is in its
/// way.
using BackendObstacle = std::function<std::string(const Backend&)>;

/// A .pt2 is code for one instruction set: where this processor lacks it, the next backend is taken.
std::string processor_obstacle(const Backend& backend);

/// The first backend of that kind (any when empty), or of that file, that has no obstacle; nullptr: none is
/// asked about, as nothing will be run. Throws Error(ExitCode::model) naming what there is.
const Backend& choose_backend(const Bundle& bundle, const std::string& kind = {},
                              const BackendObstacle& obstacle = processor_obstacle);

/// The backends that stand before `chosen`, one line each with the reason why it was not taken.
std::vector<std::string> passed_over(const Bundle& bundle, const Backend& chosen, const std::string& kind,
                                     const BackendObstacle& obstacle);

/// The networks that answer together: the chosen backend alone, or, where it is a fold, those of `folds` (all
/// of its kind when empty), ascending. Throws Error(ExitCode::usage) for a fold that the bundle has not,
/// Error(ExitCode::model) as choose_backend.
std::vector<const Backend*> choose_members(const Bundle& bundle, const std::string& kind = {},
                                           const std::vector<int>& folds = {},
                                           const BackendObstacle& obstacle = processor_obstacle);
/// "model", or "fold-0": how results name a network.
std::string member_name(const Backend& backend);

/// Compares size, SHA-256 and archive kind of its file or files with the sidecar. Throws
/// Error(ExitCode::model).
/// `allow_unverified` accepts a missing or different digest and size, never another archive kind.
void verify_backend(const Bundle& bundle, const Backend& backend, bool allow_unverified = false);

/// Digest of the weights, as the sidecar declares it: what outputs record as the model. Of an OpenVINO model
/// that of its two digests.
std::string model_sha256(const Bundle& bundle, const Backend& backend);
/// The same of networks that answer together: of one its own, of several the digest of their names and
/// digests.
std::string model_sha256(const Bundle& bundle, const std::vector<const Backend*>& members);
/// Digest of what else in the sidecar can change a result: inputs, heads with thresholds, pooling, batch, and
/// calibration, reference, segments, windows and features where there are any.
/// Text for people is not in it, so a better model card does not void results.
std::string sidecar_sha256(const Bundle& bundle);

std::string_view name(FillMissing fill);  ///< "mask-channel"
std::string_view name(HeadKind kind);     ///< "multi-class"
std::string_view name(Activation kind);   ///< "softmax"
std::string_view name(Level level);       ///< "slices"

}  // namespace radbatch
