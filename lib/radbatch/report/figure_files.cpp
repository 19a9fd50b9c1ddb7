#include "radbatch/report/figure_files.hpp"

#include <zlib.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <set>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/program.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/report/html.hpp"
#include "radbatch/report/palette.hpp"
#include "radbatch/report/part.hpp"
#include "radbatch/report/svg.hpp"

namespace radbatch {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t MOST_NAME = 100;  ///< bytes of a file name without its ending
constexpr double TWO_COLUMNS_MM = 174, SMALLEST_POINTS = 6, POINTS_PER_MM = 72 / 25.4;

constexpr std::string_view FONTS =
    "svg { font-family: Helvetica, Arial, \"Liberation Sans\", \"DejaVu Sans\", \"Noto Sans CJK SC\", "
    "\"Source Han Sans SC\", \"PingFang SC\", \"Microsoft YaHei\", \"WenQuanYi Micro Hei\", \"WenQuanYi Zen "
    "Hei\", "
    "sans-serif; }";

struct Box {
  double width = 0, height = 0;
};

/// The text between `from` and `to`, or nothing.
std::string_view between(std::string_view text, std::string_view from, std::string_view to) {
  const std::size_t start = text.find(from);
  if (start == std::string_view::npos) return {};
  const std::size_t end = text.find(to, start + from.size());
  if (end == std::string_view::npos) return {};
  return text.substr(start + from.size(), end - start - from.size());
}

double to_number(std::string_view word) {
  double value = 0;
  std::from_chars(word.data(), word.data() + word.size(), value);
  return value;
}

std::string_view opening_of(const Figure& figure) {
  return between(figure.svg, "<svg ", ">");
}

Box box_of(const Figure& figure) {
  const std::vector<std::string> words = split(between(opening_of(figure), "viewBox=\"", "\""), ' ');
  const Box box = words.size() == 4 ? Box{to_number(words[2]), to_number(words[3])} : Box{};
  if (box.width > 0 && box.height > 0) return box;
  throw Error(ExitCode::internal, "figure " + figure.id + " has no viewBox");
}

/// Bytes that XML 1.0 does not allow (section 2.2) become U+FFFD; the one entity of HTML in use becomes its
/// character.
std::string well_formed(std::string_view text) {
  static constexpr std::string_view REPLACEMENT = "\xEF\xBF\xBD", SPACE = "&nbsp;";
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (text.substr(at).starts_with(SPACE)) {
      out += "\xC2\xA0";
      at += SPACE.size();
      continue;
    }
    const auto first = static_cast<unsigned char>(text[at]);
    const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    const std::string_view character = text.substr(at, length);
    const bool is_control = first < 0x20 && first != '\n' && first != '\t';
    const bool is_nothing = character == "\xEF\xBF\xBE" || character == "\xEF\xBF\xBF";
    if (character.size() != length || !is_utf8(character)) {
      out += REPLACEMENT;
      ++at;
      continue;
    }
    out += is_control || is_nothing ? REPLACEMENT : character;
    at += length;
  }
  return out;
}

/// A name that stays in the folder, once only: the second "roc" is "roc-2".
std::string file_name(const std::string& id, std::set<std::string>& taken) {
  std::string base;
  for (const char c : id) {
    const bool is_plain = std::string_view("/\\:*?\"<>| .").find(c) == std::string_view::npos &&
                          static_cast<unsigned char>(c) > 0x20;
    base += is_plain ? c : '-';
  }
  if (base.size() > MOST_NAME) {
    // At the end of a character.
    base.resize(MOST_NAME);
    while (!is_utf8(base) && !base.empty()) base.pop_back();
  }
  if (base.empty()) base = "figure";
  std::string name = base;
  for (int n = 2; !taken.insert(to_lower_ascii(name)).second; ++n) name = base + "-" + std::to_string(n);
  return name;
}

/// A date in the file would make each run's PDF another one.
std::string converted(const fs::path& svg_file, const std::string& format, const FigureOptions& options) {
  const std::string dots = std::to_string(options.dots_per_inch);
  std::vector<std::string> words{"env", "SOURCE_DATE_EPOCH=0", "rsvg-convert", "--format=" + format};
  if (format == "png")
    words.insert(words.end(), {"--dpi-x=" + dots, "--dpi-y=" + dots, "--background-color=white"});
  words.push_back(svg_file.string());
  const ProgramResult result = run_program(words);
  if (result.status == 0 && !result.output.empty())
    return format == "png" ? with_resolution(result.output, options.dots_per_inch) : result.output;
  throw Error(ExitCode::output, "rsvg-convert could not make a " + format + " of " +
                                    svg_file.filename().string() + " (status " +
                                    std::to_string(result.status) + ")");
}

/// Before anything is written.
void check_converter(const FigureOptions& options) {
  for (const std::string& format : options.formats)
    if (format != "svg" && run_program({"rsvg-convert", "--version"}).status == 127)
      throw Error(ExitCode::usage,
                  "figures as " + format + " are made by rsvg-convert, which is not installed",
                  "apt-get install librsvg2-bin, or --figure-format svg");
}

