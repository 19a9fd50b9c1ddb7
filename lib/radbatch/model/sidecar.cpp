#include "radbatch/model/sidecar.hpp"

#include <algorithm>
#include <set>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> head_kinds{"binary", "multi-class", "multi-label", "regression"};
const std::vector<std::string> activations{"softmax", "sigmoid", "none", "inside"};
const std::vector<std::string> pooling_rules{"mean", "max", "noisy-or"};
const std::vector<std::string> fills{"refuse", "zeros", "mask-channel"};
const std::vector<std::string> backend_kinds{"torchscript", "aotinductor"};
const std::vector<std::string> photometrics{
    "MONOCHROME1",     "MONOCHROME2",     "PALETTE COLOR", "RGB",     "YBR_FULL", "YBR_FULL_422",
    "YBR_PARTIAL_422", "YBR_PARTIAL_420", "YBR_ICT",       "YBR_RCT", "XYB"};

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

/// A path that stays inside the bundle.
std::string inner_path(const Fields& fields, const std::string& key) {
  const fs::path path = fields.text(key);
  const bool climbs = std::ranges::any_of(path, [](const fs::path& part) { return part == ".."; });
  if (path.is_absolute() || climbs) fields.refuse(key, "must be a path inside the bundle");
  return path.generic_string();
}

std::string digest(const Fields& fields, const std::string& key) {
  const std::string text = to_lower_ascii(fields.text(key, ""));
  const bool hex = text.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!text.empty() && (text.size() != 64 || !hex)) fields.refuse(key, "must be 64 hexadecimal digits");
  return text;
}

/// Reads every element of a list with `read(element, place)`.
template <class T, class Read>
std::vector<T> read_list(const Fields& fields, const std::string& key, Read read) {
  std::vector<T> result;
  const Json& list = fields.list(key);
  for (std::size_t i = 0; i < list.size(); ++i) {
    result.push_back(read(list[i], fields.place(key) + "[" + std::to_string(i) + "]"));
  }
  return result;
}

Backend read_backend(const Json& json, const std::string& place) {
  const Fields fields(json, place, {"file", "kind", "sha256", "bytes", "torch", "isa", "fold"});
  Backend backend;
  backend.file = inner_path(fields, "file");
  backend.kind = backend_kinds[fields.choice("kind", backend_kinds)];
  backend.sha256 = digest(fields, "sha256");
  backend.bytes = fields.count("bytes", 0);
  backend.torch = fields.text("torch", "");
  backend.isa = fields.text("isa", "");
  if (fields.has("fold")) backend.fold = static_cast<int>(fields.count("fold", 0));
  return backend;
}

void read_rules(const Fields& fields, InputSpec& input) {
  if (fields.has("select")) {
    try {
      input.select = parse_input_rules(fields.at("select"), fields.place("select"));
    } catch (const Error& problem) {
      throw Error(ExitCode::model, problem.message(), problem.hint());
    }
    if (!input.select.is_required) fields.refuse("select", "says required; that belongs beside it");
    input.on_many = input.select.on_many.value_or(OnMany::error);
  }
  if (fields.has("uneven_slices")) {
    input.accept_uneven_slices = fields.choice("uneven_slices", {"refuse", "accept"}) == 1;
  }
  if (fields.has("if_missing"))
    input.if_missing = static_cast<FillMissing>(fields.choice("if_missing", fills));
  const bool is_filled = input.if_missing != FillMissing::refuse;
  if (fields.flag("required", !is_filled) == is_filled) {
    fields.refuse("required",
                  is_filled ? "is true, and if_missing says what stands for the input without it"
                            : "is false, and nothing says what stands for the input without it",
                  "\"if_missing\": \"zeros\" or \"mask-channel\" makes an input optional");
  }
}

