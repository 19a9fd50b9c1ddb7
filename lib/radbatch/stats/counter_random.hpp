// Random numbers that are a function of a seed, a stream and a position: the same on any number of threads.
#pragma once

#include <cstdint>
#include <limits>

namespace radbatch {

/// SplitMix64 of Steele, Lea and Flood, OOPSLA 2014, 453-472: the n-th number is a mix of start + n * gamma.
/// Streams of a seed start at mixed places; as 2^64 is long and a stream short, they do not meet.
class CounterRandom {
 public:
  using result_type = std::uint64_t;

  CounterRandom(std::uint64_t seed, std::uint64_t stream)
      : state_(mix(seed + GAMMA) ^ mix(mix(stream + 1) + GAMMA)) {}

  std::uint64_t operator()() { return mix(state_ += GAMMA); }
  static constexpr std::uint64_t min() { return 0; }
  static constexpr std::uint64_t max() { return std::numeric_limits<std::uint64_t>::max(); }

 private:
  static constexpr std::uint64_t GAMMA = 0x9e3779b97f4a7c15;
  static constexpr std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111eb;
    return z ^ (z >> 31U);
  }

  std::uint64_t state_;
};

}  // namespace radbatch
