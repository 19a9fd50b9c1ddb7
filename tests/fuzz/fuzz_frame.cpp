// Frames from a worker that was taken over: fed in two pieces, as a socket may deliver them.
#include "radbatch/worker/frame.hpp"
#include "target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return radbatch::fuzz::refuses_only_by_error(data, size, [](std::string_view text) {
    radbatch::FrameReader reader;
    reader.feed(text.substr(0, text.size() / 2));
    while (reader.next()) {
    }
    reader.feed(text.substr(text.size() / 2));
    while (const auto frame = reader.next()) {
      const std::string again = radbatch::encode_frame(frame->body, frame->descriptors);
      if (again.empty()) __builtin_trap();
    }
  });
}
