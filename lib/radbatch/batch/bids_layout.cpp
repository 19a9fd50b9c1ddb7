#include "radbatch/batch/bids_layout.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/base/json.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/base/version.hpp"
#include "radbatch/study/attributes.hpp"

namespace radbatch {
namespace {

/// The header values of an image, and its names for what it is in lower case.
struct Header {
  Json values;
  std::string
      words;  ///< SeriesDescription, ProtocolName, SequenceName; other characters than a-z, 0-9 and + are ' '
  std::string type;  ///< "\ORIGINAL\PRIMARY\M\"

  explicit Header(const Candidate& candidate) : values(candidate.source.attributes) {
    values.update(candidate.attributes);
    words = " ";
    for (std::string_view keyword : {"SeriesDescription", "ProtocolName", "SequenceName"}) {
      for (const char c : to_lower_ascii(text_of(values, keyword))) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '*';
        words += plain ? c : ' ';
      }
      words += ' ';
    }
    type = "\\" + text_of(values, "ImageType") + "\\";
  }

  bool has(std::initializer_list<std::string_view> parts) const {
    return std::ranges::any_of(parts,
                               [this](std::string_view part) { return words.find(part) != words.npos; });
  }
  bool is_type(std::string_view word) const {
    return type.find("\\" + std::string(word) + "\\") != type.npos;
  }
  bool is_sequence(std::string_view word) const {
    const std::string sequence = "\\" + text_of(values, "ScanningSequence") + "\\";
    return sequence.find("\\" + std::string(word) + "\\") != sequence.npos;
  }
  double ms(std::string_view keyword) const { return number_of(values, keyword).value_or(0); }
};

BidsPlace outside(std::string datatype, std::string suffix) {
  BidsPlace place;
  place.datatype = std::move(datatype);
  place.suffix = std::move(suffix);
  return place;
}

BidsPlace anatomy(const Header& header, std::string suffix) {
  BidsPlace place{"anat", "", std::move(suffix), "", "", true};
  const bool agent = !text_of(header.values, "ContrastBolusAgent").empty() ||
                     header.has({" gd ", " gad ", " post ", "+c", " ce ", " km ", "contrast"});
  if (agent) place.entities = "ce-contrast_";
  if (header.is_type("P") || header.is_type("PHASE")) place.late_entities = "part-phase_";
  if (header.is_type("R") || header.is_type("REAL")) place.late_entities = "part-real_";
  if (header.is_type("I") || header.is_type("IMAGINARY")) place.late_entities = "part-imag_";
  return place;
}

/// By the words of the protocol, which say what the operator meant.
std::string weighting_by_words(const Header& header) {
  if (header.has({"flair", "tirm", "dark fluid"})) return "FLAIR";
  if (header.has({" tof", "angio", " mra"})) return "angio";
  if (header.has({"t2*", "t2star", "t2 star", "hemo"})) return "T2starw";
  if (header.has({"t1", "mprage", "mp rage", "tfl3d", "bravo", "spgr"})) return "T1w";
  if (header.has({"t2"})) return "T2w";
  if (header.has({" pd", "proton"})) return "PDw";
  return {};
}

/// By the physics, where the words say nothing.
std::string weighting_by_times(const Header& header) {
  const double te = header.ms("EchoTime"), tr = header.ms("RepetitionTime"), ti = header.ms("InversionTime");
  if (te <= 0 || tr <= 0) return {};
  if (header.is_sequence("IR") && ti > 1500 && te > 60) return "FLAIR";
  if (header.is_sequence("GR")) return ti > 0 && te < 10 ? "T1w" : "";
  if (!header.is_sequence("SE")) return {};
  if (tr < 1000 && te < 30) return "T1w";
  if (tr > 2000 && te >= 60) return "T2w";
  return tr > 2000 && te < 30 ? "PDw" : "";
}

std::string weighting_known(const Header& header) {
  const std::string contrast = text_of(header.values, "mr_contrast");
  if (contrast == "T1" || contrast == "T1c") return "T1w";
  if (contrast == "T2") return "T2w";
  return contrast == "FLAIR" ? "FLAIR" : "";
}

/// Kinds of MR that BIDS wants more of than a header has (gradients, labelling, echo pairs), or does not
/// know.
std::string kind_outside(const Header& header) {
  if (flag_of(header.values, "is_localizer") || header.has({"localizer", "scout", "survey"}))
    return "localizer";
  if (header.values.contains("DiffusionBValue") || header.is_type("DIFFUSION") ||
      header.has({" dwi", " dti", "diff", " ep b"}) || header.is_type("ADC") || header.is_type("TRACEW") ||
      header.has({" adc"})) {
    return "dwi";
  }
  if (header.has({" asl", "pcasl", " pasl", "perf", " dsc"})) return "perf";
  if (header.has({"swi", "venobold", "swan"})) return "swi";
  if (header.has({"field map", "fieldmap", "fmap", "field mapping"})) return "fieldmap";
  if (header.is_type("MPR") || header.is_type("MIP") || header.is_type("PROJECTION IMAGE") ||
      header.is_type("SUBTRACTION") || (header.is_type("DERIVED") && !header.is_type("PRIMARY"))) {
    return "derived";
  }
  return {};
}

bool is_head(const Header& header) {
  const std::string part = to_lower_ascii(text_of(header.values, "BodyPartExamined"));
  return part.empty() || std::ranges::any_of(std::array{"head", "brain", "skull", "neck"},
                                             [&](const char* word) { return part.find(word) != part.npos; });
}

std::string alphanumeric(std::string_view text) {
  std::string kept;
  for (const char c : text) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) kept += c;
  }
  return kept;
}

