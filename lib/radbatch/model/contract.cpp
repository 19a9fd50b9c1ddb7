#include "radbatch/model/contract.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

/// An empty list accepts everything.
template <class T>
bool among(const std::vector<T>& accepted, const T& found) {
  return accepted.empty() || std::ranges::find(accepted, found) != accepted.end();
}

std::string alternatives(const std::vector<int>& values) {
  return fmt::format("{}", fmt::join(values, " or "));
}

void check_spacing(const InputSpec& input, const std::vector<double>& spacing_mm) {
  const auto [low, high] = *input.spacing_range_mm;
  for (const double step : spacing_mm) {
    if (step >= low && step <= high) continue;
    throw Error(Reason::spacing,
                fmt::format("the spacing is {:.4g} mm; input '{}' takes {:.4g} to {:.4g} mm along "
                            "every axis",
                            fmt::join(spacing_mm, " x "), input.name, low, high));
  }
}

}  // namespace

std::vector<std::string> check_input(const InputSpec& input, const ImageFacts& facts) {
  std::vector<std::string> flags;
  if (facts.modality.empty() && !input.modality.empty()) {
    flags.emplace_back("W_MODALITY_UNKNOWN");
  } else if (!input.modality.empty() && !among(input.modality, facts.modality)) {
    throw Error(Reason::modality,
                fmt::format("the modality is {}; input '{}' takes {}", printable(facts.modality), input.name,
                            join(input.modality, ", ")));
  }
  if (!among(input.dims, facts.dims)) {
    throw Error(Reason::dimension, fmt::format("the image has {} dimensions; input '{}' takes {}", facts.dims,
                                               input.name, alternatives(input.dims)));
  }
  if (!among(input.channels, facts.channels)) {
    throw Error(Reason::channels, fmt::format("the image has {}; input '{}' takes {}",
                                              counted(static_cast<std::size_t>(facts.channels), "channel"),
                                              input.name, alternatives(input.channels)));
  }
  if (facts.photometric.empty() && !input.photometric.empty()) {
    flags.emplace_back("W_PHOTOMETRIC_UNKNOWN");
  } else if (!input.photometric.empty() && !among(input.photometric, facts.photometric)) {
    throw Error(Reason::photometric,
                fmt::format("the PhotometricInterpretation is {}; input '{}' takes {}",
                            printable(facts.photometric), input.name, join(input.photometric, ", ")));
  }
  if (!input.spacing_range_mm) return flags;
  if (facts.spacing_mm.empty()) flags.emplace_back("W_SPACING_UNKNOWN");
  check_spacing(input, facts.spacing_mm);
  return flags;
}

void check_values(const InputSpec& input, float smallest, float largest) {
  if (!input.value_range) return;
  const auto [low, high] = *input.value_range;
  if (smallest >= low && largest <= high) return;
  throw Error(Reason::range, fmt::format("the values run from {:g} to {:g}; input '{}' takes {:g} to {:g}",
                                         smallest, largest, input.name, low, high));
}

}  // namespace radbatch
