#include "radbatch/model/describe.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "radbatch/base/text.hpp"
#include "radbatch/model/heads.hpp"

namespace radbatch {
namespace {

std::string or_any(const std::vector<std::string>& values) {
  return values.empty() ? "any" : join(values, ", ");
}

std::string input_text(const InputSpec& input) {
  std::string text =
      fmt::format("  {}: modality {}; {} dimensions; {} channels", input.name, or_any(input.modality),
                  fmt::join(input.dims, " or "), fmt::join(input.channels, " or "));
  if (!input.photometric.empty()) text += "; photometric " + join(input.photometric, ", ");
  if (input.spacing_range_mm) {
    text += fmt::format("; spacing {:g} to {:g} mm", input.spacing_range_mm->first,
                        input.spacing_range_mm->second);
  }
  if (input.value_range)
    text += fmt::format("; values {:g} to {:g}", input.value_range->first, input.value_range->second);
  if (input.if_missing != FillMissing::refuse)
    text += fmt::format("; if missing: {}", name(input.if_missing));
  return text + fmt::format("\n    several series: {}; uneven slices: {}\n", name(input.on_many),
                            input.accept_uneven_slices ? "accepted" : "refused");
}

/// One step on one line, the name first and the parameters as they are in JSON.
std::string step_text(const Json& step) {
  std::string text = "  " + step.at("name").get<std::string>();
  for (const auto& [key, value] : step.items()) {
    if (key != "name" && !value.is_null()) text += fmt::format(" {}={}", key, value.dump());
  }
  return text + "\n";
}

std::string head_text(const Head& head) {
  std::string text = fmt::format("  {}: {}, activation {}, output '{}'\n", head.name, name(head.kind),
                                 name(head.activation), head.output);
  if (head.map) text += "    dense map, reduced by " + to_text(*head.map) + "\n";
  for (const Finding& finding : head.findings) {
    text += fmt::format("    {}", finding.name);
    if (!finding.code.empty()) text += fmt::format(" ({})", finding.code);
    if (finding.threshold) text += fmt::format(", threshold {:g}", *finding.threshold);
    text += "\n";
  }
  if (!head.threshold_source.empty()) text += "    thresholds from: " + head.threshold_source + "\n";
  return text;
}

std::string pooling_text(const Bundle& bundle) {
  std::string text;
  for (const auto& [level, rule] : bundle.pooling) {
    text += fmt::format("{}{} -> case by {}", text.empty() ? "" : ", ", name(level), to_text(rule));
  }
  return text.empty() ? "none declared" : text;
}

std::string backend_text(const Backend& backend) {
  const auto digest = [](const std::string& sha256) { return sha256.empty() ? "not declared" : sha256; };
  std::string text =
      fmt::format("  {}: {}{}, {}{}{}{}\n    sha256 {}\n", backend.file, backend.kind,
                  backend.fold ? fmt::format(", fold {}", *backend.fold) : "",
                  human_bytes(static_cast<double>(backend.bytes)),
                  backend.torch.empty() ? "" : ", torch " + backend.torch,
                  backend.openvino.empty() ? "" : ", OpenVINO " + backend.openvino,
                  backend.isa.empty() ? "" : ", compiled for " + backend.isa, digest(backend.sha256));
  if (backend.weights) {
    text += fmt::format("    values {}, {}\n    sha256 {}\n", backend.weights->file,
                        human_bytes(static_cast<double>(backend.weights->bytes)),
                        digest(backend.weights->sha256));
  }
  return text;
}

/// What is declared of all that is off unless asked, and the calibration.
std::string beyond_text(const Bundle& bundle) {
  std::string text;
  for (const HeadCalibration& one : bundle.calibration)
    text += fmt::format("calibration of {}: {}{}\n", one.head, name(one.kind),
                        one.fitted_on.empty() ? "" : ", fitted on " + one.fitted_on);
  if (bundle.tta)
    text += fmt::format("test-time augmentation: {}\n",
                        bundle.tta->empty() ? "none is sensible" : to_text(*bundle.tta));
  if (bundle.reference.features)
    text += "reference of features: output '" + bundle.reference.features->output + "'\n";
  if (bundle.reference.histogram) text += "reference of the intensity histogram\n";
  return text;
}

}  // namespace

Json describe(const Bundle& bundle) {
  Json json = bundle.sidecar;
  json["plan"] = bundle.plan_json;
  json["batch"] = bundle.batch;
  json["columns"] = column_names(bundle);
  json["digests"] = {{"plan_sha256", bundle.plan_sha256}, {"sidecar_sha256", sidecar_sha256(bundle)}};
  return json;
}

std::string inspect_text(const Bundle& bundle) {
  std::string text = fmt::format("{} {}: {}\nfolder: {}\nbackends:\n", bundle.name, bundle.version,
                                 bundle.task, printable(bundle.folder.string()));
  for (const Backend& backend : bundle.backends) text += backend_text(backend);
  text += "inputs:\n";
  for (const InputSpec& input : bundle.inputs) text += input_text(input);
  text += "plan (sha256 " + bundle.plan_sha256 + "):\n";
  for (const Json& step : bundle.plan_json) text += step_text(step);
  text += "heads:\n";
  for (const Head& head : bundle.heads) text += head_text(head);
  if (bundle.windows) text += "windows: " + to_text(*bundle.windows) + "\n";
  if (!bundle.features.empty()) text += "features: output '" + bundle.features + "'\n";
  text += fmt::format("pooling: {}\nbatch: {}\ncolumns: {}\ngolden: {}\n", pooling_text(bundle), bundle.batch,
                      join(column_names(bundle), ", "), counted(bundle.golden.size(), "known answer"));
  text += beyond_text(bundle);
  for (const std::string& note : bundle.notes) text += "note: " + note + "\n";
  for (const std::string& warning : bundle.warnings) text += "warning: " + warning + "\n";
  text += "intended use: " + bundle.intended_use + "\n";
  if (!bundle.not_for.empty()) text += "not for: " + bundle.not_for + "\n";
  return text + "licence: " + bundle.licence + "\n";
}

}  // namespace radbatch
