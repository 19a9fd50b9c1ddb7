// The fence around OpenVINO's exceptions: whatever it threw becomes radbatch::Error here, and only here.
#pragma once

#include <string>

namespace radbatch {

/// To be called inside catch (...). An Error passes as it is; anything else becomes Error(ExitCode::model)
/// "<doing>: <what OpenVINO said, one line>".
[[noreturn]] void rethrow_openvino_as_model_error(const std::string& doing);
/// The same for a case: Error(Reason::out_of_memory) or Error(Reason::model_output).
[[noreturn]] void rethrow_openvino_as_case_error(const std::string& doing);

/// What went wrong, of a message in which each layer of OpenVINO has put the line of its source before what
/// the one below it said.
std::string openvino_essence(const std::string& message);

}  // namespace radbatch
