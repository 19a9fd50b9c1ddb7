// The options that every tool spells alike.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "radbatch/batch/run_options.hpp"
#include "radbatch/cli/command_line.hpp"
#include "radbatch/cli/terminal.hpp"

namespace radbatch {

/// What the shared options say, before it is resolved against the machine.
struct SharedOptions {
  RunOptions run;
  TerminalOptions terminal;
  std::optional<std::size_t> cpus, jobs;
  std::optional<int> threads;
  std::optional<std::uint64_t> max_ram;
  bool version = false;
  bool json = false;
};

/// -q, -v, --log-file, --progress, --color, --version.
void declare_output_options(CommandLine& line, SharedOptions& options);
/// What the layout of the input is called: --layout, or --input-layout alone where --layout is that of the
/// output.
enum class LayoutName { layout, input_layout };

/// INPUT..., -o, --stream, resources, which cases, retry.
void declare_run_options(CommandLine& line, SharedOptions& options, LayoutName layout = LayoutName::layout);
/// What scan takes of them: INPUT..., -o, how cases are made, resources, --force.
void declare_scan_options(CommandLine& line, SharedOptions& options);
/// Fills in what depends on the machine.
/// Throws Error(ExitCode::usage) when inputs or -o are missing.
RunOptions resolve(const SharedOptions& options);
/// The same for what is no run and needs neither inputs nor -o.
RunOptions resolve_resources(const SharedOptions& options);

}  // namespace radbatch
