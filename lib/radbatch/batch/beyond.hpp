// What infer tells about a case besides its score: spread over folds and test-time augmentation, entropy,
// conformal sets, distance from the training data. Everything is off unless asked; what is on belongs to the
// run's identity.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "radbatch/batch/conformal_table.hpp"
#include "radbatch/batch/infer_tables.hpp"
#include "radbatch/batch/outcome.hpp"
#include "radbatch/batch/score_members.hpp"

namespace radbatch {

struct BeyondOptions {
  std::string tta;         ///< grammar of model/tta.hpp; empty: none
  std::vector<int> folds;  ///< of the bundle's; empty: all
  bool entropy = false;
  bool calibrate = true;                  ///< false: the bundle's calibration is left out
  std::filesystem::path conformal;        ///< calibration table; empty: no sets
  std::optional<ConformalMethod> method;  ///< lac
  std::optional<double> alpha;            ///< 0.1
  bool ood = false;
  std::string ood_kind;  ///< "features" or "histogram"; empty: features where the reference has them
  Json restored_rule;  ///< of conformal sets, when a run is restored from its folder; the table is not needed
                       ///< then
};

/// The options as an identity holds them (Beyond::add_to), for merge and why.
BeyondOptions beyond_options_from_json(const Json& options);

class Beyond {
 public:
  /// Reads the calibration table, and unless the run is restored the reference. Throws Error(ExitCode::usage)
  /// for what the bundle forbids or has not, Error(ExitCode::model) for a reference that cannot be used.
  Beyond(const Bundle& bundle, const std::vector<const Backend*>& members, const BeyondOptions& options,
         bool is_restored);

  /// Adds to an identity's options what differs from the standard.
  void add_to(Json& options) const;
  /// The columns after the scores: `<score>_sd`, `entropy`, `conformal_set`, `ood_score`.
  std::vector<ResultColumn> columns() const;
  /// The members of an ensemble, for predictions.h5.
  void add_members(ResultsContent& content, const RunRecord& run) const;

  /// The passes that a classify request asks for, of a tensor with these axes; null: the tensor as it is.
  Json sights(const std::string& axes) const;
  bool has_sights() const { return !tta_.empty(); }
  bool looks_at_tensor() const { return histogram_.has_value(); }
  /// The histogram's distance of a prepared tensor.
  double tensor_distance(std::span<const float> values) const;

  /// The result of a case: scores and everything asked for, and the flag of a case that is out of
  /// distribution. Without
  /// `tensor_distance` there is no distance of the histogram: a long recording is never one tensor.
  void score(std::span<const ClassifyMember> members, Level level, std::optional<double> tensor_distance,
             CaseOutcome& outcome) const;

 private:
  void choose_reference(bool is_restored);
  double distance_of(const ClassifyPass& pass) const;
  bool is_beyond_limit(const Json& result) const;
  bool has_spread() const { return member_names_.size() > 1 || has_sights(); }

  const Bundle& bundle_;
  BeyondOptions options_;
  Tta tta_;
  std::vector<std::string> member_names_;
  std::optional<ConformalRule> rule_;
  std::optional<FeatureDistance> features_;
  std::optional<HistogramReference> histogram_;
};

}  // namespace radbatch
