#include "radbatch/batch/explain_plan.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/batch/single_image.hpp"
#include "radbatch/model/bundle.hpp"
#include "radbatch/model/plan_source.hpp"
#include "radbatch/prepare/explain.hpp"

namespace radbatch {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse_grid(const std::string& text) {
  throw Error(ExitCode::usage, "'" + printable(text) + "' is no grid",
              "for example 512x512x300@0.7x0.7x1.0 (voxels@mm), 1024x768, or 299x299:3 with three channels");
}

std::vector<double> numbers_between_x(const std::string& part, const std::string& whole) {
  std::vector<double> numbers;
  for (const std::string& word : split(part, 'x')) {
    double number = 0;
    const auto [end, failure] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (failure != std::errc() || end != word.data() + word.size() || !(number > 0) || number > 1e6)
      refuse_grid(whole);
    numbers.push_back(number);
  }
  if (numbers.size() < 2 || numbers.size() > 3) refuse_grid(whole);
  return numbers;
}

Json output_json(const MonaiOutput& output) {
  return {{"activation", output.activation ? Json(name(*output.activation)) : Json("undeclared")},
          {"argmax", output.argmax},
          {"threshold", output.threshold ? Json(*output.threshold) : Json()}};
}

/// The plan with what is known of it; "plan" is what explain_grids is run on.
std::pair<Plan, Json> resolved_plan(const ExplainRequest& request) {
  Json json;
  Plan plan;
  if (!request.plan.empty()) {
    PlanSource source = load_plan(request.plan);
    json = {{"from", source.from}, {"notes", source.notes}, {"warnings", source.warnings}};
    if (source.output) json["output"] = output_json(*source.output);
    plan = std::move(source.plan);
  } else {
    const Bundle bundle = load_bundle(request.model);
    json = {{"from", fmt::format("model {} {}", bundle.name, bundle.version)},
            {"notes", bundle.notes},
            {"warnings", bundle.warnings}};
    plan = bundle.plan;
  }
  json["plan"] = to_json(plan);
  json["plan_sha256"] = plan_sha256(plan);
  return {std::move(plan), std::move(json)};
}

/// An empty plan gives an image as it is read; of the answer only the grid is used.
Volume grid_of_file(const fs::path& path, const RunOptions& options) {
  const fs::path root = fs::is_directory(path) ? path : fs::absolute(path).parent_path();
  SingleImage worker(Json::array(), options, {root.string()});
  const Json answer = worker.prepare(worker.find(path)).answer;
  const auto shape = answer.at("shape").get<std::vector<std::int64_t>>();
  const auto numbers = answer.at("affine_ras").get<std::vector<double>>();
  Volume volume;
  volume.frames = shape.at(0);
  volume.channels = static_cast<int>(shape.at(1));
  volume.dims = static_cast<int>(shape.size()) - 2;
  volume.size = {shape.at(2), shape.at(3), volume.dims == 3 ? shape.at(4) : 1};
  Affine ras;
  for (std::size_t i = 0; i < 16; ++i) ras.m[i / 4][i % 4] = numbers.at(i);
  volume.lps = lps_to_ras(ras);
  return volume;
}

Json grid_json(const StepGrid& grid) {
  Json affine = Json::array();
  for (int row = 0; row < 3; ++row) affine.push_back(grid.ras.m[row]);
  Json spacing = Json::array();
  for (int axis = 0; axis < static_cast<int>(grid.axes.size()); ++axis)
    spacing.push_back(grid.ras.spacing(axis));
  return {{"shape", grid.shape},  {"axes", grid.axes},   {"spacing_mm", spacing},
          {"affine_ras", affine}, {"items", grid.items}, {"depends_on_image", grid.depends_on_image}};
}

void add_grids(Json& json, const Plan& plan, const Volume& image) {
  const PlanGrids grids = explain_grids(image, plan);
  json["image"] = grid_json(grids.steps.front());
  json["image"]["frames"] = image.frames;
  for (std::size_t i = 1; i < grids.steps.size(); ++i) {
    Json& step = json["steps"][i - 1];
    step.update(grid_json(grids.steps[i]));
    if (!grids.steps[i].fused.empty()) step["fused"] = grids.steps[i].fused;
  }
  if (!grids.problem.empty()) json["problem"] = grids.problem;
  if (!grids.tensor.empty()) json["tensor"] = grids.tensor;
}

std::string times(const Json& numbers, std::size_t from = 0) {
  std::string text;
  for (std::size_t i = from; i < numbers.size(); ++i)
    text += fmt::format("{}{:.4g}", i == from ? "" : " x ", numbers[i].get<double>());
  return text;
}

/// Words in lines of at most 80 columns, the first line after `lead`, the others indented by `indent`.
std::string wrapped(const std::string& lead, const std::vector<std::string>& words, std::size_t indent) {
  std::string text;
  std::string line = lead;
  for (const std::string& word : words) {
    if (line.size() + 1 + word.size() > 80 && line.size() > indent) {
      text += line + "\n";
      line = std::string(indent, ' ') + word;
    } else {
      line += (line.empty() || line.ends_with(' ') ? "" : " ") + word;
    }
  }
  return text + line + "\n";
}

std::string sentence(const std::string& lead, const std::string& text) {
  return wrapped(lead, split(text, ' '), lead.size());
}

std::vector<std::string> parameter_words(const Json& parameters) {
  std::vector<std::string> words;
  for (const auto& [key, value] : parameters.items()) {
    if (!value.is_null()) words.push_back(key + "=" + value.dump());
  }
  return words;
}

std::string grid_text(const Json& grid) {
  return fmt::format("{} voxels, axes {}, {} mm, {}", times(grid.at("shape"), 1),
                     join(grid.at("axes").get<std::vector<std::string>>(), " "), times(grid.at("spacing_mm")),
                     counted(grid.at("shape")[0].get<std::size_t>(), "channel"));
}

std::string affine_text(const Json& affine) {
  std::string text;
  for (const Json& row : affine) {
    text += fmt::format("    {:<10}", &row == &affine.front() ? "to RAS mm" : "");
    for (const Json& number : row) {
      // -0 is 0 to everybody but a printer.
      text += fmt::format(" {:>11.5g}", std::abs(number.get<double>()) < 1e-12 ? 0.0 : number.get<double>());
    }
    text += "\n";
  }
  return text;
}

std::string effect_text(const Json& step, const Json& before) {
  std::string text;
  if (const auto values = step.at("values").get<std::string>(); !values.empty())
    text += "    values: " + values + "\n";
  if (!step.contains("shape")) return text;
  const bool is_first_unsure =
      step.at("depends_on_image").get<bool>() && !before.at("depends_on_image").get<bool>();
  if (is_first_unsure) text += "    crops by what the image shows: sizes from here on are upper limits\n";
  if (step.at("items") != before.at("items"))
    text += fmt::format("    {} items, each:\n", step.at("items").dump());
  const bool is_same = step.at("shape") == before.at("shape") && step.at("axes") == before.at("axes") &&
                       step.at("affine_ras") == before.at("affine_ras");
  if (is_same) return text.empty() ? "    nothing to do\n" : text;
  text += sentence("    ", grid_text(step));
  return step.at("affine_ras") == before.at("affine_ras") ? text : text + affine_text(step.at("affine_ras"));
}

std::string output_text(const Json& output) {
  std::string text = "\nAfter the network: activation " + output.at("activation").get<std::string>();
  if (output.at("argmax").get<bool>()) text += ", argmax";
  if (!output.at("threshold").is_null()) text += ", threshold " + output.at("threshold").dump();
  return text + "\n";
}

}  // namespace

