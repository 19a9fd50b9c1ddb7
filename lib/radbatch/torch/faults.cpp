#include "radbatch/torch/faults.hpp"

#include <c10/util/Exception.h>

#include <new>
#include <ranges>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

struct Fault {
  bool memory;
  std::string text;
};

/// The fault that is being handled. LibTorch also throws types that are not its own.
Fault current_fault() {
  try {
    throw;
  } catch (const Error&) {
    throw;
  } catch (const std::bad_alloc&) {
    return {true, "out of memory"};
  } catch (const c10::OutOfMemoryError& error) {
    return {true, essence(error.what_without_backtrace())};
  } catch (const c10::Error& error) {
    return {false, essence(error.what_without_backtrace())};
  } catch (const std::exception& error) {
    return {false, essence(error.what())};
  } catch (...) {
    return {false, "an exception without a message"};
  }
}

/// The CPU allocator and oneDNN have no exception type of their own.
bool tells_of_memory(const std::string& text) {
  for (const char* sign : {"can't allocate memory", "not enough memory", "out of memory", "out_of_memory"}) {
    if (text.find(sign) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

std::string essence(const std::string& message) {
  const auto lines = split(message, '\n');
  const auto starts_with_error = [](const std::string& line) {
    const auto name_end = line.find_first_of(": ");
    return name_end != std::string::npos && name_end >= 5 && line.substr(0, name_end).ends_with("Error");
  };
  for (const std::string& line : std::views::reverse(lines)) {
    if (starts_with_error(line)) return printable(line);
  }
  for (const std::string& line : lines) {
    if (line.find_first_not_of(" \t\r") != std::string::npos) return printable(line);
  }
  return "no message";
}

std::string problem_text() {
  try {
    return current_fault().text;
  } catch (const Error& error) {
    return error.message();
  }
}

void rethrow_as_model_error(const std::string& doing) {
  const Fault fault = current_fault();
  throw Error(ExitCode::model, doing + ": " + fault.text);
}

void rethrow_as_case_error(const std::string& doing) {
  const Fault fault = current_fault();
  const bool memory = fault.memory || tells_of_memory(fault.text);
  throw Error(memory ? Reason::out_of_memory : Reason::model_output, doing + ": " + fault.text);
}

}  // namespace radbatch
