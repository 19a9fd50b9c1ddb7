#include "radbatch/report/chart_grid.hpp"

#include "radbatch/report/html.hpp"

namespace radbatch {

namespace {

constexpr std::size_t MOST_OPEN = 6;
constexpr std::size_t SHOWN_OF_MANY = 3;  // a row of a wide screen

}  // namespace

std::string chart_grid(const Language& lang, const std::vector<std::string>& figures) {
  const std::size_t n_open = figures.size() > MOST_OPEN ? SHOWN_OF_MANY : figures.size();
  std::string open, folded;
  for (std::size_t i = 0; i < figures.size(); ++i) (i < n_open ? open : folded) += figures[i];
  if (open.empty()) return {};
  using html::element;
  std::string drawn = element("div", "class=\"charts\"", open);
  if (folded.empty()) return drawn;
  return drawn + element("details", "class=\"figures-of-others\"",
                         element("summary", "", html::escape(lang("The other findings"))) +
                             element("div", "class=\"charts\"", folded));
}

}  // namespace radbatch
