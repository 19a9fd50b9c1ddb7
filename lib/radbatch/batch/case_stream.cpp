#include "radbatch/batch/case_stream.hpp"

#include "radbatch/base/hash.hpp"
#include "radbatch/study/case_id.hpp"

namespace radbatch {

std::string stream_header_line(const Tool& tool, const RunOptions& options) {
  const StreamHeader header{"radbatch-" + tool.name(), sha256_hex(canonical(tool.identity())).substr(0, 16),
                            std::filesystem::absolute(options.out).string()};
  return canonical(to_json(header));
}

std::string stream_case_line(const Tool& tool, const Case& one, const CaseOutcome& outcome,
                             const std::string& secret) {
  CaseRecord record;
  record.case_id = one.id;
  record.status = outcome.status;
  record.reason = outcome.reason;
  record.detail = outcome.detail;
  record.inputs = tool.outputs(one, outcome);
  record.flags = outcome.flags;
  record.patient_key = one.patient_key.empty() ? patient_key(secret, one.patient_id) : one.patient_key;
  record.region = one.region;
  record.carried = one.carried;
  return canonical(to_json(record));
}

std::string stream_end_line(const RunTally& tally) {
  StreamEnd last{tally.settled, {}};
  for (const auto& [status, count] : tally.by_status) last.by_status[std::string(name(status))] = count;
  return canonical(to_json(last));
}

}  // namespace radbatch
