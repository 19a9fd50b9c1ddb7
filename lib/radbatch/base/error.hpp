// One exception type for everything that ends a run or a case.
//
// An error of the run carries the exit status; an error of a case carries a Reason. Each layer may add one
// line of context, so that the text says what was tried, on what, why it failed and what to do next.
#pragma once

#include <exception>
#include <optional>
#include <string>

#include "radbatch/base/reason.hpp"

namespace radbatch {

/// Exit status of every tool; 128+n for a stop by signal n is computed, not listed.
enum class ExitCode : int {
  ok = 0,          ///< every case done or skipped by rule
  internal = 1,    ///< a defect in radbatch
  usage = 2,       ///< command line, config, plan, manifest or OUT is wrong; nothing was touched
  no_input = 3,    ///< no usable input found
  model = 4,       ///< the model was refused
  device = 5,      ///< the device asked for is not there
  output = 7,      ///< the output cannot be written
  cases = 8,       ///< finished; some cases refused, failed or interrupted
  stopped = 9,     ///< too many failures
  checkpoint = 10  ///< stopped at a checkpoint: run again
};

class Error : public std::exception {
 public:
  /// A fault that ends the run with `exit_code`.
  Error(ExitCode exit_code, std::string message, std::string hint = {});
  /// A fault of one case or file; `detail` says what was found and expected, and names no file: names may be
  /// patients'.
  Error(Reason reason, std::string detail, std::string hint = {});

  const char* what() const noexcept override { return message_.c_str(); }
  const std::string& message() const { return message_; }
  const std::string& hint() const { return hint_; }
  ExitCode exit_code() const { return exit_code_; }
  std::optional<Reason> reason() const { return reason_; }

  /// Puts what the caller was doing in front of the message: "reading x: header is short".
  Error& within(const std::string& doing);

 private:
  ExitCode exit_code_;
  std::optional<Reason> reason_;
  std::string message_;
  std::string hint_;
};

}  // namespace radbatch
