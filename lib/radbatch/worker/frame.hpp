// How a message looks on the socket between a tool and its workers. docs/worker-protocol.md lists the
// messages.
//
// A frame is a 12-byte header and a JSON object. The header is "RADB", the protocol version, the number of
// descriptors that travel with the frame, and the length of the JSON, all little-endian. Either side drops a
// peer whose bytes do not fit: a worker that was taken over by a hostile file must not confuse the tool.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "radbatch/base/json.hpp"

namespace radbatch {

inline constexpr std::uint16_t PROTOCOL_VERSION = 1;
inline constexpr std::size_t MAX_FRAME_BYTES = std::size_t{64} << 20;
inline constexpr std::uint16_t MAX_FRAME_DESCRIPTORS = 8;

struct Frame {
  Json body;                      ///< always an object
  std::uint16_t descriptors = 0;  ///< how many of the received descriptors belong to this frame
};

std::string encode_frame(const Json& body, std::uint16_t descriptors);

/// Puts arriving bytes together to frames. Pure: no socket, so it can be fuzzed and tested.
class FrameReader {
 public:
  void feed(std::string_view bytes) { buffer_.append(bytes); }
  /// The next whole frame, or nothing yet. Throws Error(ExitCode::internal) on a wrong magic, version, length
  /// or body; the reader is of no use afterwards.
  std::optional<Frame> next();

 private:
  std::string buffer_;
};

}  // namespace radbatch