BidsPlace function(const Header& header) {
  if (!header.has({"bold", "fmri", "rest", "task", "ep2d"}) && !header.is_sequence("EP")) {
    return outside("other", "dynamic");
  }
  if (header.ms("RepetitionTime") <= 0) return outside("other", "bold");
  const std::string protocol = alphanumeric(text_of(header.values, "ProtocolName"));
  const std::string task = header.has({"rest"}) ? "rest" : protocol.empty() ? "unknown" : protocol;
  BidsPlace place{"func", "task-" + task + "_", "bold", "", task, true};
  if (header.is_type("P") || header.is_type("PHASE")) place.late_entities = "part-phase_";
  return place;
}

/// Volumes over gradients, as acquired, of which .bval and .bvec are written.
bool is_diffusion_table(const Header& header) {
  const std::vector<double> b_values = numbers_of(header.values, "b_values");
  return b_values.size() > 1 && std::ranges::any_of(b_values, [](double b) { return b > 0; }) &&
         !header.is_type("DERIVED") && !header.is_type("ADC") && !header.is_type("TRACEW");
}

BidsPlace diffusion(const Header& header) {
  if (!is_head(header)) return outside("other", "dwi");
  BidsPlace place{"dwi", "", "dwi", "", "", true};
  if (header.is_type("P") || header.is_type("PHASE")) place.late_entities = "part-phase_";
  return place;
}

BidsPlace mr_place(const Header& header) {
  if (is_diffusion_table(header)) return diffusion(header);
  if (const std::string kind = kind_outside(header); !kind.empty()) return outside("other", kind);
  if (!is_head(header)) return outside("other", "mr");
  if (number_of(header.values, "frames").value_or(1) > 1) return function(header);
  if (number_of(header.values, "n_slices").value_or(1) < 2) return outside("other", "mr");
  for (const auto& weighting : {weighting_known, weighting_by_words, weighting_by_times}) {
    if (const std::string suffix = weighting(header); !suffix.empty()) return anatomy(header, suffix);
  }
  return outside("other", "mr");
}

}  // namespace

BidsPlace bids_place(const Candidate& candidate) {
  const Header header(candidate);
  const std::string modality = text_of(header.values, "Modality");
  if (flag_of(header.values, "is_secondary_capture")) return outside("other", "capture");
  if (modality == "MR") return mr_place(header);
  if (modality == "CT") return outside("ct", flag_of(header.values, "is_localizer") ? "localizer" : "ct");
  if (modality == "CR" || modality == "DX" || modality == "MG")
    return outside("xray", to_lower_ascii(modality));
  if (modality == "US" || modality == "IVUS") return outside("us", "us");
  if (modality == "XA" || modality == "RF") return outside("xa", to_lower_ascii(modality));
  if (modality == "PT") return outside("pet", "pet");
  return outside("other", "image");
}

std::string bids_label(std::string_view text) {
  const std::string_view rest = text.starts_with("study-") ? text.substr(6) : text;
  const std::string kept = alphanumeric(rest);
  if (kept == rest && !kept.empty()) return kept;
  return kept.substr(0, 40) + "x" + sha256_hex(text).substr(0, 8);
}

std::vector<std::string> bids_names(const Case& one, const std::string& patient_key) {
  const std::string label = bids_label(one.id);
  const std::string sub = "sub-" + (patient_key.empty() ? label : bids_label(patient_key));
  const std::string ses = patient_key.empty() ? "" : "ses-" + label;
  const std::string folder = ses.empty() ? sub + "/" : sub + "/" + ses + "/";
  const std::string stem = ses.empty() ? sub + "_" : sub + "_" + ses + "_";
  std::vector<BidsPlace> places;
  std::map<std::string, int> total, used;
  const auto key = [](const BidsPlace& p) {
    return p.datatype + "/" + p.entities + p.late_entities + p.suffix;
  };
  for (const Candidate& candidate : one.candidates) ++total[key(places.emplace_back(bids_place(candidate)))];
  std::vector<std::string> names;
  for (const BidsPlace& place : places) {
    const std::string run =
        total[key(place)] > 1 ? "run-" + std::to_string(++used[key(place)]) + "_" : std::string();
    names.push_back(folder + place.datatype + "/" + stem + place.entities + run + place.late_entities +
                    place.suffix);
  }
  return names;
}

}  // namespace radbatch
