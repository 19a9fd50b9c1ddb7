#include "radbatch/worker/channel.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "error_text.hpp"

using namespace radbatch;
using namespace radbatch::test;

namespace {

struct Pair {
  Pair() : Pair(socket_pair()) {}
  explicit Pair(std::pair<FileDescriptor, FileDescriptor> ends)
      : tool(std::move(ends.first)), worker(std::move(ends.second)) {}
  Channel tool, worker;
};

FileDescriptor file_with(const std::string& text) {
  FileDescriptor file(::memfd_create("test", MFD_CLOEXEC));
  write_all(file.get(), text);
  return file;
}

std::string content_of(const FileDescriptor& file) {
  std::array<char, 64> bytes{};
  const ssize_t n = ::pread(file.get(), bytes.data(), bytes.size(), 0);
  return {bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(n, 0))};
}

}  // namespace

TEST_CASE("messages go both ways") {
  Pair pair;
  CHECK(pair.tool.send({{"op", "ping"}}));
  CHECK(pair.worker.receive()->body == Json{{"op", "ping"}});
  CHECK(pair.worker.send({{"id", 1}}));
  CHECK(pair.tool.poll()->body == Json{{"id", 1}});
}

TEST_CASE("poll does not wait, and tells an empty socket from a closed one") {
  Pair pair;
  CHECK_FALSE(pair.tool.poll().has_value());
  CHECK_FALSE(pair.tool.closed());
  pair.worker.send({{"last", true}});
  pair.worker = Channel(FileDescriptor());
  CHECK(pair.tool.poll()->body == Json{{"last", true}});
  CHECK_FALSE(pair.tool.poll().has_value());
  CHECK(pair.tool.closed());
  CHECK_FALSE(pair.tool.receive().has_value());
  CHECK_FALSE(pair.tool.send({{"op", "ping"}}));
}

TEST_CASE("descriptors travel with their own message and are close-on-exec") {
  Pair pair;
  const FileDescriptor a = file_with("a"), b = file_with("b"), c = file_with("c");
  const std::array<int, 2> two{a.get(), b.get()};
  const std::array<int, 1> one{c.get()};
  pair.tool.send({{"n", 1}}, two);
  pair.tool.send({{"n", 2}});
  pair.tool.send({{"n", 3}}, one);
  const auto first = pair.worker.receive(), second = pair.worker.receive(), third = pair.worker.receive();
  REQUIRE(first->descriptors.size() == 2);
  CHECK(content_of(first->descriptors[0]) == "a");
  CHECK(content_of(first->descriptors[1]) == "b");
  CHECK(second->descriptors.empty());
  REQUIRE(third->descriptors.size() == 1);
  CHECK(content_of(third->descriptors[0]) == "c");
  CHECK((::fcntl(third->descriptors[0].get(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("a message larger than the socket's buffer arrives while the other side reads") {
  Pair pair;
  const Json large = {{"text", std::string(5 << 20, 'x')}};
  std::thread sender([&] { CHECK(pair.worker.send(large)); });
  const std::optional<Message> message = pair.tool.receive();
  sender.join();
  CHECK(message->body == large);
}

TEST_CASE("a message that names more descriptors than came is refused") {
  auto [mine, theirs] = socket_pair();
  Channel channel(std::move(mine));
  write_all(theirs.get(), encode_frame({{"id", 1}}, 1));
  CHECK(error_of([&] { channel.poll(); }) == "1: worker message lacks its descriptors");
}

TEST_CASE("descriptors without messages are refused before they run out") {
  Pair pair;
  const FileDescriptor file = file_with("x");
  const std::array<int, 8> many{file.get(), file.get(), file.get(), file.get(),
                                file.get(), file.get(), file.get(), file.get()};
  // A frame's header announces 8 descriptors and a body that never ends.
  std::string said;
  for (int i = 0; i < 6; ++i) {
    iovec part{const_cast<char*>(i == 0 ? "RADB\1\0\0\0\0\0\0\1" : "            "), 12};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof many)] = {};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof many);
    std::copy_n(reinterpret_cast<const char*>(many.data()), sizeof many,
                reinterpret_cast<char*>(CMSG_DATA(rights)));
    REQUIRE(::sendmsg(pair.worker.fd(), &message, 0) == 12);
  }
  CHECK(error_of([&] { pair.tool.poll(); }) == "1: worker sends descriptors without messages");
}
