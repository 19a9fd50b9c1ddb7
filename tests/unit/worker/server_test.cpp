#include "radbatch/worker/server.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

#include "error_text.hpp"

using namespace radbatch;

namespace {

Json handle(const Json& request, WorkerContext& context) {
  const std::string op = request.value("op", "");
  if (op == "refuse") throw Error(Reason::slice_gap, "a slice is missing", "complete the series");
  if (op == "fault") throw Error(ExitCode::device, "no GPU", "use --device cpu");
  if (op == "memory") throw std::bad_alloc();
  if (op == "defect") throw std::runtime_error("unexpected");
  if (op == "fill") {
    context.buffers.bytes(request["buffer"]["id"])[0] = std::byte{7};
    return {{"descriptors", context.descriptors.size()}};
  }
  return {{"echo", op}};
}

/// A worker in a child process, as a tool sees it.
class Child {
 public:
  Child() : Child(socket_pair()) {}
  ~Child() { end(); }

  Json ask(Json request, std::span<const int> descriptors = {}) {
    channel_.send(request, descriptors);
    const std::optional<Message> answer = channel_.receive();
    return answer ? answer->body : Json("closed");
  }

  Json next() { return channel_.receive()->body; }

  int end() {
    channel_ = Channel(FileDescriptor());
    int status = 0;
    if (pid_ > 0) ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return status;
  }

 private:
  explicit Child(std::pair<FileDescriptor, FileDescriptor> ends) : channel_(std::move(ends.first)) {
    pid_ = ::fork();
    if (pid_ == 0) {
      const int socket = ::fcntl(ends.second.get(), F_DUPFD, 100);
      for (int fd = 3; fd < 100; ++fd) ::close(fd);
      ::dup2(socket, WORKER_SOCKET_FD);
      ::close(socket);
      ::_exit(serve_worker({{"worker", "test"}}, handle));
    }
  }

  Channel channel_;
  pid_t pid_ = -1;
};

}  // namespace

TEST_CASE("a worker says hello, answers with the request's id and ends with its socket") {
  Child worker;
  CHECK(worker.next() == Json{{"op", "hello"}, {"worker", "test"}});
  CHECK(worker.ask({{"op", "a"}, {"id", 1}}) == Json{{"id", 1}, {"echo", "a"}});
  CHECK(worker.ask({{"op", "b"}, {"id", 2}}) == Json{{"id", 2}, {"echo", "b"}});
  CHECK(worker.end() == 0);
}

TEST_CASE("whatever a handler throws becomes an answer, and the worker goes on") {
  Child worker;
  worker.next();
  CHECK(
      canonical(worker.ask({{"op", "refuse"}, {"id", 1}})) ==
      R"({"error":{"code":"E_SLICE_GAP","detail":"a slice is missing","hint":"complete the series"},"id":1})");
  CHECK(canonical(worker.ask({{"op", "fault"}, {"id", 2}})) ==
        R"({"fault":{"exit":5,"hint":"use --device cpu","message":"no GPU"},"id":2})");
  CHECK(
      canonical(worker.ask({{"op", "memory"}, {"id", 3}})) ==
      R"({"error":{"code":"E_OUT_OF_MEMORY","detail":"the worker's memory limit was reached","hint":""},"id":3})");
  CHECK(canonical(worker.ask({{"op", "defect"}, {"id", 4}})) ==
        R"({"fault":{"exit":1,"hint":"","message":"worker: unexpected"},"id":4})");
  CHECK(worker.ask({{"op", "c"}, {"id", 5}})["echo"] == "c");
}

TEST_CASE("a buffer's descriptor comes once, other descriptors go to the handler") {
  Child worker;
  worker.next();
  BufferPool pool;
  const auto buffer = pool.lease(10);
  Json request = {
      {"op", "fill"}, {"id", 1}, {"buffer", {{"id", buffer->id}, {"bytes", buffer->bytes}, {"new", true}}}};
  const std::array<int, 2> both{buffer->fd.get(), buffer->fd.get()};
  CHECK(worker.ask(request, both) == Json{{"id", 1}, {"descriptors", 1}});
  CHECK(Mapping(buffer->fd.get(), buffer->bytes).bytes()[0] == std::byte{7});
  request["buffer"]["new"] = false;
  CHECK(worker.ask(request)["descriptors"] == 0);
  request["buffer"]["new"] = true;
  CHECK(worker.ask(request)["fault"]["message"] == "a new buffer came without its descriptor");
  request["buffer"]["new"] = false;
  request["drop"] = {buffer->id};
  CHECK(worker.ask(request)["fault"]["message"] == "buffer 1 was never sent to this worker");
}
