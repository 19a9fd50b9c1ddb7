// The part of TOML that a file of options needs: name = value, one a line.
//
// A value is a "string" with \" \\ \t \n \r, a 'string' without escapes, a bare word (true, 3, 8G), or an
// array of these over any number of lines; # begins a comment outside of strings. CLI11's own reader cuts
// strings at a '#' and keeps backslashes, so that a path could silently become another one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace radbatch {

struct ConfigEntry {
  std::string key;
  std::vector<std::string> values;  ///< one, or those of an array
};

/// Throws Error(ExitCode::usage) that names `what` and the line: a broken value, a section, a key that is
/// there twice.
std::vector<ConfigEntry> parse_config(std::string_view text, const std::string& what);
/// The value as a "string" that parse_config reads back.
std::string config_string(std::string_view value);

}  // namespace radbatch
