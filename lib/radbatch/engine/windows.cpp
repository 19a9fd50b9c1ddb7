#include "radbatch/engine/windows.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

#include "radbatch/base/error.hpp"

namespace radbatch {
namespace {

std::size_t product(std::span<const std::int64_t> extents) {
  return static_cast<std::size_t>(
      std::accumulate(extents.begin(), extents.end(), std::int64_t{1}, std::multiplies<>()));
}

std::string extents_text(std::span<const std::int64_t> extents) {
  std::string text;
  for (const std::int64_t extent : extents) text += (text.empty() ? "" : "x") + std::to_string(extent);
  return text;
}

/// The rows (along the last axis) of a box, as indices along the other axes.
std::vector<std::vector<std::int64_t>> rows_of(std::span<const std::int64_t> box) {
  std::vector<std::vector<std::int64_t>> rows{{}};
  for (std::size_t axis = 0; axis + 1 < box.size(); ++axis) {
    std::vector<std::vector<std::int64_t>> longer;
    for (const auto& row : rows) {
      for (std::int64_t i = 0; i < box[axis]; ++i) {
        longer.push_back(row);
        longer.back().push_back(i);
      }
    }
    rows = std::move(longer);
  }
  return rows;
}

/// Offset of the element at start + row (0 along the last axis of row) in a C-ordered array.
std::size_t offset_of(std::span<const std::int64_t> extents, std::span<const std::int64_t> start,
                      std::span<const std::int64_t> row) {
  std::int64_t offset = 0;
  for (std::size_t axis = 0; axis < extents.size(); ++axis)
    offset = offset * extents[axis] + start[axis] + (axis < row.size() ? row[axis] : 0);
  return static_cast<std::size_t>(offset);
}

/// Copies windows of an image, padding as it goes.
class Gatherer {
 public:
  Gatherer(const TensorView& image, const Windows& windows, const WindowGrid& grid)
      : image_(image), windows_(windows), grid_(grid), rows_(rows_of(windows.size)) {
    for (std::size_t axis = 0; axis < grid.image.size(); ++axis) sources_.push_back(sources_along(axis));
  }

  /// Fills [channels, size...].
  void gather(std::span<const std::int64_t> start, std::span<float> window) const {
    const std::size_t channel_values = product(grid_.image);
    auto to = window.begin();
    for (std::size_t at = 0; at < image_.values.size(); at += channel_values) {
      const auto channel = image_.values.subspan(at, channel_values);
      for (const auto& row : rows_) to = copy_row(channel, start, row, to);
    }
  }

 private:
  /// Per place of the padded axis: the place of the image that it shows, -1 for the constant.
  std::vector<std::int64_t> sources_along(std::size_t axis) const {
    const std::int64_t extent = grid_.image[axis];
    std::vector<std::int64_t> sources;
    for (std::int64_t at = -grid_.before[axis]; at < grid_.padded[axis] - grid_.before[axis]; ++at) {
      const bool inside = at >= 0 && at < extent;
      if (inside || windows_.padding == WindowPadding::replicate) {
        sources.push_back(std::clamp<std::int64_t>(at, 0, extent - 1));
      } else {
        const std::int64_t mirrored = at < 0 ? -at : 2 * (extent - 1) - at;
        sources.push_back(windows_.padding == WindowPadding::reflect ? mirrored : -1);
      }
    }
    return sources;
  }

  std::span<float>::iterator copy_row(std::span<const float> channel, std::span<const std::int64_t> start,
                                      const std::vector<std::int64_t>& row,
                                      std::span<float>::iterator to) const {
    const std::size_t last = grid_.image.size() - 1;
    std::int64_t offset = 0;
    bool outside = false;
    for (std::size_t axis = 0; axis < last; ++axis) {
      const std::int64_t from = sources_[axis][static_cast<std::size_t>(start[axis] + row[axis])];
      outside = outside || from < 0;
      offset = offset * grid_.image[axis] + from;
    }
    const auto extent = static_cast<std::ptrdiff_t>(grid_.image[last]);
    const auto line = outside ? channel.begin() : channel.begin() + offset * extent;
    const auto first = sources_[last].begin() + start[last];
    return std::transform(first, first + windows_.size[last], to, [&](std::int64_t from) {
      return outside || from < 0 ? windows_.padding_value : line[from];
    });
  }

  const TensorView& image_;
  const Windows& windows_;
  const WindowGrid& grid_;
  std::vector<std::vector<std::int64_t>> rows_;
  std::vector<std::vector<std::int64_t>> sources_;
};

/// One dense output on its way from windows to an image.
class Stitcher {
 public:
  Stitcher(const Windows& windows, const WindowGrid& grid)
      : windows_(windows), grid_(grid), rows_(rows_of(windows.size)), weights_(importance_map(windows)) {}

