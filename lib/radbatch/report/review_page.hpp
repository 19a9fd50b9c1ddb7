// private/review.html and private/review.csv: which false positives and negatives to look up in the PACS.
//
// The one output of a report that names patients, and so it lies in the run's private/ and is readable by its
// owner only.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include "radbatch/report/part.hpp"
#include "radbatch/report/run_data.hpp"

namespace radbatch {

/// A file that only its owner can read. Throws Error(ExitCode::output).
void write_private_file(const std::filesystem::path& path, const std::string& content);

inline constexpr std::size_t MOST_REVIEWED = 200;  ///< rows of the page per finding and kind; the CSV has all

struct ReviewFiles {
  std::string html, csv;
};

/// Nothing without labels and decisions, without errors, or where the run has no private/linkage.csv.
std::optional<ReviewFiles> review_files(const PartContext& ctx, const RunData& run);

/// Writes both into the run's private/, mode 0600. Returns the page's path, or nothing where there is
/// nothing to review; then files of an earlier report are removed. Throws Error(ExitCode::output).
std::optional<std::filesystem::path> write_review(const PartContext& ctx, const RunData& run);

}  // namespace radbatch
