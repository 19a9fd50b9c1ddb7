#include "radbatch/base/error.hpp"

#include <utility>

namespace radbatch {

Error::Error(ExitCode exit_code, std::string message, std::string hint)
    : exit_code_(exit_code), message_(std::move(message)), hint_(std::move(hint)) {}

Error::Error(Reason reason, std::string detail, std::string hint)
    : exit_code_(ExitCode::cases), reason_(reason), message_(std::move(detail)), hint_(std::move(hint)) {}

Error& Error::within(const std::string& doing) {
  message_ = doing + ": " + message_;
  return *this;
}

}  // namespace radbatch
