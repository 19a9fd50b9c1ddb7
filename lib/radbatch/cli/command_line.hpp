// The command line of a tool, declared once: parsing, --help, --help-all, --print-config, --describe, man
// pages and completions are all made from this one list.
//
// Precedence: option, environment (RADBATCH_<NAME>), --config, built in. An unknown name is an error that
// names the nearest known one.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "radbatch/base/json.hpp"

namespace radbatch {

/// Whether an option is among the dozen that --help shows, or only in --help-all.
enum class Shown { common, all };

struct OptionInfo {
  std::string names;     ///< "-o,--output" or "--jobs"
  std::string key;       ///< the long name without dashes: config key, and environment name in upper case
  std::string metavar;   ///< "FILE"; empty for a flag
  std::string help;      ///< one sentence
  std::string standard;  ///< the built-in value as text, empty when there is none
  std::string group;
  Shown shown = Shown::common;
  bool repeatable = false;
  std::function<void(const std::string&)> set;  ///< throws Error(ExitCode::usage); a flag gets "true"
  /// The value of an option that may stand alone; one that is given has to be a number then, so that no
  /// argument is taken for it. Empty: a value is needed.
  std::string alone = {};
};

/// A sub-command of the front: its name, arguments and one line of help, under a heading.
struct CommandInfo {
  std::string name, arguments, help, group;
};

class CommandLine {
 public:
  CommandLine(std::string tool, std::string summary, std::string example);

  /// Starts a heading of the help text; options declared next stand under it.
  CommandLine& group(std::string title);
  CommandLine& option(OptionInfo info);
  CommandLine& flag(std::string names, bool& value, std::string help, Shown shown = Shown::common);
  CommandLine& text(std::string names, std::string metavar, std::string& value, std::string help,
                    Shown shown = Shown::common);
  CommandLine& list(std::string names, std::string metavar, std::vector<std::string>& values,
                    std::string help, Shown shown = Shown::common);
  /// The arguments without a name, e.g. "INPUT...".
  CommandLine& arguments(std::string metavar, std::vector<std::string>& values, std::string help);

  /// The commands of a front, for help, man page and completion.
  CommandLine& commands(std::vector<CommandInfo> commands);

  /// Parses, then calls the setters in order of precedence. Returns what to print on standard output when one
  /// of
  /// --help, --help-all, --print-config, --describe was given; the tool then ends with 0.
  /// Throws Error(ExitCode::usage).
  std::optional<std::string> parse(int argc, const char* const* argv);

  std::string help(bool everything) const;
  /// {"tool", "summary", "options": [{"names", "metavar", "help", "default", "group", "environment"}]}
  Json describe() const;
  std::string man_page() const;
  std::string completion(const std::string& shell) const;
  /// describe(), man_page() or completion() by name: json, man, bash, zsh, fish. Throws
  /// Error(ExitCode::usage).
  std::string described(const std::string& form) const;

  const std::string& tool() const { return tool_; }

 private:
  struct Given;
  std::string print_config(const Given& given) const;
  void apply_config(Given& given, const std::string& path) const;
  std::vector<std::string> known_names() const;
  std::vector<std::string> with_values(int argc, const char* const* argv) const;

  std::string tool_;
  std::string summary_;
  std::string example_;
  std::string group_ = "Options";
  std::vector<OptionInfo> options_;
  std::vector<CommandInfo> commands_;
  std::string arguments_metavar_, arguments_help_;
  std::vector<std::string>* arguments_ = nullptr;
};

/// The long option names of an "-o,--output" declaration, first the long one: {"--output", "-o"}.
std::vector<std::string> option_names(const OptionInfo& option);

}  // namespace radbatch