  /// `first` is the window that the part's first item is.
  void add(const OutputArray& part, std::int64_t items, std::int64_t first) {
    begin(part);
    const std::size_t window_values = weights_.size(), image_values = product(grid_.padded);
    for (std::int64_t item = 0; item < items; ++item) {
      const auto& start = grid_.starts[static_cast<std::size_t>(first + item)];
      const auto classes = static_cast<std::size_t>(classes_);
      const auto values =
          std::span(part.values).subspan(static_cast<std::size_t>(item) * classes * window_values);
      for (std::size_t c = 0; c < classes; ++c)
        add_window(start, values.subspan(c * window_values), std::span(sums_).subspan(c * image_values));
      add_window(start, {}, counts_);
    }
  }

  OutputArray finish() const {
    OutputArray output{name_, {1, classes_}, {}};
    output.shape.insert(output.shape.end(), grid_.image.begin(), grid_.image.end());
    const std::size_t padded = product(grid_.padded);
    const std::int64_t length = grid_.image.back();
    output.values.reserve(product(output.shape));
    const auto rows = rows_of(grid_.image);
    for (std::size_t at = 0; at < sums_.size(); at += padded) {
      for (const auto& row : rows) {
        const std::size_t offset = offset_of(grid_.padded, grid_.before, row);
        for (std::size_t i = offset; i < offset + static_cast<std::size_t>(length); ++i)
          output.values.push_back(sums_[at + i] / counts_[i]);
      }
    }
    return output;
  }

 private:
  void begin(const OutputArray& part) {
    const std::span<const std::int64_t> shape(part.shape);
    if (shape.size() != windows_.size.size() + 2 || !std::ranges::equal(shape.subspan(2), windows_.size) ||
        (classes_ != 0 && shape[1] != classes_)) {
      throw Error(Reason::model_output, "output \"" + part.name + "\" has shape " + extents_text(shape) +
                                            "; a map over windows of " + extents_text(windows_.size) +
                                            " has [windows, classes] and their size");
    }
    if (classes_ != 0) return;
    name_ = part.name;
    classes_ = shape[1];
    sums_.resize(static_cast<std::size_t>(classes_) * product(grid_.padded));
    counts_.resize(product(grid_.padded));
  }

  /// Adds weight * value, or the weight alone where there are no values.
  void add_window(std::span<const std::int64_t> start, std::span<const float> values, std::span<float> to) {
    const auto length = static_cast<std::size_t>(windows_.size.back());
    std::size_t from = 0;
    for (const auto& row : rows_) {
      const std::size_t offset = offset_of(grid_.padded, start, row);
      for (std::size_t i = 0; i < length; ++i, ++from)
        to[offset + i] += values.empty() ? weights_[from] : values[from] * weights_[from];
    }
  }

  const Windows& windows_;
  const WindowGrid& grid_;
  std::vector<std::vector<std::int64_t>> rows_;
  std::vector<float> weights_;
  std::string name_;
  std::int64_t classes_ = 0;
  std::vector<float> sums_, counts_;
};

void require_one_image(const TensorView& image) {
  if (image.shape.size() < 3 || image.values.size() != product(image.shape))
    throw Error(ExitCode::internal, "run_in_windows: " + std::to_string(image.values.size()) +
                                        " values for shape " + extents_text(image.shape));
  if (image.shape[0] == 1) return;
  throw Error(Reason::dimension, "the model slides windows over one image, and the prepared tensor holds " +
                                     std::to_string(image.shape[0]));
}

}  // namespace

std::vector<OutputArray> run_in_windows(Classifier& classifier, const TensorView& image,
                                        const Windows& windows, std::span<const std::string> maps,
                                        std::int64_t batch) {
  require_one_image(image);
  const WindowGrid grid = window_grid(windows, image.shape.subspan(2));
  const Gatherer gatherer(image, windows, grid);
  std::vector<std::int64_t> shape{batch, image.shape[1]};
  shape.insert(shape.end(), windows.size.begin(), windows.size.end());
  const std::size_t per_window = product(shape) / static_cast<std::size_t>(batch);
  std::vector<float> values(product(shape));
  std::vector<Stitcher> stitchers(maps.size(), Stitcher(windows, grid));
  std::vector<OutputArray> joined;
  const auto count = static_cast<std::int64_t>(grid.starts.size());
  for (std::int64_t first = 0; first < count; first += batch) {
    const std::int64_t here = std::min(batch, count - first);
    for (std::int64_t i = 0; i < here; ++i)
      gatherer.gather(grid.starts[static_cast<std::size_t>(first + i)],
                      std::span(values).subspan(static_cast<std::size_t>(i) * per_window, per_window));
    std::fill(values.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(here) * per_window),
              values.end(), 0.0F);
    std::vector<OutputArray> outputs = classifier.run({shape, values});
    check_outputs(outputs, batch, here, first);
    std::erase_if(outputs, [&](const OutputArray& output) {
      const auto map = std::ranges::find(maps, output.name);
      if (map == maps.end()) return false;
      stitchers[static_cast<std::size_t>(map - maps.begin())].add(output, here, first);
      return true;
    });
    append_outputs(joined, std::move(outputs), here);
  }
  for (const Stitcher& stitcher : stitchers) {
    if (OutputArray whole = stitcher.finish(); !whole.values.empty()) joined.push_back(std::move(whole));
  }
  return joined;
}

}  // namespace radbatch
