// What an Error says, as one text: tests compare it whole.
#pragma once

#include <string>

#include "radbatch/base/error.hpp"

namespace radbatch::test {

/// "2: message [hint]" for a fault of the run, "E_IO: message [hint]" for one of a case, "nothing thrown".
template <class Call>
std::string error_of(Call call) {
  try {
    call();
  } catch (const Error& problem) {
    const std::string kind = problem.reason() ? std::string(code(*problem.reason()))
                                              : std::to_string(static_cast<int>(problem.exit_code()));
    return kind + ": " + problem.message() + (problem.hint().empty() ? "" : " [" + problem.hint() + "]");
  }
  return "nothing thrown";
}

}  // namespace radbatch::test
