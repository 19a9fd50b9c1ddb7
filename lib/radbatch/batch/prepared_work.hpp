// A case whose image is prepared and then used: what preprocess and infer have in common.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "radbatch/batch/prepared_image.hpp"
#include "radbatch/batch/tensor_cache.hpp"

namespace radbatch {

class PreparedWork : public CaseWork {
 public:
  /// `cache` may be null.
  PreparedWork(const Bundle& bundle, std::filesystem::path run_folder, WantedImage wanted,
               TensorCache* cache);

  const std::string& case_id() const override { return wanted_.case_id; }
  std::uint64_t cost_bytes() const override { return wanted_.cost_bytes; }
  /// Asks the cache and then for the prepared image; afterwards for what next_use() says, until the case has
  /// ended.
  std::optional<WorkRequest> next() override;
  void answered(const Json& answer, const SharedBuffer* buffer) override;
  void failed(Reason reason, const std::string& detail) override;
  CaseOutcome finish() override { return std::move(outcome_); }

 protected:
  /// The tensor lies in the buffer: prepared_ is set.
  virtual void use(const SharedBuffer& buffer) = 0;
  /// What is still to be asked once the tensor is there.
  virtual std::optional<WorkRequest> next_use() { return std::nullopt; }
  virtual void answered_use(const Json&, const SharedBuffer&) {}
  /// The case has its result: flags, keys, numbers, pictures and the story for `radbatch why` are recorded.
  void done();

  const Bundle& bundle_;
  std::filesystem::path run_folder_;
  WantedImage wanted_;
  CaseOutcome outcome_;
  std::optional<PreparedImage> prepared_;
  bool ended_ = false;

 private:
  /// Checks an answer to prepare, or one that the cache kept.
  void take_prepared(const Json& answer, const SharedBuffer& buffer);

  CacheLookup lookup_;
};

/// The values of a prepared tensor in its buffer, for as long as the object lives.
class TensorValues {
 public:
  TensorValues(const SharedBuffer& buffer, const PreparedImage& prepared)
      : mapping_(buffer.fd.get(), buffer.bytes), n_(prepared.bytes / sizeof(float)) {}
  std::span<const float> get() const { return {reinterpret_cast<const float*>(mapping_.bytes().data()), n_}; }

 private:
  Mapping mapping_;
  std::size_t n_;
};

}  // namespace radbatch
