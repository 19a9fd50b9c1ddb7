// --preview: sheets of some cases in previews/sheets/ and the page that shows them, for preprocess and infer
// alike.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "radbatch/base/choices.hpp"
#include "radbatch/batch/preview_sample.hpp"
#include "radbatch/batch/tool.hpp"

namespace radbatch {

struct PreviewOptions {
  std::size_t n = 0;       ///< cases of the sample; 0: no preview at all
  std::uint64_t seed = 0;  ///< of the sample
  /// Which images may be drawn: safe or all.
  Thumbnails thumbnails = Thumbnails::safe;
};

class Previews {
 public:
  Previews(const PreviewOptions& options, std::vector<SelectionRule> rules);

  bool is_wanted() const { return options_.n > 0; }
  /// The cases that are known beforehand.
  void expect(std::span<const Case> cases);
  /// Whether a sheet of this case is to be drawn. A case that was not expected is looked at now.
  bool wants(const Case& one, const Json& attributes);
  /// False when the case is chosen, may be drawn and has no sheet: it was done before previews were asked
  /// for.
  bool is_intact(const CaseOutcome& outcome, const std::filesystem::path& run_folder) const;
  /// Writes preview.html, and removes sheets of cases that are not chosen in the end.
  void write(const RunRecord& run, const std::string& tool, const Json& model, bool has_looked_at_all) const;

 private:
  void see(PreviewSample& sample, const Case& one) const;

  PreviewOptions options_;
  std::vector<SelectionRule> rules_;
  PreviewSample sample_;
};

/// For the journal, so that merge makes the page of the shards, and back.
Json to_json(const PreviewOptions& options);
PreviewOptions preview_options_from_json(const Json& json);

/// Puts the sheet of an answer, if it has one, into the run folder. Returns its place there, or nothing.
std::string save_sheet(const Json& answer, const std::string& case_id,
                       const std::filesystem::path& run_folder);

}  // namespace radbatch
