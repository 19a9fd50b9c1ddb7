// Orientation: which index axis runs along which world axis, as nibabel's io_orientation decides it; flips
// and quarter turns by index.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include "radbatch/base/error.hpp"
#include "radbatch/prepare/linear.hpp"
#include "radbatch/prepare/steps.hpp"

namespace radbatch::prepare_detail {
namespace {

/// The closest rotation or reflection, by Newton's iteration (Higham 1986): the polar factor io_orientation
/// takes from an SVD.
Affine closest_orthogonal(Affine r) {
  for (int iteration = 0; iteration < 50; ++iteration) {
    const Affine inverted = solve(r, Affine{});
    double change = 0;
    Affine next;
    for (int i = 0; i < 3; ++i) {
      for (int j = 0; j < 3; ++j) {
        next.m[i][j] = (r.m[i][j] + inverted.m[j][i]) / 2;
        change = std::max(change, std::abs(next.m[i][j] - r.m[i][j]));
      }
    }
    r = next;
    if (change < 1e-15) break;
  }
  return r;
}

/// For each index axis the world axis it runs along (0 R, 1 A, 2 S) and its sense.
struct AxisDirection {
  int world = 0;
  int sign = 1;
  bool operator==(const AxisDirection&) const = default;
};

/// nibabel's io_orientation: the strongest axes choose first.
std::array<AxisDirection, 3> directions_of(const Affine& ras) {
  Affine r = closest_orthogonal(directions(ras));
  std::array<int, 3> order{0, 1, 2};
  auto strength = [&, strongest = r](int axis) {
    return std::max(
        {std::abs(strongest.m[0][axis]), std::abs(strongest.m[1][axis]), std::abs(strongest.m[2][axis])});
  };
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return strength(a) > strength(b); });
  std::array<AxisDirection, 3> found;
  for (const int axis : order) {
    int world = 0;
    for (int row = 1; row < 3; ++row) {
      if (std::abs(r.m[row][axis]) > std::abs(r.m[world][axis])) world = row;
    }
    found[axis] = {world, r.m[world][axis] < 0 ? -1 : 1};
    for (int a = 0; a < 3; ++a) r.m[world][a] = 0;
  }
  return found;
}

AxisDirection direction_of(char code) {
  const auto at = std::string_view("LRPAIS").find(code);
  return {static_cast<int>(at / 2), at % 2 == 0 ? -1 : 1};
}

/// The axis' name after a flip: a letter of the patient's axes turns round, a name of an index axis does not.
std::string flipped_name(const std::string& axis) {
  const std::string_view letters = "LRPAIS";
  const auto at = axis.size() == 1 ? letters.find(axis[0]) : std::string_view::npos;
  return at == std::string_view::npos ? axis : std::string(1, letters[at ^ 1]);
}

/// The image seen along index axes `from[a]`, flipped where `flip[a]`.
Image rearranged(const Image& image, const std::array<int, 3>& from, const std::array<bool, 3>& flip) {
  Image out = image;
  Affine step;
  step.m = {};
  step.m[3][3] = 1;
  for (int a = 0; a < 3; ++a) {
    const std::int64_t n = image.shape[from[a] + 1];
    const std::int64_t stride = image.strides[from[a] + 1];
    out.shape[a + 1] = n;
    out.strides[a + 1] = flip[a] ? -stride : stride;
    if (flip[a]) out.offset += (n - 1) * stride;
    out.axes[a] = flip[a] ? flipped_name(image.axes[from[a]]) : image.axes[from[a]];
    step.m[from[a]][a] = flip[a] ? -1 : 1;
    if (flip[a]) step.m[from[a]][3] = static_cast<double>(n - 1);
  }
  move_affine(out, step);
  return out;
}

/// R, A, S as far as the image has an axis along them.
std::string canonical_axcodes(const std::array<AxisDirection, 3>& present, int dims) {
  std::string codes;
  for (int world = 0; world < 3; ++world) {
    for (int a = 0; a < dims; ++a) {
      if (present[a].world == world) codes += "RAS"[world];
    }
  }
  return codes;
}

/// The spatial axis that a parameter names, negative from the end.
int spatial_axis(const Image& image, std::int64_t axis) {
  const std::int64_t at = axis < 0 ? axis + image.dims : axis;
  if (at >= 0 && at < image.dims) return static_cast<int>(at);
  throw Error(Reason::prepare, fmt::format("the image has {} spatial axes and no axis {}", image.dims, axis));
}

}  // namespace

void apply(Image& image, const step::Orientation& s) {
  const std::array<AxisDirection, 3> present = directions_of(image.ras);
  const std::string axcodes = s.as_closest_canonical ? canonical_axcodes(present, image.dims) : s.axcodes;
  if (static_cast<int>(axcodes.size()) < image.dims)
    throw Error(Reason::prepare, fmt::format("axcodes \"{}\" names 2 axes, the image has 3", axcodes));
  std::array<int, 3> from{0, 1, 2};
  std::array<bool, 3> flip{false, false, false};
  for (int a = 0; a < image.dims; ++a) {
    const AxisDirection wanted = direction_of(axcodes[static_cast<std::size_t>(a)]);
    from[a] = -1;
    for (int b = 0; b < image.dims; ++b) {
      if (present[b].world == wanted.world) from[a] = b;
    }
    if (from[a] < 0)
      throw Error(Reason::prepare,
                  fmt::format("the 2-D image has no axis along {}", axcodes[static_cast<std::size_t>(a)]));
    flip[a] = present[from[a]].sign != wanted.sign;
  }
  image = rearranged(image, from, flip);
  for (int a = 0; a < image.dims; ++a) image.axes[a] = axcodes.substr(static_cast<std::size_t>(a), 1);
}

void apply(Image& image, const step::Flip& s) {
  std::array<bool, 3> flip{false, false, false};
  for (const std::int64_t named : s.spatial_axis) {
    const int axis = spatial_axis(image, named);
    if (flip[axis]) throw Error(Reason::prepare, fmt::format("axis {} is named twice", axis));
    flip[axis] = true;
  }
  if (s.spatial_axis.empty()) flip = {true, true, image.dims == 3};
  image = rearranged(image, {0, 1, 2}, flip);
}

void apply(Image& image, const step::Rotate90& s) {
  const int a = spatial_axis(image, s.spatial_axes[0]);
  const int b = spatial_axis(image, s.spatial_axes[1]);
  if (a == b) throw Error(Reason::prepare, fmt::format("axis {} is named twice", a));
  const std::int64_t turns = (s.k % 4 + 4) % 4;
  std::array<int, 3> from{0, 1, 2};
  std::array<bool, 3> flip{false, false, false};
  if (turns % 2 == 1) std::swap(from[a], from[b]);
  flip[a] = turns == 1 || turns == 2;
  flip[b] = turns == 2 || turns == 3;
  image = rearranged(image, from, flip);
}

}  // namespace radbatch::prepare_detail
