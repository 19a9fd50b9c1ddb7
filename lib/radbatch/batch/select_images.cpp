#include "radbatch/batch/select_images.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/batch/cohort_source.hpp"
#include "radbatch/batch/prepared_image.hpp"
#include "radbatch/batch/restore.hpp"
#include "radbatch/study/attributes.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

std::string kind_of(const Json& attributes) {
  for (const char* field : {"ConvolutionKernel", "mr_contrast", "view", "us_mode"}) {
    if (std::string text = text_of(attributes, field); !text.empty()) return printable(text);
  }
  return {};
}

std::string step_of(const Json& attributes) {
  const std::optional<double> step = number_of(attributes, "slice_step_mm");
  if (!step) return {};
  return text_of(Json{{"step", std::round(*step * 100) / 100}}, "step");
}

/// Gathers images that look alike.
class PatternCounter {
 public:
  void add(const std::string& case_id, const Candidate& image, const std::string& why) {
    const Json& facts = image.attributes;
    const std::string description = printable(text_of(facts, "SeriesDescription"));
    Entry& entry =
        entries_[{printable(text_of(facts, "Modality")), description, kind_of(facts), step_of(facts)}];
    const double slices = number_of(facts, "n_slices").value_or(0);
    ImagePattern& pattern = entry.pattern;
    pattern.fewest_slices = pattern.n_images == 0 ? slices : std::min(pattern.fewest_slices, slices);
    pattern.most_slices = std::max(pattern.most_slices, slices);
    ++pattern.n_images;
    if (entry.last_case != case_id) ++pattern.n_cases;
    entry.last_case = case_id;
    if (!why.empty()) ++entry.why[why];
  }

  std::vector<ImagePattern> sorted() const {
    std::vector<ImagePattern> patterns;
    for (const auto& [key, entry] : entries_) {
      ImagePattern& pattern = patterns.emplace_back(entry.pattern);
      std::tie(pattern.modality, pattern.description, pattern.kind, pattern.step) = key;
      const auto commonest =
          std::ranges::max_element(entry.why, {}, [](const auto& words) { return words.second; });
      if (commonest != entry.why.end()) pattern.why = commonest->first;
    }
    std::ranges::stable_sort(patterns, std::ranges::greater(), &ImagePattern::n_cases);
    return patterns;
  }

 private:
  struct Entry {
    ImagePattern pattern;
    std::string last_case;
    std::map<std::string, std::size_t> why;
  };
  std::map<std::tuple<std::string, std::string, std::string, std::string>, Entry> entries_;
};

class InputCounter {
 public:
  explicit InputCounter(std::string input) { tally_.input = std::move(input); }

  void add(const Case& one, const SelectedInput& chosen, std::span<const SelectionRow> rows) {
    const std::size_t n = chosen.fitting.size();
    if (n == 0) {
      ++tally_.n_none;
      if (chosen.reason) ++tally_.reasons_of_none[std::string(code(*chosen.reason))];
      for (std::size_t i = 0; i < one.candidates.size(); ++i)
        none_.add(one.id, one.candidates[i], rows[i].rule);
      return;
    }
    // What sort keys or a policy settle counts as one match: nothing is left to decide.
    const bool is_open = chosen.reason == Reason::many_series;
    ++(is_open ? tally_.n_several : tally_.n_one);
    for (std::size_t i : chosen.fitting) {
      if (is_open) several_.add(one.id, one.candidates[i], "");
      if (!is_open && (chosen.candidate == i || rows[i].reason == chosen.reason)) {
        one_.add(one.id, one.candidates[i], rows[i].reason ? std::string(code(*rows[i].reason)) : "");
      }
    }
  }

  InputTally finish() {
    tally_.one = one_.sorted();
    tally_.several = several_.sorted();
    tally_.none = none_.sorted();
    return std::move(tally_);
  }

 private:
  InputTally tally_;
  PatternCounter one_, several_, none_;
};

bool is_model(const fs::path& path) {
  std::error_code missing;
  return fs::is_directory(path, missing) || path.extension() == ".ts" || path.extension() == ".pt";
}

}  // namespace

std::vector<Case> images_of_folder(const SelectRequest& request) {
  const RunFolder folder(request.folder);
  std::error_code missing;
  if (!fs::exists(request.folder, missing)) {
    throw Error(ExitCode::usage, "no such folder: " + printable(request.folder.string()));
  }
  if (!folder.is_claimed()) {
    const std::string shown = printable(request.folder.string());
    throw Error(ExitCode::usage, shown + " holds no scan and no run of radbatch",
                "radbatch scan " + shown + " -o SCAN");
  }
  return remembered_images(folder, restored_options(folder).case_options());
}

std::vector<SelectionRule> rules_to_try(const SelectRequest& request) {
  if (request.rules.empty()) {
    std::vector<SelectionRule> rules = restored_rules(RunFolder(request.folder));
    if (!rules.empty()) {
      for (SelectionRule& rule : rules) rule.on_many = request.on_many.value_or(rule.on_many);
      return rules;
    }
    throw Error(ExitCode::usage, "no rules given",
                "--rules FILE, a model's folder, or one of preset:" + join(preset_names(), ", preset:"));
  }
  if (!request.rules.starts_with("preset:") && is_model(request.rules)) {
    return selection_rules(load_bundle(request.rules), {"", nullptr, request.on_many});
  }
  std::vector<SelectionRule> rules = rules_of(load_rule_set(request.rules));
  for (SelectionRule& rule : rules) rule.on_many = request.on_many.value_or(rule.on_many);
  return rules;
}

SelectReport select_report(const std::vector<Case>& cases, const std::vector<SelectionRule>& rules) {
  SelectReport report;
  report.n_cases = cases.size();
  std::vector<InputCounter> counters;
  for (const SelectionRule& rule : rules) counters.emplace_back(rule.input);
  for (const Case& one : cases) {
    report.n_images += one.candidates.size();
    const Selection selection = select(one, rules);
    if (!selection.fault()) ++report.n_usable;
    for (std::size_t i = 0; i < rules.size(); ++i) {
      const std::size_t n = one.candidates.size();
      counters[i].add(one, selection.inputs[i], std::span(selection.rows).subspan(i * n, n));
    }
  }
  for (InputCounter& counter : counters) report.inputs.push_back(counter.finish());
  return report;
}

Table select_table(const std::vector<Case>& cases, const std::vector<SelectionRule>& rules) {
  Table table({{"case_id", ColumnType::text, "the case", {}, true},
               {"series", ColumnType::text, "SeriesInstanceUID"},
               {"instance", ColumnType::text, "SOPInstanceUID, where the image is one instance"},
               {"input", ColumnType::text, "input of the model"},
               {"selected", ColumnType::boolean, "1: this image would be used", {}, true},
               {"rule", ColumnType::text, "why"},
               {"reason", ColumnType::category, "stable code"}});
  for (const Case& one : cases) {
    for (const SelectionRow& row : select(one, rules).rows) {
      table.add_row({row.case_id, text_cell(row.series), text_cell(row.instance), text_cell(row.input),
                     row.is_selected, text_cell(row.rule),
                     text_cell(row.reason ? std::string(code(*row.reason)) : "")});
    }
  }
  return table;
}

}  // namespace radbatch
