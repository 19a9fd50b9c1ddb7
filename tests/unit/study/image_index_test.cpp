#include "radbatch/study/image_index.hpp"

#include <doctest/doctest.h>

#include "radbatch/study/selection.hpp"
#include "records.hpp"

using namespace radbatch;
using namespace radbatch::test;

TEST_CASE("images chosen from the index are those chosen from the records") {
  FileRecord report = slice("5", 1, 0, {{"Modality", "SR"}});
  report.reason = Reason::not_image;
  const Cohort cohort = cohort_of(series_of("1", 3) + series_of("2", 5) + std::vector{report});
  const auto cases = cases_of_image_index(image_index_text(cohort.cases));
  REQUIRE(cases.has_value());
  SelectionRule rule;
  rule.on_many = OnMany::most_slices;
  const Selection a = select(cohort.cases[0], rule), b = select((*cases)[0], rule);
  REQUIRE(a.rows.size() == b.rows.size());
  CHECK(a.inputs[0].candidate == b.inputs[0].candidate);
  for (std::size_t i = 0; i < a.rows.size(); ++i) CHECK(a.rows[i].rule == b.rows[i].rule);
}

TEST_CASE("an index of another revision is not believed") {
  std::string text = image_index_text({});
  CHECK(cases_of_image_index(text)->empty());
  text.replace(text.find("radbatch-images"), 8, "otherone");
  CHECK_FALSE(cases_of_image_index(text).has_value());
  CHECK_FALSE(cases_of_image_index("").has_value());
  CHECK_FALSE(cases_of_image_index(image_index_text({}) + "{\"case_id\": ").has_value());
}
