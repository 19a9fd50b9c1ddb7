#include "radbatch/study/image_hints.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "radbatch/base/text.hpp"
#include "radbatch/study/attributes.hpp"
#include "radbatch/study/word_table.hpp"
#include "radbatch/unicode/normal_text.hpp"

namespace radbatch {
namespace {

const WordTable& phase_words() {
  static const WordTable table{
      {"native", " nativ|non ?con|noncon| without| w o | wo (iv )?c|unenh| plain | pre ?contrast |平扫"},
      {"arterial", "arteri| art |动脉"},
      {"portal-venous", "portal|porto| pvp? | venous| ven |venös|venos|门脉|门静脉|静脉期"},
      {"nephrographic", "nephrog| neph "},
      {"excretory", "excret|urograph|排泄"},
      {"delayed", "delay| late |equilib| spät|延迟|平衡"}};
  return table;
}

const WordTable& view_words() {
  static const WordTable table{
      {"MLO", " r?l?mlo |medio ?lateral oblique"},
      {"CC", " r?l?cc |cranio ?caudal"},
      {"XCCL", " r?l?xccl "},
      {"ML", " r?l?ml |medio ?lateral "},
      {"LM", " r?l?lm |latero ?medial"},
      {"PA", " pa |postero ?anterior|后前"},
      {"AP", " ap |antero ?posterior|前后"},
      {"lateral", " lat(eral)? | ll | rl |left lateral|right lateral|seitlich|profil|侧位"},
      {"oblique", "obliq| llo | rlo | lpo | rpo | lao | rao |斜位"},
      {"frontal", "frontal|正位"}};
  return table;
}

const WordTable& body_words() {
  static const WordTable table{
      {"head", " head|brain|skull|crani|neuro|schädel|schaedel|kopf|cerebr|颅|头|脑"},
      {"neck", " neck| hals |颈"},
      {"chest", "chest|thora|lung|pulmo|胸|肺"},
      {"heart", "heart|cardiac|coronary|心脏|冠"},
      {"abdomen", "abdom| abd|liver|hepat|kidney|renal|pancrea|腹|肝|肾"},
      {"pelvis", "pelvi|becken|prostat|盆"},
      {"spine", "spine|spinal|lumbar|cervical|wirbel|脊|椎"},
      {"breast", "breast|mammo|乳"},
      {"shoulder", "shoulder|schulter|肩"},
      {"elbow", " elbow"},
      {"wrist", " wrist"},
      {"hand", " hand "},
      {"hip", " hips? "},
      {"knee", " knee|膝"},
      {"ankle", " ankle|踝"},
      {"foot", " foot |足"}};
  return table;
}

bool is_one_of(const Json& attributes, std::initializer_list<std::string_view> modalities) {
  return std::ranges::find(modalities, text_of(attributes, "Modality")) != modalities.end();
}

Guess with_source(const std::optional<std::string>& value, const char* source) {
  if (!value) return std::nullopt;
  return Hint{*value, source};
}

/// PS3.3 C.7.6.1.1.1: the first letter of each value says where rows and columns run to.
std::optional<std::string> view_by_orientation(const Json& attributes) {
  const std::string directions = text_of(attributes, "PatientOrientation");
  if (directions.empty() || is_one_of(attributes, {"MG"})) return std::nullopt;
  const char row = directions.front();
  if (row == 'L' || row == 'R') return "frontal";
  if (row == 'A' || row == 'P') return "lateral";
  return std::nullopt;
}

}  // namespace

Guess contrast_phase(const Json& attributes) {
  if (!is_one_of(attributes, {"CT", "MR"})) return std::nullopt;
  for (const char* keyword : {"SeriesDescription", "ProtocolName"}) {
    const std::string words = words_of(text_of(attributes, keyword));
    std::vector<std::string> found = phase_words().all(words);
    if (words.find(" late art") != words.npos) std::erase(found, "delayed");
    if (found.size() > 1) return std::nullopt;
    if (found.size() == 1) return Hint{found.front(), "rule"};
  }
  return std::nullopt;
}

Guess projection_view(const Json& attributes) {
  if (!is_one_of(attributes, {"CR", "DX", "DR", "RG", "MG"})) return std::nullopt;
  const std::string position = text_of(attributes, "ViewPosition");
  if (auto view = with_source(view_words().first(words_of(position)), "header")) return view;
  if (auto view =
          with_source(view_words().first(words_of(text_of(attributes, "ViewCodeSequence"))), "header"))
    return view;
  const auto by_orientation = view_by_orientation(attributes);
  for (const char* keyword : {"SeriesDescription", "ProtocolName"}) {
    const auto view = view_words().first(words_of(text_of(attributes, keyword)));
    // A protocol's name may speak of two views ("CHEST PA + LAT"); what the detector saw decides.
    const bool contradicts = by_orientation && view && (*view == "lateral") != (*by_orientation == "lateral");
    if (view && !contradicts && view_words().all(words_of(text_of(attributes, keyword))).size() == 1) {
      return Hint{*view, "rule"};
    }
  }
  return with_source(by_orientation, "header");
}

Guess body_part(const Json& attributes) {
  const auto parts_in = [](const std::string& words) { return join(body_words().all(words), "\\"); };
  const std::string examined = text_of(attributes, "BodyPartExamined");
  if (!examined.empty()) {
    const std::string words = words_of(examined);
    const std::string known = parts_in(words);
    return Hint{known.empty() ? words.substr(1, std::max<std::size_t>(words.size(), 2) - 2) : known,
                "header"};
  }
  for (const char* keyword : {"SeriesDescription", "ProtocolName", "StudyDescription"}) {
    const std::string parts = parts_in(words_of(text_of(attributes, keyword)));
    if (!parts.empty()) return Hint{parts, "rule"};
  }
  return std::nullopt;
}

}  // namespace radbatch
