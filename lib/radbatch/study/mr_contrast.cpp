// The weighting of an MR sequence.
#include "radbatch/study/attributes.hpp"
#include "radbatch/study/image_hints.hpp"
#include "radbatch/study/word_table.hpp"
#include "radbatch/unicode/normal_text.hpp"

namespace radbatch {
namespace {

/// Milliseconds at which the weightings of conventional brain sequences part.
constexpr double SHORT_TE = 40, LONG_TE = 70, SHORT_TR = 1200, LONG_TR = 1800, FLAIR_TI = 1500;

const WordTable& sequence_words() {
  static const WordTable table{
      {"ADC", " d?adc |apparent diff"},
      {"DTI", " (col)?fa |fractional an|tensor"},
      {"DWI", " dwi|diffusion| diff | ep2d diff|tracew?| b ?(800|1000|1500|2000) | dti"},
      {"SWI", " swi|swan |suscept|venobold"},
      {"perfusion", "perf| dsc | dce | cbf | cbv | mtt | p?c?asl "},
      {"BOLD", " bold |fmri"},
      {"MRA", " tof|angio| mra | mrv "},
      {"FLAIR", "flair|dark ?fluid"},
      {"STIR", " stir | tirm "},
      {"T2star", "t2 ?\\*|t2 ?star| hemo |heme |t2 gre|gre t2|t2 ffe|ffe t2|t2 fl2d"},
      {"T2", " t2|t2w? "},
      {"T1", " t1|t1w? |mp ?rage|bravo|f?spgr|vibe|thrive|lava"},
      {"PD", " pd|proton dens"}};
  return table;
}

bool says_t1(const std::string& words) {
  static const Pattern t1(" t1", "built-in table");
  return t1.occurs_in(words);
}

bool says_pd(const std::string& words) {
  static const Pattern pd(" pd|proton dens", "built-in table");
  return pd.occurs_in(words);
}

double number(const Json& attributes, const char* keyword) {
  return number_of(attributes, keyword).value_or(0);
}

std::optional<std::string> by_image_type(const Json& attributes) {
  static const WordTable table{{"ADC", " adc "},
                               {"DTI", " fa | tensor "},
                               {"DWI", " diffusion | tracew "},
                               {"SWI", " swi | mip swi "}};
  if (const auto found = table.first(words_of(text_of(attributes, "ImageType")))) return found;
  if (number(attributes, "DiffusionBValue") > 0) return "DWI";
  return std::nullopt;
}

std::optional<std::string> by_words(const Json& attributes, const char* keyword) {
  const std::string words = words_of(text_of(attributes, keyword));
  const auto found = sequence_words().first(words);
  // "T1 FLAIR" inverts for grey and white matter, not for fluid.
  if (found == "FLAIR" && says_t1(words)) return "T1";
  // The two echoes of one sequence share their name.
  if (found == "T2" && says_pd(words)) {
    return number(attributes, "EchoTime") >= 50 || number(attributes, "EchoTime") == 0 ? "T2" : "PD";
  }
  return found;
}

/// Spin echo and inversion recovery only: of gradient echoes the flip angle decides too.
std::optional<std::string> by_times(const Json& attributes) {
  const std::string sequence = words_of(text_of(attributes, "ScanningSequence"));
  const double te = number(attributes, "EchoTime"), tr = number(attributes, "RepetitionTime"),
               ti = number(attributes, "InversionTime");
  if (te <= 0 || tr <= 0 || sequence.find(" ep ") != sequence.npos) return std::nullopt;
  if (ti >= FLAIR_TI && te >= LONG_TE) return "FLAIR";
  if (sequence.find(" gr ") != sequence.npos) {
    return ti >= 500 && ti < FLAIR_TI && te < 10 ? std::optional<std::string>("T1") : std::nullopt;
  }
  if (sequence.find(" se ") == sequence.npos || ti > 0) return std::nullopt;
  if (te < SHORT_TE && tr < SHORT_TR) return "T1";
  if (te >= LONG_TE && tr >= LONG_TR) return "T2";
  if (te < SHORT_TE && tr >= LONG_TR) return "PD";
  return std::nullopt;
}

bool is_after_contrast(const Json& attributes) {
  static const Pattern after("\\+ ?c |\\+ ?gd| gd |gad| post| ce | km | t1ce? |c\\+ |增强", "built-in table",
                             LetterCase::distinguish);
  static const Pattern speaks_of_it("contrast|enhanc", "built-in table", LetterCase::distinguish);
  static const Pattern before(
      " pre |non ?contrast| without | w o |unenhanced| nativ|平扫| wo c| pre ?contrast| ohne ",
      "built-in table", LetterCase::distinguish);
  static const Pattern no_agent("^ *$| no | none | n a |without|ohne", "built-in table",
                                LetterCase::distinguish);
  const std::string words = words_of(text_of(attributes, "SeriesDescription"));
  const bool says_before = before.occurs_in(words);
  const bool says_after = after.occurs_in(words) || (!says_before && speaks_of_it.occurs_in(words));
  if (says_after != says_before) return says_after;
  return !no_agent.occurs_in(words_of(text_of(attributes, "ContrastBolusAgent")));
}

}  // namespace

Guess mr_contrast(const Json& attributes) {
  if (text_of(attributes, "Modality") != "MR") return std::nullopt;
  auto found = by_image_type(attributes);
  for (const char* keyword : {"SeriesDescription", "ProtocolName", "SequenceName"}) {
    if (!found) found = by_words(attributes, keyword);
  }
  if (!found) found = by_times(attributes);
  if (!found) return std::nullopt;
  if (found == "T1" && is_after_contrast(attributes)) found = "T1c";
  return Hint{*found, "rule"};
}

}  // namespace radbatch
