#include "radbatch/cli/shared_options.hpp"

#include <algorithm>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/cli/values.hpp"
#include "radbatch/study/case_names.hpp"
#include "radbatch/study/case_template.hpp"
#include "radbatch/study/cohort.hpp"
#include "radbatch/study/derived_fields.hpp"

namespace radbatch {
namespace {

OptionInfo value(std::string names, std::string metavar, std::string help, std::string standard, Shown shown,
                 std::function<void(const std::string&)> set) {
  return {std::move(names), {}, std::move(metavar), std::move(help), std::move(standard), {}, shown, false,
          std::move(set)};
}

void declare_resources(CommandLine& line, SharedOptions& options) {
  line.group("Resources");
  line.option(value("--cpus", "N", "Processors to use", "all this process may use", Shown::common,
                    [&](const std::string& word) { options.cpus = parse_count(word); }));
  line.option(value("--max-ram", "SIZE", "Memory for the tool, its workers and the cases under way",
                    "half of what is allowed", Shown::common,
                    [&](const std::string& word) { options.max_ram = parse_bytes(word); }));
  line.option(value("--max-unpacked", "SIZE", "Largest content of one archive among the inputs",
                    "256M, or 100 times the archive", Shown::all,
                    [&](const std::string& word) { options.run.max_unpacked = parse_bytes(word); }));
  line.option(value("--jobs", "N", "Image workers, for experts", "--cpus", Shown::all,
                    [&](const std::string& word) { options.jobs = parse_count(word); }));
  line.option(value("--case-timeout", "TIME", "Longest time one case may take in a worker", "10m", Shown::all,
                    [&](const std::string& word) { options.run.case_timeout = parse_duration(word); }));
  line.flag("--require-sandbox", options.run.require_sandbox, "End unless the workers can be confined",
            Shown::all);
}

/// How files become cases.
void declare_grouping(CommandLine& line, SharedOptions& options, LayoutName layout_name) {
  RunOptions& run = options.run;
  line.group("What makes a case");
  line.option(value("--case-by", "KEYWORD",
                    "What makes one case: StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID, PatientID, "
                    "ImageLaterality, a manifest's column; several with commas",
                    "StudyInstanceUID", Shown::common,
                    [&run](const std::string& word) { run.case_by = parse_case_by(word); }));
  line.option(value("--case-id", "TEMPLATE",
                    "Ids of cases from {folder}, {file}, DICOM keywords, manifest columns",
                    "hashes of UIDs, paths of files", Shown::all, [&run](const std::string& word) {
                      check_case_template(word);
                      run.cases.case_id = word;
                    }));
  const bool is_free = layout_name == LayoutName::layout;
  line.option(value(
      is_free ? "--layout,--input-layout" : "--input-layout", "NAME",
      "File names of the input follow bids or nnunet", "none", Shown::all, [&run](const std::string& word) {
        const auto layout = find_layout(word);
        if (!layout) {
          throw Error(ExitCode::usage, "expected one of none, bids, nnunet, not '" + printable(word) + "'");
        }
        run.cases.layout = *layout;
      }));
  line.option(value("--group", "REGEX",
                    "Cases and inputs by file names: '(?<case>.+)_(?<input>t1|t2)\\.nii\\.gz'", "",
                    Shown::all, [&run](const std::string& word) {
                      check_group(word);
                      run.cases.group = word;
                    }));
  OptionInfo assume =
      value("--assume", "KEYWORD=VALUE", "What a header does not say: Modality=CT; repeatable", "",
            Shown::all, [&run](const std::string& word) {
              const auto [field, text] = parse_assumption(word);
              run.cases.assumed[field] = text;
            });
  assume.repeatable = true;
  line.option(std::move(assume));
}

void declare_choice_of_cases(CommandLine& line, SharedOptions& options) {
  RunOptions& run = options.run;
  line.group("Which cases");
  line.option(value("--frames", "WHICH",
                    "Frames of a clip: n=32 (evenly in time), every=0.5s, all, keyframes, or 0,30,60",
                    "n=32 of a video, all of a DICOM cine", Shown::common,
                    [&run](const std::string& word) { run.frames = parse_frame_choice(word); }));
  line.list("--only", "ID", run.only, "Only this case (id, unique prefix, or @file); repeatable", Shown::all);
  line.list("--exclude", "ID", run.exclude, "Not this case; repeatable", Shown::all);
  line.option(value("--limit", "N", "The first N cases by id", "", Shown::common,
                    [&run](const std::string& word) { run.limit = parse_count(word); }));
  line.option(value("--sample", "N", "N cases chosen by --seed", "", Shown::all,
                    [&run](const std::string& word) { run.sample = parse_count(word); }));
  line.option(value("--seed", "N", "Seed of --sample and --preview", "0", Shown::all,
                    [&run](const std::string& word) { run.seed = parse_count(word); }));
  line.option(value("--shard", "I/N", "Take part I (0 to N-1) of N of the cases, or auto in a Slurm array",
                    "0/1", Shown::all, [&run](const std::string& word) { run.shard = parse_shard(word); }));
}

void declare_rerun(CommandLine& line, SharedOptions& options) {
  RunOptions& run = options.run;
  line.group("Faults and reruns");
  line.option(value("--retry", "WHICH", "Committed cases to take up again: transient, failed, all, none",
                    "transient", Shown::common,
                    [&run](const std::string& word) { run.retry = parse_retry(word); }));
  OptionInfo ok = value("--ok", "STATUS", "End with 0 although cases were refused or failed (refused,failed)",
                        "", Shown::common, [&run](const std::string& word) {
                          for (const std::string& part : split(word, ',')) {
                            if (part != "refused" && part != "failed") {
                              throw Error(ExitCode::usage,
                                          "expected refused, failed or both, not '" + printable(part) + "'");
                            }
                            run.accepted.insert(*find_status(part));
                          }
                        });
  line.option(std::move(ok));
  line.option(value("--max-failures", "N|P%", "Stop when more cases have failed", "", Shown::all,
                    [&run](const std::string& word) { run.max_failures = parse_max_failures(word); }));
  line.option(value("--stop-after", "TIME", "Stop at a checkpoint after this time (55m) and end with 10", "",
                    Shown::all, [&run](const std::string& word) { run.stop_after = parse_duration(word); }));
  line.flag("--force", run.force, "Do every case again", Shown::all);
  line.flag("--dry-run", run.dry_run, "Show the cases and what would be refused, and stop", Shown::common);
}

}  // namespace

void declare_scan_options(CommandLine& line, SharedOptions& options) {
  line.arguments("INPUT...", options.run.inputs,
                 "folders, files, manifests (.jsonl .csv .tsv), @list, or - for standard input");
  line.group("Input and output");
  line.option(value("-o,--output", "FOLDER", "Scan folder to write; the same command again renews it", "",
                    Shown::common, [&](const std::string& word) { options.run.out = word; }));
  line.flag("-0,--null", options.run.nul_separated, "Paths in lists end with NUL", Shown::all);
  line.option(value("--key-file", "FILE", "Secret for patient_key, to keep it the same across runs", "",
                    Shown::all, [&](const std::string& word) { options.run.key_file = word; }));
  line.flag("--force", options.run.force, "Read every header again", Shown::all);
  declare_grouping(line, options, LayoutName::layout);
  declare_resources(line, options);
}

void declare_run_options(CommandLine& line, SharedOptions& options, LayoutName layout) {
  line.arguments(
      "INPUT...", options.run.inputs,
      "folders, files, a scan folder, manifests (.jsonl .csv .tsv), @list, or - for standard input");
  line.group("Input and output");
  line.option(value("-o,--output", "FOLDER", "Run folder to write; the same command again goes on in it", "",
                    Shown::common, [&](const std::string& word) { options.run.out = word; }));
  line.flag("--stream", options.run.stream,
            "Write one JSON line per case to standard output, for the next tool", Shown::common);
  line.flag("-0,--null", options.run.nul_separated, "Paths in lists end with NUL", Shown::all);
  line.option(value("--key-file", "FILE", "Secret for patient_key, to keep it the same across runs", "",
                    Shown::all, [&](const std::string& word) { options.run.key_file = word; }));
  declare_grouping(line, options, layout);
  declare_choice_of_cases(line, options);
  declare_rerun(line, options);
  declare_resources(line, options);
}

void declare_output_options(CommandLine& line, SharedOptions& options) {
  TerminalOptions& terminal = options.terminal;
  line.group("Messages");
  line.flag("-q,--quiet", terminal.quiet, "Only warnings and errors", Shown::all);
  line.flag("-v,--verbose", terminal.verbose, "One line for every case that is not done", Shown::all);
  line.option(value("--log-file", "FILE", "Append messages to FILE too", "", Shown::all,
                    [&](const std::string& word) { terminal.log_file = word; }));
  line.option(value("--log-format", "FORM", "text or json", "text", Shown::all, [&](const std::string& word) {
    if (word != "text" && word != "json")
      throw Error(ExitCode::usage, "expected text or json, not '" + printable(word) + "'");
    terminal.log_as_json = word == "json";
  }));
  line.option(value("--progress", "WHEN", "auto, always or never", "auto", Shown::all,
                    [&](const std::string& word) { terminal.progress = parse_when(word); }));
  line.option(value("--color", "WHEN", "auto, always or never", "auto", Shown::all,
                    [&](const std::string& word) { terminal.color = parse_when(word); }));
  line.flag("--version", options.version, "Show the version", Shown::common);
  line.flag("--json", options.json, "With --version: as data", Shown::all);
}

namespace {

RunOptions with_resources(RunOptions run, const SharedOptions& options) {
  const std::size_t cpus = std::max<std::size_t>(options.cpus.value_or(available_cpus()), 1);
  run.cpus = cpus;
  // Which of them work, and on what, the scheduler decides; there is one for every processor.
  run.jobs = std::max<std::size_t>(options.jobs.value_or(cpus), 1);
  // The last bits of a network may depend on its threads, never on how many processes run it.
  run.threads = std::max(options.threads.value_or(1), 1);
  run.max_ram = options.max_ram.value_or(half_of_memory());
  return run;
}

}  // namespace

RunOptions resolve(const SharedOptions& options) {
  RunOptions run = options.run;
  if (run.inputs.empty())
    throw Error(ExitCode::usage, "no input given", "name folders or files, or - for standard input");
  if (run.out.empty()) throw Error(ExitCode::usage, "no run folder given", "name it with -o FOLDER");
  return with_resources(std::move(run), options);
}

RunOptions resolve_resources(const SharedOptions& options) {
  return with_resources(options.run, options);
}

}  // namespace radbatch
