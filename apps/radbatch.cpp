// radbatch: the front. `radbatch <tool> ...` is radbatch-<tool>; the small commands look and explain.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <span>

#include "radbatch/base/file_descriptor.hpp"
#include "radbatch/base/flag.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/batch/merge.hpp"
#include "radbatch/batch/signals.hpp"
#include "radbatch/batch/why.hpp"
#include "radbatch/cli/export_command.hpp"
#include "radbatch/cli/level_options.hpp"
#include "radbatch/cli/model_command.hpp"
#include "radbatch/cli/tool_main.hpp"

using namespace radbatch;

namespace {

const std::vector<CommandInfo> tools{
    {"convert", "INPUT... -o OUT", "studies to NIfTI volumes with sidecars", "Tools"},
    {"preprocess", "--model M INPUT... -o OUT", "studies to the tensors that a model takes", "Tools"},
    {"infer", "--model M INPUT... -o OUT", "a cohort of studies to scores", "Tools"},
    {"ensemble", "RUN... -o OUT", "finished runs of several models to one result", "Tools"},
    {"report", "OUT [--labels FILE]", "a run folder to a page with pictures and statistics", "Tools"},
    {"scan", "INPUT... -o SCAN", "read the headers of a cohort once, for every tool", "Commands"},
    {"select", "SCAN --rules RULES", "what rules choose in a cohort, in seconds", "Commands"},
};
const std::vector<CommandInfo> small_commands{
    {"why", "OUT CASE", "the whole story of one case", "Commands"},
    {"explain", "[CODE]", "what a reason such as E_SLICE_GAP or a flag means and what to do", "Commands"},
    {"merge", "OUT", "tables from what several shards committed", "Commands"},
    {"repool", "RUN -o OUT --pooling ...", "scores by another pooling rule, without the network", "Commands"},
    {"export", "RUN --to DIR --format LIST",
     "DICOM reports and pictures, a BIDS derivative, ClinicaDL tables", "Commands"},
    {"model", "ACTION BUNDLE",
     "inspect: what a model takes and gives; verify: whether its files are whole; compile: a faster form of "
     "it",
     "Commands"},
};

CommandLine front() {
  std::vector<CommandInfo> all = tools;
  all.insert(all.end(), small_commands.begin(), small_commands.end());
  CommandLine line("radbatch",
                   "Classify whole cohorts of medical images. For research, not for clinical use.",
                   "radbatch infer --model models/body-region STUDIES -o results");
  static std::vector<std::string> words;
  line.arguments("COMMAND ...", words, "radbatch TOOL --help shows a tool's options");
  line.commands(std::move(all));
  return line;
}

int explain(const std::string& code) {
  if (const auto reason = find_reason(code)) {
    const ReasonInfo& facts = info(*reason);
    fmt::print(
        "{}: {}\nStatus: {}, {}\nWhat to do: {}\n", facts.code, facts.meaning, name(facts.status),
        facts.transient ? "tried again by the next run" : "final unless --retry failed or the files change",
        facts.advice);
    return 0;
  }
  if (const auto flag = find_flag(code)) {
    fmt::print("{}: {}\nA warning on a case that has its result.\n", flag->code, flag->meaning);
    return 0;
  }
  std::vector<std::string> codes;
  for (const ReasonInfo& facts : reasons()) codes.emplace_back(facts.code);
  for (const FlagInfo& flag : flags()) codes.emplace_back(flag.code);
  if (!code.empty()) {
    const std::string near = nearest(code, codes);
    throw Error(ExitCode::usage, "no reason or flag is called " + printable(code),
                near.empty() ? "radbatch explain lists all of them" : "did you mean " + near + "?");
  }
  for (const ReasonInfo& facts : reasons()) {
    fmt::print("{:<22} {:<12} {:<10} {}\n", facts.code, name(facts.status),
               facts.transient ? "retried" : "final", facts.meaning);
  }
  for (const FlagInfo& flag : flags()) {
    fmt::print("{:<22} {:<12} {:<10} {}\n", flag.code, "done", "-", flag.meaning);
  }
  return 0;
}

[[noreturn]] void become_tool(const std::string& tool, char** arguments) {
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe");
  const std::filesystem::path path = self.parent_path() / ("radbatch-" + tool);
  std::string first = "radbatch-" + tool;
  arguments[0] = first.data();
  ::execv(path.c_str(), arguments);
  throw Error(ExitCode::internal, "cannot start " + path.string() + ": " + std::strerror(errno));
}

int run(const std::vector<std::string>& words, Terminal& terminal) {
  const std::string& command = words.front();
  auto argument = [&](std::size_t i) -> const std::string& {
    if (i < words.size()) return words[i];
    throw Error(ExitCode::usage, command + " needs another argument", "see radbatch --help");
  };
  if (command == "explain") return explain(words.size() > 1 ? words[1] : "");
  if (command == "why") {
    fmt::print("{}", why(argument(1), argument(2)));
    return 0;
  }
  if (command == "merge") return merge_run(argument(1), terminal);
  if (command == "repool") return repool_command(words, terminal);
  if (command == "export") return export_command(words, terminal);
  if (command == "model") return model_command(std::span(words).subspan(1));
  std::vector<std::string> known;
  for (const CommandInfo& tool : tools) known.push_back(tool.name);
  for (const CommandInfo& other : small_commands) known.push_back(other.name);
  const std::string near = nearest(command, known);
  throw Error(ExitCode::usage, "unknown command " + printable(command),
              near.empty() ? "see radbatch --help" : "did you mean " + near + "?");
}

}  // namespace

int main(int argc, char** argv) {
  catch_signals();
  Terminal terminal("radbatch", {});
  const std::vector<std::string> words(argv + 1, argv + argc);
  try {
    if (words.empty()) {
      fmt::print(stderr, "{}", front().help(false));
      return static_cast<int>(ExitCode::usage);
    }
    if (words[0] == "--help" || words[0] == "-h" || words[0] == "--help-all" || words[0] == "help") {
      fmt::print("{}", front().help(false));
      return 0;
    }
    if (words[0] == "--describe") {
      fmt::print("{}", front().described(words.size() > 1 ? words[1] : ""));
      return 0;
    }
    if (words[0] == "--version") {
      fmt::print("{}", version_text("radbatch", words.size() > 1 && words[1] == "--json"));
      return 0;
    }
    for (const CommandInfo& tool : tools) {
      if (words[0] == tool.name) become_tool(words[0], argv + 1);
    }
    return run(words, terminal);
  } catch (const Error& problem) {
    terminal.error(problem);
    return static_cast<int>(problem.exit_code());
  } catch (const std::exception& problem) {
    terminal.error(
        Error(ExitCode::internal, problem.what(), "this is a defect of radbatch: please report it"));
    return static_cast<int>(ExitCode::internal);
  }
}
