// A case whose image is prepared and then used: what preprocess and infer have in common.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "radbatch/batch/prepared_image.hpp"

namespace radbatch {

class PreparedWork : public CaseWork {
 public:
  PreparedWork(const Bundle& bundle, std::filesystem::path run_folder, WantedImage wanted);

  const std::string& case_id() const override { return wanted_.case_id; }
  std::uint64_t cost_bytes() const override { return wanted_.cost_bytes; }
  /// Asks for the prepared image until the case has ended.
  std::optional<WorkRequest> next() override;
  void failed(Reason reason, const std::string& detail) override;
  CaseOutcome finish() override { return std::move(outcome_); }

 protected:
  /// Checks the image worker's answer (prepared_image) and saves its preview.
  PreparedImage take_prepared(const Json& answer, const SharedBuffer& buffer);
  /// The case has its result: flags, keys and the story for `radbatch why` are recorded.
  void done(const PreparedImage& prepared);

  const Bundle& bundle_;
  std::filesystem::path run_folder_;
  WantedImage wanted_;
  CaseOutcome outcome_;
  bool ended_ = false;
};

}  // namespace radbatch
