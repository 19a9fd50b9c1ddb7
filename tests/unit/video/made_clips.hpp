// Clips made by the ffmpeg program, and its own frames of them: the oracle.
#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "radbatch/video/clip.hpp"
#include "temporary_folder.hpp"

namespace radbatch::test {

/// Says so when the program is not there: the test then has nothing to compare with.
inline bool has_ffmpeg() {
  static const bool there = std::system("ffmpeg -version >/dev/null 2>&1") == 0;
  if (!there) MESSAGE("skipped: no ffmpeg program");
  return there;
}

class Clips {
 public:
  /// Runs ffmpeg with these words and the name of a file in the test's folder at the end.
  std::filesystem::path make(const std::string& words, const std::string& name) const {
    const std::filesystem::path path = folder_ / name;
    run(words + " '" + path.string() + "'");
    return path;
  }
  /// Every frame that ffmpeg itself decodes, as RGB, with the arithmetic that radbatch asks for.
  std::vector<std::uint8_t> rgb_of(const std::filesystem::path& clip,
                                   const std::string& filter = "null") const {
    const std::filesystem::path raw = folder_ / "oracle.rgb";
    run("-i '" + clip.string() + "' -vsync passthrough -vf '" + filter +
        ",scale=flags=bicubic+full_chroma_int+full_chroma_inp+accurate_rnd+bitexact' -pix_fmt rgb24 -f "
        "rawvideo '" +
        raw.string() + "'");
    std::ifstream file(raw, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::filesystem::path folder() const { return folder_.path(); }

 private:
  static void run(const std::string& words) {
    const std::string command = "ffmpeg -nostdin -v error -y " + words;
    REQUIRE_MESSAGE(std::system(command.c_str()) == 0, command);
  }
  TemporaryFolder folder_;
};

inline Volume frames_of(std::vector<std::filesystem::path> files, const std::string& frames,
                        std::uint64_t max_bytes = 1 << 30) {
  std::vector<std::unique_ptr<MediaBytes>> chapters;
  for (const auto& file : files) chapters.push_back(media_file(file));
  return read_clip(chapters, {parse_frame_choice(frames), max_bytes, std::nullopt});
}

inline std::vector<std::uint8_t> bytes_of(const Volume& volume) {
  const auto samples = volume.samples.as<std::uint8_t>().first(static_cast<std::size_t>(volume.count()));
  return {samples.begin(), samples.end()};
}

inline Json probe(const std::filesystem::path& file) {
  const auto bytes = media_file(file);
  return probe_clip(*bytes);
}

}  // namespace radbatch::test