Volume parse_grid(const std::string& text) {
  Volume volume;
  std::string rest = text;
  if (const auto colon = rest.find(':'); colon != std::string::npos) {
    const std::string channels = rest.substr(colon + 1);
    if (channels.empty() || channels.size() > 3 ||
        channels.find_first_not_of("0123456789") != std::string::npos)
      refuse_grid(text);
    volume.channels = std::max(std::stoi(channels), 1);
    rest.erase(colon);
  }
  const auto at = rest.find('@');
  const std::vector<double> size = numbers_between_x(rest.substr(0, at), text);
  std::vector<double> spacing(size.size(), 1);
  if (at != std::string::npos) spacing = numbers_between_x(rest.substr(at + 1), text);
  if (spacing.size() != size.size()) refuse_grid(text);
  volume.dims = static_cast<int>(size.size());
  volume.size = {1, 1, 1};
  for (std::size_t axis = 0; axis < size.size(); ++axis) {
    if (size[axis] != std::floor(size[axis])) refuse_grid(text);
    volume.size[axis] = static_cast<std::int64_t>(size[axis]);
    volume.lps.m[axis][axis] = spacing[axis];
  }
  return volume;
}

Json explain_plan(const ExplainRequest& request, const RunOptions& options) {
  auto [plan, json] = resolved_plan(request);
  json["steps"] = Json::array();
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    Json parameters = json["plan"][i];
    parameters.erase("name");
    json["steps"].push_back(
        {{"name", name(plan.steps[i])}, {"parameters", parameters}, {"values", value_effect(plan.steps[i])}});
  }
  if (!request.like.empty()) add_grids(json, plan, parse_grid(request.like));
  if (!request.image.empty()) add_grids(json, plan, grid_of_file(request.image, options));
  return json;
}

std::string explain_text(const Json& explanation) {
  std::string text = "Plan of " + explanation.at("from").get<std::string>() + "\nsha256 " +
                     explanation.at("plan_sha256").get<std::string>() + "\n\n";
  Json before = explanation.value("image", Json());
  if (!before.is_null()) {
    text += sentence("Image: ", grid_text(before));
    if (before.at("frames") != 1)
      text += fmt::format("  {} frames, each an item\n", before.at("frames").dump());
    text += affine_text(before.at("affine_ras")) + "\n";
  }
  std::size_t number = 0;
  for (const Json& step : explanation.at("steps")) {
    const std::string lead = fmt::format("{:>2}  {}", ++number, step.at("name").get<std::string>());
    text += wrapped(lead, parameter_words(step.at("parameters")), 6);
    text += effect_text(step, before);
    for (const Json& fused : step.value("fused", Json::array())) text += sentence("    fused: ", fused);
    if (step.contains("shape")) before = step;
  }
  for (const Json& last : explanation.value("tensor", Json::array())) text += sentence("    fused: ", last);
  if (explanation.contains("problem")) text += "\n" + sentence("refused: ", explanation.at("problem"));
  if (explanation.contains("output")) text += output_text(explanation.at("output"));
  for (const Json& note : explanation.at("notes")) text += sentence("note: ", note);
  for (const Json& warning : explanation.at("warnings")) text += sentence("warning: ", warning);
  return text;
}

}  // namespace radbatch
