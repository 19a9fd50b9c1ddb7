// radbatch scan: the headers of a tree read once, kept in a folder that every tool takes instead of the tree.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "radbatch/base/reporter.hpp"
#include "radbatch/batch/run_folder.hpp"
#include "radbatch/batch/run_options.hpp"

namespace radbatch {

/// Reads the headers of the inputs and writes studies.csv, series.csv, datapackage.json, scan.json and
/// private/ into options.out; files that an earlier scan of the folder knows are not opened again. Returns
/// the exit status. Throws Error for what ends a run.
int scan_studies(const RunOptions& options, Reporter& reporter);

/// True for a folder that scan_studies finished.
bool is_scan_folder(const std::filesystem::path& folder);
/// The input folders of a scan, absolute.
std::vector<std::string> scan_roots(const RunFolder& folder);
/// Where inputs are scan folders, cases are made as they were in the scan, unless the options say otherwise.
/// Throws Error(ExitCode::usage) when two scans differ in it.
RunOptions with_scan_settings(RunOptions options);

}  // namespace radbatch
