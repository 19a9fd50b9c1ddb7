// JSON as the whole project uses it: bundles, manifests, journal, worker messages.
//
// The one third-party type that crosses module fences: JSON is the data model of the contracts, and hiding it
// would mean writing it again. Keys are sorted, so a dump is canonical and can be hashed.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace radbatch {

using Json = nlohmann::json;

/// Parses text; throws Error(ExitCode::usage) that names `what` and the position. Accepts NaN tokens nowhere.
Json parse_json(std::string_view text, const std::string& what);
/// Reads and parses a file; throws Error(ExitCode::usage) that names the file.
Json read_json_file(const std::filesystem::path& path);
/// One line, keys sorted, invalid UTF-8 replaced: what is hashed and journalled.
std::string canonical(const Json& value);
/// JSON text must be UTF-8 and paths are bytes: a path that is not UTF-8 travels as an array of numbers.
Json path_to_json(const std::string& path);
/// Throws Json::exception when it is neither.
std::string path_from_json(const Json& json);
/// Indented by two spaces with a final newline: what people read.
std::string pretty(const Json& value);

}  // namespace radbatch
