#include "radbatch/batch/convert_grid.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/study/attributes.hpp"
#include "radbatch/volume/stack_geometry.hpp"

namespace radbatch {
namespace {

using Words = std::array<std::string_view, 3>;
constexpr Words tilt_words{"fix", "keep", "refuse"};
constexpr Words uneven_words{"resample", "keep", "refuse"};

void check_word(const char* option, const std::string& word, const Words& words) {
  if (std::ranges::find(words, word) != words.end()) return;
  throw Error(
      ExitCode::usage, std::string(option) + ": unknown value '" + printable(word) + "'",
      "one of " + std::string(words[0]) + ", " + std::string(words[1]) + ", " + std::string(words[2]));
}

double tilt_of(const Candidate& candidate) {
  return number_of(candidate.attributes, "tilt_degrees").value_or(0);
}
bool is_tilted(const Candidate& candidate) {
  return tilt_of(candidate) > TILTED_DEGREES;
}
bool is_uneven(const Candidate& candidate) {
  return flag_of(candidate.attributes, "is_uneven");
}

std::string shown(const Candidate& candidate, const char* fact) {
  return text_of(candidate.attributes, fact);
}

}  // namespace

void check_grid_options(const ConvertOptions& options) {
  check_word("--tilt", options.tilt, tilt_words);
  check_word("--uneven", options.uneven, uneven_words);
}

std::optional<GridRefusal> refused_grid(const Candidate& candidate, const ConvertOptions& options) {
  if (options.tilt == "refuse" && is_tilted(candidate)) {
    return GridRefusal{Reason::gantry_tilt,
                       "the gantry is tilted by " + shown(candidate, "tilt_degrees") + " degrees"};
  }
  if (options.uneven == "refuse" && is_uneven(candidate)) {
    return GridRefusal{Reason::slice_gap, "the step between slices is " + shown(candidate, "slice_step_mm") +
                                              " mm and departs from it by up to " +
                                              shown(candidate, "slice_step_dev_mm") + " mm"};
  }
  return std::nullopt;
}

Json grid_request(const Candidate& candidate, const ConvertOptions& options) {
  Json grid = Json::object();
  if (candidate.source.positions.empty()) return grid;
  if (options.tilt == "fix" && is_tilted(candidate)) grid["tilt"] = "fix";
  if (options.uneven == "resample" && is_uneven(candidate)) grid["uneven"] = "resample";
  return grid;
}

Json changed_facts(const Candidate& candidate, const Json& answer) {
  Json facts = Json::object();
  const Json done = answer.value("grid", Json::array());
  if (done.empty()) return facts;
  const Json& image = answer.at("image");
  facts["resampled"] = done;
  facts["size"] = image.at("size");
  facts["spacing_mm"] = image.at("spacing_mm");
  facts["n_slices"] = image.at("size").at(2);
  const auto was_done = [&](const char* what) { return std::ranges::find(done, what) != done.end(); };
  const double cosine = std::cos(tilt_of(candidate) * std::numbers::pi / 180);
  if (was_done("tilt")) {
    facts["tilt_degrees"] = 0;
    facts["tilt_degrees_before"] = tilt_of(candidate);
    for (const char* step : {"slice_step_mm", "slice_step_dev_mm"}) {
      facts[step] = std::round(number_of(candidate.attributes, step).value_or(0) * cosine * 1e4) / 1e4;
    }
  }
  if (was_done("uneven")) {
    facts["slice_step_mm"] = image.at("spacing_mm").at(2);
    facts["slice_step_dev_mm"] = 0;
    facts["n_missing_slices"] = 0;
    facts["is_uneven"] = false;
  }
  return facts;
}

}  // namespace radbatch
