// The scheduler with processes that pretend: threads, memory, back-pressure. Deaths and time-outs: tests/cli.
#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/batch/scheduler.hpp"
#include "temporary_folder.hpp"

using namespace radbatch;
using namespace radbatch::test;

namespace {

constexpr std::uint64_t GIB = std::uint64_t{1} << 30;
constexpr float SLOW_NETWORK = -1011;  // a mean for which the fake model sleeps for 0.2 s

struct Seen {
  std::vector<std::size_t> image_threads;  ///< that the workers were told, in order of the answers
  std::size_t most_threads = 0, most_under_way = 0, most_images = 0, most_networks = 0, done = 0;
  std::uint64_t most_buffers = 0;
};

/// A fake image through both workers.
class Through : public CaseWork {
 public:
  Through(std::string file, std::uint64_t cost, Seen& seen)
      : file_(std::move(file)), cost_(cost), seen_(seen) {}
  const std::string& case_id() const override { return file_; }
  std::uint64_t cost_bytes() const override { return cost_; }
  std::optional<WorkRequest> next() override {
    if (is_over_) return std::nullopt;
    if (!shape_.is_null()) return WorkRequest{"classify", {{"op", "classify"}, {"shape", shape_}}, true, {}};
    const Json source = {{"kind", "png"}, {"files", {file_, file_}}, {"attributes", Json::object()}};
    return WorkRequest{"image", {{"op", "prepare"}, {"source", source}}, true, {}};
  }
  void answered(const Json& answer, const SharedBuffer*) override {
    if (is_over_ = !shape_.is_null(); is_over_) {
      ++seen_.done;
    } else {
      shape_ = answer.at("shape");
      seen_.image_threads.push_back(answer.at("threads").get<std::size_t>());
    }
  }
  void failed(Reason, const std::string&) override { is_over_ = true; }
  CaseOutcome finish() override { return {}; }

 private:
  std::string file_;
  std::uint64_t cost_;
  Seen& seen_;
  Json shape_;
  bool is_over_ = false;
};

struct Setting {
  std::size_t cases = 6, images = 2, networks = 2, network_threads = 1;
  std::uint64_t cost = 1;
  float value = 0.5F;
  std::string behaviour;  ///< of the image worker
};

class Feed : public CaseFeed {
 public:
  Feed(const Setting& setting, std::string file, Seen& seen)
      : left_(setting.cases), setting_(setting), file_(std::move(file)), seen_(seen) {}
  std::unique_ptr<CaseWork> next() override {
    if (left_ == 0) return nullptr;
    --left_;
    return std::make_unique<Through>(file_, setting_.cost, seen_);
  }
  bool more() const override { return left_ > 0; }

 private:
  std::size_t left_;
  const Setting& setting_;
  std::string file_;
  Seen& seen_;
};

Seen run(const Setting& setting, ScheduleLimits limits) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "image", canonical({{"kind", "png"},
                                                     {"value", setting.value},
                                                     {"behaviour", {{"prepare", setting.behaviour}}}}));
  write_file_atomically(folder / "radbatch.json", "{}");
  WorkerPool pool;
  const std::filesystem::path workers = RADBATCH_FAKE_WORKERS;
  for (std::size_t i = 0; i < setting.images; ++i)
    pool.add({"image", workers / "radbatch-image-worker"}, Json::object());
  WorkerSpec network{"classify", workers / "radbatch-classify-worker"};
  network.threads = setting.network_threads;
  for (std::size_t i = 0; i < setting.networks; ++i)
    pool.add(network, {{"bundle", folder.path().string()}, {"device", "cpu"}});
  Seen seen;
  Feed feed(setting, (folder / "image").string(), seen);
  Scheduler scheduler(pool, limits);
  const auto look = [&](const ScheduleLoad& load) {
    seen.most_threads = std::max(seen.most_threads, load.threads_busy);
    seen.most_under_way = std::max(seen.most_under_way, load.under_way);
    seen.most_images = std::max(seen.most_images, load.roles.at("image").busy);
    seen.most_networks = std::max(seen.most_networks, load.roles.at("classify").busy);
    seen.most_buffers = std::max(seen.most_buffers, load.buffer_bytes);
  };
  CHECK(scheduler.run(
            feed, [](const CaseOutcome&) { return true; }, look) == ScheduleEnd::finished);
  return seen;
}

}  // namespace

TEST_CASE("no more threads work than there are processors, and all of those do") {
  const Seen seen = run({.cases = 12, .behaviour = "sleep:10"}, {.budget_bytes = GIB, .cpus = 2});
  CHECK(seen.done == 12);
  CHECK(seen.most_threads == 2);
}

TEST_CASE("a network of two threads waits for both, and images do not keep them for ever") {
  const Seen seen =
      run({.cases = 12, .network_threads = 2, .behaviour = "sleep:10"}, {.budget_bytes = GIB, .cpus = 2});
  CHECK(seen.done == 12);
  CHECK(seen.most_threads == 2);
}

TEST_CASE("a network of more threads than there are processors takes all of them") {
  CHECK(run({.cases = 2, .network_threads = 8}, {.budget_bytes = GIB, .cpus = 2}).done == 2);
}

TEST_CASE("an image that is alone gets all processors, two get half each") {
  CHECK(run({.cases = 1}, {.budget_bytes = GIB, .cpus = 8}).image_threads == std::vector<std::size_t>{8});
  CHECK(run({.cases = 2, .behaviour = "sleep:50"}, {.budget_bytes = GIB, .cpus = 8}).image_threads ==
        std::vector<std::size_t>{4, 4});
}

TEST_CASE("a slow network does not fill memory: cases and buffers under way stay few") {
  const Seen seen =
      run({.cases = 16, .images = 2, .networks = 1, .value = SLOW_NETWORK}, {.budget_bytes = GIB, .cpus = 2});
  CHECK(seen.done == 16);
  CHECK(seen.most_under_way == 7);
  CHECK(seen.most_buffers <= 7u << 20);
}

TEST_CASE("requests that wait for a network bring a second one, but not where memory is short") {
  Setting slow{.cases = 10, .value = SLOW_NETWORK};
  CHECK(run(slow, {.budget_bytes = 4 * GIB, .cpus = 2}).most_networks == 2);
  slow.cost = GIB - 1;
  CHECK(run(slow, {.budget_bytes = GIB, .cpus = 2}).most_networks == 1);
}

TEST_CASE("of two cases that do not fit together one waits") {
  const Setting large{.cases = 4, .cost = 3 * GIB, .behaviour = "sleep:20"};
  const Seen seen = run(large, {.budget_bytes = 4 * GIB, .cpus = 2});
  CHECK(seen.done == 4);
  CHECK(seen.most_images == 1);
}

TEST_CASE("a case that fits by its headers goes alone, whatever the workers hold") {
  CHECK(run({.cases = 3, .cost = 900}, {.budget_bytes = 1000, .cpus = 2}).done == 3);
}
