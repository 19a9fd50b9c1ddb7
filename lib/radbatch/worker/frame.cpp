#include "radbatch/worker/frame.hpp"

#include <bit>
#include <cstring>

#include "radbatch/base/error.hpp"

namespace radbatch {
namespace {

static_assert(std::endian::native == std::endian::little, "frames are written as the processor keeps them");

struct Header {
  char magic[4];
  std::uint16_t version;
  std::uint16_t descriptors;
  std::uint32_t length;
};
static_assert(sizeof(Header) == 12);

// No message is deeper than a file record within a request; copying a hostile one would exhaust the stack.
constexpr int MAX_DEPTH = 64;

Json parse_body(std::string_view text) {
  bool too_deep = false;
  const auto limit = [&](int depth, Json::parse_event_t, Json&) {
    too_deep = too_deep || depth > MAX_DEPTH;
    return !too_deep;
  };
  Json body = Json::parse(text, limit, false);
  if (too_deep) throw Error(ExitCode::internal, "worker message is nested too deeply");
  if (!body.is_object()) throw Error(ExitCode::internal, "worker message is not a JSON object");
  return body;
}

}  // namespace

std::string encode_frame(const Json& body, std::uint16_t descriptors) {
  const std::string text = canonical(body);
  if (text.size() > MAX_FRAME_BYTES) throw Error(ExitCode::internal, "a worker message exceeds 64 MiB");
  if (descriptors > MAX_FRAME_DESCRIPTORS)
    throw Error(ExitCode::internal, "a worker message has too many descriptors");
  const Header header{
      {'R', 'A', 'D', 'B'}, PROTOCOL_VERSION, descriptors, static_cast<std::uint32_t>(text.size())};
  std::string frame(sizeof header, '\0');
  std::memcpy(frame.data(), &header, sizeof header);
  return frame + text;
}

std::optional<Frame> FrameReader::next() {
  if (buffer_.size() < sizeof(Header)) return std::nullopt;
  Header header;
  std::memcpy(&header, buffer_.data(), sizeof header);
  if (std::memcmp(header.magic, "RADB", 4) != 0)
    throw Error(ExitCode::internal, "worker message without its mark");
  if (header.version != PROTOCOL_VERSION) {
    throw Error(ExitCode::internal, "worker speaks protocol " + std::to_string(header.version) + ", not " +
                                        std::to_string(PROTOCOL_VERSION));
  }
  if (header.length > MAX_FRAME_BYTES || header.descriptors > MAX_FRAME_DESCRIPTORS) {
    throw Error(ExitCode::internal, "worker message of impossible size");
  }
  if (buffer_.size() < sizeof header + header.length) return std::nullopt;
  Frame frame{parse_body(std::string_view(buffer_).substr(sizeof header, header.length)), header.descriptors};
  buffer_.erase(0, sizeof header + header.length);
  return frame;
}

}  // namespace radbatch
