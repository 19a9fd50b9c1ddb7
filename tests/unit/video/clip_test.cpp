#include "radbatch/video/clip.hpp"

#include <algorithm>
#include <fstream>

#include "error_text.hpp"
#include "made_clips.hpp"
#include "shared_data.hpp"

using namespace radbatch;
using namespace radbatch::test;

namespace {

const std::string moving = "-f lavfi -i testsrc2=size=64x48:rate=10:duration=4 ";
const std::string in_rgb =
    "scale=flags=bicubic+full_chroma_int+full_chroma_inp+accurate_rnd+bitexact,format=rgb24,";
const std::string h264 = "-c:v libx264 -g 10 -pix_fmt yuv420p ";

std::vector<std::uint8_t> file_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::filesystem::path write(const std::filesystem::path& path, std::span<const std::uint8_t> bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return path;
}

bool has_flag(const Volume& volume, const std::string& flag) {
  return std::ranges::find(volume.flags, flag) != volume.flags.end();
}

double mean_difference(const std::vector<std::uint8_t>& a, const std::vector<std::uint8_t>& b) {
  REQUIRE(a.size() == b.size());
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(a[i] - b[i]);
  return sum / static_cast<double>(a.size());
}

/// The frames at these places of ffmpeg's own.
std::vector<std::uint8_t> picked(const std::vector<std::uint8_t>& all, const Volume& volume) {
  const auto frame = static_cast<std::size_t>(volume.count() / volume.frames);
  std::vector<std::uint8_t> out;
  for (const std::int64_t i : volume.frame_indices) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(i) * frame);
    out.insert(out.end(), begin, begin + static_cast<std::ptrdiff_t>(frame));
  }
  return out;
}

}  // namespace

TEST_CASE("every container and codec gives ffmpeg's own frames, bit by bit") {
  if (!has_ffmpeg()) return;
  const Clips clips;
  const std::vector<std::pair<std::string, std::string>> kinds{
      {h264, "a.mp4"},
      {h264, "a.mkv"},
      {h264, "a.avi"},
      {h264, "a.ts"},
      {"-c:v libx264 -g 10 -bf 3 -pix_fmt yuv420p -x264-params open-gop=1 ", "open.mp4"},
      {"-c:v libx265 -x265-params log-level=error -pix_fmt yuv420p ", "b.mp4"},
      {"-c:v mpeg4 -g 10 -bf 2 ", "c.mp4"},
      {"-c:v mpeg4 -g 10 -bf 2 ", "c.avi"},
      {"-c:v mpeg2video -g 10 -r 25 -bf 2 ", "d.mpg"},
      {"-c:v mpeg2video -g 10 -r 25 ", "d.ts"},
      {"-c:v mjpeg -pix_fmt yuvj422p ", "e.avi"},
      {"-c:v mjpeg -pix_fmt yuvj420p ", "e.mov"}};
  for (const auto& [words, name] : kinds) {
    CAPTURE(name);
    const auto clip = clips.make(moving + words, name);
    const auto oracle = clips.rgb_of(clip);
    const Volume all = frames_of({clip}, "all");
    CHECK(all.frames == static_cast<std::int64_t>(oracle.size() / (64 * 48 * 3)));
    CHECK(bytes_of(all) == oracle);
    CHECK(all.flags.empty());
    for (const char* choice : {"n=5", "every=1.5s", "0,13,27,38", "37", "keyframes"}) {
      CAPTURE(choice);
      const Volume some = frames_of({clip}, choice);
      CHECK(bytes_of(some) == picked(oracle, some));
    }
  }
}

TEST_CASE("frames are chosen by the time at which they are shown") {
  if (!has_ffmpeg()) return;
  const Clips clips;
  // Ten frames a second, then from the 20th on every fifth is left: two a second.
  const auto uneven =
      clips.make(moving + "-vf 'select=lt(n\\,20)+not(mod(n\\,5))' -vsync vfr " + h264, "v.mp4");
  const Volume all = frames_of({uneven}, "all");
  CHECK(all.frames == 24);
  CHECK(all.frame_times_s[19] == doctest::Approx(1.9));
  CHECK(all.frame_times_s[23] == doctest::Approx(3.5));
  CHECK(frames_of({uneven}, "every=1s").frame_times_s == std::vector<double>{0, 1, 2, 3});
  const Volume four = frames_of({uneven}, "n=4");
  CHECK(canonical(four.frame_indices) == "[4,13,20,22]");
  CHECK(four.source_frames == 24);
  CHECK(bytes_of(four) == picked(clips.rgb_of(uneven), four));
}

