#include "radbatch/study/presets.hpp"

#include <array>

namespace radbatch {
namespace {

constexpr std::string_view chest_xray_frontal = R"({
  "format_version": "1.0",
  "name": "chest-xray-frontal",
  "description": "The frontal view of a chest radiograph, PA before AP; no lateral views.",
  "inputs": {
    "image": {
      "alternatives": [
        {"name": "PA", "where": [
          {"field": "Modality", "one_of": ["CR", "DX", "DR", "RG"]},
          {"field": "body_part", "equals": "chest", "absent": "accept"},
          {"field": "view", "equals": "PA"}]},
        {"name": "AP", "where": [
          {"field": "Modality", "one_of": ["CR", "DX", "DR", "RG"]},
          {"field": "body_part", "equals": "chest", "absent": "accept"},
          {"field": "view", "equals": "AP"}]},
        {"name": "frontal", "where": [
          {"field": "Modality", "one_of": ["CR", "DX", "DR", "RG"]},
          {"field": "body_part", "equals": "chest", "absent": "accept"},
          {"field": "view", "equals": "frontal"}]}
      ],
      "on_many": "error"
    }
  }
}
)";

constexpr std::string_view head_ct_soft_thick = R"({
  "format_version": "1.0",
  "name": "head-ct-soft-thick",
  "description": "Axial head CT of 2.5 to 10 mm with a soft kernel, without contrast angiography and perfusion.",
  "inputs": {
    "image": {
      "alternatives": [
        {"name": "soft thick", "where": [
          {"field": "Modality", "equals": "CT"},
          {"field": "body_part", "equals": "head", "absent": "accept"},
          {"field": "kernel_class", "equals": "soft"},
          {"field": "orientation", "matches": "^..[SI]$"},
          {"field": "slice_step_mm", "range": [2.5, 10]},
          {"field": "n_slices", "range": [10, null]},
          {"not": {"field": "SeriesDescription", "matches": "angio|\\bcta\\b|perf|血管|灌注"}}]}
      ],
      "on_many": "error"
    }
  }
}
)";

constexpr std::string_view head_ct_soft_thin = R"({
  "format_version": "1.0",
  "name": "head-ct-soft-thin",
  "description": "Axial head CT of less than 2.5 mm with a soft kernel, without contrast angiography and perfusion.",
  "inputs": {
    "image": {
      "alternatives": [
        {"name": "soft thin", "where": [
          {"field": "Modality", "equals": "CT"},
          {"field": "body_part", "equals": "head", "absent": "accept"},
          {"field": "kernel_class", "equals": "soft"},
          {"field": "orientation", "matches": "^..[SI]$"},
          {"field": "slice_step_mm", "range": [null, 2.49]},
          {"field": "n_slices", "range": [40, null]},
          {"not": {"field": "SeriesDescription", "matches": "angio|\\bcta\\b|perf|血管|灌注"}}]}
      ],
      "on_many": "error"
    }
  }
}
)";

constexpr std::string_view abdomen_ct_latest_phase = R"({
  "format_version": "1.0",
  "name": "abdomen-ct-latest-phase",
  "description": "Axial abdominal CT of the acquisition that was made last; of its reconstructions the one of 2.5 to 10 mm before a thinner one.",
  "inputs": {
    "image": {
      "alternatives": [
        {"name": "latest thick", "where": [
          {"field": "Modality", "equals": "CT"},
          {"field": "body_part", "equals": "abdomen", "absent": "accept"},
          {"field": "kernel_class", "equals": "soft", "absent": "accept"},
          {"field": "orientation", "matches": "^..[SI]$"},
          {"field": "slice_step_mm", "range": [2.5, 10]},
          {"field": "n_slices", "range": [15, null]}],
         "sort": [{"field": "acquisition_order", "order": "descending"}]},
        {"name": "latest thin", "where": [
          {"field": "Modality", "equals": "CT"},
          {"field": "body_part", "equals": "abdomen", "absent": "accept"},
          {"field": "kernel_class", "equals": "soft", "absent": "accept"},
          {"field": "orientation", "matches": "^..[SI]$"},
          {"field": "slice_step_mm", "range": [null, 2.49]},
          {"field": "n_slices", "range": [40, null]}],
         "sort": [{"field": "acquisition_order", "order": "descending"}]}
      ],
      "on_many": "error"
    }
  }
}
)";

constexpr std::string_view brain_mri_4 = R"({
  "format_version": "1.0",
  "name": "brain-mri-4",
  "description": "T1, T1 after contrast, T2 and FLAIR of a brain MRI; of several of one kind the one with most slices.",
  "inputs": {
    "t1": {
      "alternatives": [
        {"where": [
          {"field": "Modality", "equals": "MR"},
          {"field": "body_part", "equals": "head", "absent": "accept"},
          {"field": "mr_contrast", "equals": "T1"},
          {"field": "n_slices", "range": [10, null]}],
         "sort": [{"field": "n_slices", "order": "descending"}]}]
    },
    "t1c": {
      "alternatives": [
        {"where": [
          {"field": "Modality", "equals": "MR"},
          {"field": "body_part", "equals": "head", "absent": "accept"},
          {"field": "mr_contrast", "equals": "T1c"},
          {"field": "n_slices", "range": [10, null]}],
         "sort": [{"field": "n_slices", "order": "descending"}]}]
    },
    "t2": {
      "alternatives": [
        {"where": [
          {"field": "Modality", "equals": "MR"},
          {"field": "body_part", "equals": "head", "absent": "accept"},
          {"field": "mr_contrast", "equals": "T2"},
          {"field": "n_slices", "range": [10, null]}],
         "sort": [{"field": "n_slices", "order": "descending"}]}]
    },
    "flair": {
      "alternatives": [
        {"where": [
          {"field": "Modality", "equals": "MR"},
          {"field": "body_part", "equals": "head", "absent": "accept"},
          {"field": "mr_contrast", "equals": "FLAIR"},
          {"field": "n_slices", "range": [10, null]}],
         "sort": [{"field": "n_slices", "order": "descending"}]}]
    }
  }
}
)";

constexpr std::string_view us_bmode = R"({
  "format_version": "1.0",
  "name": "us-bmode",
  "description": "Ultrasound pictures and clips in B-mode; no Doppler, no M-mode. A study has many: regroup with --case-by SOPInstanceUID or take --on-many all.",
  "inputs": {
    "image": {
      "alternatives": [
        {"name": "b-mode", "where": [
          {"field": "Modality", "equals": "US"},
          {"field": "us_mode", "equals": "b-mode"}]}
      ],
      "on_many": "error"
    }
  }
}
)";

constexpr std::array<Preset, 6> table{{{"chest-xray-frontal", chest_xray_frontal},
                                       {"head-ct-soft-thick", head_ct_soft_thick},
                                       {"head-ct-soft-thin", head_ct_soft_thin},
                                       {"abdomen-ct-latest-phase", abdomen_ct_latest_phase},
                                       {"brain-mri-4", brain_mri_4},
                                       {"us-bmode", us_bmode}}};

}  // namespace

std::span<const Preset> presets() {
  return table;
}

}  // namespace radbatch
