// The cases of a run as work for the scheduler: those of a cohort or of a stream that still grows, without
// those whose committed outcome stands.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "radbatch/batch/input_plan.hpp"
#include "radbatch/batch/outcomes.hpp"
#include "radbatch/batch/run_options.hpp"
#include "radbatch/batch/scheduler.hpp"
#include "radbatch/batch/tool.hpp"

namespace radbatch {

class CohortFeed : public CaseFeed {
 public:
  struct Events {
    /// A case needs no work: its committed outcome stands.
    std::function<void(const Case&, const CaseOutcome&)> kept;
    /// A case is about to be worked on.
    std::function<void()> begins;
  };

  /// `records` are the files behind the cases; those of a stream are added. An outcome in `committed` that
  /// does not stand is erased there.
  CohortFeed(Tool& tool, const RunOptions& options, std::vector<FileRecord>& records, Outcomes& committed,
             Events events);

  /// The shard's part of `cases`, which must outlive the feed. `were_scanned` by an earlier command: files
  /// may have gone since.
  void add(std::span<const Case> cases, bool were_scanned);
  void add(std::unique_ptr<StreamInput> stream) { stream_ = std::move(stream); }
  const std::deque<const Case*>& waiting() const { return waiting_; }
  std::size_t left() const { return waiting_.size(); }

  /// The case that next() gave under this id, which is under way no longer.
  const Case& take_back(const std::string& case_id);

  const StreamInput* stream() const { return stream_.get(); }
  /// What came on the stream: the lines, sorted because the order of arrival is not the same twice, and the
  /// cases, sorted by id. To be called once, at the end.
  std::string stream_text();
  std::vector<Case> take_streamed();

  // CaseFeed
  std::unique_ptr<CaseWork> next() override;
  bool more() const override { return !waiting_.empty() || (stream_ && stream_->is_open()); }
  int fd() const override { return stream_ && stream_->is_open() ? stream_->fd() : -1; }

 private:
  void add_case(const Case& one);
  void read_stream();
  std::unique_ptr<CaseWork> start(const Case& one);

  Tool& tool_;
  const RunOptions& options_;
  std::vector<FileRecord>& records_;
  Outcomes& committed_;
  Events events_;
  bool were_scanned_ = false;
  std::deque<const Case*> waiting_;
  std::map<std::string, const Case*> under_way_;
  std::unique_ptr<StreamInput> stream_;
  std::deque<Case> streamed_;  ///< a deque: pointers to its cases stay good
  std::vector<std::string> lines_;
};

}  // namespace radbatch
