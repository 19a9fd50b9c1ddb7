#include "radbatch/video/clip_stream.hpp"

#include <algorithm>
#include <fstream>

#include "made_clips.hpp"

using namespace radbatch;
using namespace radbatch::test;

namespace {

const std::string moving = "-f lavfi -i testsrc2=size=64x48:rate=10:duration=4 ";
const std::string h264 = "-c:v libx264 -g 10 -pix_fmt yuv420p ";

using Chapters = std::vector<std::unique_ptr<MediaBytes>>;

Chapters opened(const std::vector<std::filesystem::path>& files) {
  Chapters chapters;
  for (const auto& file : files) chapters.push_back(media_file(file));
  return chapters;
}

struct Seen {
  std::vector<std::int64_t> indices;
  std::vector<double> seconds;
  std::vector<std::vector<std::uint8_t>> pictures;
};

/// What a stream that begins at the chosen frame `begin` gives.
Seen seen_from(const Chapters& chapters, const std::string& frames, std::size_t begin) {
  ClipStream stream(chapters, {parse_frame_choice(frames), 1 << 20, std::nullopt}, begin);
  Seen seen;
  while (const auto frame = stream.next()) {
    seen.indices.push_back(frame->index);
    seen.seconds.push_back(frame->seconds);
    seen.pictures.push_back(bytes_of(frame->picture));
  }
  CHECK(stream.position() == stream.chosen());
  return seen;
}

/// Whoever begins at any of the frames gets the rest as who read them all.
void check_every_begin(const Chapters& chapters, const std::string& frames) {
  const Seen all = seen_from(chapters, frames, 0);
  for (std::size_t begin = 1; begin < all.indices.size(); ++begin) {
    CAPTURE(begin);
    const Seen rest = seen_from(chapters, frames, begin);
    const auto n = static_cast<std::ptrdiff_t>(begin);
    REQUIRE(rest.indices == std::vector(all.indices.begin() + n, all.indices.end()));
    CHECK(rest.seconds == std::vector(all.seconds.begin() + n, all.seconds.end()));
    CHECK(rest.pictures == std::vector(all.pictures.begin() + n, all.pictures.end()));
  }
}

}  // namespace

TEST_CASE("a stream that begins anywhere gives the frames of one that was read from the start") {
  if (!has_ffmpeg()) return;
  const Clips clips;
  const std::vector<std::pair<std::string, std::string>> kinds{
      {h264 + "-bf 3 ", "b-frames.mp4"},
      {h264 + "-bf 3 -x264-params open-gop=1 ", "open.mp4"},
      {h264 + "-bf 3 -x264-params open-gop=1:bframes=3:b-pyramid=normal ", "open.mkv"},
      {h264 + "-x264-params intra-refresh=1 ", "refresh.mkv"},
      {"-c:v libx265 -x265-params log-level=error:keyint=10:open-gop=1 -pix_fmt yuv420p ", "open-hevc.mp4"},
      {"-vf 'select=lt(n\\,20)+not(mod(n\\,5))' -vsync vfr " + h264, "uneven.mp4"},
      {"-c:v mpeg4 -g 10 -bf 2 ", "asp.mp4"},
      {"-c:v mpeg4 -g 10 -bf 2 ", "asp.avi"},
      {h264 + "-bf 3 ", "h264.avi"},
      {"-c:v mpeg2video -g 10 -r 25 -bf 2 ", "program.mpg"},
      {h264 + "-bf 3 ", "transport.ts"},
      {"-c:v libvpx-vp9 -g 10 -cpu-used 8 ", "vp9.webm"}};
  for (const auto& [words, name] : kinds) {
    CAPTURE(name);
    check_every_begin(opened({clips.make(moving + words, name)}), "all");
  }
}

TEST_CASE("so does one over sampled frames, over chapters, and over damage") {
  if (!has_ffmpeg()) return;
  const Clips clips;
  const auto first = clips.make(moving + h264, "GX010012.mp4");
  const auto second = clips.make(moving + "-vf negate " + h264, "GX020012.mp4");
  check_every_begin(opened({first, second}), "every=0.5s");
  std::ifstream file(clips.make(moving + h264 + "-bf 3 -movflags +faststart ", "whole.mp4"),
                     std::ios::binary);
  std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  for (std::size_t at = bytes.size() / 2; at < bytes.size() / 2 + 400; ++at) bytes[at] = 0;
  const auto damaged = clips.folder() / "damaged.mp4";
  std::ofstream(damaged, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  check_every_begin(opened({damaged}), "all");
}

TEST_CASE("a stream says where it stands and what it has read") {
  if (!has_ffmpeg()) return;
  const Clips clips;
  const Chapters chapters = opened({clips.make(moving + h264, "clip.mp4")});
  ClipStream stream(chapters, {parse_frame_choice("every=1s"), 1 << 20, std::nullopt}, 1);
  CHECK(stream.chosen() == 4);
  CHECK(stream.position() == 1);
  CHECK(stream.picture_bytes() == 64 * 48 * 3);
  CHECK(stream.next()->index == 10);
  CHECK(stream.position() == 2);
  CHECK(stream.facts().frames == 1);
  CHECK(stream.facts().source_frames == 40);
  CHECK(stream.facts().flags.empty());
}
