#include "radbatch/batch/image_names.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/study/attributes.hpp"

namespace radbatch {
namespace {

constexpr std::size_t longest_value = 60;
constexpr std::array<std::string_view, 3> own_fields{"case_id", "image", "input"};
constexpr std::array<std::string_view, 4> identifying_fields{"PatientID", "SeriesInstanceUID",
                                                             "SOPInstanceUID", "SOPClassUID"};

/// Never from header text, the same in every run.
std::string identity_of(const Candidate& candidate) {
  if (candidate.series.empty()) return "image";
  const Json key = {candidate.series,
                    candidate.instance,
                    candidate.attributes.value("orientation", ""),
                    candidate.attributes.value("EchoNumbers", Json()),
                    candidate.attributes.value("TemporalPositionIdentifier", Json()),
                    candidate.attributes.value("size", Json())};
  return "series-" + sha256_hex(canonical(key)).substr(0, 12);
}

std::string safe(std::string_view value) {
  std::string text;
  for (const char c : value.substr(0, value.find('\0'))) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    if (plain || (!text.empty() && text.back() != '_')) text += plain ? c : '_';
  }
  while (!text.empty() && (text.back() == '_' || text.back() == '.')) text.pop_back();
  text.erase(0, text.find_first_not_of("._-"));
  return text.empty() ? "none" : text.substr(0, longest_value);
}

bool is_among(std::span<const std::string_view> words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

void check_field(const std::string& field, bool keep_phi) {
  if (is_among(own_fields, field)) return;
  const bool identifies = is_among(identifying_fields, field);
  if (identifies && keep_phi) return;
  if (identifies) {
    throw Error(ExitCode::usage, "--name: {" + field + "} identifies a person or an examination",
                "leave it out, or add --keep-phi");
  }
  if (is_among(series_keywords(), field)) return;
  std::vector<std::string> known(series_keywords().begin(), series_keywords().end());
  known.insert(known.end(), own_fields.begin(), own_fields.end());
  const std::string near = nearest(field, known);
  throw Error(ExitCode::usage, "--name: unknown field {" + printable(field) + "}",
              near.empty() ? "fields are case_id, image, input and DICOM keywords that identify nobody"
                           : "did you mean {" + near + "}?");
}

bool is_folder_of_its_own(std::string_view text, std::string_view field) {
  std::size_t at = 0;
  for (const std::string& part : split(text, '/')) {
    at += part.size() + 1;
    if (part == field && at <= text.size()) return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> told_apart(std::vector<std::string> names, std::string_view separator) {
  std::set<std::string> used;
  std::vector<std::size_t> again;
  // Names that are nobody else's stay as they are, whatever counters come later.
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!used.insert(to_lower_ascii(names[i])).second) again.push_back(i);
  }
  for (const std::size_t i : again) {
    std::size_t n = 2;
    const auto numbered = [&] { return names[i] + std::string(separator) + std::to_string(n); };
    while (used.contains(to_lower_ascii(numbered()))) ++n;
    names[i] = numbered();
    used.insert(to_lower_ascii(names[i]));
  }
  return names;
}

std::vector<std::string> default_names(const Case& one) {
  std::vector<std::string> names;
  for (const Candidate& candidate : one.candidates) names.push_back(one.id + "/" + identity_of(candidate));
  return told_apart(std::move(names), "-");
}

NameTemplate::NameTemplate(std::string_view text, bool keep_phi) {
  const std::string whole(text);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t open = std::min(text.find('{', at), text.size());
    if (open > at) {
      const std::string literal(text.substr(at, open - at));
      const bool plain = std::ranges::all_of(literal, [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.' || c == '/';
      });
      if (!plain) {
        throw Error(ExitCode::usage,
                    "--name: '" + printable(literal) +
                        "' has other characters than letters, digits, '.', '_', '-' and '/'");
      }
      parts_.push_back({literal, false});
    }
    if (open == text.size()) break;
    const std::size_t close = text.find('}', open);
    if (close == text.npos) throw Error(ExitCode::usage, "--name: a { has no }");
    const std::string field(text.substr(open + 1, close - open - 1));
    check_field(field, keep_phi);
    parts_.push_back({field, true});
    at = close + 1;
  }
  for (const std::string& folder : split(whole, '/')) {
    if (folder.empty() || folder.starts_with('.')) {
      throw Error(ExitCode::usage,
                  "--name: '" + printable(whole) + "' has an empty or hidden folder or file");
    }
  }
  if (!is_folder_of_its_own(text, "{case_id}")) {
    throw Error(ExitCode::usage,
                "--name: {case_id} must be a folder of its own, or two cases could share a file",
                "begin with {case_id}/");
  }
}

std::string NameTemplate::name_of(const Case& one, std::size_t image) const {
  const Candidate& candidate = one.candidates[image];
  std::string name;
  for (const Part& part : parts_) {
    if (!part.is_field) {
      name += part.text;
    } else if (part.text == "case_id") {
      name += one.id;
    } else if (part.text == "image") {
      name += identity_of(candidate);
    } else if (part.text == "input") {
      name += safe(candidate.input);
    } else if (part.text == "PatientID") {
      name += safe(one.patient_id);
    } else if (part.text == "SeriesInstanceUID") {
      name += safe(candidate.series);
    } else if (part.text == "SOPInstanceUID") {
      name += safe(candidate.instance);
    } else {
      name += safe(text_of(candidate.attributes, part.text));
    }
  }
  return name;
}

std::vector<std::string> NameTemplate::names(const Case& one) const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < one.candidates.size(); ++i) names.push_back(name_of(one, i));
  return told_apart(std::move(names), "_");
}

}  // namespace radbatch
