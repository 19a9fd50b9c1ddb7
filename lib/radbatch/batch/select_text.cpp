// What `radbatch select` says, for people and as data.
#include <fmt/format.h>

#include "radbatch/base/text.hpp"
#include "radbatch/batch/select_images.hpp"
#include "radbatch/study/attributes.hpp"
#include "radbatch/unicode/normal_text.hpp"

namespace radbatch {
namespace {

constexpr std::size_t WIDTH = 80;

std::string slices_of(const ImagePattern& pattern) {
  if (pattern.fewest_slices == pattern.most_slices) return fmt::format("{:g}", pattern.most_slices);
  return fmt::format("{:g}-{:g}", pattern.fewest_slices, pattern.most_slices);
}

std::string line_cut(const std::string& text) {
  std::string line = fitted(text, WIDTH);
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

std::string pattern_rows(const std::vector<ImagePattern>& patterns, std::size_t n_rows) {
  std::string text = "   cases  images  mod  description                kernel        step mm  slices\n";
  for (std::size_t i = 0; i < patterns.size() && i < n_rows; ++i) {
    const ImagePattern& pattern = patterns[i];
    const std::string description = pattern.description.empty() ? "(none)" : pattern.description;
    text += line_cut(fmt::format("  {:>6}  {:>6}  {}  {}  {}  {:>7}  {}", pattern.n_cases, pattern.n_images,
                                 fitted(pattern.modality, 3), fitted(description, 25),
                                 fitted(pattern.kind, 12), pattern.step, slices_of(pattern)));
    if (!pattern.why.empty()) text += line_cut("                  " + pattern.why);
  }
  if (patterns.size() > n_rows)
    text += fmt::format("          ... and {} more kinds (--rows)\n", patterns.size() - n_rows);
  return text;
}

std::string reasons_words(const std::map<std::string, std::size_t>& reasons) {
  std::vector<std::string> words;
  for (const auto& [reason, n] : reasons) words.push_back(fmt::format("{} {}", n, reason));
  return words.empty() ? "" : " (" + join(words, ", ") + ")";
}

Json json_of(const std::vector<ImagePattern>& patterns) {
  Json list = Json::array();
  for (const ImagePattern& pattern : patterns) {
    list.push_back({{"Modality", pattern.modality},
                    {"SeriesDescription", pattern.description},
                    {"kind", pattern.kind},
                    {"slice_step_mm", pattern.step},
                    {"n_slices", {pattern.fewest_slices, pattern.most_slices}},
                    {"cases", pattern.n_cases},
                    {"images", pattern.n_images},
                    {"why", pattern.why}});
  }
  return list;
}

std::string image_line(const Candidate& image, const SelectionRow& row) {
  const Json& facts = image.attributes;
  const std::string kernel = text_of(facts, "ConvolutionKernel");
  std::string text =
      fmt::format("  {} {} {} {} {}  {} slices", row.is_selected ? "[x]" : "[ ]",
                  fitted(text_of(facts, "SeriesNumber"), 5), fitted(text_of(facts, "Modality"), 3),
                  fitted(printable(text_of(facts, "SeriesDescription")), 28), fitted(printable(kernel), 8),
                  text_of(facts, "n_slices"));
  if (const std::string step = text_of(facts, "slice_step_mm"); !step.empty()) text += " of " + step + " mm";
  return line_cut(text);
}

/// Derived fields on one line, with "?" after those that a rule guessed.
std::string guesses_line(const Json& facts) {
  std::vector<std::string> words;
  for (const char* field :
       {"kernel_class", "mr_contrast", "contrast_phase_hint", "view", "body_part", "us_mode"}) {
    const std::string value = text_of(facts, field);
    if (value.empty()) continue;
    const bool is_guess = text_of(facts, std::string(field) + "_source") == "rule";
    words.push_back(std::string(field) + " " + printable(value) + (is_guess ? "?" : ""));
  }
  return words.empty() ? "" : line_cut("        " + join(words, ", "));
}

}  // namespace

std::string select_text(const SelectReport& report, std::size_t n_rows) {
  std::string text = line_cut(fmt::format("{} with {}; rules: {}", counted(report.n_cases, "case"),
                                          counted(report.n_images, "image"), printable(report.rules)));
  text += "\ninput             one match       none    several\n";
  for (const InputTally& tally : report.inputs) {
    text += line_cut(fmt::format("{}  {:>9}  {:>9}  {:>9}", fitted(printable(tally.input), 16), tally.n_one,
                                 tally.n_none, tally.n_several));
  }
  if (report.inputs.size() > 1) text += counted(report.n_usable, "case") + " with every input\n";
  for (const InputTally& tally : report.inputs) {
    const auto block = [&](const std::string& title, const std::vector<ImagePattern>& patterns) {
      if (!patterns.empty())
        text += "\n" + line_cut(printable(tally.input) + ": " + title) + pattern_rows(patterns, n_rows);
    };
    block("taken", tally.one);
    block(fmt::format("several fit in {}", counted(tally.n_several, "case")), tally.several);
    block(fmt::format("none fits in {}{}; what they have", counted(tally.n_none, "case"),
                      reasons_words(tally.reasons_of_none)),
          tally.none);
  }
  return text;
}

Json select_json(const SelectReport& report) {
  Json inputs = Json::array();
  for (const InputTally& tally : report.inputs) {
    inputs.push_back({{"input", tally.input},
                      {"one", tally.n_one},
                      {"none", tally.n_none},
                      {"several", tally.n_several},
                      {"reasons_of_none", tally.reasons_of_none},
                      {"patterns",
                       {{"one", json_of(tally.one)},
                        {"several", json_of(tally.several)},
                        {"none", json_of(tally.none)}}}});
  }
  return {{"format_version", "1.0"},   {"rules", report.rules},     {"cases", report.n_cases},
          {"images", report.n_images}, {"usable", report.n_usable}, {"inputs", inputs}};
}

std::string explain_case(const Case& one, const std::vector<SelectionRule>& rules) {
  const Selection selection = select(one, rules);
  std::string text =
      fmt::format("{}: {}, {} that are no images\n", one.id, counted(one.candidates.size(), "image"),
                  counted(one.members.size(), "file"));
  for (std::size_t input = 0; input < rules.size(); ++input) {
    const SelectedInput& chosen = selection.inputs[input];
    text += "\n" + printable(rules[input].input) + ": ";
    if (chosen.candidate && !chosen.reason) text += "one image is taken";
    if (chosen.reason) text += fmt::format("{}: {}", code(*chosen.reason), printable(chosen.detail));
    if (!chosen.candidate && !chosen.reason) text += "none, and it is not required";
    text += "\n";
    for (std::size_t i = 0; i < one.candidates.size(); ++i) {
      const SelectionRow& row = selection.rows[input * one.candidates.size() + i];
      text += image_line(one.candidates[i], row) + guesses_line(one.candidates[i].attributes);
      const std::string reason = row.reason ? fmt::format(" ({})", code(*row.reason)) : "";
      text += "        " + row.rule + reason + "\n";
    }
    if (!chosen.hint.empty()) text += "hint: " + chosen.hint + "\n";
  }
  return text;
}

}  // namespace radbatch