TEST_CASE("rotation and the shape of pixels are honoured as ffmpeg does") {
  if (!has_ffmpeg()) return;
  const Clips clips;
  const auto upright = clips.make(moving + h264, "upright.mp4");
  // ffmpeg writes this metadata as a turn to the left.
  const std::vector<std::tuple<std::string, int, std::string>> turns{
      {"90", 270, "transpose=cclock"}, {"180", 180, "hflip,vflip"}, {"270", 90, "transpose=clock"}};
  for (const auto& [metadata, clockwise, filter] : turns) {
    CAPTURE(clockwise);
    const auto turned = clips.make("-i '" + upright.string() + "' -c copy -metadata:s:v rotate=" + metadata,
                                   "turned" + metadata + ".mp4");
    const Volume volume = frames_of({turned}, "all");
    // ffmpeg turns first and converts the colour then, which mixes other neighbours at edges of colour.
    CHECK(mean_difference(bytes_of(volume), clips.rgb_of(turned)) < 2);
    CHECK(bytes_of(volume) == clips.rgb_of(upright, in_rgb + filter));
    CHECK(volume.size[0] == (clockwise == 180 ? 64 : 48));
    CHECK(probe(turned)["rotation_degrees"] == clockwise);
  }
  const auto wide = clips.make(moving + "-vf setsar=2 " + h264, "wide.mp4");
  CHECK(frames_of({wide}, "0").size == std::array<std::int64_t, 3>{128, 48, 1});
  CHECK(bytes_of(frames_of({wide}, "all")).size() == clips.rgb_of(wide, "scale=iw*sar:ih,setsar=1").size());
  const auto tall = clips.make(moving + "-vf setsar=1/2 " + h264, "tall.mp4");
  CHECK(frames_of({tall}, "0").size == std::array<std::int64_t, 3>{64, 96, 1});
}

TEST_CASE("colour range and matrix are converted") {
  if (!has_ffmpeg()) return;
  const Clips clips;
  const std::string red = "-f lavfi -i color=c=0xC81E32:size=64x48:rate=5:duration=1 ";
  for (const char* matrix : {"bt709", "smpte170m"}) {
    for (const char* range : {"tv", "pc"}) {
      CAPTURE(matrix);
      CAPTURE(range);
      const std::string out = std::string(matrix) == "bt709" ? "bt709" : "smpte170m";
      const auto clip = clips.make(red + "-vf scale=out_color_matrix=" + out + ":out_range=" + range +
                                       ",format=yuv444p -c:v libx264 -qp 1 -colorspace " + matrix +
                                       " -color_range " + range,
                                   std::string(matrix) + range + ".mp4");
      const std::vector<std::uint8_t> rgb = bytes_of(frames_of({clip}, "2"));
      CHECK(std::abs(rgb[0] - 0xC8) <= 2);
      CHECK(std::abs(rgb[1] - 0x1E) <= 3);  // 8-bit colour differences hold no more
      CHECK(std::abs(rgb[2] - 0x32) <= 2);
    }
  }
  const auto grey =
      clips.make("-f lavfi -i testsrc2=size=64x48:rate=5:duration=1 -pix_fmt gray -c:v ffv1", "g.mkv");
  const Volume volume = frames_of({grey}, "all");
  CHECK(volume.channels == 1);
  CHECK(volume.colour == "grey, full range");
}

TEST_CASE("a recording that was cut off gives what it holds and says so") {
  if (!has_ffmpeg()) return;
  const Clips clips;
  for (const auto& [words, name] : std::vector<std::pair<std::string, std::string>>{
           {h264 + "-movflags +faststart ", "cut.mp4"}, {h264, "cut.mkv"}, {"-c:v mpeg4 ", "cut.avi"}}) {
    CAPTURE(name);
    const auto whole = clips.make(moving + words, name);
    std::vector<std::uint8_t> bytes = file_bytes(whole);
    bytes.resize(bytes.size() * 6 / 10);
    const Volume held = frames_of({write(clips.folder() / ("half-" + name), bytes)}, "all");
    CHECK(held.frames > 10);
    CHECK(held.frames < 40);
    CHECK(has_flag(held, "W_TRUNCATED_VIDEO"));
    CHECK(bytes_of(held) == picked(clips.rgb_of(whole), held));
  }
}

