// The figures of many findings on the page: the first row in sight, the others behind a line to click on.
#pragma once

#include <string>
#include <vector>

#include "radbatch/report/language.hpp"

namespace radbatch {

/// `figures` are <figure> elements, in the order of the findings.
std::string chart_grid(const Language& lang, const std::vector<std::string>& figures);

}  // namespace radbatch
