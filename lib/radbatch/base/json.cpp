#include "radbatch/base/json.hpp"

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {

Json parse_json(std::string_view text, const std::string& what) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& problem) {
    throw Error(ExitCode::usage, what + " is not valid JSON: " + problem.what());
  }
}

Json read_json_file(const std::filesystem::path& path) {
  std::string text;
  try {
    text = read_file(path);
  } catch (const Error& problem) {
    throw Error(ExitCode::usage, problem.message(), problem.hint());
  }
  return parse_json(text, path.string());
}

Json path_to_json(const std::string& path) {
  if (is_utf8(path)) return path;
  return std::vector<std::uint8_t>(path.begin(), path.end());
}

std::string path_from_json(const Json& json) {
  if (json.is_string()) return json.get<std::string>();
  const auto bytes = json.get<std::vector<std::uint8_t>>();
  return {bytes.begin(), bytes.end()};
}

std::string canonical(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string pretty(const Json& value) {
  return value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace radbatch
