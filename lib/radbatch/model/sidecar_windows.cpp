// The part of radbatch.json that says how the network is put on an image: windows, and which output holds
// features.
#include <algorithm>

#include "radbatch/model/sidecar.hpp"

namespace radbatch {
namespace {

const std::vector<std::string> importances{"constant", "gaussian"};
const std::vector<std::string> paddings{"constant", "reflect", "replicate"};

/// One number for all axes or a list with one for each.
std::vector<double> per_axis(const Fields& fields, const std::string& key, double fallback,
                             std::size_t n_axes) {
  if (!fields.has(key)) return std::vector<double>(n_axes, fallback);
  const Json& json = fields.at(key);
  if (json.is_number()) return std::vector<double>(n_axes, json.get<double>());
  const bool is_list =
      json.is_array() && json.size() == n_axes &&
      std::all_of(json.begin(), json.end(), [](const Json& value) { return value.is_number(); });
  if (!is_list) fields.refuse(key, "must be a number, or a list with one for each axis of size");
  return json.get<std::vector<double>>();
}

}  // namespace

std::optional<Windows> read_windows(const Fields& sidecar) {
  if (!sidecar.has("windows")) return std::nullopt;
  const Fields fields(sidecar.at("windows"), sidecar.place("windows"),
                      {"size", "overlap", "importance", "sigma_scale", "padding_mode", "cval"});
  Windows windows;
  for (const int extent : fields.integers("size")) windows.size.push_back(extent);
  const bool is_size = std::ranges::all_of(windows.size, [](auto extent) { return extent >= 1; });
  if (windows.size.empty() || windows.size.size() > 3 || !is_size)
    fields.refuse("size", "must be one to three numbers of at least 1, in the order of the tensor's axes");
  windows.overlap = per_axis(fields, "overlap", 0.25, windows.size.size());
  if (!std::ranges::all_of(windows.overlap, [](double share) { return share >= 0 && share < 1; }))
    fields.refuse("overlap", "must be from 0 to below 1");
  if (fields.has("importance"))
    windows.importance = static_cast<Importance>(fields.choice("importance", importances));
  windows.sigma_scale = per_axis(fields, "sigma_scale", 0.125, windows.size.size());
  if (!std::ranges::all_of(windows.sigma_scale, [](double scale) { return scale > 0 && scale <= 100; }))
    fields.refuse("sigma_scale", "must be above 0");
  if (fields.has("padding_mode"))
    windows.padding = static_cast<WindowPadding>(fields.choice("padding_mode", paddings));
  if (fields.has("cval")) windows.padding_value = static_cast<float>(fields.number("cval"));
  return windows;
}

std::string read_features(const Fields& sidecar) {
  if (!sidecar.has("features")) return {};
  const Fields fields(sidecar.at("features"), sidecar.place("features"), {"output"});
  return fields.text("output");
}

}  // namespace radbatch
