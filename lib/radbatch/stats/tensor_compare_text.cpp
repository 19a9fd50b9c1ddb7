// The words of tensor_compare.hpp: what a difference looks like to whoever wrote the other pipeline.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <map>

#include "radbatch/stats/tensor_compare.hpp"

namespace radbatch {
namespace {

// Beyond this correlation two tensors show one image, below it they show something else.
constexpr double SAME_IMAGE = 0.9;

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

/// "j (A)" for an axis of space of the squeezed tensor.
std::string axis_name(std::size_t axis, std::size_t n_other, const std::vector<std::string>& letters) {
  const std::size_t space = axis - n_other;
  const std::string index(1, "ijk"[space % 3]);
  if (space >= letters.size() || letters[space] == index) return index;
  return index + " (" + letters[space] + ")";
}

std::string opposite(const std::string& letter) {
  static const std::map<std::string, std::string> pairs{{"R", "L"}, {"L", "R"}, {"A", "P"},
                                                        {"P", "A"}, {"S", "I"}, {"I", "S"}};
  const auto found = pairs.find(letter);
  return found == pairs.end() ? std::string() : found->second;
}

std::string flip_cause(const TensorDifference& found, std::size_t n_other,
                       const std::vector<std::string>& letters) {
  std::vector<std::string> names, turned;
  std::string mine;
  for (std::size_t a = n_other; a < found.flipped.size(); ++a) {
    const std::string letter = a - n_other < letters.size() ? letters[a - n_other] : std::string();
    mine += found.flipped[a] ? opposite(letter) : letter;
    if (found.flipped[a]) names.push_back(axis_name(a, n_other, letters));
  }
  std::string text =
      fmt::format("{} {} flipped", fmt::join(names, " and "), names.size() == 1 ? "is" : "are");
  if (mine.size() == letters.size() && mine.size() == 3 && opposite(letters[0]) != "") {
    text += fmt::format(": your tensor lies {} where the plan says {}", mine, fmt::join(letters, ""));
    if (mine == "LPS") text += " (ITK, SimpleITK and pydicom read LPS)";
  }
  return "axis " + text;
}

std::string order_cause(const TensorDifference& found, std::size_t n_other) {
  std::vector<std::string> order;
  bool is_reversed = true;
  const std::size_t n = found.axes.size();
  for (std::size_t a = n_other; a < n; ++a) {
    order.emplace_back(1, "ijk"[(found.axes[a] - n_other) % 3]);
    is_reversed = is_reversed && found.axes[a] == n - 1 - (a - n_other);
  }
  std::string text = fmt::format("our axes are axes {} of yours", fmt::join(order, ", "));
  if (is_reversed && n - n_other == 3) {
    text += ": your array is (slice, row, column), as SimpleITK's GetArrayFromImage gives it";
  } else if (is_reversed) {
    text += ": your array is (row, column), as NumPy and PIL have pictures; the plan has width before height";
  }
  return text;
}

std::string scale_cause(const TensorDifference& found) {
  const double scale = found.scale, offset = found.offset;
  if (std::abs(scale - 1) < 1e-3 && std::abs(std::abs(offset) - 1024) < 2) {
    return "ours = yours " + std::string(offset < 0 ? "- 1024" : "+ 1024") +
           ": the rescale intercept is applied on one side only";
  }
  const std::string line =
      fmt::format("ours = {:.6g} x yours {} {:.6g}", scale, offset < 0 ? "-" : "+", std::abs(offset));
  if (scale < 0) return line + ": your values are inverted (MONOCHROME1, or a window the other way)";
  if (std::abs(scale) < 0.1) return line + ": yours are not scaled";
  if (std::abs(scale) > 10) return line + ": ours are not scaled, or yours are scaled twice";
  return line + ": another window, range or mean and deviation";
}

std::string shift_cause(const TensorDifference& found, std::size_t n_other,
                        const std::vector<std::string>& letters) {
  std::vector<std::string> parts;
  for (std::size_t a = n_other; a < found.shift.size(); ++a) {
    if (found.shift[a] != 0)
      parts.push_back(fmt::format("{:+} along {}", found.shift[a], axis_name(a, n_other, letters)));
  }
  return fmt::format("yours is shifted by {} voxels: another rounding of the middle in a crop or a pad",
                     fmt::join(parts, ", "));
}

std::string cause_of(const TensorDifference& found, const std::vector<std::string>& letters,
                     std::size_t n_other) {
  std::vector<std::string> causes;
  if (found.is_reordered()) causes.push_back(order_cause(found, n_other));
  if (found.is_flipped()) causes.push_back(flip_cause(found, n_other, letters));
  if (found.is_shifted()) causes.push_back(shift_cause(found, n_other, letters));
  if (found.is_scaled()) causes.push_back(scale_cause(found));
  std::string text = fmt::format("{}", fmt::join(causes, "; "));
  const bool is_explained = found.largest_left <= COMPARE_TOLERANCE * found.our_range;
  if (is_explained && found.overlap < 1 && !found.has_same_shape)
    text += (text.empty() ? "" : "; ") + std::string("the sizes differ: another crop or pad");
  if (is_explained) return text;
  if (std::abs(found.correlation) < SAME_IMAGE) {
    return "no flip, order, shift or scaling makes them alike: another image, or another field of view";
  }
  return (text.empty() ? "" : text + "; ") +
         std::string(
             "what is left is no shift or scaling: another interpolation, spacing, clipping or percentile");
}

}  // namespace

std::vector<std::string> explain(const TensorDifference& found, const TensorPart& ours,
                                 const TensorPart& mine, const std::vector<std::string>& letters) {
  std::vector<std::string> lines{"ours:  " + shape_text(ours.shape), "yours: " + shape_text(mine.shape)};
  const double allowed = COMPARE_TOLERANCE * found.our_range;
  if (found.has_same_shape) {
    lines.push_back(fmt::format("largest difference: {:.6g} at {} ({:.3g} of our range of values {:.6g})",
                                found.largest, shape_text(found.largest_at),
                                found.our_range > 0 ? found.largest / found.our_range : 0.0,
                                found.our_range));
  }
  if (is_equal(found)) {
    lines.push_back(fmt::format("They are equal: within {:g} of the range.", COMPARE_TOLERANCE));
    return lines;
  }
  const std::size_t n_other = found.axes.size() - letters.size();
  lines.push_back(
      fmt::format("largest difference once that is undone: {:.6g} (equal within {:.6g}); correlation {:.6f}",
                  found.largest_left, allowed, found.correlation));
  if (found.overlap < 1)
    lines.push_back(fmt::format("compared on {:.1f} % of our voxels", 100 * found.overlap));
  lines.push_back("Likely cause: " + cause_of(found, letters, n_other) + ".");
  return lines;
}

}  // namespace radbatch
