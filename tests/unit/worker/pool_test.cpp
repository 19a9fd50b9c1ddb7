#include "radbatch/worker/pool.hpp"

#include <doctest/doctest.h>

#include "error_text.hpp"

using namespace radbatch;
using namespace radbatch::test;

TEST_CASE("a fault that a worker reports ends the run with its exit status") {
  CHECK(error_of([] {
          throw_fault({{"fault", {{"exit", 4}, {"message", "wrong hash"}, {"hint", "fetch it again"}}}});
        }) == "4: wrong hash [fetch it again]");
  CHECK(error_of([] { throw_fault({{"fault", Json::object()}}); }) == "1: worker fault");
  CHECK(error_of([] { throw_fault({{"error", {{"code", "E_IO"}}}}); }) == "nothing thrown");
}

TEST_CASE("slots are idle until asked, and start nothing before") {
  WorkerPool pool;
  CHECK(pool.add({"image", "/nowhere/image", {}, {}}, {}) == 0);
  CHECK(pool.add({"classify", "/nowhere/classify", {}, {}}, {}) == 1);
  CHECK(pool.idle("image") == std::size_t{0});
  CHECK(pool.idle("classify") == std::size_t{1});
  CHECK(pool.idle("video") == std::nullopt);
  CHECK_FALSE(pool.busy());
  CHECK(pool.pids().empty());
}

TEST_CASE("a worker that is not installed is named") {
  WorkerPool pool;
  pool.add({"image", "/nowhere/radbatch-image-worker", {}, {}}, {});
  CHECK(error_of([&] {
          pool.send(0, {{{"op", "ping"}}});
        }) ==
        "1: the worker /nowhere/radbatch-image-worker is missing [install radbatch again, or set "
        "RADBATCH_WORKERS to "
        "the folder that holds it]");
}

TEST_CASE("a program that is no worker ends the run, a program that talks nonsense too") {
  WorkerPool pool;
  pool.add({"image", "/bin/true", {}, {}}, {});
  pool.send(0, {{{"op", "ping"}}});
  CHECK(error_of([&] { pool.wait(std::chrono::seconds(10)); }) ==
        "1: the image worker ended (exit status 0) before it was ready");
  WorkerPool talker;
  talker.add({"image", "/bin/sh", {"-c", "echo 'no frame at all' >&3; sleep 5"}, {}}, {});
  talker.send(0, {{{"op", "ping"}}});
  CHECK(error_of([&] { talker.wait(std::chrono::seconds(10)); }) == "1: worker message without its mark");
}

TEST_CASE("an answer to what was not asked ends the worker, not the run") {
  const auto answers = [](const std::string& ids) {
    std::string script;
    for (char id : ids)
      script += std::string(R"(printf 'RADB\001\000\000\000\010\000\000\000{"id":)") + id + R"(}' >&3; )";
    return WorkerSpec{"image", "/bin/sh", {"-c", script + "sleep 5"}, {}};
  };
  WorkerPool twice;
  twice.add(answers("011"), {});
  twice.send(0, {{{"op", "ping"}}});
  std::vector<WorkerEvent> events;
  for (int tries = 0; tries < 100 && (events.empty() || !twice.pids().empty()); ++tries) {
    for (WorkerEvent& event : twice.wait(std::chrono::milliseconds(100))) events.push_back(std::move(event));
  }
  REQUIRE(events.size() == 1);
  CHECK(events[0].kind == WorkerEvent::Kind::answer);
  CHECK(twice.pids().empty());
  WorkerPool other;
  other.add(answers("05"), {});
  other.send(0, {{{"op", "ping"}}});
  events.clear();
  for (int tries = 0; tries < 100 && events.empty(); ++tries)
    events = other.wait(std::chrono::milliseconds(100));
  REQUIRE(events.size() == 1);
  CHECK(events[0].kind == WorkerEvent::Kind::died);
}
