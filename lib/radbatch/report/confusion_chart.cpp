#include "radbatch/report/confusion_chart.hpp"

#include <algorithm>
#include <numeric>

#include "radbatch/report/html.hpp"
#include "radbatch/report/svg.hpp"

namespace radbatch {
namespace {

using namespace svg;

constexpr double TITLE = 18, MOST_NAME = 110;

/// Where the cells are.
struct Grid {
  double left = 0, top = 0, cell = 0;
  bool has_shares = true, is_upright = false;  ///< upright: the columns' names are turned
};

Grid grid_of(const ConfusionChart& chart) {
  double widest = 30;
  for (const std::string& name : chart.names) widest = std::max(widest, text_width(name));
  widest = std::min(widest, MOST_NAME);
  Grid grid;
  grid.left = TITLE + widest + 8;
  grid.has_shares = chart.names.size() <= 12;
  double least = grid.has_shares ? 38 : 25;
  for (const auto& row : chart.counts)
    for (const std::size_t n_cell : row) least = std::max(least, text_width(html::grouped(n_cell), 9.5) + 5);
  const double n = static_cast<double>(std::max<std::size_t>(1, chart.names.size()));
  grid.cell = std::clamp((NARROW - grid.left) / n, least, std::max(least, 74.0));
  grid.is_upright = widest > grid.cell - 4;
  grid.top = TITLE + (grid.is_upright ? widest + 10 : 18);
  return grid;
}

std::string cell_picture(std::size_t n, std::size_t row_total, double x, double y, const Grid& grid,
                         bool is_right) {
  const double share = row_total == 0 ? 0 : static_cast<double>(n) / static_cast<double>(row_total);
  const bool is_strong = share >= STRONG_CELL;
  const double height = std::min(grid.cell, 46.0);
  std::string out;
  if (n > 0) {
    out += "<rect " +
           attributes({{"class", is_right ? "right" : "wrong"},
                       {"x", number(x)},
                       {"y", number(y)},
                       {"width", number(grid.cell)},
                       {"height", number(height)},
                       {"fill-opacity", html::fixed(cell_opacity(share), 2)}}) +
           "/>";
  }
  out += rectangle(x, y, grid.cell, height, "cell");
  const std::string strong = is_strong ? " on-strong" : "";
  const double middle = x + grid.cell / 2;
  if (!grid.has_shares)
    return out + label(middle, y + height / 2 + 3.5, (n == 0 ? "tiny soft middle" : "tiny middle") + strong,
                       html::grouped(n));
  const double first = y + height / 2 + (n == 0 || row_total == 0 ? 4 : -1);
  out += label(middle, first, n == 0 ? "soft middle" : "strong small middle" + strong, html::grouped(n));
  if (n > 0) out += label(middle, first + 13, "tiny middle" + strong, html::fixed(100 * share, 1) + "%");
  return out;
}

std::string column_name(const std::string& name, double x, const Grid& grid) {
  if (!grid.is_upright)
    return fitted_label(x + grid.cell / 2, grid.top - 6, "soft middle", name, grid.cell - 4);
  const std::string turn =
      "translate(" + number(x + grid.cell / 2 + 3.5) + " " + number(grid.top - 6) + ") rotate(-90)";
  return html::element("text", attributes({{"class", "soft"}, {"transform", turn}}),
                       html::escape(shortened(name, MOST_NAME)));
}

}  // namespace

double cell_opacity(double share) {
  return share >= STRONG_CELL ? 0.8 + 0.2 * (share - STRONG_CELL) / (1 - STRONG_CELL) : 0.06 + 0.4 * share;
}

std::string confusion_chart(const ConfusionChart& chart) {
  const Grid grid = grid_of(chart);
  const double row_height = std::min(grid.cell, 46.0);
  const std::size_t n = chart.names.size();
  const double width = grid.left + grid.cell * static_cast<double>(n) + 1;
  const double height = grid.top + row_height * static_cast<double>(n) + 1;
  std::string inner =
      label(grid.left + (width - grid.left) / 2, 12, "middle", html::escape(chart.call_title)) +
      upright_label(11, grid.top + (height - grid.top) / 2, "", html::escape(chart.truth_title));
  for (std::size_t truth = 0; truth < n; ++truth) {
    const double y = grid.top + row_height * static_cast<double>(truth);
    const std::vector<std::size_t>& row = chart.counts.at(truth);
    const std::size_t row_total = std::accumulate(row.begin(), row.end(), std::size_t{0});
    inner +=
        fitted_label(grid.left - 6, y + row_height / 2 + 3.5, "soft end", chart.names[truth], MOST_NAME) +
        column_name(chart.names[truth], grid.left + grid.cell * static_cast<double>(truth), grid);
    for (std::size_t call = 0; call < n; ++call)
      inner += cell_picture(row.at(call), row_total, grid.left + grid.cell * static_cast<double>(call), y,
                            grid, call == truth);
  }
  return picture(std::max(width, 200.0), height, "confusion-chart", chart.title, chart.description, inner);
}

}  // namespace radbatch
