#include "radbatch/cli/command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/cli/config_file.hpp"

namespace radbatch {
namespace {

const OptionInfo HELP{"-h,--help",   "help", "", "Show the common options and an example", "", "Help",
                      Shown::common, false,  {}};
const OptionInfo HELP_ALL{"--help-all",  "help-all", "", "Show every option", "", "Help",
                          Shown::common, false,      {}};
const OptionInfo CONFIG{"--config", "config", "FILE",     "Read options from FILE (TOML: name = value)",
                        "",         "Help",   Shown::all, false,
                        {}};
const OptionInfo PRINT_CONFIG{
    "--print-config", "print-config", "", "Print the options as a file that --config accepts", "", "Help",
    Shown::all,       false,          {}};
const OptionInfo DESCRIBE{"--describe",
                          "describe",
                          "FORM",
                          "Print the options as json, or make a man page or bash, zsh or fish completion",
                          "",
                          "Help",
                          Shown::all,
                          false,
                          {}};

std::string environment_name(const OptionInfo& option) {
  std::string name = "RADBATCH_" + option.key;
  std::ranges::transform(name, name.begin(), [](char c) {
    return c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  });
  return name;
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& known) {
  const std::string near = nearest(word, known);
  return near.empty() ? "see --help-all for every option" : "did you mean " + near + "?";
}

/// Words put on lines of 80 columns, all but the first behind `indent` spaces.
std::string wrapped(const std::string& words, std::size_t indent) {
  std::string text;
  std::size_t column = indent;
  for (const std::string& word : split(words, ' ')) {
    if (!text.empty() && column + 1 + word.size() > 80) {
      text += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (!text.empty()) {
      text += ' ';
      ++column;
    }
    text += word;
    column += word.size();
  }
  return text;
}

}  // namespace

/// What was given and from where, by option key.
struct CommandLine::Given {
  std::map<std::string, std::vector<std::string>> values;
};

std::vector<std::string> option_names(const OptionInfo& option) {
  std::vector<std::string> names = split(option.names, ',');
  std::ranges::sort(names, {}, [](const std::string& name) { return !name.starts_with("--"); });
  return names;
}

CommandLine::CommandLine(std::string tool, std::string summary, std::string example)
    : tool_(std::move(tool)), summary_(std::move(summary)), example_(std::move(example)) {}

CommandLine& CommandLine::group(std::string title) {
  group_ = std::move(title);
  return *this;
}

CommandLine& CommandLine::option(OptionInfo info) {
  info.key = option_names(info).front().substr(2);
  info.group = group_;
  options_.push_back(std::move(info));
  return *this;
}

CommandLine& CommandLine::flag(std::string names, bool& value, std::string help, Shown shown) {
  OptionInfo info{std::move(names), {}, {}, std::move(help), {}, {}, shown, false, {}};
  info.set = [&value](const std::string& word) {
    if (word != "true" && word != "false")
      throw Error(ExitCode::usage, "expected true or false, not '" + word + "'");
    value = word == "true";
  };
  return option(std::move(info));
}

CommandLine& CommandLine::text(std::string names, std::string metavar, std::string& value, std::string help,
                               Shown shown) {
  OptionInfo info{std::move(names), {}, std::move(metavar), std::move(help), value, {}, shown, false, {}};
  info.set = [&value](const std::string& word) { value = word; };
  return option(std::move(info));
}

CommandLine& CommandLine::list(std::string names, std::string metavar, std::vector<std::string>& values,
                               std::string help, Shown shown) {
  OptionInfo info{std::move(names), {}, std::move(metavar), std::move(help), {}, {}, shown, true, {}};
  info.set = [&values](const std::string& word) { values.push_back(word); };
  return option(std::move(info));
}

CommandLine& CommandLine::arguments(std::string metavar, std::vector<std::string>& values, std::string help) {
  arguments_metavar_ = std::move(metavar);
  arguments_help_ = std::move(help);
  arguments_ = &values;
  return *this;
}

CommandLine& CommandLine::commands(std::vector<CommandInfo> commands) {
  commands_ = std::move(commands);
  return *this;
}

std::vector<std::string> CommandLine::known_names() const {
  std::vector<std::string> names;
  for (const OptionInfo& option : options_) {
    if (!option.key.empty()) names.push_back("--" + option.key);
  }
  return names;
}

void CommandLine::apply_config(Given& given, const std::string& path) const {
  std::string text;
  try {
    text = read_file(path);
  } catch (const Error& problem) {
    throw Error(ExitCode::usage, problem.message());
  }
  for (ConfigEntry& entry : parse_config(text, path)) {
    const auto known = std::ranges::find(options_, entry.key, &OptionInfo::key);
    if (known == options_.end()) {
      throw Error(ExitCode::usage, path + ": unknown key '" + printable(entry.key) + "'",
                  did_you_mean("--" + entry.key, known_names()));
    }
    given.values.try_emplace(entry.key, std::move(entry.values));
  }
}

std::string CommandLine::print_config(const Given& given) const {
  std::string text = "# " + tool_ + " --config FILE\n";
  for (const OptionInfo& option : options_) {
    const auto found = given.values.find(option.key);
    if (found == given.values.end()) {
      if (!option.standard.empty())
        text += fmt::format("# {} = {}\n", option.key, config_string(option.standard));
    } else if (option.metavar.empty()) {
      text += fmt::format("{} = {}\n", option.key, found->second.back());
    } else if (!option.repeatable) {
      text += fmt::format("{} = {}\n", option.key, config_string(found->second.back()));
    } else {
      std::vector<std::string> words;
      for (const std::string& value : found->second) words.push_back(config_string(value));
      text += fmt::format("{} = [{}]\n", option.key, fmt::join(words, ", "));
    }
  }
  return text;
}

/// The words, with the value that an option has when it stands alone (OptionInfo::alone) written out.
std::vector<std::string> CommandLine::with_values(int argc, const char* const* argv) const {
  std::vector<std::string> words(argv + 1, argv + argc);
  for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    const auto option = std::ranges::find_if(
        options_, [&](const OptionInfo& one) { return !one.alone.empty() && words[i] == "--" + one.key; });
    if (option == options_.end()) continue;
    const bool has_number = i + 1 < words.size() && !words[i + 1].empty() &&
                            words[i + 1].find_first_not_of("0123456789") == std::string::npos;
    if (!has_number) words[i] += "=" + option->alone;
  }
  return words;
}

std::optional<std::string> CommandLine::parse(int argc, const char* const* argv) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras(false);
  const std::vector<OptionInfo> own{HELP, HELP_ALL, CONFIG, PRINT_CONFIG, DESCRIBE};
  std::map<std::string, std::vector<std::string>> words;
  std::map<std::string, CLI::Option*> parsed;
  auto add = [&](const OptionInfo& option) {
    if (option.metavar.empty()) {
      parsed[option.key] = app.add_flag(option.names);
    } else {
      CLI::Option* added = app.add_option(option.names, words[option.key], "");
      added->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->allow_extra_args(false);
      parsed[option.key] = added;
    }
  };
  std::ranges::for_each(options_, add);
  std::ranges::for_each(own, add);
  std::vector<std::string> plain;
  if (arguments_) app.add_option("arguments", plain, "");
  try {
    std::vector<std::string> given = with_values(argc, argv);
    std::ranges::reverse(given);  // as CLI11 takes them
    app.parse(std::move(given));
  } catch (const CLI::ExtrasError&) {
    const std::vector<std::string> extras = app.remaining();
    const std::string word = extras.empty() ? "" : extras.front();
    throw Error(ExitCode::usage, "unknown option " + printable(word),
                did_you_mean(word.substr(0, word.find('=')), known_names()));
  } catch (const CLI::ParseError& problem) {
    throw Error(ExitCode::usage, problem.what(), "see " + tool_ + " --help");
  }
  if (parsed["help"]->count() > 0) return help(false);
  if (parsed["help-all"]->count() > 0) return help(true);
  if (parsed["describe"]->count() > 0) {
    return described(words["describe"].back());
  }

