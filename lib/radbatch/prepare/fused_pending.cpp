#include "radbatch/prepare/fused_pending.hpp"

#include <algorithm>
#include <utility>

#include "radbatch/prepare/fused_execution.hpp"

namespace radbatch::prepare_detail {
namespace {

/// Strides that tell the axes of a pending image apart, even those of size 1.
std::array<std::int64_t, 4> virtual_strides(const std::array<std::int64_t, 4>& shape) {
  std::array<std::int64_t, 4> strides{};
  std::int64_t step = 1;
  for (int a = 3; a >= 0; --a) {
    strides[a] = step;
    step *= std::max<std::int64_t>(shape[a], 2);
  }
  return strides;
}

std::array<std::int64_t, 4> shape_of(const Pending& pending) {
  std::array<std::int64_t, 4> shape{};
  for (int a = 0; a < 4; ++a) shape[a] = pending.tables[a].size();
  return shape;
}

/// `like` with these values pending, seen whole.
Image with_pending(Image like, Pending pending) {
  like.shape = shape_of(pending);
  like.strides = virtual_strides(like.shape);
  like.offset = 0;
  like.block = nullptr;
  like.pending = std::make_shared<const Pending>(std::move(pending));
  return like;
}

/// Each channel of the image is another channel of the source, so that maps can go from one to the other.
bool channels_are_distinct(const Pending& p) {
  return p.tables[0].is_run() && p.tables[0].size() == p.source.shape[0];
}

/// The maps that were pending behind the tables now come before them.
void move_maps_to_source(Pending& p) {
  for (std::int64_t c = 0; c < p.tables[0].size(); ++c) {
    std::vector<ValueMap>& after = p.channels[c].after;
    std::vector<ValueMap>& before = p.before[*p.tables[0].row(c).index];
    before.insert(before.end(), after.begin(), after.end());
    after.clear();
  }
}

bool maps_are_affine(const Pending& p) {
  return std::all_of(p.channels.begin(), p.channels.end(), [](const ChannelValues& c) {
    return std::all_of(c.after.begin(), c.after.end(), [](const ValueMap& m) { return m.is_affine(); });
  });
}

/// The image such that an interpolation of its values can be put off.
Image ready_for_interpolation(const Image& image, bool means) {
  const Pending& p = *image.pending;
  if (p.oblique) return computed(image, "interpolates between values of an oblique grid");
  if (p.has_outside()) return computed(image, "interpolates across padding");
  if (!p.has_after()) return image;
  if (p.is_move() && channels_are_distinct(p)) {
    Pending moved = p;
    move_maps_to_source(moved);
    p.run->notes.emplace_back("the value steps so far are applied to source samples as they are read");
    return with_pending(image, std::move(moved));
  }
  if (means && maps_are_affine(p)) return image;
  return computed(image, "interpolates between values that were clipped after an interpolation");
}

/// The source seen along the image's axes, flips as negative strides: what the affine of an oblique grid
/// indexes. The tables are runs.
Source seen_along_axes(const Pending& p) {
  Source source = p.source;
  std::int64_t offset = 0;
  for (int a = 0; a < 4; ++a) {
    const AxisTable& table = p.tables[a];
    const std::int64_t stride = p.source.strides[table.source_axis()];
    const std::int64_t first = *table.row(0).index;
    offset += first * stride;
    source.shape[a] = table.size();
    source.strides[a] = table.size() > 1 && *table.row(1).index < first ? -stride : stride;
  }
  if (source.samples)
    source.samples = static_cast<const std::byte*>(p.source.samples) +
                     offset * static_cast<std::int64_t>(bytes_per_sample(source.type));
  return source;
}

bool is_run(const Pending& p) {
  return std::all_of(p.tables.begin(), p.tables.end(), [](const AxisTable& t) { return t.is_run(); });
}

/// An oblique grid is computed along straight lines only: the inside of every axis must be a run.
bool can_execute(const Pending& p) {
  return std::all_of(p.tables.begin(), p.tables.end(), [&](const AxisTable& table) {
    const std::optional<Range> inside = table.inside();
    if (!inside) return false;
    return !p.oblique || table.source_axis() == 0 || inside->begin == inside->end ||
           table.view(inside->begin, 1, inside->end - inside->begin).is_run();
  });
}

}  // namespace

bool Pending::is_move() const {
  return !oblique &&
         std::all_of(tables.begin(), tables.end(), [](const AxisTable& t) { return t.is_move(); });
}

bool Pending::has_outside() const {
  return std::any_of(tables.begin(), tables.end(), [](const AxisTable& t) { return t.has_outside(); });
}

bool Pending::has_after() const {
  return std::any_of(channels.begin(), channels.end(),
                     [](const ChannelValues& c) { return !c.after.empty(); });
}

Image pending_image(Image like, const Source& source, FusedRun& run) {
  Pending pending;
  pending.run = &run;
  pending.source = source;
  pending.before.resize(static_cast<std::size_t>(source.shape[0]));
  pending.channels.resize(static_cast<std::size_t>(source.shape[0]));
  for (int a = 0; a < 4; ++a) pending.tables[a] = AxisTable(a, source.shape[a]);
  return with_pending(std::move(like), std::move(pending));
}

Image settled(const Image& image) {
  const Pending& p = *image.pending;
  const std::array<std::int64_t, 4> whole = shape_of(p);
  const std::array<std::int64_t, 4> strides = virtual_strides(whole);
  if (image.shape == whole && image.strides == strides && image.offset == 0) return image;
  Pending seen = p;
  for (int axis = 0; axis < 4; ++axis) {
    const auto at = std::find(strides.begin(), strides.end(), std::abs(image.strides[axis]));
    const auto from = static_cast<std::size_t>(at - strides.begin());
    const std::int64_t start = image.offset / strides[from] % std::max<std::int64_t>(whole[from], 2);
    seen.tables[axis] = p.tables[from].view(start, image.strides[axis] < 0 ? -1 : 1, image.shape[axis]);
    if (axis == 0) seen.channels = {p.channels.begin() + start, p.channels.begin() + start + image.shape[0]};
  }
  return with_pending(image, std::move(seen));
}

Image gather_later(const Image& image, const std::array<IndexMap, 4>& maps, float fill) {
  const Image before = settled(image);
  Pending p = *before.pending;
  const bool same_fill = std::all_of(p.channels.begin(), p.channels.end(),
                                     [&](const ChannelValues& c) { return c.fill == fill; });
  if (p.has_outside() && !same_fill) return gather_later(computed(before, "pads twice"), maps, fill);
  const std::vector<ChannelValues> channels = std::move(p.channels);
  p.channels.clear();
  for (const std::int64_t c : maps[0]) p.channels.push_back({channels[c].after, fill});
  for (int a = 0; a < 4; ++a) p.tables[a] = p.tables[a].picked(maps[a]);
  if (!can_execute(p)) return gather_later(computed(before, "repeats values that are padding"), maps, fill);
  return with_pending(before, std::move(p));
}

Image separable_later(const Image& image, const std::array<AxisTaps, 3>& axes) {
  if (std::all_of(axes.begin(), axes.end(), are_moves)) {
    IndexMap channels(static_cast<std::size_t>(image.shape[0]));
    for (std::size_t c = 0; c < channels.size(); ++c) channels[c] = static_cast<std::int64_t>(c);
    return gather_later(image, {channels, as_map(axes[0]), as_map(axes[1]), as_map(axes[2])}, 0);
  }
  const Image ready =
      ready_for_interpolation(settled(image), std::all_of(axes.begin(), axes.end(), are_means));
  Pending p = *ready.pending;
  p.run->notes.emplace_back(p.is_move() ? "becomes the tables of one separable resampling"
                                        : "multiplied into the tables of the resampling before");
  for (int a = 0; a < 3; ++a) p.tables[a + 1] = p.tables[a + 1].under(axes[a]);
  return with_pending(ready, std::move(p));
}

Image affine_later(const Image& image, const ObliqueGrid& grid) {
  const Image before = settled(image);
  const Pending& p = *before.pending;
  if (p.oblique || !is_run(p)) return affine_later(computed(before, "samples an oblique grid"), grid);
  const bool moves = grid.mode == step::SampleMode::nearest && grid.padding == step::SamplePadding::border;
  if (p.has_after() && !moves && !channels_are_distinct(p))
    return affine_later(computed(before, "samples an oblique grid"), grid);
  Pending sampled = p;
  if (!moves) move_maps_to_source(sampled);
  std::vector<std::vector<ValueMap>> maps;
  for (std::int64_t c = 0; c < p.tables[0].size(); ++c)
    maps.push_back(sampled.before[*p.tables[0].row(c).index]);
  sampled.before = std::move(maps);
  sampled.source = seen_along_axes(p);
  sampled.oblique = grid;
  sampled.tables[0] = AxisTable(0, p.tables[0].size());
  for (int a = 0; a < 3; ++a) sampled.tables[a + 1] = AxisTable(a + 1, grid.size[a]);
  p.run->notes.emplace_back("becomes one gather over the source");
  return with_pending(before, std::move(sampled));
}

Image with_values(const Image& image, const std::string& why) {
  Image out = settled(image);
  FusedRun& run = *out.pending->run;
  run.notes.emplace_back("the steps before are computed first: it " + why);
  const auto count = static_cast<std::size_t>(out.count());
  // The fastest axis is neither the source's fastest nor the tensor's, where there is such an axis.
  const std::array<int, 4> order = out.dims == 3 ? std::array{0, 3, 1, 2} : std::array{0, 3, 2, 1};
  std::int64_t step = 1;
  std::array<std::int64_t, 4> strides{};
  for (int at = 3; at >= 0; --at) {
    strides[order[at]] = step;
    step *= out.shape[order[at]];
  }
  std::shared_ptr<float[]> block =
      run.only_explains ? std::make_shared<float[]>(count) : std::make_shared_for_overwrite<float[]>(count);
  if (!run.only_explains) execute(*out.pending, block.get(), strides);
  out.pending = nullptr;
  out.block = std::move(block);
  out.strides = strides;
  out.offset = 0;
  return out;
}

Image computed(const Image& image, const std::string& why) {
  FusedRun& run = *image.pending->run;
  return pending_again(with_values(image, why), run);
}

Image pending_again(const Image& image, FusedRun& run) {
  Source source{SampleType::float32, image.data(), image.shape, image.strides, image.block};
  return pending_image(image, source, run);
}

}  // namespace radbatch::prepare_detail
