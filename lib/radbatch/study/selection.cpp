#include "radbatch/study/selection.hpp"

#include <algorithm>
#include <limits>
#include <tuple>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/study/attributes.hpp"

namespace radbatch {
namespace {

using Indices = std::vector<std::size_t>;

std::string joined_numbers(const std::vector<int>& numbers, std::string_view separator) {
  std::vector<std::string> parts;
  for (int number : numbers) parts.push_back(std::to_string(number));
  return join(parts, separator);
}

/// Applies one rule: narrows the candidates step by step, noting in words why each one left.
class Chooser {
 public:
  Chooser(const Case& one, const SelectionRule& rule)
      : case_(one), rule_(rule), rows_(one.candidates.size()) {
    result_.input = rule.input;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const Candidate& candidate = one.candidates[i];
      rows_[i] = {one.id, candidate.series, candidate.instance, rule.input, false, "", Reason::not_selected};
      left_.push_back(i);
    }
  }

  SelectedInput choose() {
    if (left_.empty()) return none(Reason::no_series, "the case has no image");
    if (!keep_named()) return none(Reason::no_series, "no image of the case is named " + rule_.input);
    if (!keep_modality()) {
      return none(Reason::modality,
                  "the case has " + modalities_ + ", the model takes " + join(rule_.modality, ", "));
    }
    if (!keep_images()) return none(Reason::no_series, "the case has only localizers");
    if (!keep_dims()) {
      return none(Reason::dimension,
                  "no image of the case has " + joined_numbers(rule_.dims, " or ") + " dimensions");
    }
    if (!keep_alternative()) {
      return none(Reason::no_series,
                  "no image of the case meets the rules of the input '" + rule_.input + "'",
                  "radbatch why tells the rule that each image fails");
    }
    prefer_originals();
    keep_first_by_sort();
    result_.fitting = left_;
    return decide();
  }

  std::vector<SelectionRow>& rows() { return rows_; }

 private:
  const Json& facts(std::size_t i) const { return case_.candidates[i].attributes; }

  SelectedInput none(Reason reason, std::string detail, std::string hint = {}) {
    if (rule_.is_required) {
      result_.reason = reason;
      result_.detail = std::move(detail);
      result_.hint = std::move(hint);
    }
    return result_;
  }

  /// Keeps what `fits`; the others get their reason and the rule in words. False when none is left.
  template <class Fits, class Words>
  bool keep(Reason reason, Fits fits, Words words) {
    Indices kept;
    for (std::size_t i : left_) {
      if (fits(i)) {
        kept.push_back(i);
        continue;
      }
      rows_[i].reason = reason;
      rows_[i].rule = words(i);
    }
    left_ = std::move(kept);
    return !left_.empty();
  }

  bool keep_named() {
    return keep(
        Reason::not_selected,
        [&](std::size_t i) {
          const std::string& name = case_.candidates[i].input;
          return name.empty() || to_lower_ascii(name) == to_lower_ascii(rule_.input);
        },
        [&](std::size_t i) {
          return "named " + printable(case_.candidates[i].input) + ", not " + rule_.input;
        });
  }

  bool keep_modality() {
    std::vector<std::string> seen;
    for (std::size_t i : left_) seen.push_back(printable(text_of(facts(i), "Modality")));
    std::ranges::sort(seen);
    seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
    modalities_ = join(seen, ", ");
    const auto fits = [&](std::size_t i) {
      const std::string modality = text_of(facts(i), "Modality");
      return rule_.modality.empty() || modality.empty() ||
             std::ranges::find(rule_.modality, modality) != rule_.modality.end();
    };
    return keep(Reason::modality, fits, [&](std::size_t i) {
      return "modality " + printable(text_of(facts(i), "Modality")) + ", not " + join(rule_.modality, " or ");
    });
  }

  bool keep_images() {
    return keep(
        Reason::not_selected,
        [&](std::size_t i) { return !rule_.excludes_localizers || !flag_of(facts(i), "is_localizer"); },
        [](std::size_t) { return "localizer"; });
  }

  bool keep_dims() {
    const auto fits = [&](std::size_t i) {
      const std::optional<double> dims = number_of(facts(i), "dims");
      return rule_.dims.empty() || !dims ||
             std::ranges::find(rule_.dims, static_cast<int>(*dims)) != rule_.dims.end();
    };
    return keep(Reason::dimension, fits, [&](std::size_t i) {
      return text_of(facts(i), "dims") + " dimensions, not " + joined_numbers(rule_.dims, " or ");
    });
  }

