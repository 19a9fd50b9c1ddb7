// What became of one case: the content of its journal record and of its row in the ledger.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "radbatch/base/json.hpp"
#include "radbatch/base/reason.hpp"

namespace radbatch {

struct CaseOutcome {
  std::string case_id;
  Status status = Status::interrupted;
  std::optional<Reason> reason;  ///< none exactly when the status is done
  std::string detail;            ///< for people: what was found, what was expected; no identifiers
  std::int64_t n_files = 0;
  std::int64_t n_inputs = 0;  ///< inputs of the model that were found
  std::vector<std::string> missing_inputs;
  std::string fingerprint;  ///< of the case's files (relative path, size, mtime): decides on a rerun
  std::string content_key;  ///< tensor_key: input digests, selection, plan, RESULT_VERSION
  std::string result_key;   ///< content_key with model, options, device
  std::vector<std::string> flags;
  Json result = Json::object();  ///< the tool's own: scores of infer, files of convert and preprocess
  /// For `radbatch why` and private/inputs.sha256: steps with shapes, {"image": index of the candidate,
  /// "digests": SHA-256 per file in the candidate's order}.
  Json story = Json::object();
  std::map<std::string, double> seconds;  ///< per stage
};

/// An outcome that ends with `reason`; its status is the reason's.
CaseOutcome ended_with(std::string case_id, Reason reason, std::string detail);

Json to_json(const CaseOutcome& outcome);
/// Throws Json::exception when a member is missing or of the wrong type.
CaseOutcome outcome_from_json(const Json& json);

}  // namespace radbatch
