#include "radbatch/report/preview_page.hpp"

#include <doctest/doctest.h>

using namespace radbatch;

namespace {

PreviewContent example() {
  PreviewContent content;
  content.title = "What <b> sees";
  content.n_cases = 1234;
  content.cases.push_back({"a", {"sample"}, {"blank_slices"}, "facts & figures", "\x89PNG", ""});
  content.cases.push_back({"us1", {"most voxels"}, {}, "", "", "Not drawn: may show a name."});
  content.alarms.push_back({{"blank_slices", "slices of one value"}, {"a", "elsewhere"}});
  return content;
}

bool has(const std::string& page, const std::string& text) {
  return page.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("the page stands alone: no script, a policy that forbids one, pictures inside") {
  const std::string page = render_preview_page(example());
  CHECK(has(page, "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\""));
  CHECK_FALSE(has(page, "<script"));
  CHECK_FALSE(has(page, "http://"));
  CHECK(has(page, "src=\"data:image/png;base64,iVBORw==\""));
  CHECK(has(page, "prefers-color-scheme: dark"));
}

TEST_CASE("cases say why they were chosen, what is odd about them, or why they are not drawn") {
  const std::string page = render_preview_page(example());
  CHECK(has(page,
            "<code>a</code> <span class=\"soft\">sample</span> <span class=\"alarm\">blank_slices</span>"));
  CHECK(has(page, "facts &amp; figures"));
  CHECK(has(page, "Not drawn: may show a name."));
  CHECK(has(page, "1,234"));
}

TEST_CASE("alarms lead to the cases that are on the page") {
  const std::string page = render_preview_page(example());
  CHECK(has(page, "<a href=\"#a\"><code>a</code></a>, <code>elsewhere</code>"));
  PreviewContent quiet = example();
  quiet.alarms.clear();
  quiet.has_looked_at_all = true;
  CHECK(has(render_preview_page(quiet), "None among all prepared cases."));
}

TEST_CASE("text from elsewhere is escaped") {
  CHECK(has(render_preview_page(example()), "<h1>What &lt;b&gt; sees</h1>"));
}
