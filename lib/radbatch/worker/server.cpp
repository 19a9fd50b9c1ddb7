#include "radbatch/worker/server.hpp"

#include <sys/resource.h>

#include <filesystem>
#include <new>
#include <vector>

#include "radbatch/base/error.hpp"
#include "radbatch/worker/sandbox.hpp"

namespace radbatch {
namespace {

Json error_answer(const Error& problem) {
  if (problem.reason()) {
    return {{"error",
             {{"code", code(*problem.reason())}, {"detail", problem.message()}, {"hint", problem.hint()}}}};
  }
  return {{"fault",
           {{"exit", static_cast<int>(problem.exit_code())},
            {"message", problem.message()},
            {"hint", problem.hint()}}}};
}

Json answer_to(const Json& request, WorkerContext& context, const WorkerHandler& handler) {
  try {
    return handler(request, context);
  } catch (const Error& problem) {
    return error_answer(problem);
  } catch (const std::bad_alloc&) {
    return error_answer(Error(Reason::out_of_memory, "the worker's memory limit was reached"));
  } catch (const std::exception& problem) {
    return error_answer(Error(ExitCode::internal, std::string("worker: ") + problem.what()));
  }
}

/// Shared buffers come as {"buffer": {"id", "bytes"}}; the first time with their descriptor.
void take_buffer(const Json& request, std::vector<FileDescriptor>& descriptors, BufferMap& buffers) {
  for (const Json& id : request.value("drop", Json::array())) buffers.drop(id.get<std::uint64_t>());
  if (!request.contains("buffer") || !request["buffer"].value("new", false)) return;
  if (descriptors.empty()) throw Error(ExitCode::internal, "a new buffer came without its descriptor");
  buffers.add(request["buffer"].at("id").get<std::uint64_t>(), std::move(descriptors.front()),
              request["buffer"].at("bytes").get<std::size_t>());
  descriptors.erase(descriptors.begin());
}

/// The next request; until it comes, what can be done ahead is done.
std::optional<Message> next_request(Channel& channel, const WorkAhead& work_ahead) {
  while (work_ahead) {
    if (auto message = channel.poll()) return message;
    if (channel.closed()) return std::nullopt;
    if (!work_ahead()) break;
  }
  return channel.receive();
}

}  // namespace

void grow_stack() {
  rlimit own{};
  if (::getrlimit(RLIMIT_STACK, &own) != 0 || own.rlim_max == RLIM_INFINITY) return;
  own.rlim_cur = own.rlim_max;
  ::setrlimit(RLIMIT_STACK, &own);
}

Json confine(const Json& setup) {
  Json enforced = enter_sandbox();
  // What libraries open late: character set converters, time zones, processor facts.
  std::vector<std::filesystem::path> folders{"/usr", "/lib", "/lib64", "/etc", "/proc", "/sys", "/dev"};
  const Json named = setup.value("read_only", Json::array());
  for (const Json& folder : named) folders.emplace_back(path_from_json(folder));
  enforced["read_only"] = !named.empty() && enforced.value("landlock", 0) > 0 && restrict_reading_to(folders);
  return enforced;
}

int serve_worker(const Json& facts, const WorkerHandler& handler, const WorkAhead& work_ahead) {
  Channel channel{FileDescriptor(WORKER_SOCKET_FD)};
  BufferMap buffers;
  Json hello = facts;
  hello["op"] = "hello";
  if (!channel.send(hello)) return 0;
  while (std::optional<Message> message = next_request(channel, work_ahead)) {
    WorkerContext context{buffers, message->descriptors};
    Json answer = answer_to(message->body, context, [&](const Json& request, WorkerContext& with) {
      take_buffer(request, with.descriptors, buffers);
      return handler(request, with);
    });
    answer["id"] = message->body.value("id", 0);
    if (!channel.send(answer)) break;
  }
  return 0;
}

}  // namespace radbatch
