// CLAIM 2024, TRIPOD+AI and STARD-AI, filled with what the tool knows; the rest is left for the authors.
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "radbatch/report/checklist_items.hpp"
#include "radbatch/report/part.hpp"
#include "radbatch/report/run_data.hpp"

namespace radbatch {

/// A sentence or two per fact, in plain text; facts that are not known are not there. `parts` are those of
/// the report: a fact names the section that shows it.
std::map<Fact, std::string> known_facts(const PartContext& ctx, const RunData& run,
                                        std::span<const ReportPart> parts);

/// The page's section: per checklist how many items are filled, and the items in <details>.
ReportPart checklist_part(const PartContext& ctx, const RunData& run, std::span<const ReportPart> parts);

/// item, topic, section, what is known, and an empty column for the authors' page number.
ReportTable checklist_table(const Checklist& checklist, const std::map<Fact, std::string>& facts);

/// Writes <id>.md and <id>.csv of each checklist. Throws Error(ExitCode::output).
void write_checklists(const std::map<Fact, std::string>& facts, const std::filesystem::path& folder);

}  // namespace radbatch
