// Guesses about an image from descriptions and scan parameters. Internal to derived_fields.
#pragma once

#include <optional>
#include <string>

#include "radbatch/base/json.hpp"

namespace radbatch {

struct Hint {
  std::string value;
  std::string source;  ///< "header" or "rule"
};
using Guess = std::optional<Hint>;

/// soft, sharp (between soft and bone), bone, lung: by the kernel names of Siemens, GE, Philips, Canon
/// (Toshiba) and United Imaging, else by words of the kernel or the description. CT only.
Guess kernel_class(const Json& attributes);
/// T1, T1c (after contrast), T2, FLAIR, PD, STIR, T2star, DWI, ADC, DTI, SWI, perfusion, BOLD, MRA: by
/// ImageType and descriptions, else by echo, repetition and inversion time. MR only.
Guess mr_contrast(const Json& attributes);
/// native, arterial, portal-venous, nephrographic, excretory, delayed, by descriptions; nothing where two are
/// named.
Guess contrast_phase(const Json& attributes);
/// PA, AP, frontal (PA or AP), lateral, oblique, MLO, CC, ML, LM ...: by ViewPosition, ViewCodeSequence and
/// PatientOrientation, else by descriptions. Radiographs and mammograms only.
Guess projection_view(const Json& attributes);
/// head, neck, chest, abdomen, pelvis, spine, breast ...; several joined with a backslash.
Guess body_part(const Json& attributes);

}  // namespace radbatch