  /// Narrows to what meets the first alternative that anything meets. Where nothing meets any, every image
  /// learns why not, of each alternative. What somebody named for this input was chosen already: rules are
  /// for finding images among those that nobody named.
  bool keep_alternative() {
    const auto is_named = [&](std::size_t i) { return !case_.candidates[i].input.empty(); };
    if (std::ranges::any_of(left_, is_named)) {
      return keep(Reason::not_selected, is_named,
                  [&](std::size_t) { return "another image is named " + rule_.input; });
    }
    if (rule_.alternatives.empty()) return true;
    std::vector<std::string> reasons(rows_.size());
    for (const Alternative& alternative : rule_.alternatives) {
      std::vector<std::string> words(rows_.size());
      for (std::size_t i : left_) words[i] = mismatch(alternative.where, facts(i));
      if (std::ranges::any_of(left_, [&](std::size_t i) { return words[i].empty(); })) {
        taken_ = &alternative;
        return keep(
            Reason::not_selected, [&](std::size_t i) { return words[i].empty(); },
            [&](std::size_t i) { return prefix(alternative) + words[i]; });
      }
      for (std::size_t i : left_) {
        reasons[i] += (reasons[i].empty() ? "" : "; ") + prefix(alternative) + words[i];
      }
    }
    return keep(
        Reason::not_selected, [](std::size_t) { return false; }, [&](std::size_t i) { return reasons[i]; });
  }

  static std::string prefix(const Alternative& alternative) {
    return alternative.name.empty() ? "" : printable(alternative.name) + ": ";
  }

  /// Numbers by value, texts by their bytes; what is absent comes last.
  int compare(std::size_t a, std::size_t b, const SortKey& key) const {
    const auto rank = [&](std::size_t i) {
      const std::optional<double> number = number_of(facts(i), key.field);
      const std::string text = text_of(facts(i), key.field);
      return std::tuple(text.empty() ? 2 : number ? 0 : 1, number.value_or(0), text);
    };
    const auto left = rank(a), right = rank(b);
    if (left == right) return 0;
    const bool is_absent = std::get<0>(left) == 2 || std::get<0>(right) == 2;
    return (left < right) != (key.is_descending && !is_absent) ? -1 : 1;
  }

  void keep_first_by_sort() {
    if (!taken_) return;
    for (const SortKey& key : taken_->sort) {
      if (left_.size() < 2) return;
      const std::size_t first = *std::ranges::min_element(
          left_, [&](std::size_t a, std::size_t b) { return compare(a, b, key) < 0; });
      keep(
          Reason::not_selected, [&](std::size_t i) { return compare(first, i, key) == 0; },
          [&](std::size_t i) {
            const std::string own = text_of(facts(i), key.field);
            return prefix(*taken_) + key.field + " " + (own.empty() ? "absent" : printable(own)) +
                   ", another has " + printable(text_of(facts(first), key.field));
          });
    }
  }

  void prefer_originals() {
    const auto is_capture = [&](std::size_t i) { return flag_of(facts(i), "is_secondary_capture"); };
    if (std::ranges::all_of(left_, is_capture)) return;
    keep(
        Reason::not_selected, [&](std::size_t i) { return !is_capture(i); },
        [](std::size_t) { return "secondary capture beside other images"; });
  }

  auto by_most_slices(std::size_t i) const {
    const Candidate& candidate = case_.candidates[i];
    constexpr double last = std::numeric_limits<double>::infinity();
    return std::tuple(-number_of(candidate.attributes, "n_slices").value_or(0),
                      number_of(candidate.attributes, "SeriesNumber").value_or(last), candidate.series,
                      candidate.instance, candidate.source.files);
  }

  std::size_t best() const {
    // The candidates are in the order of SeriesNumber, UID and instance, so the first one left is "first".
    if (rule_.on_many == OnMany::first || rule_.on_many == OnMany::all) return left_.front();
    return *std::ranges::min_element(left_, {}, [&](std::size_t i) {
      const double newest =
          rule_.on_many == OnMany::newest ? number_of(facts(i), "acquisition_order").value_or(0) : 0;
      return std::pair(-newest, by_most_slices(i));
    });
  }

  std::string policy_words(std::size_t chosen) const {
    const std::string policy(name(rule_.on_many));
    if (rule_.on_many != OnMany::most_slices) return policy + " of " + counted(left_.size(), "image");
    return policy + ": " + text_of(facts(chosen), "n_slices") + ", of " + counted(left_.size(), "image");
  }

  SelectedInput decide() {
    const std::size_t n = left_.size();
    const std::string alternative = taken_ ? prefix(*taken_) : "";
    if (n > 1 && rule_.on_many == OnMany::error) {
      for (std::size_t i : left_) rows_[i].rule = alternative + "one of " + counted(n, "image") + " that fit";
      for (std::size_t i : left_) rows_[i].reason = Reason::many_series;
      result_.reason = Reason::many_series;
      result_.detail = counted(n, "image") + " fit the input '" + rule_.input + "'";
      const auto series = [&](std::size_t i) { return case_.candidates[i].series; };
      const bool is_one_series =
          std::ranges::all_of(left_, [&](std::size_t i) { return series(i) == series(left_[0]); });
      result_.hint =
          std::string(
              "choose with --select RULES or --on-many first|most-slices|newest|all, or regroup with "
              "--case-by ") +
          (is_one_series ? "SOPInstanceUID" : "SeriesInstanceUID");
      return result_;
    }
    const std::size_t chosen = n == 1 ? left_.front() : best();
    const std::string words = n == 1 ? "the only one that fits" : policy_words(chosen);
    for (std::size_t i : left_) rows_[i].rule = alternative + words;
    return take(chosen);
  }

