#include "radbatch/batch/participant_names.hpp"

#include <algorithm>
#include <map>

#include "radbatch/base/text.hpp"
#include "radbatch/batch/bids_layout.hpp"

namespace radbatch {
namespace {

/// "sub-01" for the prefix "sub-"; BIDS labels are letters and digits.
bool is_label(std::string_view part, std::string_view prefix) {
  if (!part.starts_with(prefix) || part.size() == prefix.size()) return false;
  return std::ranges::all_of(part.substr(prefix.size()), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  });
}

ParticipantName name_of(const ExportedRun& run, const Case& one) {
  if (!one.files.empty()) {
    ParticipantName found = participant_in_path(absolute_path(run.run.found.records[one.files.front()]));
    if (!found.participant.empty()) return found;
  }
  const std::string label = bids_label(one.id);
  const auto linked = run.patient_keys.find(one.id);
  const std::string patient = !one.patient_key.empty()           ? one.patient_key
                              : linked == run.patient_keys.end() ? ""
                                                                 : linked->second;
  if (patient.empty()) return {"sub-" + label, "", 0};
  return {"sub-" + bids_label(patient), "ses-" + label, 0};
}

}  // namespace

std::string ParticipantName::folder() const {
  return participant + "/" + (session.empty() ? "" : session + "/");
}

std::string ParticipantName::stem() const {
  return participant + "_" + (session.empty() ? "" : session + "_") +
         (run == 0 ? "" : "run-" + std::to_string(run) + "_");
}

ParticipantName participant_in_path(std::string_view path) {
  ParticipantName found;
  const std::vector<std::string> parts = split(path, '/');
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {  // the last part is the file
    if (found.participant.empty() && is_label(parts[i], "sub-")) {
      found.participant = parts[i];
    } else if (!found.participant.empty() && found.session.empty() && is_label(parts[i], "ses-")) {
      found.session = parts[i];
    }
  }
  // A folder of that name is no proof: BIDS repeats it in the file's name.
  if (parts.empty() || !parts.back().starts_with(found.participant + "_")) return {};
  return found;
}

std::vector<ParticipantName> participant_names(const ExportedRun& run) {
  std::vector<ParticipantName> names;
  std::map<std::string, int> total, used;
  for (const Case& one : run.cases()) ++total[names.emplace_back(name_of(run, one)).stem()];
  for (ParticipantName& name : names) {
    const std::string stem = name.stem();
    if (total[stem] > 1) name.run = ++used[stem];
  }
  return names;
}

std::string tsv_line(std::span<const std::string> cells) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line += '\t';
    if (cells[i].empty()) line += "n/a";
    for (const char c : cells[i]) line += c == '\t' || c == '\n' || c == '\r' ? ' ' : c;
  }
  return line + '\n';
}

}  // namespace radbatch
