#include "radbatch/model/tta.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

constexpr double MOST_DEGREES = 45;  // beyond it a picture is another one, not the same seen again
constexpr double MOST_PIXELS = 64;
const std::vector<std::string> axis_words{"LR", "AP", "SI", "i", "j", "k"};
const std::string grammar = "for example flips:LR, flips:LR+AP,rotate:5,shift:2, or bundle";

[[noreturn]] void refuse(const std::string& problem, const std::string& hint = grammar) {
  throw Error(ExitCode::usage, "test-time augmentation: " + problem, hint);
}

double parse_amount(const std::string& word, const std::string& item, double most) {
  double amount = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), amount);
  if (error != std::errc() || end != word.data() + word.size() || !(amount > 0 && amount <= most))
    refuse(fmt::format("'{}' should have a number above 0 and up to {:g}", printable(item), most));
  return amount;
}

std::vector<std::string> parse_axes(const std::string& words, const std::string& item) {
  std::vector<std::string> axes = split(words, '+');
  for (const std::string& axis : axes) {
    if (std::ranges::find(axis_words, axis) == axis_words.end())
      refuse(fmt::format("'{}' names the axis '{}'; axes are {}", printable(item), printable(axis),
                         join(axis_words, ", ")));
    if (std::ranges::count(axes, axis) > 1) refuse(fmt::format("'{}' names an axis twice", printable(item)));
  }
  std::ranges::sort(axes, {}, [](const std::string& axis) { return std::ranges::find(axis_words, axis); });
  return axes;
}

TtaItem parse_item(const std::string& item) {
  const std::size_t colon = item.find(':');
  const std::string word = item.substr(0, colon);
  const std::string value = colon == std::string::npos ? "" : item.substr(colon + 1);
  if (item == "flips") return {TtaItem::Kind::flips, {}, 0};
  if (word == "flips") return {TtaItem::Kind::flips, parse_axes(value, item), 0};
  if (word == "rotate") return {TtaItem::Kind::rotate, {}, parse_amount(value, item, MOST_DEGREES)};
  if (word == "shift") return {TtaItem::Kind::shift, {}, parse_amount(value, item, MOST_PIXELS)};
  refuse(fmt::format("'{}' is none of flips:AXES, rotate:DEGREES, shift:PIXELS", printable(item)));
}

const TtaItem* find_kind(const Tta& tta, TtaItem::Kind kind) {
  const auto found = std::ranges::find(tta, kind, &TtaItem::kind);
  return found == tta.end() ? nullptr : &*found;
}

/// Throws unless `item` stays within what the bundle declares.
void require_declared(const TtaItem& item, const Tta& declared) {
  const TtaItem* bound = find_kind(declared, item.kind);
  const bool is_within =
      bound && item.amount <= bound->amount && std::ranges::all_of(item.axes, [&](const std::string& axis) {
        return std::ranges::find(bound->axes, axis) != bound->axes.end();
      });
  if (is_within) return;
  refuse(fmt::format("the model does not declare '{}' as sensible; it declares {}", to_text({item}),
                     declared.empty() ? "none" : to_text(declared)),
         "radbatch.json: tta; a flip can turn a finding into another one");
}

/// "R" is one end of LR.
bool names_axis(const std::string& word, const std::string& letter) {
  return letter.size() == 1 && word.find(letter) != std::string::npos;
}

std::size_t find_axis(const std::string& word, const std::vector<std::string>& letters) {
  for (std::size_t a = 2; a < letters.size(); ++a) {
    if (names_axis(word, letters[a])) return a;
  }
  throw Error(Reason::dimension,
              fmt::format("test-time augmentation flips the axis {}; the axes of the tensor are {}", word,
                          join(letters, ",")),
              "name an axis that the tensor has: LR, AP, SI of an oriented one, i, j, k of a picture");
}

/// Every non-empty set of the axes, in the order of binary counting.
void add_flips(const TtaItem& item, const std::vector<std::string>& letters, std::vector<Sight>& sights) {
  for (std::size_t set = 1; set < (std::size_t{1} << item.axes.size()); ++set) {
    Sight sight{"flip", {}};
    for (std::size_t i = 0; i < item.axes.size(); ++i) {
      if ((set >> i & 1) == 0) continue;
      sight.name += "-" + item.axes[i];
      sight.flipped.push_back(find_axis(item.axes[i], letters));
    }
    std::ranges::sort(sight.flipped);
    sights.push_back(std::move(sight));
  }
}

