// Cases that need no worker: admission, order, outcomes and stops. With workers: scheduler_workers_test.cpp.
#include "radbatch/batch/scheduler.hpp"

#include <doctest/doctest.h>

using namespace radbatch;
using Words = std::vector<std::string>;

namespace {

class Immediate : public CaseWork {
 public:
  Immediate(std::string id, std::uint64_t cost) : id_(std::move(id)), cost_(cost) {}
  const std::string& case_id() const override { return id_; }
  std::uint64_t cost_bytes() const override { return cost_; }
  std::optional<WorkRequest> next() override { return std::nullopt; }
  void answered(const Json&, const SharedBuffer*) override {}
  void failed(Reason reason, const std::string& detail) override {
    outcome_ = ended_with(id_, reason, detail);
  }
  CaseOutcome finish() override {
    if (outcome_) return *outcome_;
    CaseOutcome done;
    done.case_id = id_;
    done.status = Status::done;
    return done;
  }

 private:
  std::string id_;
  std::uint64_t cost_;
  std::optional<CaseOutcome> outcome_;
};

/// Gives its cases in order; pauses once, as a stream whose writer is slow.
class Feed : public CaseFeed {
 public:
  explicit Feed(std::vector<std::pair<std::string, std::uint64_t>> cases, bool pauses = false)
      : cases_(std::move(cases)), pauses_(pauses) {}
  std::unique_ptr<CaseWork> next() override {
    if (at_ == 1 && std::exchange(pauses_, false)) return nullptr;
    if (at_ >= cases_.size()) return nullptr;
    const auto& [id, cost] = cases_[at_++];
    return std::make_unique<Immediate>(id, cost);
  }
  bool more() const override { return at_ < cases_.size(); }

 private:
  std::vector<std::pair<std::string, std::uint64_t>> cases_;
  bool pauses_;
  std::size_t at_ = 0;
};

struct Run {
  ScheduleEnd end;
  Words outcomes;
};

Run run(CaseFeed& feed, ScheduleLimits limits, std::size_t stop_after_cases = 1000) {
  WorkerPool pool;
  Words outcomes;
  Scheduler scheduler(pool, limits);
  const ScheduleEnd end = scheduler.run(
      feed,
      [&](CaseOutcome outcome) {
        outcomes.push_back(
            outcome.case_id + " " + std::string(name(outcome.status)) +
            (outcome.reason ? " " + std::string(code(*outcome.reason)) + " " + outcome.detail : ""));
        return outcomes.size() < stop_after_cases;
      },
      [](const ScheduleLoad&) {});
  return {end, outcomes};
}

}  // namespace

TEST_CASE("every case of the feed has one outcome, also when the feed pauses") {
  Feed feed({{"a", 1}, {"b", 1}, {"c", 1}}, true);
  const Run result = run(feed, {.budget_bytes = 10});
  CHECK(result.end == ScheduleEnd::finished);
  CHECK(result.outcomes == Words{"a done", "b done", "c done"});
}

TEST_CASE("a case that can never fit the budget is refused and the others go on") {
  Feed feed({{"a", 1}, {"big", 5ull << 30}, {"b", 1}});
  CHECK(run(feed, {.budget_bytes = 1ull << 30}).outcomes ==
        Words{"big refused E_TOO_LARGE needs about 5.0 GiB, --max-ram allows 1.0 GiB", "a done", "b done"});
}

TEST_CASE("of the cases that are known the largest goes first") {
  Feed feed({{"small", 1}, {"large", 9}, {"middle", 5}});
  CHECK(run(feed, {.budget_bytes = 10}).outcomes == Words{"large done", "middle done", "small done"});
}

TEST_CASE("the receiver of outcomes can stop the run") {
  Feed feed({{"a", 1}, {"b", 1}, {"c", 1}});
  const Run result = run(feed, {.budget_bytes = 10}, 2);
  CHECK(result.end == ScheduleEnd::asked);
  CHECK(result.outcomes == Words{"a done", "b done"});
}

TEST_CASE("a time limit stops at a checkpoint") {
  Feed feed({{"a", 1}});
  const Run result = run(feed, {.budget_bytes = 10, .stop_after = std::chrono::milliseconds(0)});
  CHECK(result.end == ScheduleEnd::stop_after);
  CHECK(result.outcomes.empty());
}

TEST_CASE("an empty feed is finished at once") {
  Feed feed({});
  CHECK(run(feed, {.budget_bytes = 10}).end == ScheduleEnd::finished);
}
