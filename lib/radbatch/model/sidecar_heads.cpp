// The part of radbatch.json that says what the network's numbers mean: heads and pooling.
#include <algorithm>
#include <set>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/model/sidecar.hpp"

namespace radbatch {
namespace {

const std::vector<std::string> head_kinds{"binary", "multi-class", "multi-label", "regression", "ordinal"};
const std::vector<std::string> activations{"softmax", "sigmoid", "none", "inside", "cumulative", "corn"};
const std::vector<std::string> level_names{"slices", "frames", "windows"};

/// What pandas, R or a spreadsheet turns into a missing value when it reads a cell of the column `top`.
bool reads_as_missing(const std::string& name) {
  static const std::set<std::string> missing{"",         "na",     "n/a",     "#n/a",    "#na",
                                             "<na>",     "nan",    "-nan",    "null",    "none",
                                             "#n/a n/a", "1.#ind", "-1.#ind", "1.#qnan", "-1.#qnan"};
  return missing.contains(to_lower_ascii(name));
}

bool is_slug(const std::string& text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

Finding read_finding(const Json& json, const std::string& place) {
  const Fields fields(json, place, {"name", "slug", "code"});
  Finding finding;
  finding.name = fields.text("name");
  if (reads_as_missing(finding.name)) {
    fields.refuse("name", "is '" + finding.name + "', which table readers take for a missing value",
                  "call the class \"no finding\", \"normal\" or \"negative\"");
  }
  if (!is_utf8(finding.name)) fields.refuse("name", "is not UTF-8");
  // A slug made of the ASCII part of another script's name would say nothing, or the same for two findings.
  const bool ascii =
      std::ranges::all_of(finding.name, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  finding.slug = fields.text("slug", ascii ? slug(finding.name) : "");
  if (!is_slug(finding.slug)) {
    fields.refuse("slug", "must be of lower-case ASCII letters, digits and '_'",
                  "e.g. \"slug\": \"lung_opacity\"");
  }
  finding.code = fields.text("code", "");
  return finding;
}

void read_thresholds(const Fields& fields, Head& head) {
  if (!fields.has("thresholds")) return;
  std::vector<std::string> slugs;
  for (const Finding& finding : head.findings) slugs.push_back(finding.slug);
  const Fields thresholds(fields.at("thresholds"), fields.place("thresholds"), slugs);
  for (Finding& finding : head.findings) {
    if (thresholds.has(finding.slug)) finding.threshold = thresholds.number(finding.slug);
  }
}

void check_findings(const Fields& fields, const Head& head) {
  std::set<std::string> slugs;
  for (const Finding& finding : head.findings) {
    if (!slugs.insert(finding.slug).second)
      fields.refuse("findings", "has the slug '" + finding.slug + "' twice");
  }
  const bool one = head.findings.size() == 1;
  if (head.kind == HeadKind::binary && !one)
    fields.refuse("findings", "of a binary head must be one finding");
  if (head.kind == HeadKind::multi_class && one)
    fields.refuse("findings", "of a multi-class head must be several");
  if (head.kind == HeadKind::ordinal && one)
    fields.refuse("findings", "of an ordinal head must be several, from the lowest grade to the highest");
}

bool is_activation_of(const Head& head) {
  switch (head.activation) {
    case Activation::softmax:
      // The places of a map compete between its classes; whether each class is somewhere is several answers.
      return head.kind == HeadKind::multi_class || head.kind == HeadKind::ordinal ||
             (head.kind == HeadKind::multi_label && head.map);
    case Activation::sigmoid:
      return head.kind != HeadKind::regression && head.kind != HeadKind::ordinal;
    case Activation::none:
      return head.kind == HeadKind::regression;
    case Activation::cumulative:
    case Activation::corn:
      return head.kind == HeadKind::ordinal;
    case Activation::inside:
      break;
  }
  return true;
}

void check_head(const Fields& fields, const Head& head) {
  check_findings(fields, head);
  if (is_activation_of(head)) return;
  if (head.kind == HeadKind::regression)
    fields.refuse("activation", "of a regression must be none or inside");
  if (head.kind == HeadKind::ordinal)
    fields.refuse("activation", "of an ordinal head must be softmax, cumulative, corn or inside");
  if (head.activation == Activation::softmax) fields.refuse("activation", "softmax needs a multi-class head");
  if (head.activation == Activation::none) {
    fields.refuse("activation", "none gives no probability",
                  "say softmax or sigmoid, or inside when the network applies it itself");
  }
  fields.refuse("activation", std::string(name(head.activation)) + " needs an ordinal head");
}

/// Whether the rule leaves something that the head's numbers still are: the classes of one item sum to 1.
bool fits(const PoolingRule& rule, HeadKind kind) {
  const bool sums_to_one = kind == HeadKind::multi_class || kind == HeadKind::ordinal;
  switch (rule.kind) {
    case Pooling::max:
    case Pooling::top_k:
      return !sums_to_one;
    case Pooling::noisy_or:
      return kind == HeadKind::binary || kind == HeadKind::multi_label;
    case Pooling::mean:
    case Pooling::attention:
      break;
  }
  return true;
}

void check_rule(const Fields& fields, const std::string& key, const PoolingRule& rule, const Head& head) {
  if (fits(rule, head.kind)) return;
  fields.refuse(key, "is '" + to_text(rule) + "', which means nothing for the " +
                         std::string(name(head.kind)) + " head '" + head.name + "'; use mean");
}

PoolingRule read_rule(const Fields& fields, const std::string& key) {
  try {
    return parse_pooling(fields.text(key));
  } catch (const Error& problem) {
    if (problem.exit_code() != ExitCode::usage) throw;
    fields.refuse(key, "is no rule: " + problem.message());
  }
}

void check_map(const Fields& fields, const Head& head) {
  if (head.map->kind == Pooling::attention || head.map->kind == Pooling::noisy_or)
    fields.refuse("map", "must be mean, max or top-k: it reduces the places of a map");
  check_rule(fields, "map", *head.map, head);
}

Head read_head(const Json& json, const std::string& place) {
  const Fields fields(
      json, place,
      {"name", "kind", "findings", "activation", "output", "thresholds", "threshold_source", "map"});
  Head head;
  head.name = fields.text("name");
  if (!is_slug(head.name)) fields.refuse("name", "must be of lower-case ASCII letters, digits and '_'");
  head.kind = static_cast<HeadKind>(fields.choice("kind", head_kinds));
  head.findings = read_list<Finding>(fields, "findings", read_finding);
  head.activation = static_cast<Activation>(fields.choice("activation", activations));
  head.output = fields.text("output", "0");
  head.threshold_source = fields.text("threshold_source", "");
  read_thresholds(fields, head);
  if (fields.has("map")) head.map = read_rule(fields, "map");
  check_head(fields, head);
  if (head.map) check_map(fields, head);
  return head;
}

}  // namespace

std::vector<Head> read_heads(const Fields& sidecar) {
  std::vector<Head> heads = read_list<Head>(sidecar, "heads", read_head);
  std::set<std::string> names;
  for (const Head& head : heads) {
    if (!names.insert(head.name).second) sidecar.refuse("heads", "has the name '" + head.name + "' twice");
  }
  return heads;
}

std::map<Level, PoolingRule> read_pooling(const Fields& sidecar, const std::vector<Head>& heads) {
  std::map<Level, PoolingRule> pooling;
  if (!sidecar.has("pooling")) return pooling;
  const Fields fields(sidecar.at("pooling"), sidecar.place("pooling"), level_names);
  for (const Level level : {Level::slices, Level::frames, Level::windows}) {
    const std::string key(name(level));
    if (!fields.has(key)) continue;
    pooling[level] = read_rule(fields, key);
    for (const Head& head : heads) check_rule(fields, key, pooling[level], head);
  }
  return pooling;
}

std::string_view name(HeadKind kind) {
  return head_kinds.at(static_cast<std::size_t>(kind));
}
std::string_view name(Activation kind) {
  return activations.at(static_cast<std::size_t>(kind));
}
std::string_view name(Level level) {
  return level_names.at(static_cast<std::size_t>(level));
}

}  // namespace radbatch