  SelectedInput take(std::size_t chosen) {
    const Candidate& candidate = case_.candidates[chosen];
    result_.reason = candidate.reason;
    result_.detail = candidate.detail;
    if (!result_.reason && rule_.uneven_slices == UnevenSlices::refuse &&
        flag_of(candidate.attributes, "is_uneven")) {
      result_.reason = Reason::slice_gap;
      result_.detail = "steps between slices depart by up to " +
                       text_of(candidate.attributes, "slice_step_dev_mm") + " mm from the usual " +
                       text_of(candidate.attributes, "slice_step_mm") + " mm";
    }
    rows_[chosen].reason = result_.reason;
    rows_[chosen].is_selected = !result_.reason;
    if (!result_.reason) result_.candidate = chosen;
    return result_;
  }

  const Case& case_;
  const SelectionRule& rule_;
  std::vector<SelectionRow> rows_;
  Indices left_;
  std::string modalities_;
  const Alternative* taken_ = nullptr;  ///< the alternative that counts for this case
  SelectedInput result_;
};

bool is_prepared(const Case& one) {
  return one.candidates.size() == 1 && one.candidates[0].source.kind == FileKind::tensor;
}

/// A tensor was made of all inputs: it stands for each of them.
Selection whole_tensor(const Case& one, std::span<const SelectionRule> rules) {
  Selection selection;
  const Candidate& tensor = one.candidates[0];
  for (const SelectionRule& rule : rules) {
    SelectedInput& input = selection.inputs.emplace_back();
    input.input = rule.input;
    input.fitting = {0};
    input.reason = tensor.reason;
    input.detail = tensor.detail;
    if (!tensor.reason) input.candidate = 0;
    selection.rows.push_back({one.id, tensor.series, tensor.instance, rule.input, !tensor.reason,
                              "prepared from all inputs", tensor.reason});
  }
  return selection;
}

/// A case that gives some inputs but not all lacks one; a case that gives none is simply not for this model.
void name_missing_inputs(Selection& selection) {
  const bool has_some = std::ranges::any_of(
      selection.inputs, [](const SelectedInput& input) { return input.candidate.has_value(); });
  if (!has_some) return;
  for (SelectedInput& input : selection.inputs) {
    const bool fits_nothing = input.reason == Reason::modality || input.reason == Reason::dimension;
    if (input.reason == Reason::no_series || (fits_nothing && input.fitting.empty())) {
      if (fits_nothing) input.detail = "input '" + input.input + "': " + input.detail;
      input.reason = Reason::missing_input;
    }
  }
}

/// Scoring one series as two contrasts would look like a score.
void refuse_shared_images(const Case& one, Selection& selection) {
  const std::size_t n = one.candidates.size();
  for (std::size_t a = 0; a < selection.inputs.size(); ++a) {
    for (std::size_t b = a + 1; b < selection.inputs.size(); ++b) {
      const SelectedInput& first = selection.inputs[a];
      SelectedInput& second = selection.inputs[b];
      if (!first.candidate || first.candidate != second.candidate) continue;
      SelectionRow& row = selection.rows[b * n + *second.candidate];
      row.is_selected = false;
      row.reason = Reason::many_series;
      row.rule += "; but it is the input '" + first.input + "' already";
      second.reason = Reason::many_series;
      second.detail = "one image fits the inputs '" + first.input + "' and '" + second.input +
                      "', and may serve only one";
      second.hint = "name the images in a manifest, or tell them apart with --select RULES";
      second.candidate.reset();
    }
  }
}

}  // namespace

const SelectedInput* Selection::fault() const {
  const auto at =
      std::ranges::find_if(inputs, [](const SelectedInput& input) { return input.reason.has_value(); });
  return at == inputs.end() ? nullptr : &*at;
}

Selection select(const Case& one, std::span<const SelectionRule> rules) {
  Selection selection;
  if (rules.size() > 1 && is_prepared(one)) {
    selection = whole_tensor(one, rules);
  } else {
    for (const SelectionRule& rule : rules) {
      Chooser chooser(one, rule);
      selection.inputs.push_back(chooser.choose());
      std::ranges::move(chooser.rows(), std::back_inserter(selection.rows));
    }
    name_missing_inputs(selection);
    refuse_shared_images(one, selection);
  }
  for (const Member& member : one.members) {
    selection.rows.push_back(
        {one.id, member.series, member.instance, "", false, "not an image", member.reason});
  }
  return selection;
}

Selection select(const Case& one, const SelectionRule& rule) {
  return select(one, std::span(&rule, 1));
}

}  // namespace radbatch
