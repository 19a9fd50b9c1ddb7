#include "radbatch/batch/failure_limit.hpp"

#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

constexpr std::size_t SAME_FAILURES_FROM_THE_START = 50;
constexpr std::size_t PERCENT_COUNTS_FROM = 100;

}  // namespace

std::string FailureLimit::count(const CaseOutcome& outcome) {
  ++finished_;
  ++by_reason_[outcome.reason ? std::string(code(*outcome.reason)) : "done"];
  if (outcome.status == Status::failed) ++failed_;
  if (finished_ == SAME_FAILURES_FROM_THE_START && failed_ == finished_ && by_reason_.size() == 1) {
    return "the first 50 cases all failed with " + by_reason_.begin()->first + "; is the input still there?";
  }
  if (!limit_) return {};
  // Asked after every outcome, also after a good one: the hundredth, from which a percentage counts, may be one.
  const double share = 100.0 * static_cast<double>(failed_) / static_cast<double>(finished_);
  const bool over = limit_->percent ? finished_ >= PERCENT_COUNTS_FROM && share > *limit_->percent
                                    : failed_ > limit_->count;
  return over ? counted(failed_, "case") + " failed, more than --max-failures allows" : std::string();
}

}  // namespace radbatch
