#include "radbatch/batch/failure_limit.hpp"

#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

constexpr std::size_t SAME_FAILURES_FROM_THE_START = 50;
constexpr std::size_t PERCENT_COUNTS_FROM = 100;

}  // namespace

std::string FailureLimit::count(const CaseOutcome& outcome) {
  const bool is_failed = outcome.status == Status::failed;
  ++finished_;
  ++by_reason_[outcome.reason ? std::string(code(*outcome.reason)) : "done"];
  if (!is_failed) return {};
  ++failed_;
  if (finished_ == SAME_FAILURES_FROM_THE_START && by_reason_.size() == 1) {
    return "the first 50 cases all failed with " + by_reason_.begin()->first + "; is the input still there?";
  }
  if (!limit_) return {};
  const double share = 100.0 * static_cast<double>(failed_) / static_cast<double>(finished_);
  const bool over = limit_->percent ? finished_ >= PERCENT_COUNTS_FROM && share > *limit_->percent
                                    : failed_ > limit_->count;
  return over ? counted(failed_, "case") + " failed, more than --max-failures allows" : std::string();
}

}  // namespace radbatch
