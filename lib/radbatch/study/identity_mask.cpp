#include "radbatch/study/identity_mask.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

constexpr std::string_view MASK = "***";
constexpr std::size_t LEAST_WORD = 3, LEAST_NUMBER = 4, LEAST_DIGITS = 5, LEAST_INSIDE_A_WORD = 6;

constexpr auto free_text = std::to_array<std::string_view>(
    {"StudyDescription", "SeriesDescription", "ProtocolName", "BodyPartExamined", "ContrastBolusAgent",
     "DeidentificationMethod", "SequenceName", "ConvolutionKernel", "Manufacturer", "ManufacturerModelName",
     "SoftwareVersions"});

// Words that descriptions are made of, some of which are also surnames, or names that phantoms bear.
constexpr auto not_names = std::to_array<std::string_view>(
    {"abdomen",    "adc",       "adrenal",     "angio",      "ankle",    "anonymous",   "aorta",
     "arm",        "arterial",  "artery",      "axial",      "bladder",  "body",        "bone",
     "brain",      "brainstem", "breast",      "cancer",     "cardiac",  "carotid",     "case",
     "cerebellum", "chest",     "clavicle",    "cohort",     "colon",    "contrast",    "coronal",
     "coronary",   "covid",     "cranial",     "delay",      "dose",     "dwi",         "elbow",
     "esophagus",  "face",      "femur",       "flair",      "foot",     "gallbladder", "glioma",
     "hand",       "head",      "heart",       "hip",        "iac",      "kidney",      "knee",
     "lateral",    "left",      "leg",         "lesion",     "liver",    "localizer",   "lumbar",
     "lung",       "lymph",     "mediastinum", "mixed",      "mra",      "mri",         "native",
     "neck",       "node",      "nodule",      "oesophagus", "orbit",    "ovary",       "pancreas",
     "patient",    "pelvis",    "perfusion",   "phantom",    "phase",    "pituitary",   "plain",
     "portal",     "post",      "pre",         "prone",      "prostate", "quality",     "rectum",
     "report",     "rib",       "right",       "routine",    "sagittal", "scan",        "scout",
     "series",     "shoulder",  "sinus",       "skull",      "soft",     "spine",       "spleen",
     "sternum",    "stomach",   "stone",       "study",      "subject",  "supine",      "test",
     "thorax",     "thyroid",   "tissue",      "tof",        "trachea",  "tumor",       "tumour",
     "uterus",     "vein",      "venous",      "vertebra",   "vessel",   "water",       "wrist"});

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_word_byte(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// Byte for byte as long as the text: ASCII and the accented letters of Latin-1 (C3 80 to C3 9E).
std::string folded(std::string_view text) {
  std::string lower = to_lower_ascii(text);
  for (std::size_t i = 1; i < lower.size(); ++i) {
    const auto byte = static_cast<unsigned char>(lower[i]);
    if (lower[i - 1] == '\xC3' && byte >= 0x80 && byte <= 0x9E && byte != 0x97)
      lower[i] = static_cast<char>(byte + 0x20);
  }
  return lower;
}

std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words(1);
  for (char c : name) {
    if (std::string_view("^ ,;._-/()\t'").find(c) == std::string_view::npos) {
      words.back() += c;
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

/// A search text, longest first: a whole name has to go before its words.
struct Longer {
  bool operator()(const std::string& a, const std::string& b) const {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  }
};
using Needles = std::set<std::string, Longer>;

void add_word(Needles& needles, const std::string& word) {
  const bool is_name =
      is_ascii(word) ? word.size() >= LEAST_WORD : word.size() > 3;  // more than one character
  if (is_name && std::ranges::find(not_names, word) == not_names.end()) needles.insert(word);
}

/// "li na", "li_na", "na li": what is too short to be masked word by word.
void add_whole_name(Needles& needles, std::vector<std::string> words) {
  if (words.size() < 2 || std::ranges::all_of(words, [](const std::string& word) {
        return std::ranges::find(not_names, word) != not_names.end();
      })) {
    return;
  }
  for (int turn = 0; turn < 2; ++turn, std::ranges::reverse(words)) {
    for (std::string_view separator : {" ", "_", "^", ",", ", ", "-", ".", ""}) {
      const std::string whole = join(words, separator);
      if (whole.size() >= LEAST_DIGITS) needles.insert(whole);
    }
  }
}

void add_name(Needles& needles, const std::string& name) {
  for (const std::string& representation : split(folded(name), '=')) {
    const std::vector<std::string> words = words_of(representation);
    for (const std::string& word : words) add_word(needles, word);
    add_whole_name(needles, words);
    if (words.size() > 2) add_whole_name(needles, {words[0], words[1]});
  }
}

void add_number(Needles& needles, const std::string& number) {
  const std::string text = folded(number);
  const bool digits = std::ranges::all_of(text, is_digit);
  if (text.size() < (digits ? LEAST_DIGITS : LEAST_NUMBER)) return;
  if (std::ranges::find(not_names, text) == not_names.end()) needles.insert(text);
}

void add_date(Needles& needles, const std::string& date) {
  if (date.size() < 8 || !std::all_of(date.begin(), date.begin() + 8, is_digit)) return;
  const std::string year = date.substr(0, 4), month = date.substr(4, 2), day = date.substr(6, 2);
  for (std::string_view separator : {"", "-", ".", "/", "_", " "}) {
    needles.insert(join(std::array{year, month, day}, separator));
    needles.insert(join(std::array{day, month, year}, separator));
    needles.insert(join(std::array{month, day, year}, separator));
  }
}

Needles needles_of(const Identity& identity) {
  Needles needles;
  for (const std::string& name : identity.names) add_name(needles, name);
  for (const std::string& number : identity.numbers) add_number(needles, number);
  for (const std::string& date : identity.dates) add_date(needles, date);
  return needles;
}

bool stands_alone(std::string_view text, std::size_t at, std::string_view needle) {
  const bool is_long = needle.size() >= LEAST_INSIDE_A_WORD && !std::ranges::all_of(needle, is_digit);
  if (is_long || !is_ascii(needle)) return true;
  const std::size_t end = at + needle.size();
  const bool before = at > 0 && is_word_byte(text[at - 1]) && is_word_byte(needle.front());
  const bool after = end < text.size() && is_word_byte(text[end]) && is_word_byte(needle.back());
  return !before && !after;
}

std::string masked_by(std::string_view text, const Needles& needles) {
  std::string result(text), lower = folded(text);
  for (const std::string& needle : needles) {
    for (std::size_t at = lower.find(needle); at != std::string::npos; at = lower.find(needle, at)) {
      if (!stands_alone(lower, at, needle)) {
        ++at;
        continue;
      }
      result.replace(at, needle.size(), MASK);
      lower.replace(at, needle.size(), MASK);
      at += MASK.size();
    }
  }
  return result;
}

/// The files of a study come one after the other and say the same: looking for a name in each anew would cost
/// more than reading the header.
struct Remembered {
  Identity identity;
  Needles needles;
  std::map<std::string, std::string> done;
};
constexpr std::size_t MOST_REMEMBERED = 256;

}  // namespace

std::string masked(std::string_view text, const Identity& identity) {
  return masked_by(text, needles_of(identity));
}

void mask_identity(Json& attributes, const Identity& identity) {
  thread_local Remembered last;
  if (last.identity != identity) last = {identity, needles_of(identity), {}};
  if (last.needles.empty()) return;
  if (last.done.size() > MOST_REMEMBERED) last.done.clear();
  for (std::string_view keyword : free_text) {
    const auto value = attributes.find(std::string(keyword));
    if (value == attributes.end() || !value->is_string()) continue;
    const auto [known, is_new] = last.done.try_emplace(value->get<std::string>());
    if (is_new) known->second = masked_by(known->first, last.needles);
    *value = known->second;
  }
}

}  // namespace radbatch
