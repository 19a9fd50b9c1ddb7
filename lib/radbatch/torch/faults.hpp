// The fence around LibTorch's exceptions: whatever it threw becomes radbatch::Error here, and only here.
#pragma once

#include <string>

namespace radbatch {

/// To be called inside catch (...). An Error passes as it is; anything else becomes Error(ExitCode::model)
/// "<doing>: <what LibTorch said, one line>".
[[noreturn]] void rethrow_as_model_error(const std::string& doing);
/// The same for a case: Error(Reason::out_of_memory) or Error(Reason::model_output).
[[noreturn]] void rethrow_as_case_error(const std::string& doing);

/// To be called inside catch (...): what was thrown, in one line, radbatch's own errors too.
std::string problem_text();

/// The line of a many-line TorchScript traceback that says what went wrong.
std::string essence(const std::string& message);

}  // namespace radbatch
