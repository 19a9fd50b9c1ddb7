// The way back from a number to its cases: lists at the page's end, whole as files beside it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

#include "radbatch/report/part.hpp"

namespace radbatch {

/// The lists as <details>, each with its first `most_ids` ids; a link to a list opens it. `place` says where
/// the whole lists are ("lists/").
std::string case_lists_html(const PartContext& ctx, std::span<const CaseList> lists, std::size_t most_ids,
                            const std::string& place);
/// {id: {"title", "n"}}
Json case_lists_json(std::span<const CaseList> lists);
/// Writes <id>.csv of each list, with the column case_id (or patient_key, where patients are counted).
/// Throws Error(ExitCode::output).
void write_case_lists(const AnalysisData& data, std::span<const CaseList> lists,
                      const std::filesystem::path& folder);

/// Links of `html` to lists that are not there are taken off, their words stay: a part may name a list that
/// turned out empty.
std::string without_dead_links(const std::string& html, std::span<const CaseList> lists);

}  // namespace radbatch
