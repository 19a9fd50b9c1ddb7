// Case ids that users spell themselves: --case-id '{PatientID}_{StudyDate}'.
#pragma once

#include <functional>
#include <string>

namespace radbatch {

/// Throws Error(ExitCode::usage) when the template has no {word}, or a brace out of place.
void check_case_template(const std::string& text);
/// The template with its words filled in: each value encoded as a path is (letters, digits, '.', '_', '-'),
/// cut like a path. Throws Error(ExitCode::usage) naming the word for which `value_of` gives nothing.
std::string filled_template(const std::string& text,
                            const std::function<std::string(const std::string&)>& value_of);

}  // namespace radbatch
