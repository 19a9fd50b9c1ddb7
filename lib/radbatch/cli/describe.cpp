// Man page and shell completions, from the same list as --help.
#include <fmt/format.h>

#include <algorithm>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/base/version.hpp"
#include "radbatch/cli/command_line.hpp"

namespace radbatch {
namespace {

/// roff reads a leading dot or quote as a request and a dash as a hyphen.
std::string roff(const std::string& text) {
  std::string safe;
  for (char c : text) {
    if (c == '\\' || c == '-') safe += '\\';
    safe += c;
  }
  return safe.starts_with('.') || safe.starts_with('\'') ? "\\&" + safe : safe;
}

std::string apostrophes_doubled(const std::string& text) {
  std::string safe;
  for (char c : text) safe += c == '\'' ? "'\\''" : std::string(1, c);
  return safe;
}

bool takes_path(const OptionInfo& option) {
  return option.metavar == "FILE" || option.metavar == "FOLDER" || option.metavar == "BUNDLE";
}

std::string bash(const std::string& tool, const std::vector<OptionInfo>& options,
                 const std::vector<CommandInfo>& commands) {
  std::vector<std::string> verbs;
  for (const CommandInfo& command : commands) verbs.push_back(command.name);
  std::vector<std::string> names{"--help", "--help-all", "--config", "--print-config", "--describe"};
  for (const OptionInfo& option : options) {
    for (const std::string& name : option_names(option)) names.push_back(name);
  }
  std::string function = tool;
  std::ranges::replace(function, '-', '_');
  return fmt::format(
      "_{0}() {{\n  local word=${{COMP_WORDS[COMP_CWORD]}}\n  if [[ $word == -* ]]; then\n"
      "    COMPREPLY=($(compgen -W '{2}' -- \"$word\"))\n  else\n"
      "    COMPREPLY=($(compgen -f {3}-- \"$word\"))\n  fi\n}}\n"
      "complete -o filenames -F _{0} {1}\n",
      function, tool, fmt::join(names, " "),
      verbs.empty() ? "" : fmt::format("-W '{}' ", fmt::join(verbs, " ")));
}

std::string zsh(const std::string& tool, const std::vector<OptionInfo>& options,
                const std::vector<CommandInfo>& commands) {
  std::string text = "#compdef " + tool + "\n_arguments \\\n";
  std::string verbs;
  for (const CommandInfo& command : commands) verbs += command.name + " ";
  if (!verbs.empty()) text += "  '1:command:(" + verbs + ")' \\\n";
  for (const OptionInfo& option : options) {
    std::string help = apostrophes_doubled(option.help);
    std::ranges::replace(help, '[', '(');
    std::ranges::replace(help, ']', ')');
    const std::string value =
        option.metavar.empty() ? "" : ":" + option.metavar + ":" + (takes_path(option) ? "_files" : "");
    for (const std::string& name : option_names(option))
      text += fmt::format("  '{}[{}]{}' \\\n", name, help, value);
  }
  return text + "  '*:input:_files'\n";
}

std::string fish(const std::string& tool, const std::vector<OptionInfo>& options,
                 const std::vector<CommandInfo>& commands) {
  std::string text;
  for (const CommandInfo& command : commands) {
    text += fmt::format("complete -c {} -n __fish_use_subcommand -a {} -d '{}'\n", tool, command.name,
                        apostrophes_doubled(command.help));
  }
  for (const OptionInfo& option : options) {
    text += "complete -c " + tool;
    for (const std::string& name : option_names(option)) {
      text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    }
    if (!option.metavar.empty()) text += takes_path(option) ? " -r" : " -x";
    text += " -d '" + apostrophes_doubled(option.help) + "'\n";
  }
  return text;
}

}  // namespace

std::string CommandLine::man_page() const {
  std::string text = fmt::format(
      ".TH {} 1 \"\" \"radbatch {}\" \"User Commands\"\n.SH NAME\n{} \\- {}\n.SH SYNOPSIS\n.B {}\n"
      "[options] {}\n.SH EXAMPLE\n{}\n.SH OPTIONS\n",
      roff(tool_), version(), roff(tool_), roff(summary_), roff(tool_), roff(arguments_metavar_),
      roff(example_));
  for (const CommandInfo& command : commands_) {
    text += fmt::format(".TP\n\\fB{}\\fR {}\n{}\n", roff(command.name), roff(command.arguments),
                        roff(command.help));
  }
  std::string heading;
  for (const OptionInfo& option : options_) {
    if (option.group != heading) text += ".SS " + roff(heading = option.group) + "\n";
    const std::vector<std::string> names = option_names(option);
    text += fmt::format(
        ".TP\n\\fB{}\\fR {}\n{}\n", roff(join(names, ", ")), roff(option.metavar),
        roff(option.help + (option.standard.empty() ? "" : " (built in: " + option.standard + ")")));
  }
  return text + ".SH NOTE\nFor research. Not for clinical use.\n";
}

std::string CommandLine::described(const std::string& form) const {
  if (form == "json") return pretty(describe());
  return form == "man" ? man_page() : completion(form);
}

std::string CommandLine::completion(const std::string& shell) const {
  if (shell == "bash") return bash(tool_, options_, commands_);
  if (shell == "zsh") return zsh(tool_, options_, commands_);
  if (shell == "fish") return fish(tool_, options_, commands_);
  throw Error(ExitCode::usage, "--describe: unknown form '" + printable(shell) + "'",
              "one of json, man, bash, zsh, fish");
}

}  // namespace radbatch
