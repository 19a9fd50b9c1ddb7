// The example of tests/oracles/make_calibration_golden.py with what other people's software says of it.
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "radbatch/base/json.hpp"

namespace radbatch::testing {

struct CalibrationGolden {
  Json json = read_json_file(RADBATCH_STATISTICS_DATA "/calibration.json");
  std::vector<double> scores = json["scores"].get<std::vector<double>>();
  std::vector<bool> positive;
  std::vector<std::uint32_t> cluster = json["cluster"].get<std::vector<std::uint32_t>>();

  CalibrationGolden() {
    for (const Json& truth : json["positive"]) positive.push_back(truth.get<int>() == 1);
  }
};

/// Closed forms: the same number but for rounding.
inline void agrees(double ours, const Json& theirs, double tolerance = 1e-9) {
  CHECK(std::abs(ours - theirs.get<double>()) <= tolerance);
}

inline void agrees(const std::vector<double>& ours, const Json& theirs, double tolerance = 1e-9) {
  REQUIRE(ours.size() == theirs.size());
  for (std::size_t i = 0; i < ours.size(); ++i) agrees(ours[i], theirs[i], tolerance);
}

}  // namespace radbatch::testing