InputSpec read_input(const Json& json, const std::string& place) {
  const Fields fields(json, place,
                      {"name", "modality", "body_part", "dims", "channels", "spacing_range_mm", "required",
                       "if_missing", "select", "uneven_slices", "value_range", "photometric"});
  InputSpec input;
  input.name = fields.text("name");
  input.modality = fields.texts("modality");
  input.body_part = fields.texts("body_part");
  input.dims = fields.integers("dims");
  input.channels = fields.integers("channels");
  input.photometric = fields.texts("photometric");
  input.spacing_range_mm = fields.range("spacing_range_mm");
  input.value_range = fields.range("value_range");
  for (const std::string& value : input.photometric) {
    if (std::ranges::find(photometrics, value) == photometrics.end())
      fields.refuse("photometric", "has '" + printable(value) + "'; PhotometricInterpretation is one of " +
                                       join(photometrics, ", "));
  }
  for (const int dims : input.dims) {
    if (dims != 2 && dims != 3) fields.refuse("dims", "must be 2, 3 or [2, 3]");
  }
  for (const int channels : input.channels) {
    if (channels < 1 || channels > 4) fields.refuse("channels", "must be from 1 to 4");
  }
  read_rules(fields, input);
  return input;
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

void check_head(const Fields& fields, const Head& head) {
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
  if (head.activation == Activation::softmax && head.kind != HeadKind::multi_class) {
    fields.refuse("activation", "softmax needs a multi-class head");
  }
  if (head.activation == Activation::none && head.kind != HeadKind::regression) {
    fields.refuse("activation", "none gives no probability",
                  "say softmax or sigmoid, or inside when the network applies it itself");
  }
  const bool squashed = head.activation == Activation::softmax || head.activation == Activation::sigmoid;
  if (head.kind == HeadKind::regression && squashed)
    fields.refuse("activation", "of a regression must be none or inside");
}

Head read_head(const Json& json, const std::string& place) {
  const Fields fields(json, place,
                      {"name", "kind", "findings", "activation", "output", "thresholds", "threshold_source"});
  Head head;
  head.name = fields.text("name");
  if (!is_slug(head.name)) fields.refuse("name", "must be of lower-case ASCII letters, digits and '_'");
  head.kind = static_cast<HeadKind>(fields.choice("kind", head_kinds));
  head.findings = read_list<Finding>(fields, "findings", read_finding);
  head.activation = static_cast<Activation>(fields.choice("activation", activations));
  head.output = fields.text("output", "0");
  head.threshold_source = fields.text("threshold_source", "");
  read_thresholds(fields, head);
  check_head(fields, head);
  return head;
}

void check_pooling(const Fields& fields, const std::string& level, Pooling rule,
                   const std::vector<Head>& heads) {
  for (const Head& head : heads) {
    const bool unfit =
        (rule == Pooling::max && head.kind == HeadKind::multi_class) ||
        (rule == Pooling::noisy_or && head.kind != HeadKind::binary && head.kind != HeadKind::multi_label);
    if (unfit) {
      fields.refuse(
          level, "is '" + pooling_rules[static_cast<std::size_t>(rule)] + "', which means nothing for the " +
                     head_kinds[static_cast<std::size_t>(head.kind)] + " head '" + head.name + "'; use mean");
    }
  }
}

GoldenEntry read_golden(const Json& json, const std::string& place) {
  const Fields fields(
      json, place, {"input", "tensor", "tensor_sha256", "tensor_tolerance", "output", "tolerance", "fold"});
  GoldenEntry entry;
  if (fields.has("input")) entry.input = inner_path(fields, "input");
  entry.tensor = inner_path(fields, "tensor");
  entry.tensor_sha256 = digest(fields, "tensor_sha256");
  if (fields.has("fold")) entry.fold = static_cast<int>(fields.count("fold", 0));
  if (entry.tensor_sha256.empty()) fields.refuse("tensor_sha256", "is missing");
  if (fields.has("tensor_tolerance")) {
    entry.tensor_tolerance = fields.number("tensor_tolerance");
    if (!(*entry.tensor_tolerance >= 0)) fields.refuse("tensor_tolerance", "must be 0 or more");
  }
  if (!fields.has("output") && !entry.input.empty()) return entry;
  entry.output = fields.at("output");
  if (!entry.output.is_object() || entry.output.empty())
    fields.refuse("output", "must be {\"<output>\": values}");
  entry.tolerance = fields.number("tolerance");
  if (!(entry.tolerance >= 0)) fields.refuse("tolerance", "must be 0 or more");
  return entry;
}

}  // namespace

std::vector<Backend> read_backends(const Fields& sidecar) {
  return read_list<Backend>(sidecar, "backends", read_backend);
}

std::vector<InputSpec> read_inputs(const Fields& sidecar) {
  std::vector<InputSpec> inputs = read_list<InputSpec>(sidecar, "inputs", read_input);
  std::set<std::string> names;
  for (const InputSpec& input : inputs) {
    if (!names.insert(to_lower_ascii(input.name)).second)
      sidecar.refuse("inputs", "has the name '" + input.name + "' twice (letter case does not count)");
  }
  const auto is_filled = [](const InputSpec& input) { return input.if_missing != FillMissing::refuse; };
  if (inputs.size() == 1 && is_filled(inputs.front()))
    sidecar.refuse("inputs", "has one input, and if_missing would fill it: nothing gives it a grid");
  return inputs;
}

std::vector<Head> read_heads(const Fields& sidecar) {
  std::vector<Head> heads = read_list<Head>(sidecar, "heads", read_head);
  std::set<std::string> names;
  for (const Head& head : heads) {
    if (!names.insert(head.name).second) sidecar.refuse("heads", "has the name '" + head.name + "' twice");
  }
  return heads;
}

std::map<Level, Pooling> read_pooling(const Fields& sidecar, const std::vector<Head>& heads) {
  std::map<Level, Pooling> pooling;
  if (!sidecar.has("pooling")) return pooling;
  const Fields fields(sidecar.at("pooling"), sidecar.place("pooling"), {"slices", "frames"});
  for (const Level level : {Level::slices, Level::frames}) {
    const std::string key(name(level));
    if (!fields.has(key)) continue;
    pooling[level] = static_cast<Pooling>(fields.choice(key, pooling_rules));
    check_pooling(fields, key, pooling[level], heads);
  }
  return pooling;
}

std::vector<GoldenEntry> read_golden_entries(const Fields& sidecar) {
  if (!sidecar.has("golden")) return {};
  return read_list<GoldenEntry>(sidecar, "golden", read_golden);
}

std::string_view name(FillMissing fill) {
  return fills.at(static_cast<std::size_t>(fill));
}
std::string_view name(HeadKind kind) {
  return head_kinds.at(static_cast<std::size_t>(kind));
}
std::string_view name(Activation kind) {
  return activations.at(static_cast<std::size_t>(kind));
}
std::string_view name(Pooling rule) {
  return pooling_rules.at(static_cast<std::size_t>(rule));
}
std::string_view name(Level level) {
  return level == Level::slices ? "slices" : "frames";
}

}  // namespace radbatch
