// Text into HTML. What comes from a file passes through `escape` on its way to the page, always.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace radbatch::html {

/// Safe as element text and as a quoted attribute value. Control characters and the ones that turn the
/// direction of writing become U+FFFD, so that no text can pretend to stand elsewhere.
std::string escape(std::string_view text);
/// The same text without control characters and those that turn the direction of writing (U+FFFD in their
/// place), for what is no HTML.
std::string neutral(std::string_view text);
/// <name attributes>inner</name>; `attributes` and `inner` are HTML already.
std::string element(std::string_view name, std::string_view attributes, std::string_view inner);
std::string cell(std::string_view inner);         ///< td
std::string row_head(std::string_view inner);     ///< th that names its row
std::string number_cell(std::string_view inner);  ///< td, right-aligned digits
/// A section with its heading; `id` is its anchor.
std::string section(std::string_view id, std::string_view heading, std::string_view inner);
/// One row of header cells, HTML; a leading '#' aligns to the right.
std::string header_row(std::initializer_list<std::string_view> names);
/// A table inside a box that scrolls on a narrow screen. `kind` is a class of the style sheet: "" as wide as
/// the page, "narrow", "stack" (rows become paragraphs on a narrow screen), "confusion".
/// `name` is text that a screen reader says for the table.
std::string table(std::string_view kind, const std::string& header, const std::string& body_rows,
                  std::string_view name = {});

/// One of the large numbers at the head of a page, with the words below it.
std::string key_figure(std::string_view value, std::string_view words);
/// A whole page that stands alone: nothing in it may fetch or run anything. `title` is text, the rest HTML
/// and CSS. The page begins with a link to #main for those who do not want to go through the head each time.
std::string document(std::string_view title, std::string_view style, std::string_view body,
                     std::string_view language = "en", std::string_view skip_words = "Skip to the content");

std::string fixed(double value, int decimals);  ///< "0.912"
std::string percent(double share);              ///< "91.2 %"
std::string grouped(std::size_t n);             ///< "12,345"

}  // namespace radbatch::html
