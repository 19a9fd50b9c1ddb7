// What a part is put together from: each piece goes to the page and to the lists behind it at once, so that
// no table, figure or sentence is in one and not in the other.
#pragma once

#include <optional>
#include <string>

#include "radbatch/report/part.hpp"

namespace radbatch {

void add_heading(ReportPart& part, const std::string& text);
/// A sentence on methods or on what is left out; also in numbers["notes"].
void add_note(ReportPart& part, const std::string& text);
void add_table(ReportPart& part, ReportTable table);
/// Behind a line to click on: for what few readers look up.
void add_folded_table(ReportPart& part, const std::string& summary, ReportTable table);
void add_figure(ReportPart& part, Figure figure);
/// A list that is not empty, and a link to it with its number of cases.
void add_list(ReportPart& part, CaseList list);

/// Smaller ones are printed as "< 0.001".
inline constexpr double SMALLEST_PRINTED_P = 0.001;
/// "0.032", "< 0.001"; "–" where there is none.
std::string p_text(const std::optional<double>& p);
/// "+0.021 (-0.010 to 0.052)" with a minus sign; "–" where there is no value.
std::string difference_text(const Estimate& estimate, int decimals = 3);
/// "0.912"; "–" where there is no value.
std::string value_text(const std::optional<double>& value, int decimals = 3);
/// "95 %" of 0.95.
std::string level_text(double level);
Json optional_json(const std::optional<double>& value);

}  // namespace radbatch
