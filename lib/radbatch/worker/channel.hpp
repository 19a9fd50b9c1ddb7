// One end of the socket between a tool and a worker: frames and the descriptors that travel with them.
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "radbatch/base/file_descriptor.hpp"
#include "radbatch/worker/frame.hpp"

namespace radbatch {

struct Message {
  Json body;
  std::vector<FileDescriptor> descriptors;
};

class Channel {
 public:
  explicit Channel(FileDescriptor socket) : socket_(std::move(socket)) {}

  int fd() const { return socket_.get(); }
  /// Sends one frame; returns false when the peer is gone or takes nothing for `SEND_TIMEOUT_S`.
  bool send(const Json& body, std::span<const int> descriptors = {});
  /// Waits for a whole message; nothing when the peer has closed. Throws Error(ExitCode::internal) on a bad
  /// frame.
  std::optional<Message> receive();
  /// Takes what has arrived without waiting. `closed()` tells whether the peer is gone.
  std::optional<Message> poll();
  bool closed() const { return closed_; }

 private:
  bool read_some(int flags);
  std::optional<Message> take();

  FileDescriptor socket_;
  FrameReader reader_;
  std::deque<FileDescriptor> arrived_;
  bool closed_ = false;
};

/// A connected pair of close-on-exec sockets.
std::pair<FileDescriptor, FileDescriptor> socket_pair();

}  // namespace radbatch
