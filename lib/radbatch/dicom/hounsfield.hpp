// Whether the real values of a CT can be Hounsfield units.
//
// A missing or wrong rescale makes values that every later step takes for HU: stored values from 0 upwards,
// or an exporter's 8-bit window. The check wants the whole volume (one slice of bone or of contrast may well
// have no fat in it) and says nothing about volumes that merely look unusual.
#pragma once

#include <optional>
#include <string>

#include "radbatch/volume/volume.hpp"

namespace radbatch {

/// Why the values cannot be HU, or nothing. Every living body and every phantom in air has something below 0
/// HU (fat is about -100, air -1000), and something above -200; nothing is beyond 100,000 HU. `padding` is
/// what the header declares as no image (as a real value). For Modality CT and original images: derived ones
/// (iodine maps, spectral images) have other units.
std::optional<std::string> implausible_hu(const Volume& volume, std::optional<double> padding);

}  // namespace radbatch
