// What the journals of a run folder hold, read a line at a time: a journal of a hundred thousand cases is
// larger than the memory that a run may take for it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "radbatch/batch/journal.hpp"
#include "radbatch/batch/outcome.hpp"
#include "radbatch/batch/run_options.hpp"

namespace radbatch {

/// Calls `take` with every whole record of all journals and where it lies, file by file in the order of their
/// names; only those whose text begins with `begins`. Torn and damaged lines are passed over. Throws
/// Error(Reason::io).
void for_each_record(const std::filesystem::path& folder,
                     const std::function<void(const Json&, const RecordPlace&)>& take,
                     std::string_view begins = "{");

/// Which of two outcomes of one case counts: smaller is better, and of equal ones the later. What matches
/// `fingerprints` (case id -> fingerprint; of a case that is not in it: any) comes before what does not, then
/// done before refused or skipped before failed.
int rank_of(const CaseOutcome& outcome, const std::map<std::string, std::string>& fingerprints);

/// The best outcome of every case over all journals of a run folder, by rank_of.
std::map<std::string, CaseOutcome> read_journals(const std::filesystem::path& folder,
                                                 const std::map<std::string, std::string>& fingerprints = {});

/// What the processes that wrote these journals said of themselves, oldest first.
std::vector<Json> read_sittings(const std::filesystem::path& folder);
/// The newest of `sittings` for this shard.
std::optional<Json> last_sitting(std::span<const Json> sittings, const Shard& shard);

}  // namespace radbatch
