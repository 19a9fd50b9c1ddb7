#include "radbatch/model/calibrated_bundle.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/model/bundle.hpp"
#include "radbatch/model/heads.hpp"

namespace fs = std::filesystem;

namespace radbatch {
namespace {

bool has_probabilities(const Head& head) {
  return head.kind != HeadKind::regression && head.kind != HeadKind::ordinal;
}

const Head& head_named(const Bundle& bundle, const std::string& name) {
  const auto found = std::ranges::find(bundle.heads, name, &Head::name);
  if (found == bundle.heads.end())
    throw Error(ExitCode::model, "model '" + bundle.name + "' has no head '" + name + "'");
  return *found;
}

std::vector<std::string> slugs_of(const Head& head) {
  std::vector<std::string> slugs;
  for (const Finding& finding : head.findings) slugs.push_back(finding.slug);
  return slugs;
}

/// Whether some scores on both sides of the threshold become one value: decisions then differ from before.
bool is_flat_at(const HeadCalibration& calibration, std::size_t finding, double threshold) {
  if (calibration.kind != CalibrationKind::isotonic) return false;
  const CalibrationCurve& curve = calibration.curves.at(finding);
  const auto above = std::ranges::lower_bound(curve.x, threshold);
  if (above == curve.x.begin()) return true;
  if (above == curve.x.end()) return true;
  const auto i = static_cast<std::size_t>(above - curve.x.begin());
  return curve.y[i - 1] == curve.y[i];
}

/// The head's thresholds along its curves, in the sidecar; sentences on what that did.
std::vector<std::string> move_thresholds(Json& head_json, const Head& head,
                                         const HeadCalibration& calibration) {
  std::vector<std::string> notes;
  if (!head_json.contains("thresholds") || head_json["thresholds"].empty()) return notes;
  if (head.kind == HeadKind::multi_class) {
    notes.push_back("head " + head.name +
                    " keeps its thresholds; they are of calibrated probabilities now: choose them anew");
    return notes;
  }
  for (std::size_t i = 0; i < head.findings.size(); ++i) {
    const Finding& finding = head.findings[i];
    if (!finding.threshold) continue;
    const std::vector<double> same(head.findings.size(), *finding.threshold);
    const double moved = calibrated(calibration, false, same).at(i);
    head_json["thresholds"][finding.slug] = moved;
    notes.push_back(
        fmt::format("threshold of {}: {:.4g} became {:.4g}", finding.slug, *finding.threshold, moved));
    if (is_flat_at(calibration, i, *finding.threshold))
      notes.back() += "; the isotonic curve is flat there, so that decisions near it differ: choose it anew";
  }
  const std::string source = head_json.value("threshold_source", "");
  head_json["threshold_source"] = source + (source.empty() ? "" : "; ") + "moved along the calibration";
  return notes;
}

/// radbatch.json with the calibrations, and what happened to thresholds.
std::vector<std::string> add_calibrations(Json& sidecar, const Bundle& bundle,
                                          const std::vector<HeadCalibration>& calibrations) {
  std::vector<std::string> notes;
  Json list = Json::array();
  for (HeadCalibration calibration : calibrations) {
    const Head& head = head_named(bundle, calibration.head);
    for (Json& head_json : sidecar.at("heads")) {
      if (head_json.value("name", "") != head.name) continue;
      const std::vector<std::string> moved = move_thresholds(head_json, head, calibration);
      notes.insert(notes.end(), moved.begin(), moved.end());
    }
    list.push_back(calibration_json(calibration, slugs_of(head)));
  }
  sidecar["calibration"] = list.size() == 1 ? list[0] : list;
  sidecar["version"] = bundle.version + "+" + std::string(name(calibrations.front().kind));
  return notes;
}

bool is_within(const fs::path& inner, const fs::path& outer) {
  const fs::path a = fs::weakly_canonical(inner), b = fs::weakly_canonical(outer);
  return std::mismatch(b.begin(), b.end(), a.begin(), a.end()).first == b.end();
}

void refuse_target(const fs::path& source, const fs::path& target) {
  std::error_code none;
  if (fs::exists(target, none) && !fs::is_empty(target, none))
    throw Error(ExitCode::usage, "the folder " + printable(target.string()) + " is there already",
                "name a new folder for the calibrated bundle");
  if (is_within(target, source))
    throw Error(ExitCode::usage, "the calibrated bundle would lie within the bundle that it is a copy of",
                "name a folder beside it");
}

}  // namespace

CalibratableBundle calibratable_bundle(const fs::path& folder) {
  const Bundle bundle = load_bundle(folder);
  CalibratableBundle result{
      bundle.name, bundle.version, sidecar_sha256(bundle), !bundle.calibration.empty(), {}};
  for (std::size_t h = 0; h < bundle.heads.size(); ++h) {
    const Head& head = bundle.heads[h];
    if (!has_probabilities(head)) continue;
    ProbabilityHead one{head.name, head.kind == HeadKind::multi_class, slugs_of(head), {}};
    for (const ScoreColumn& column : score_columns(bundle))
      if (column.head == h && column.kind == ColumnKind::probability) one.columns.push_back(column.name);
    result.heads.push_back(std::move(one));
  }
  return result;
}

std::vector<std::string> write_calibrated_bundle(const fs::path& source, const fs::path& target,
                                                 const std::vector<HeadCalibration>& calibrations) {
  const Bundle bundle = load_bundle(source);
  refuse_target(source, target);
  const fs::path folder = bundle.folder;
  Json sidecar = read_json_file(folder / "radbatch.json");
  std::vector<std::string> notes = add_calibrations(sidecar, bundle, calibrations);
  const fs::path temporary = temporary_beside(fs::absolute(target).lexically_normal());
  try {
    make_folder(temporary.parent_path());
    fs::remove_all(temporary);
    fs::copy(folder, temporary, fs::copy_options::recursive);
    write_file_atomically(temporary / "radbatch.json", pretty(sidecar));
    load_bundle(temporary);
    if (fs::exists(target)) fs::remove(target);  // an empty folder
    fs::rename(temporary, target);
  } catch (const fs::filesystem_error& problem) {
    std::error_code none;
    fs::remove_all(temporary, none);
    throw Error(ExitCode::output, "the calibrated bundle cannot be written to " + printable(target.string()) +
                                      ": " + problem.code().message());
  } catch (...) {
    std::error_code none;
    fs::remove_all(temporary, none);
    throw;
  }
  return notes;
}

}  // namespace radbatch
