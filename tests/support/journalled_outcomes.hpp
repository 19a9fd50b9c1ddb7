// Outcomes as a run leaves them, in a journal: what makers of tables read.
#pragma once

#include <span>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/batch/journal.hpp"
#include "radbatch/batch/outcomes.hpp"
#include "temporary_folder.hpp"

namespace radbatch::test {

class JournalledOutcomes {
 public:
  /// By their case ids; of one id the last counts.
  explicit JournalledOutcomes(std::span<const CaseOutcome> outcomes) {
    JournalWriter journal(folder_.path(), "1of1");
    for (const CaseOutcome& one : outcomes) outcomes_.put(one.case_id, one.status, journal.append(one));
  }
  operator const Outcomes&() const { return outcomes_; }

 private:
  TemporaryFolder folder_;
  Outcomes outcomes_;
};

}  // namespace radbatch::test
