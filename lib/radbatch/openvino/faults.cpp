#include "radbatch/openvino/faults.hpp"

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

/// OpenVINO throws on what a plugin threw as text, so that running out of memory is known by its words alone.
bool tells_of_memory(const std::string& text) {
  return text.find("bad_alloc") != std::string::npos || text.find("out of memory") != std::string::npos ||
         text.find("Failed to allocate") != std::string::npos;
}

/// The fault that is being handled.
Fault current_fault() {
  try {
    throw;
  } catch (const Error&) {
    throw;
  } catch (const std::bad_alloc&) {
    return {true, "out of memory"};
  } catch (const std::exception& error) {
    return {tells_of_memory(error.what()), openvino_essence(error.what())};
  } catch (...) {
    return {false, "an exception without a message"};
  }
}

bool says_only_where(const std::string& line) {
  return line.starts_with("Exception from ") || line.starts_with("Check '") || line.starts_with("While ");
}

}  // namespace

std::string openvino_essence(const std::string& message) {
  std::string found = message;
  for (const std::string& line : split(message, '\n') | std::views::reverse) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    found = line;
    if (!says_only_where(line)) break;
  }
  const auto first = found.find_first_not_of(" \t\r");
  return printable(first == std::string::npos ? "no message" : found.substr(first));
}

void rethrow_openvino_as_model_error(const std::string& doing) {
  const Fault fault = current_fault();
  throw Error(ExitCode::model, doing + ": " + fault.text);
}

void rethrow_openvino_as_case_error(const std::string& doing) {
  const Fault fault = current_fault();
  throw Error(fault.memory ? Reason::out_of_memory : Reason::model_output, doing + ": " + fault.text);
}

}  // namespace radbatch
