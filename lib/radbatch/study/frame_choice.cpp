#include "radbatch/study/frame_choice.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/study/attributes.hpp"

namespace radbatch {
namespace {

// Times of containers are rational numbers that seconds hold only nearly.
constexpr double same_time = 1e-6;

[[noreturn]] void unknown(const std::string& text) {
  throw Error(ExitCode::usage, "expected n=32, every=0.5s, all, keyframes or a list like 0,30,60, not '" +
                                   printable(text) + "'");
}

template <class Number>
std::optional<Number> number_in(std::string_view text) {
  Number number{};
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

double seconds_in(std::string_view text, const std::string& whole) {
  double unit = 1;
  if (text.ends_with("ms")) {
    unit = 1e-3;
    text.remove_suffix(2);
  } else if (text.ends_with("s")) {
    text.remove_suffix(1);
  }
  const auto number = number_in<double>(text);
  if (!number || !(*number * unit >= 1e-3) || !(*number * unit < 1e9)) unknown(whole);
  return *number * unit;
}

std::string shortest(double value) {
  std::array<char, 32> digits{};
  return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr};
}

/// The frame that is shown at `t`.
std::size_t shown_at(double t, std::span<const double> seconds) {
  const auto after = std::ranges::upper_bound(seconds, t + same_time);
  return after == seconds.begin() ? 0 : static_cast<std::size_t>(after - seconds.begin()) - 1;
}

std::vector<std::size_t> listed(const FrameChoice& choice, std::size_t n) {
  std::vector<std::size_t> frames;
  for (const std::int64_t index : choice.indices) {
    if (static_cast<std::size_t>(index) >= n) {
      throw Error(Reason::dimension, "frame " + std::to_string(index) + " is asked for, the clip has " +
                                         counted(n, "frame") + " (counted from 0)");
    }
    frames.push_back(static_cast<std::size_t>(index));
  }
  return frames;
}

std::vector<std::size_t> every(const std::vector<double>& at, const FrameTimes& times) {
  std::vector<std::size_t> frames;
  for (const double t : at) {
    const std::size_t frame = shown_at(t, times.seconds);
    if (frames.empty() || frames.back() != frame) frames.push_back(frame);
  }
  return frames;
}

}  // namespace

FrameChoice parse_frame_choice(const std::string& text) {
  FrameChoice choice;
  if (text == "default") return choice;
  choice.is_default = false;
  if (text == "all") {
    choice.kind = FrameChoice::Kind::all;
  } else if (text == "keyframes") {
    choice.kind = FrameChoice::Kind::keyframes;
  } else if (text.starts_with("n=")) {
    choice.count = number_in<std::int64_t>(std::string_view(text).substr(2)).value_or(0);
    if (choice.count < 1) unknown(text);
  } else if (text.starts_with("every=")) {
    choice.kind = FrameChoice::Kind::every;
    choice.seconds = seconds_in(std::string_view(text).substr(6), text);
  } else {
    choice.kind = FrameChoice::Kind::list;
    for (const std::string& part : split(text, ',')) {
      choice.indices.push_back(number_in<std::int64_t>(part).value_or(-1));
      if (choice.indices.back() < 0) unknown(text);
    }
    std::ranges::sort(choice.indices);
    const auto doubles = std::ranges::unique(choice.indices);
    choice.indices.erase(doubles.begin(), doubles.end());
  }
  return choice;
}

std::string to_text(const FrameChoice& choice) {
  if (choice.is_default) return "default";
  std::string list;
  switch (choice.kind) {
    case FrameChoice::Kind::count:
      return "n=" + std::to_string(choice.count);
    case FrameChoice::Kind::every:
      return "every=" + shortest(choice.seconds) + "s";
    case FrameChoice::Kind::all:
      return "all";
    case FrameChoice::Kind::keyframes:
      return "keyframes";
    case FrameChoice::Kind::list:
      break;
  }
  for (const std::int64_t index : choice.indices) list += (list.empty() ? "" : ",") + std::to_string(index);
  return list;
}

std::vector<std::size_t> chosen_frames(const FrameChoice& choice, const FrameTimes& times) {
  const std::size_t n = times.seconds.size();
  std::vector<std::size_t> frames;
  std::vector<double> at;
  switch (choice.kind) {
    case FrameChoice::Kind::list:
      return listed(choice, n);
    case FrameChoice::Kind::keyframes:
      for (std::size_t i = 0; i < n; ++i) {
        if (times.is_key[i]) frames.push_back(i);
      }
      return frames;
    case FrameChoice::Kind::every:
      for (double t = 0; t < times.end - same_time || at.empty();
           t = choice.seconds * static_cast<double>(at.size())) {
        at.push_back(t);
      }
      return every(at, times);
    case FrameChoice::Kind::count:
      if (static_cast<std::size_t>(choice.count) < n) {
        for (std::int64_t i = 0; i < choice.count; ++i) {
          at.push_back((static_cast<double>(i) + 0.5) * times.end / static_cast<double>(choice.count));
        }
        return every(at, times);
      }
      [[fallthrough]];
    case FrameChoice::Kind::all:
      for (std::size_t i = 0; i < n; ++i) frames.push_back(i);
      break;
  }
  return frames;
}

std::int64_t most_frames(const FrameChoice& choice, const Json& facts) {
  const auto frames = static_cast<std::int64_t>(std::max(number_of(facts, "frames").value_or(1), 1.0));
  const bool is_video = flag_of(facts, "is_video");
  if (choice.is_default && !is_video) return frames;
  switch (choice.kind) {
    case FrameChoice::Kind::count:
      return std::min(frames, choice.count);
    case FrameChoice::Kind::list:
      return std::min<std::int64_t>(frames, std::ssize(choice.indices));
    case FrameChoice::Kind::every:
      if (const auto duration = number_of(facts, "duration_s")) {
        return std::min(frames, static_cast<std::int64_t>(std::min(*duration / choice.seconds, 1e12)) + 1);
      }
      return frames;
    case FrameChoice::Kind::all:
    case FrameChoice::Kind::keyframes:
      break;
  }
  return frames;
}

}  // namespace radbatch
