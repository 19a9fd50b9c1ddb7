// The keys of radbatch.json that go beyond one network's score: folds and test-time augmentation. Calibration
// and reference are read where they are used (calibration.cpp, reference.cpp).
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/model/sidecar.hpp"

namespace radbatch {
namespace {

/// kind -> folds of its backends, ascending; -1 for a backend that is none.
std::map<std::string, std::vector<int>> folds_by_kind(const Bundle& bundle) {
  std::map<std::string, std::vector<int>> folds;
  for (const Backend& backend : bundle.backends) folds[backend.kind].push_back(backend.fold.value_or(-1));
  for (auto& [kind, own] : folds) {
    std::ranges::sort(own);
    // Compiled code may be there for several instruction sets.
    own.erase(std::ranges::unique(own).begin(), own.end());
  }
  return folds;
}

}  // namespace

std::optional<Tta> read_tta(const Fields& sidecar) {
  if (!sidecar.has("tta")) return std::nullopt;
  if (const Json& list = sidecar.at("tta"); list.is_array() && list.empty()) return Tta{};
  const std::string words = join(sidecar.texts("tta"), ",");
  Tta tta;
  try {
    tta = parse_tta(words);
  } catch (const Error& problem) {
    throw Error(ExitCode::model, sidecar.place("tta") + ": " + problem.message(), problem.hint());
  }
  for (const TtaItem& item : tta) {
    if (item.kind == TtaItem::Kind::flips && item.axes.empty())
      sidecar.refuse("tta", "must name the axes of flips", "\"flips:LR\"");
  }
  return tta;
}

void check_folds(const Fields& sidecar, const Bundle& bundle) {
  bool has_folds = false;
  for (const auto& [kind, folds] : folds_by_kind(bundle)) {
    if (folds.back() < 0) continue;
    has_folds = true;
    for (std::size_t i = 0; i < folds.size(); ++i) {
      if (folds[i] == static_cast<int>(i)) continue;
      sidecar.refuse("backends",
                     "of the kind " + kind + " must be the folds 0, 1, 2 ..., or none of them a fold");
    }
  }
  for (const GoldenEntry& entry : bundle.golden) {
    if (entry.output.is_null()) continue;
    if (has_folds && !entry.fold)
      sidecar.refuse("golden", "has an output that does not say of which fold it is", "\"fold\": 0");
    if (!has_folds && entry.fold) sidecar.refuse("golden", "names a fold, and no backend is one");
  }
}

std::string member_name(const Backend& backend) {
  return backend.fold ? fmt::format("fold-{}", *backend.fold) : "model";
}

}  // namespace radbatch
