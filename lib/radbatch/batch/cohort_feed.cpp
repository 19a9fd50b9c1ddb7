#include "radbatch/batch/cohort_feed.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/batch/case_filter.hpp"
#include "radbatch/batch/cohort_source.hpp"
#include "radbatch/batch/resume.hpp"

namespace radbatch {
namespace {

/// A case that needs no worker: refused by its headers, or ended upstream.
class EndedCase : public CaseWork {
 public:
  explicit EndedCase(CaseOutcome outcome) : outcome_(std::move(outcome)) {}
  const std::string& case_id() const override { return outcome_.case_id; }
  std::uint64_t cost_bytes() const override { return 0; }
  std::optional<WorkRequest> next() override { return std::nullopt; }
  void answered(const Json&, const SharedBuffer*) override {}
  void failed(Reason, const std::string&) override {}
  CaseOutcome finish() override { return std::move(outcome_); }

 private:
  CaseOutcome outcome_;
};

std::unique_ptr<CaseWork> ended(const Case& one, Reason reason, const std::string& detail) {
  return std::make_unique<EndedCase>(ended_with(one.id, reason, detail));
}

}  // namespace

CohortFeed::CohortFeed(Tool& tool, const RunOptions& options, std::vector<FileRecord>& records,
                       Outcomes& committed, Events events)
    : tool_(tool), options_(options), records_(records), committed_(committed), events_(std::move(events)) {}

void CohortFeed::add(std::span<const Case> cases, bool were_scanned) {
  were_scanned_ = were_scanned;
  for (const Case& one : cases) add_case(one);
}

void CohortFeed::add_case(const Case& one) {
  if (!is_in_shard(one, options_.shard)) return;
  if (committed_.contains(one.id)) {
    const CaseOutcome outcome = committed_.at(one.id);
    if (is_settled(outcome, fingerprint(one, records_), tool_, options_)) return events_.kept(one, outcome);
    committed_.erase(one.id);
  }
  waiting_.push_back(&one);
}

void CohortFeed::read_stream() {
  for (const CaseRecord& line : stream_->read_available()) {
    lines_.push_back(canonical(to_json(line)) + "\n");
    std::vector<Case> cases{streamed_case(line, records_, options_.cases.assumed)};
    for (Case& part : one_image_each(std::move(cases), tool_.rules()))
      add_case(streamed_.emplace_back(std::move(part)));
  }
}

std::unique_ptr<CaseWork> CohortFeed::next() {
  if (stream_) read_stream();
  if (waiting_.empty()) return nullptr;
  const Case& one = *waiting_.front();
  waiting_.pop_front();
  return start(one);
}

std::unique_ptr<CaseWork> CohortFeed::start(const Case& one) {
  events_.begins();
  under_way_[one.id] = &one;
  // Images that the tool before could not convert are still selected among: the model may not want them
  // anyway.
  if (one.upstream && one.upstream->status != Status::done && one.candidates.empty())
    return ended(one, one.upstream->reason.value_or(Reason::upstream), one.upstream->detail);
  if (were_scanned_) {
    const std::string change = change_since_scan(one, records_);
    if (!change.empty()) return ended(one, Reason::file_changed, change);
  }
  try {
    return tool_.begin(one, select(one, tool_.rules()));
  } catch (const Error& problem) {
    if (!problem.reason()) throw;
    return ended(one, *problem.reason(), problem.message());
  }
}

const Case& CohortFeed::take_back(const std::string& case_id) {
  const Case& one = *under_way_.at(case_id);
  under_way_.erase(case_id);
  return one;
}

std::string CohortFeed::stream_text() {
  std::ranges::sort(lines_);
  return join(std::exchange(lines_, {}), "");
}

std::vector<Case> CohortFeed::take_streamed() {
  std::vector<Case> cases(std::move_iterator(streamed_.begin()), std::move_iterator(streamed_.end()));
  streamed_.clear();
  std::ranges::sort(cases, {}, &Case::id);
  return cases;
}

}  // namespace radbatch