std::string axis_word(const std::string& letter) {
  const auto known =
      std::ranges::find_if(axis_words, [&](const std::string& word) { return names_axis(word, letter); });
  return known == axis_words.end() ? printable(letter) : *known;
}

void add_shifts(const TtaItem& item, const std::vector<std::string>& letters, std::vector<Sight>& sights) {
  for (std::size_t axis = 0; axis < 2; ++axis) {
    for (const double px : {item.amount, -item.amount}) {
      Sight sight{fmt::format("shift-{}{:+g}", axis_word(letters[2 + axis]), px), {}};
      sight.shift_px[axis] = px;
      sights.push_back(std::move(sight));
    }
  }
}

}  // namespace

bool Sight::is_plain() const {
  return flipped.empty() && degrees == 0 && shift_px == std::array<double, 2>{0, 0};
}

Tta parse_tta(const std::string& text) {
  Tta tta;
  for (const std::string& word : split(text, ',')) {
    TtaItem item = parse_item(word);
    if (find_kind(tta, item.kind)) refuse(fmt::format("'{}' has one kind twice", printable(text)));
    tta.push_back(std::move(item));
  }
  std::ranges::sort(tta, {}, &TtaItem::kind);
  return tta;
}

std::string to_text(const Tta& tta) {
  std::vector<std::string> words;
  for (const TtaItem& item : tta) {
    if (item.kind == TtaItem::Kind::flips)
      words.push_back(item.axes.empty() ? "flips" : "flips:" + join(item.axes, "+"));
    if (item.kind == TtaItem::Kind::rotate) words.push_back(fmt::format("rotate:{}", item.amount));
    if (item.kind == TtaItem::Kind::shift) words.push_back(fmt::format("shift:{}", item.amount));
  }
  return join(words, ",");
}

Tta chosen_tta(const std::string& asked, const std::optional<Tta>& declared) {
  if (asked == "bundle") {
    if (!declared || declared->empty())
      refuse("the model declares none", "name it: flips:LR, rotate:5, shift:2");
    return *declared;
  }
  Tta tta = parse_tta(asked);
  for (TtaItem& item : tta) {
    if (item.kind == TtaItem::Kind::flips && item.axes.empty()) {
      const TtaItem* flips = declared ? find_kind(*declared, TtaItem::Kind::flips) : nullptr;
      if (!flips) {
        refuse("'flips' without axes takes those that the model declares, and it declares none",
               "name the axes along which a mirror image is still right: flips:LR, flips:AP+SI, flips:i");
      }
      item.axes = flips->axes;
    }
    if (declared) require_declared(item, *declared);
  }
  return tta;
}

std::vector<Sight> sights_of(const Tta& tta, const std::string& axes) {
  std::vector<Sight> sights{{"plain", {}}};
  if (tta.empty()) return sights;
  const std::vector<std::string> letters = split(axes, ',');
  if (letters.size() < 4)
    throw Error(Reason::dimension,
                "test-time augmentation needs a tensor with two spatial axes; its axes are '" +
                    printable(axes) + "'");
  for (const TtaItem& item : tta) {
    if (item.kind == TtaItem::Kind::flips) add_flips(item, letters, sights);
    if (item.kind == TtaItem::Kind::shift) add_shifts(item, letters, sights);
    if (item.kind != TtaItem::Kind::rotate) continue;
    for (const double degrees : {item.amount, -item.amount})
      sights.push_back({fmt::format("rotate{:+g}", degrees), {}, degrees});
  }
  return sights;
}

Json to_json(const Sight& sight) {
  return {{"name", sight.name},
          {"flip", sight.flipped},
          {"degrees", sight.degrees},
          {"shift_px", sight.shift_px}};
}

Sight sight_from_json(const Json& json) {
  return {json.at("name").get<std::string>(), json.at("flip").get<std::vector<std::size_t>>(),
          json.at("degrees").get<double>(), json.at("shift_px").get<std::array<double, 2>>()};
}

}  // namespace radbatch