TEST_CASE("what is no recording is refused by name") {
  if (!has_ffmpeg()) return;
  const Clips clips;
  const auto sound = clips.make("-f lavfi -i sine=duration=1 -c:a aac", "sound.mp4");
  CHECK(error_of([&] { probe(sound); }) == "E_NOT_IMAGE: a recording without pictures");
  const auto whole = clips.make(moving + h264, "whole.mp4");
  std::vector<std::uint8_t> bytes = file_bytes(whole);
  const std::span<const std::uint8_t> all(bytes);
  CHECK(error_of([&] {
          probe(write(clips.folder() / "cut.mp4", all.first(bytes.size() / 2)));
        }).starts_with("E_TRUNCATED_PIXELS: the MP4 or MOV file has no usable index (moov)"));
  CHECK(error_of([&] { frames_of({whole}, "3,40"); }) ==
        "E_DIMENSION: frame 40 is asked for, the clip has 40 frames (counted from 0)");
  CHECK(error_of([&] { frames_of({whole}, "all", 1000); }) ==
        "E_TOO_LARGE: 40 frames of 64 x 48 need 360.0 KiB, 1000 bytes allowed [take fewer with --frames, "
        "e.g. n=32 or "
        "every=5s]");
  const auto playlist = clips.folder() / "list.m3u8";
  std::ofstream(playlist) << "#EXTM3U\n#EXTINF:4,\nwhole.mp4\n#EXT-X-ENDLIST\n";
  CHECK(error_of([&] { probe(playlist); }).starts_with("E_BAD_HEADER: the recording cannot be opened"));
}

TEST_CASE("chapters of one recording follow each other") {
  if (!has_ffmpeg()) return;
  const Clips clips;
  const auto first = clips.make(moving + h264, "GX010012.mp4");
  const auto second = clips.make(moving + "-vf negate " + h264, "GX020012.mp4");
  const Volume clip = frames_of({first, second}, "every=3s");
  CHECK(clip.frame_times_s == std::vector<double>{0, 3, 6});
  CHECK(clip.frame_indices == std::vector<std::int64_t>{0, 30, 60});
  CHECK(clip.source_frames == 80);
  std::vector<std::uint8_t> oracle = clips.rgb_of(first);
  std::ranges::copy(clips.rgb_of(second), std::back_inserter(oracle));
  CHECK(bytes_of(clip) == picked(oracle, clip));
  const auto other = clips.make("-f lavfi -i testsrc2=size=32x48:rate=10:duration=1 " + h264, "other.mp4");
  CHECK(error_of([&] {
          frames_of({first, other}, "all");
        }) == "E_BAD_HEADER: chapter 2 has frames of 32 x 48, the first one of 64 x 48");
}

TEST_CASE("frames can be had one by one, with memory for one") {
  if (!has_ffmpeg()) return;
  const Clips clips;
  const auto clip = clips.make(moving + h264, "clip.mp4");
  const Volume all = frames_of({clip}, "n=6");
  std::vector<std::unique_ptr<MediaBytes>> chapters;
  chapters.push_back(media_file(clip));
  std::vector<std::uint8_t> seen;
  const Volume facts = read_clip_frames(chapters, {parse_frame_choice("n=6"), 64 * 48 * 3, std::nullopt},
                                        [&](const Volume& frame) {
                                          CHECK(frame.frames == 1);
                                          std::ranges::copy(bytes_of(frame), std::back_inserter(seen));
                                        });
  CHECK(seen == bytes_of(all));
  CHECK(facts.frame_times_s == all.frame_times_s);
  CHECK(facts.samples.size() == 0);
}

TEST_CASE("interlaced recordings are marked") {
  if (!has_ffmpeg()) return;
  const Clips clips;
  const auto clip = clips.make(moving + "-r 25 -c:v mpeg2video -flags +ildct+ilme -top 1", "i.mpg");
  CHECK(frames_of({clip}, "n=3").flags == std::vector<std::string>{"W_INTERLACED_VIDEO"});
}

TEST_CASE("the surgical clip is ffmpeg's, frame by frame") {
  std::filesystem::path data;
  if (!has_ffmpeg() || !has_shared_data(data)) return;
  const auto clip = data / "video/davinci-surgery.mp4";
  const Clips clips;
  const Volume volume = frames_of({clip}, "default");
  CHECK(volume.size == std::array<std::int64_t, 3>{1920, 1080, 1});
  CHECK(volume.frames == 20);
  CHECK(volume.frame_times_s[19] == doctest::Approx(1.9));
  CHECK(volume.colour == "BT.601 (not stated), limited range");
  CHECK(bytes_of(volume) == clips.rgb_of(clip));
}
