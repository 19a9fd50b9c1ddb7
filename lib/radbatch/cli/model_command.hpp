// `radbatch model inspect|verify BUNDLE`.
#pragma once

#include <string>

namespace radbatch {

/// inspect: what the model takes and gives, on standard output. verify: every file against its digest, then
/// the model's known answers in a classify worker. Throws Error(ExitCode::model).
int model_command(const std::string& action, const std::string& bundle);

}  // namespace radbatch
