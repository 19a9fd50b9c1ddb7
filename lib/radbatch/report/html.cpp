#include "radbatch/report/html.hpp"

#include <array>
#include <charconv>
#include <cstdint>

namespace radbatch::html {
namespace {

// Nothing may be fetched and nothing may run, whatever the tables say.
constexpr std::string_view content_policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";
constexpr std::string_view replacement = "\xEF\xBF\xBD";

/// U+202A-202E and U+2066-2069, which reorder the text around them.
bool turns_direction(std::string_view bytes) {
  if (bytes.size() < 3 || bytes[0] != '\xE2') return false;
  const auto second = static_cast<unsigned char>(bytes[1]);
  const auto third = static_cast<unsigned char>(bytes[2]);
  return (second == 0x80 && third >= 0xAA && third <= 0xAE) ||
         (second == 0x81 && third >= 0xA6 && third <= 0xA9);
}

std::string_view entity(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return {};
  }
}

}  // namespace

std::string neutral(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7F) {
      out += replacement;
    } else if (turns_direction(text.substr(i))) {
      out += replacement;
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string escape(std::string_view text) {
  std::string out;
  for (const char c : neutral(text)) {
    if (const std::string_view known = entity(c); known.empty()) {
      out += c;
    } else {
      out += known;
    }
  }
  return out;
}

std::string element(std::string_view name, std::string_view attributes, std::string_view inner) {
  std::string out = "<";
  out.append(name);
  if (!attributes.empty()) out.append(" ").append(attributes);
  return out.append(">").append(inner).append("</").append(name).append(">");
}

std::string cell(std::string_view inner) {
  return element("td", "", inner);
}
std::string row_head(std::string_view inner) {
  return element("th", "scope=\"row\"", inner);
}
std::string number_cell(std::string_view inner) {
  return element("td", "class=\"num\"", inner);
}

std::string section(std::string_view id, std::string_view heading, std::string_view inner) {
  const std::string anchor = "id=\"" + std::string(id) + "\"";
  return element("section", anchor, element("h2", "", heading) + std::string(inner)) + "\n";
}

std::string table(std::string_view kind, const std::string& header, const std::string& body_rows,
                  std::string_view name) {
  const std::string classes = "class=\"scroll" + (kind.empty() ? "" : " " + std::string(kind)) + "\"";
  const std::string label = name.empty() ? "" : "aria-label=\"" + escape(name) + "\"";
  return element("div", classes,
                 element("table", label, element("thead", "", header) + element("tbody", "", body_rows)));
}

std::string header_row(std::initializer_list<std::string_view> names) {
  std::string cells;
  for (std::string_view name : names) {
    const bool is_number = name.starts_with('#');
    if (is_number) name.remove_prefix(1);
    cells += element("th", is_number ? "scope=\"col\" class=\"num\"" : "scope=\"col\"", name);
  }
  return element("tr", "", cells);
}

std::string key_figure(std::string_view value, std::string_view words) {
  return element("div", "class=\"figure\"", element("b", "", value) + element("span", "", words));
}

std::string document(std::string_view title, std::string_view style, std::string_view body,
                     std::string_view language, std::string_view skip_words) {
  const std::string head =
      "<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"" +
      std::string(content_policy) +
      "\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n" +
      "<meta name=\"robots\" content=\"noindex\">\n" + element("title", "", escape(title)) + "\n" +
      element("style", "", style) + "\n";
  return "<!DOCTYPE html>\n<html lang=\"" + std::string(language) + "\">\n<head>\n" + head +
         "</head>\n<body>\n" + element("a", "class=\"skip\" href=\"#main\"", skip_words) + "\n" +
         std::string(body) + "</body>\n</html>\n";
}

std::string fixed(double value, int decimals) {
  std::array<char, 400> buffer{};
  const auto result =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed, decimals);
  return {buffer.data(), result.ptr};
}

std::string percent(double share) {
  return fixed(100 * share, 1) + "\u00A0%";
}

std::string grouped(std::size_t n) {
  std::string digits = std::to_string(n);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

}  // namespace radbatch::html
