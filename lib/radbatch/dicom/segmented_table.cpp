#include "radbatch/dicom/segmented_table.hpp"

#include <cmath>

namespace radbatch {
namespace {

enum Opcode : std::uint16_t { discrete = 0, linear = 1, indirect = 2 };

class Expander {
 public:
  Expander(std::span<const std::uint16_t> words, std::size_t count, int bytes_per_word)
      : words_(words), count_(count), bytes_per_word_(static_cast<std::size_t>(bytes_per_word)) {}

  bool expand() {
    std::size_t at = 0;
    while (at < words_.size() && out_.size() < count_) {
      if (!expand_one(at, true)) return false;
    }
    return out_.size() == count_;
  }
  std::vector<std::uint16_t> take() { return std::move(out_); }

 private:
  // One segment at `at`, which moves behind it. A copied segment is no indirect one.
  bool expand_one(std::size_t& at, bool may_be_indirect) {
    if (words_.size() - at < 2) return false;
    const std::uint16_t opcode = words_[at], length = words_[at + 1];
    at += 2;
    if (opcode == discrete) return copy_values(at, length);
    if (opcode == linear) return interpolate(at, length);
    return opcode == indirect && may_be_indirect && copy_segments(at, length);
  }

  bool copy_values(std::size_t& at, std::size_t length) {
    if (words_.size() - at < length || out_.size() + length > count_) return false;
    out_.insert(out_.end(), words_.begin() + static_cast<std::ptrdiff_t>(at),
                words_.begin() + static_cast<std::ptrdiff_t>(at + length));
    at += length;
    return true;
  }

  // From the value before, which is not repeated, to the end value in `length` steps.
  bool interpolate(std::size_t& at, std::size_t length) {
    if (at >= words_.size() || out_.empty() || length == 0 || out_.size() + length > count_) return false;
    const double from = out_.back(), to = words_[at++];
    for (std::size_t i = 1; i <= length; ++i) {
      const double value = from + (to - from) * static_cast<double>(i) / static_cast<double>(length);
      out_.push_back(static_cast<std::uint16_t>(std::floor(value + 0.5)));
    }
    return true;
  }

  // Segments that stand elsewhere in the data, by their byte offset, low word first.
  bool copy_segments(std::size_t& at, std::size_t n_segments) {
    const std::size_t n_words = 4 / bytes_per_word_;
    if (words_.size() - at < n_words) return false;
    std::size_t offset = 0;
    for (std::size_t i = n_words; i-- > 0;) offset = offset << (8 * bytes_per_word_) | words_[at + i];
    at += n_words;
    if (offset % bytes_per_word_ != 0) return false;
    std::size_t from = offset / bytes_per_word_;
    for (std::size_t i = 0; i < n_segments; ++i) {
      if (from >= words_.size() || !expand_one(from, false)) return false;
    }
    return true;
  }

  std::span<const std::uint16_t> words_;
  std::size_t count_;
  std::size_t bytes_per_word_;
  std::vector<std::uint16_t> out_;
};

}  // namespace

std::optional<std::vector<std::uint16_t>> expand_segments(std::span<const std::uint16_t> words,
                                                          std::size_t count, int bytes_per_word) {
  Expander expander(words, count, bytes_per_word);
  if (!expander.expand()) return std::nullopt;
  return expander.take();
}

}  // namespace radbatch
