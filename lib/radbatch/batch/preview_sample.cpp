#include "radbatch/batch/preview_sample.hpp"

#include <algorithm>

#include "radbatch/base/hash.hpp"

namespace radbatch {
namespace {

constexpr std::array<const char*, 4> NAMES{"finest spacing", "coarsest spacing", "fewest voxels",
                                           "most voxels"};

}  // namespace

void PreviewSample::see(const std::string& case_id, const PreviewFacts& facts) {
  sample_.emplace(sha256_hex(std::to_string(seed_) + '\0' + case_id), case_id);
  if (sample_.size() > size_) sample_.erase(std::prev(sample_.end()));
  const auto negated = [](std::optional<double> value) { return value ? std::optional(-*value) : value; };
  const std::array<std::optional<double>, 4> values{facts.finest_mm, negated(facts.coarsest_mm),
                                                    facts.n_voxels, negated(facts.n_voxels)};
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i]) continue;
    std::pair<double, std::string> one{*values[i], case_id};
    if (!extremes_[i] || one < *extremes_[i]) extremes_[i] = std::move(one);
  }
}

std::vector<std::string> PreviewSample::why(const std::string& case_id) const {
  std::vector<std::string> reasons;
  const bool is_sampled =
      std::ranges::any_of(sample_, [&](const auto& entry) { return entry.second == case_id; });
  if (is_sampled) reasons.emplace_back("sample");
  for (std::size_t i = 0; i < extremes_.size(); ++i) {
    if (extremes_[i] && extremes_[i]->second == case_id) reasons.emplace_back(NAMES[i]);
  }
  return reasons;
}

}  // namespace radbatch
