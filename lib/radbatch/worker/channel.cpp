#include "radbatch/worker/channel.hpp"

#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <cstring>

#include "radbatch/base/error.hpp"

namespace radbatch {
namespace {

// A worker reads its socket whenever it has nothing to do, and it is sent work only then. One that takes
// nothing for this long is stopped or stuck.
constexpr int SEND_TIMEOUT_S = 20;
// A worker that was taken over must not use up the tool's descriptors.
constexpr std::size_t MAX_WAITING_DESCRIPTORS = 4 * MAX_FRAME_DESCRIPTORS;

}  // namespace

std::pair<FileDescriptor, FileDescriptor> socket_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    throw Error(ExitCode::internal, std::string("cannot make a socket pair: ") + std::strerror(errno));
  }
  const timeval limit{SEND_TIMEOUT_S, 0};
  ::setsockopt(ends[0], SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

bool Channel::send(const Json& body, std::span<const int> descriptors) {
  const std::string frame = encode_frame(body, static_cast<std::uint16_t>(descriptors.size()));
  iovec part{const_cast<char*>(frame.data()), frame.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * MAX_FRAME_DESCRIPTORS)] = {};
  if (!descriptors.empty()) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    cmsghdr* rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(rights), descriptors.data(), descriptors.size_bytes());
  }
  while (part.iov_len > 0) {
    const ssize_t sent = ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;
    part.iov_base = static_cast<char*>(part.iov_base) + sent;
    part.iov_len -= static_cast<std::size_t>(sent);
    message.msg_control = nullptr;  // the descriptors went with the first byte
    message.msg_controllen = 0;
  }
  return true;
}

bool Channel::read_some(int flags) {
  char bytes[1 << 16];
  iovec part{bytes, sizeof bytes};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * MAX_FRAME_DESCRIPTORS)];
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t n = ::recvmsg(socket_.get(), &message, flags | MSG_CMSG_CLOEXEC);
  if (n < 0 && errno == EINTR) return true;
  if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return false;
  if (n <= 0) {
    closed_ = true;
    return false;
  }
  for (cmsghdr* part_of = CMSG_FIRSTHDR(&message); part_of; part_of = CMSG_NXTHDR(&message, part_of)) {
    if (part_of->cmsg_level != SOL_SOCKET || part_of->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part_of->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part_of) + i * sizeof(int), sizeof fd);
      arrived_.emplace_back(fd);
    }
  }
  if (arrived_.size() > MAX_WAITING_DESCRIPTORS) {
    throw Error(ExitCode::internal, "worker sends descriptors without messages");
  }
  reader_.feed({bytes, static_cast<std::size_t>(n)});
  return true;
}

std::optional<Message> Channel::take() {
  std::optional<Frame> frame = reader_.next();
  if (!frame) return std::nullopt;
  if (frame->descriptors > arrived_.size())
    throw Error(ExitCode::internal, "worker message lacks its descriptors");
  Message message{std::move(frame->body), {}};
  for (int i = 0; i < frame->descriptors; ++i) {
    message.descriptors.push_back(std::move(arrived_.front()));
    arrived_.pop_front();
  }
  return message;
}

std::optional<Message> Channel::receive() {
  for (;;) {
    if (auto message = take()) return message;
    if (!read_some(0) && closed_) return std::nullopt;
  }
}

std::optional<Message> Channel::poll() {
  for (;;) {
    if (auto message = take()) return message;
    if (!read_some(MSG_DONTWAIT)) return std::nullopt;
  }
}

}  // namespace radbatch
