// report.json: every number of the page, and the curves' points, for programs.
#pragma once

#include "radbatch/base/json.hpp"
#include "radbatch/report/page.hpp"

namespace radbatch {

Json report_json(const ReportContent& content);

}  // namespace radbatch