void write_figure(const Figure& figure, const std::string& name, const FigureOptions& options) {
  const std::string svg = standalone_svg(figure, figure_width(figure, options.width_mm));
  const bool keeps_svg = std::ranges::find(options.formats, "svg") != options.formats.end();
  const fs::path target = options.folder / (name + ".svg");
  const fs::path svg_file = keeps_svg ? target : temporary_beside(target);
  write_file_atomically(svg_file, svg);
  try {
    for (const std::string& format : options.formats)
      if (format != "svg")
        write_file_atomically(options.folder / (name + "." + format), converted(svg_file, format, options));
  } catch (...) {
    if (!keeps_svg) fs::remove(svg_file);
    throw;
  }
  if (!keeps_svg) fs::remove(svg_file);
}

bool has_ideographs(const Figure& figure) {
  // The first bytes of U+3000 to U+9FFF in UTF-8.
  return std::ranges::any_of(figure.svg, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0xE3 && byte <= 0xE9;
  });
}

/// Asks fontconfig, whose fonts rsvg-convert takes; where it cannot be asked nothing is known, and nothing
/// said.
bool lacks_chinese_font() {
  const ProgramResult fonts = run_program({"fc-list", ":lang=zh-cn", "family"});
  return fonts.status == 0 && fonts.output.empty();
}

std::string caption_line(const Figure& figure, const std::string& name) {
  return "**" + figure.title + (figure.title.ends_with('.') ? "" : ".") + "** " + figure.caption + " (`" +
         name + "`)\n\n";
}

}  // namespace

double figure_width(const Figure& figure, double asked_mm) {
  const double points = svg::SMALL_TEXT * asked_mm / box_of(figure).width * POINTS_PER_MM;
  return points < SMALLEST_POINTS ? std::max(asked_mm, TWO_COLUMNS_MM) : asked_mm;
}

std::string standalone_svg(const Figure& figure, double width_mm) {
  const Box box = box_of(figure);
  const std::string_view inner = std::string_view(figure.svg).substr(figure.svg.find('>') + 1);
  const std::string width = html::fixed(box.width, 1), height = html::fixed(box.height, 1);
  // Title and description come first, as readers of SVG look for them there.
  constexpr std::string_view END_OF_WORDS = "</desc>";
  const std::size_t found = inner.find(END_OF_WORDS);
  const std::size_t words = found == std::string_view::npos ? 0 : found + END_OF_WORDS.size();
  return well_formed("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + width + " " + height +
                     "\" width=\"" + html::fixed(width_mm, 2) + "mm\" height=\"" +
                     html::fixed(width_mm * box.height / box.width, 2) + "mm\" role=\"img\">" +
                     std::string(inner.substr(0, words)) + "\n<style>\n" + std::string(FONTS) +
                     with_light_colours(chart_rules()) + "</style>\n<rect width=\"" + width + "\" height=\"" +
                     height + "\" fill=\"#ffffff\"/>\n" + std::string(inner.substr(words)) + "\n");
}

std::string with_resolution(const std::string& png, int dots_per_inch) {
  constexpr std::size_t AFTER_HEADER = 8 + 25;  // signature and IHDR
  if (png.size() < AFTER_HEADER || png.find("pHYs") != std::string::npos) return png;
  const auto per_metre = static_cast<std::uint32_t>(std::lround(dots_per_inch / 0.0254));
  auto big_endian = [](std::uint32_t value) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>((value >> shift) & 0xFF);
    return bytes;
  };
  const std::string content = "pHYs" + big_endian(per_metre) + big_endian(per_metre) + '\1';
  const auto sum =
      ::crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size()));
  const std::string chunk = big_endian(9) + content + big_endian(static_cast<std::uint32_t>(sum));
  return png.substr(0, AFTER_HEADER) + chunk + png.substr(AFTER_HEADER);
}

std::vector<std::string> write_figures(const std::vector<Figure>& figures, const FigureOptions& options) {
  if (options.folder.empty() || figures.empty()) return {};
  check_converter(options);
  make_folder(options.folder);
  std::vector<std::string> warnings, widened;
  std::set<std::string> taken;
  std::string captions;
  for (const Figure& figure : figures) {
    const std::string name = file_name(figure.id, taken);
    write_figure(figure, name, options);
    captions += caption_line(figure, name);
    if (figure_width(figure, options.width_mm) > options.width_mm) widened.push_back(name);
  }
  write_file_atomically(options.folder / "captions.md", captions);
  if (!widened.empty())
    warnings.push_back("174 mm wide, as their words would be below 6 points at " +
                       html::fixed(options.width_mm, 0) + " mm: " + join(widened, ", "));
  const bool has_converted =
      std::ranges::any_of(options.formats, [](const auto& format) { return format != "svg"; });
  if (has_converted && std::ranges::any_of(figures, has_ideographs) && lacks_chinese_font())
    warnings.push_back(
        "no font for Chinese is installed: PDF and PNG figures show boxes in its place; apt-get install "
        "fonts-noto-cjk");
  return warnings;
}

}  // namespace radbatch
