#include "radbatch/model/sidecar.hpp"

#include <algorithm>
#include <set>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> fills{"refuse", "zeros", "mask-channel"};
const std::vector<std::string> backend_kinds{"torchscript", "aotinductor", "openvino"};
const std::vector<std::string> photometrics{
    "MONOCHROME1",     "MONOCHROME2",     "PALETTE COLOR", "RGB",     "YBR_FULL", "YBR_FULL_422",
    "YBR_PARTIAL_422", "YBR_PARTIAL_420", "YBR_ICT",       "YBR_RCT", "XYB"};

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

WeightsFile read_weights(const Json& json, const std::string& place) {
  const Fields fields(json, place, {"file", "sha256", "bytes"});
  return {inner_path(fields, "file"), digest(fields, "sha256"), fields.count("bytes", 0)};
}

Backend read_backend(const Json& json, const std::string& place) {
  const Fields fields(json, place,
                      {"file", "kind", "sha256", "bytes", "torch", "isa", "openvino", "weights", "fold"});
  Backend backend;
  backend.file = inner_path(fields, "file");
  backend.kind = backend_kinds[fields.choice("kind", backend_kinds)];
  backend.sha256 = digest(fields, "sha256");
  backend.bytes = fields.count("bytes", 0);
  backend.torch = fields.text("torch", "");
  backend.isa = fields.text("isa", "");
  backend.openvino = fields.text("openvino", "");
  const bool in_two_files = backend.kind == "openvino";
  if (fields.has("weights") != in_two_files) {
    fields.refuse(
        "weights",
        in_two_files ? "is missing: an OpenVINO model is a graph and a file of its values"
                     : "belongs to an openvino backend only",
        in_two_files ? R"("weights": {"file": "models/model.bin", "sha256": "...", "bytes": 123})" : "");
  }
  if (in_two_files) backend.weights = read_weights(fields.at("weights"), fields.place("weights"));
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

std::vector<GoldenEntry> read_golden_entries(const Fields& sidecar) {
  if (!sidecar.has("golden")) return {};
  return read_list<GoldenEntry>(sidecar, "golden", read_golden);
}

std::string_view name(FillMissing fill) {
  return fills.at(static_cast<std::size_t>(fill));
}
}  // namespace radbatch
