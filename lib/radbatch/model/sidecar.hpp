// The parts of radbatch.json, read strictly. Used by bundle.cpp only; every function throws
// Error(ExitCode::model) with the place of the fault.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "radbatch/model/bundle.hpp"
#include "radbatch/model/fields.hpp"

namespace radbatch {

std::vector<Backend> read_backends(const Fields& sidecar);
std::vector<InputSpec> read_inputs(const Fields& sidecar);
std::vector<Head> read_heads(const Fields& sidecar);
/// Refuses a rule that means nothing for one of the heads.
std::map<Level, PoolingRule> read_pooling(const Fields& sidecar, const std::vector<Head>& heads);
std::optional<Windows> read_windows(const Fields& sidecar);
/// The output with features, empty when the bundle names none.
std::string read_features(const Fields& sidecar);
std::vector<GoldenEntry> read_golden_entries(const Fields& sidecar);
/// Nothing when the sidecar does not say; empty when it forbids all.
std::optional<Tta> read_tta(const Fields& sidecar);
/// Of each kind of backend all are folds or none is, the folds are 0..k-1, and a golden output of folds says
/// whose it is.
void check_folds(const Fields& sidecar, const Bundle& bundle);

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

}  // namespace radbatch
