// The b-value and gradient direction of one diffusion-weighted MR slice where only private elements have
// them.
//
// Scanners wrote diffusion images for years before DICOM had attributes for it, and most classic files still
// have theirs in the maker's own. Internal to the module.
#pragma once

#include "radbatch/base/json.hpp"

class DcmItem;

namespace radbatch {

/// True for an MR image that may be diffusion weighted, of a maker whose private elements are known, and
/// whose standard attributes do not say the direction: only parsing it tells, or has told
/// ("gradient_source").
bool may_have_private_diffusion(const Json& attributes);

/// Adds DiffusionBValue (s/mm2) and, for a weighted image, DiffusionGradientOrientation (unit vector, LPS),
/// as the standard's (0018,9087) and (0018,9089) would say them; what the header has already stays. Also
/// "gradient_source": "private". Siemens: (0019,xx0C), (0019,xx0E), else B_value and
/// DiffusionGradientDirection of the CSA header. Philips: (2001,xx03), (2005,xxB0-B2). GE: (0043,xx39),
/// (0019,xxBB-BD), turned from the axes of the scan to the patient's as dcm2niix does.
void add_private_diffusion(DcmItem& dataset, Json& attributes);

}  // namespace radbatch
