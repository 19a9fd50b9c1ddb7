#include "radbatch/batch/outcome.hpp"

#include "radbatch/base/error.hpp"

namespace radbatch {

CaseOutcome ended_with(std::string case_id, Reason reason, std::string detail) {
  CaseOutcome outcome;
  outcome.case_id = std::move(case_id);
  outcome.status = info(reason).status;
  outcome.reason = reason;
  outcome.detail = std::move(detail);
  return outcome;
}

Json to_json(const CaseOutcome& outcome) {
  return {{"case_id", outcome.case_id},
          {"status", name(outcome.status)},
          {"reason", outcome.reason ? std::string(code(*outcome.reason)) : std::string()},
          {"detail", outcome.detail},
          {"n_files", outcome.n_files},
          {"n_inputs", outcome.n_inputs},
          {"missing_inputs", outcome.missing_inputs},
          {"fingerprint", outcome.fingerprint},
          {"content_key", outcome.content_key},
          {"result_key", outcome.result_key},
          {"flags", outcome.flags},
          {"result", outcome.result},
          {"story", outcome.story},
          {"seconds", outcome.seconds}};
}

CaseOutcome outcome_from_json(const Json& json) {
  CaseOutcome outcome;
  outcome.case_id = json.at("case_id").get<std::string>();
  const auto status = find_status(json.at("status").get<std::string>());
  if (!status) throw Error(ExitCode::internal, "unknown status in a record of " + outcome.case_id);
  outcome.status = *status;
  outcome.reason = find_reason(json.at("reason").get<std::string>());
  outcome.detail = json.at("detail").get<std::string>();
  outcome.n_files = json.at("n_files").get<std::int64_t>();
  outcome.n_inputs = json.at("n_inputs").get<std::int64_t>();
  outcome.missing_inputs = json.at("missing_inputs").get<std::vector<std::string>>();
  outcome.fingerprint = json.at("fingerprint").get<std::string>();
  outcome.content_key = json.at("content_key").get<std::string>();
  outcome.result_key = json.at("result_key").get<std::string>();
  outcome.flags = json.at("flags").get<std::vector<std::string>>();
  outcome.result = json.at("result");
  outcome.story = json.at("story");
  outcome.seconds = json.at("seconds").get<std::map<std::string, double>>();
  return outcome;
}

}  // namespace radbatch
