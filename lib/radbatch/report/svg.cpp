#include "radbatch/report/svg.hpp"

#include <array>
#include <cmath>
#include <cstdint>

#include "radbatch/report/html.hpp"

namespace radbatch::svg {
namespace {

/// Bytes of the UTF-8 character that starts with this byte.
std::size_t length_of(unsigned char first) {
  if (first < 0x80) return 1;
  if (first < 0xE0) return 2;
  return first < 0xF0 ? 3 : 4;
}

struct Character {
  std::string_view bytes;
  std::uint32_t code = 0;
};

Character next_character(std::string_view text) {
  const std::size_t length = std::min(length_of(static_cast<unsigned char>(text.front())), text.size());
  static constexpr std::array<unsigned, 5> payload{0, 0x7F, 0x1F, 0x0F, 0x07};
  std::uint32_t code = static_cast<unsigned char>(text.front()) & payload[length];
  for (std::size_t i = 1; i < length; ++i) code = (code << 6) | (static_cast<unsigned char>(text[i]) & 0x3F);
  return {text.substr(0, length), code};
}

bool is_ideograph(std::uint32_t code) {
  return (code >= 0x2E80 && code < 0xFB00) || (code >= 0xFF00 && code < 0xFFE1) || code >= 0x20000;
}

/// In ems, of a sans-serif face; a little generous, so that what is counted to fit does fit.
double advance(std::uint32_t code) {
  if (is_ideograph(code)) return 1;
  if (code >= 0x80) return 0.6;
  const auto letter = static_cast<char>(code);
  if (std::string_view(" .,:;|!'`ijlI()[]/").find(letter) != std::string_view::npos) return 0.32;
  if (std::string_view("mwMW@%").find(letter) != std::string_view::npos) return 0.9;
  if (letter >= 'A' && letter <= 'Z') return 0.72;
  return letter >= '0' && letter <= '9' ? 0.63 : 0.58;
}

constexpr std::string_view ELLIPSIS = "…";

std::string path(const std::string& kind, const std::string& d) {
  return "<path " + attributes({{"class", kind}, {"d", d}}) + "/>";
}

/// Corners around the point, in units of the radius.
std::string polygon(double x, double y, double radius,
                    std::initializer_list<std::pair<double, double>> corners, const std::string& kind) {
  std::string d;
  for (const auto& [dx, dy] : corners)
    d += (d.empty() ? "M" : "L") + number(x + dx * radius) + " " + number(y + dy * radius);
  return path(kind, d + "Z");
}

}  // namespace

std::string number(double value) {
  const double rounded = std::round(value * 10) / 10;
  return html::fixed(rounded == 0 ? 0 : rounded, rounded == std::round(rounded) ? 0 : 1);
}

std::string attributes(std::initializer_list<std::pair<const char*, std::string>> pairs) {
  std::string out;
  for (const auto& [key, value] : pairs)
    out += std::string(out.empty() ? "" : " ") + key + "=\"" + value + "\"";
  return out;
}

std::string rectangle(double x, double y, double width, double height, const std::string& kind) {
  return "<rect " +
         attributes({{"class", kind},
                     {"x", number(x)},
                     {"y", number(y)},
                     {"width", number(width)},
                     {"height", number(height)}}) +
         "/>";
}

std::string line(double x1, double y1, double x2, double y2, const std::string& kind) {
  return "<line " +
         attributes({{"class", kind},
                     {"x1", number(x1)},
                     {"y1", number(y1)},
                     {"x2", number(x2)},
                     {"y2", number(y2)}}) +
         "/>";
}

std::string label(double x, double y, const std::string& kind, const std::string& content) {
  return html::element("text", attributes({{"class", kind}, {"x", number(x)}, {"y", number(y)}}), content);
}

std::string fitted_label(double x, double y, const std::string& kind, const std::string& text, double width,
                         double size) {
  const std::string cut = shortened(text, width, size);
  const std::string tooltip = cut == text ? "" : html::element("title", "", html::escape(text));
  return label(x, y, kind, tooltip + html::escape(cut));
}

std::string upright_label(double x, double y, const std::string& kind, const std::string& content) {
  const std::string turn = "translate(" + number(x) + " " + number(y) + ") rotate(-90)";
  return html::element("text", attributes({{"class", kind + " middle"}, {"transform", turn}}), content);
}

std::string mark(double x, double y, double radius, std::size_t series, const std::string& kind) {
  const std::string classes = "mark " + kind;
  switch (series % 6) {
    case 1:
      return rectangle(x - 0.88 * radius, y - 0.88 * radius, 1.76 * radius, 1.76 * radius, classes);
    case 2:
      return polygon(x, y, radius, {{0, -1.2}, {1.1, 0.8}, {-1.1, 0.8}}, classes);
    case 3:
      return polygon(x, y, radius, {{0, -1.3}, {1.3, 0}, {0, 1.3}, {-1.3, 0}}, classes);
    case 4:
      return polygon(x, y, radius, {{0, 1.2}, {1.1, -0.8}, {-1.1, -0.8}}, classes);
    case 5:
      return polygon(x, y, radius,
                     {{-.4, -1.1},
                      {.4, -1.1},
                      {.4, -.4},
                      {1.1, -.4},
                      {1.1, .4},
                      {.4, .4},
                      {.4, 1.1},
                      {-.4, 1.1},
                      {-.4, .4},
                      {-1.1, .4},
                      {-1.1, -.4},
                      {-.4, -.4}},
                     classes);
    default:
      return "<circle " +
             attributes({{"class", classes}, {"cx", number(x)}, {"cy", number(y)}, {"r", number(radius)}}) +
             "/>";
  }
}

double text_width(std::string_view text, double size) {
  double ems = 0;
  while (!text.empty()) {
    const Character next = next_character(text);
    ems += advance(next.code);
    text.remove_prefix(next.bytes.size());
  }
  return ems * size;
}

std::string shortened(const std::string& text, double width, double size) {
  if (text_width(text, size) <= width) return text;
  std::string out;
  double taken = size;  // of the ellipsis
  for (std::string_view rest = text; !rest.empty();) {
    const Character next = next_character(rest);
    taken += advance(next.code) * size;
    if (taken > width) break;
    out += next.bytes;
    rest.remove_prefix(next.bytes.size());
  }
  return out.append(ELLIPSIS);
}

std::vector<std::string> wrapped(const std::string& text, double width, std::size_t most, double size) {
  std::vector<std::string> lines{""};
  std::string word;
  auto put_word = [&] {
    const std::string_view shown = std::string_view(word).substr(0, word.find_last_not_of(' ') + 1);
    const bool has_room = text_width(lines.back(), size) + text_width(shown, size) <= width;
    if (lines.size() < most && !lines.back().empty() && !has_room) {
      if (lines.back().ends_with(' ')) lines.back().pop_back();
      lines.emplace_back();
    }
    lines.back() += word;
    word.clear();
  };
  for (std::string_view rest = text; !rest.empty();) {
    const Character next = next_character(rest);
    word += next.bytes;
    if (next.code == ' ' || is_ideograph(next.code)) put_word();
    rest.remove_prefix(next.bytes.size());
  }
  put_word();
  for (std::string& one : lines) one = shortened(one, width, size);
  return lines;
}

std::string picture(double width, double height, const std::string& kind, const std::string& title,
                    const std::string& description, const std::string& inner) {
  // Words grow by no more than a fifth on a wide screen, and do not shrink below legibility on a narrow one.
  const std::string limits = "max-width:" + number(1.2 * width) + "px" +
                             (width > NARROW ? ";min-width:" + number(0.95 * width) + "px" : "");
  const std::string box = "0 0 " + number(width) + " " + number(height);
  return html::element(
      "svg", attributes({{"class", "chart " + kind}, {"viewBox", box}, {"style", limits}, {"role", "img"}}),
      html::element("title", "", html::escape(title)) + html::element("desc", "", html::escape(description)) +
          inner);
}

std::string series_class(std::size_t series) {
  return "series-" + std::to_string(series % N_SERIES);
}

}  // namespace radbatch::svg
