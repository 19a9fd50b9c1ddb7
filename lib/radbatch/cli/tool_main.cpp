#include "radbatch/cli/tool_main.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "radbatch/base/file_descriptor.hpp"
#include "radbatch/base/version.hpp"
#include "radbatch/batch/signals.hpp"

namespace radbatch {

std::string version_text(const std::string& tool, bool as_json) {
  if (as_json) {
    return pretty({{"tool", tool},
                   {"version", version()},
                   {"git_revision", git_revision()},
                   {"result_version", RESULT_VERSION},
                   {"compiler", __VERSION__},
                   {"fmt", FMT_VERSION}});
  }
  return fmt::format("{} {} (git {}), results version {}\n", tool, version(), git_revision(), RESULT_VERSION);
}

int tool_main(CommandLine& line, SharedOptions& shared, int argc, char** argv,
              const std::function<int(Terminal&)>& run) {
  catch_signals();
  std::unique_ptr<Terminal> terminal;
  try {
    terminal = std::make_unique<Terminal>(line.tool(), TerminalOptions{});
    if (argc <= 1) {
      fmt::print(stderr, "{}", line.help(false));
      return static_cast<int>(ExitCode::usage);
    }
    const std::optional<std::string> text = line.parse(argc, argv);
    if (text || shared.version) {
      const bool written = write_all(STDOUT_FILENO, text ? *text : version_text(line.tool(), shared.json));
      return static_cast<int>(written ? ExitCode::ok : ExitCode::output);
    }
    terminal = std::make_unique<Terminal>(line.tool(), shared.terminal);
    shared.run.command.assign(argv, argv + argc);
    return run(*terminal);
  } catch (const Error& problem) {
    terminal->error(problem);
    return static_cast<int>(problem.exit_code());
  } catch (const std::exception& problem) {
    terminal->error(
        Error(ExitCode::internal, problem.what(), "this is a defect of radbatch: please report it"));
    return static_cast<int>(ExitCode::internal);
  }
}

}  // namespace radbatch
