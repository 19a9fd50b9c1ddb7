// When to give up: a run that loses its input mount should not grind through the night.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "radbatch/batch/outcome.hpp"
#include "radbatch/batch/run_options.hpp"

namespace radbatch {

class FailureLimit {
 public:
  explicit FailureLimit(std::optional<MaxFailures> limit) : limit_(limit) {}
  /// Counts a new outcome; returns why the run has to stop, or nothing.
  std::string count(const CaseOutcome& outcome);

 private:
  std::optional<MaxFailures> limit_;
  std::size_t finished_ = 0, failed_ = 0;
  std::map<std::string, std::size_t> by_reason_;
};

}  // namespace radbatch