  Given given;
  for (const OptionInfo& option : options_) {
    if (parsed[option.key]->count() > 0) {
      given.values[option.key] =
          option.metavar.empty() ? std::vector<std::string>{"true"} : words[option.key];
    } else if (const char* value = std::getenv(environment_name(option).c_str())) {
      given.values[option.key] = {value};
    }
  }
  if (parsed["config"]->count() > 0) apply_config(given, words["config"].back());
  if (parsed["print-config"]->count() > 0) return print_config(given);
  for (const OptionInfo& option : options_) {
    const auto found = given.values.find(option.key);
    if (found == given.values.end()) continue;
    if (found->second.size() > 1 && !option.repeatable) {
      throw Error(ExitCode::usage, "--" + option.key + " is given more than once");
    }
    for (const std::string& value : found->second) {
      try {
        option.set(value);
      } catch (Error& problem) {
        throw problem.within("--" + option.key);
      }
    }
  }
  if (arguments_) *arguments_ = plain;
  return std::nullopt;
}

std::string CommandLine::help(bool everything) const {
  std::string text = fmt::format("{}\n\nUsage: {} [options] {}\n\nExample:\n  {}\n", summary_, tool_,
                                 arguments_metavar_, example_);
  if (!arguments_help_.empty())
    text += fmt::format("\n  {:<26} {}\n", arguments_metavar_, wrapped(arguments_help_, 29));
  std::string heading;
  for (const CommandInfo& command : commands_) {
    if (command.group != heading) text += fmt::format("\n{}:\n", heading = command.group);
    text += fmt::format("  {:<11} {:<25} {}\n", command.name, command.arguments, wrapped(command.help, 40));
  }
  auto line = [&](const OptionInfo& option) {
    if (option.shown == Shown::all && !everything) return;
    if (option.group != heading) text += fmt::format("\n{}:\n", heading = option.group);
    std::string left = fmt::format("{}", fmt::join(split(option.names, ','), ", "));
    if (!option.metavar.empty())
      left += option.alone.empty() ? " " + option.metavar : " [" + option.metavar + "]";
    const std::string standard = option.standard.empty() ? "" : " [" + option.standard + "]";
    const std::string gap =
        left.size() > 26 ? "\n" + std::string(29, ' ') : std::string(27 - left.size(), ' ');
    text += "  " + left + gap + wrapped(option.help + standard, 29) + "\n";
  };
  std::ranges::for_each(options_, line);
  for (const OptionInfo& option : {HELP, HELP_ALL, CONFIG, PRINT_CONFIG, DESCRIBE}) line(option);
  if (everything) {
    text += "\nEvery option can also be given as RADBATCH_<NAME> in the environment or in a --config file.\n";
  }
  return text;
}

Json CommandLine::describe() const {
  Json list = Json::array();
  for (const OptionInfo& option : options_) {
    list.push_back({{"names", option_names(option)},
                    {"metavar", option.metavar},
                    {"help", option.help},
                    {"default", option.standard},
                    {"group", option.group},
                    {"repeatable", option.repeatable},
                    {"common", option.shown == Shown::common},
                    {"environment", environment_name(option)}});
  }
  Json commands = Json::array();
  for (const CommandInfo& command : commands_) {
    commands.push_back({{"name", command.name}, {"arguments", command.arguments}, {"help", command.help}});
  }
  return {{"tool", tool_},   {"summary", summary_}, {"example", example_}, {"arguments", arguments_metavar_},
          {"options", list}, {"commands", commands}};
}

}  // namespace radbatch
