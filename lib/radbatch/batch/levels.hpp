// The levels below a case: what the network said of every slice, frame or window, kept so that cases can be
// scored by another rule without running the network again.
//
// Whatever is kept of a case is a list of named arrays; a small list lies in the journal record, a larger one
// in arrays/<case_id>.h5 (case_arrays.hpp). Names: "<level>.<output>" [items, classes] with the raw numbers
// of the network, "windows.start" [items, axes] with the first element of each window in the prepared tensor
// (negative in padding), and where asked "case.logits" and "case.features". Of an ensemble or of several
// passes all but the first have "<level>.<output>.<member>.<pass>".
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "radbatch/batch/case_arrays.hpp"
#include "radbatch/engine/classify_answer.hpp"
#include "radbatch/model/bundle.hpp"
#include "radbatch/model/heads.hpp"

namespace radbatch {

/// What is kept of every case besides its levels.
struct LevelOptions {
  bool logits = false;    ///< raw outputs of the heads, mean over the items
  bool features = false;  ///< the bundle's features, mean over the items
};

/// Throws Error(ExitCode::usage) when the bundle has no features or no raw numbers to give.
void check_level_options(const LevelOptions& options, const Bundle& bundle);

/// Bytes that kept arrays may take of a journal record, in base64; more go into a file.
inline constexpr std::size_t MAX_INLINE_LEVELS = std::size_t{24} << 10;

/// Where the kept arrays of a case go: small ones into the record; `file` where other arrays of the items are
/// kept too, and then also those of a single item.
enum class LevelPlace { by_size, file };

/// Adds "levels" to `result`: {"level", "items", "in": "record" or "file", "arrays": [...]}, where the case
/// has more than one item or something was asked for ("logits" and "features" then say how many numbers).
/// Returns the arrays that are too large for the record; they belong into the case's file, and "levels" has
/// no "arrays". `tensor` is the shape of the prepared tensor. Throws Error(Reason::model_output) when
/// features are missing or of another form.
std::vector<CaseArray> keep_levels(Json& result, const Bundle& bundle,
                                   std::span<const ClassifyMember> members, Level level,
                                   std::span<const std::int64_t> tensor, const LevelOptions& options,
                                   LevelPlace place = LevelPlace::by_size);

/// What was kept of one case.
struct KeptLevels {
  Level level = Level::slices;
  std::int64_t items = 1;
  std::vector<ClassifyMember> members;  ///< raw outputs; empty where the case has one item
  std::optional<CaseArray> starts;      ///< of windows
  std::vector<float> logits, features;  ///< empty where not asked for
};

/// Nothing where `result` has no levels. Throws Error(ExitCode::output) when the file
/// that holds them is gone or changed, and Json::exception when the record is none of ours.
std::optional<KeptLevels> kept_levels(const Json& result, const std::filesystem::path& run_folder);

/// Scores per item, [items, findings of all heads]: the mean over members and passes.
std::vector<float> level_scores(const Bundle& bundle, const KeptLevels& kept);

}  // namespace radbatch
