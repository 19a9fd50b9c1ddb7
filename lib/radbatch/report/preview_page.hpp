// preview.html: what the network sees of some cases beside what was read, for a look before (or after) a
// cohort is scored. Stands alone as the report does: no script, nothing fetched.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace radbatch {

struct PreviewCase {
  std::string case_id;
  std::vector<std::string> why;     ///< why it was chosen: "sample", "finest spacing"
  std::vector<std::string> alarms;  ///< by name
  std::string facts;                ///< one line: shape, spacing, range
  std::string png;                  ///< the sheet's bytes; empty: may show a name and is not drawn
  std::string absence;              ///< why there is no sheet
};

struct AlarmMeaning {
  std::string_view name, meaning;
};

struct PreviewContent {
  std::string title;
  std::string subtitle;  ///< model and plan
  std::size_t n_cases = 0;
  std::vector<PreviewCase> cases;  ///< those chosen, sorted by id
  /// Of all cases that were looked at, drawn or not: alarm -> case ids.
  std::vector<std::pair<AlarmMeaning, std::vector<std::string>>> alarms;
  bool has_looked_at_all = false;  ///< false: only the cases that were drawn
};

std::string render_preview_page(const PreviewContent& content);

}  // namespace radbatch
