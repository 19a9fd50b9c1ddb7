#include "radbatch/prepare/several.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "radbatch/base/error.hpp"
#include "radbatch/model/plan_images.hpp"
#include "radbatch/prepare/chain.hpp"
#include "radbatch/prepare/linear.hpp"
#include "radbatch/prepare/match.hpp"

namespace radbatch {
namespace {

using prepare_detail::Image;
using prepare_detail::step_title;

/// Two grids are one when no corner of one lies farther from that of the other than this part of a voxel.
constexpr double grid_tolerance = 0.01;

struct Held {
  std::string name;
  Image image;
  std::optional<float> presence;  ///< value of the channel that ConcatItems adds
};

Image zeros_like(Image grid, int channels) {
  grid.pending = nullptr;
  Image zeros = prepare_detail::empty_like(grid, {channels, grid.shape[1], grid.shape[2], grid.shape[3]});
  std::fill_n(zeros.data(), zeros.count(), 0.0F);
  return zeros;
}

/// The largest distance between corners of two grids of one size, in voxels of the first.
double largest_shift(const Image& a, const Image& b) {
  const Affine relative = prepare_detail::solve(a.ras, b.ras);
  double largest = 0;
  for (unsigned corner = 0; corner < 8; ++corner) {
    std::array<double, 3> at{};
    for (unsigned axis = 0; axis < 3; ++axis)
      at[axis] = (corner >> axis) & 1 ? static_cast<double>(a.shape[axis + 1] - 1) : 0;
    for (int row = 0; row < 3; ++row) {
      const auto& m = relative.m[row];
      largest = std::max(largest, std::abs(m[0] * at[0] + m[1] * at[1] + m[2] * at[2] + m[3] - at[row]));
    }
  }
  return largest;
}

void require_one_grid(const Held& first, const Held& other) {
  const Image &a = first.image, &b = other.image;
  constexpr const char* hint = "put them on one grid before: ResampleToMatch, or the same Spacing and size";
  if (a.dims != b.dims || !std::equal(a.shape.begin() + 1, a.shape.end(), b.shape.begin() + 1)) {
    throw Error(
        Reason::prepare,
        fmt::format("{} has shape {} and {} has {}", first.name, canonical(prepare_detail::shape_json(a)),
                    other.name, canonical(prepare_detail::shape_json(b))),
        hint);
  }
  if (const double shift = largest_shift(a, b); shift > grid_tolerance) {
    throw Error(Reason::prepare,
                fmt::format("{} and {} have the shape {} and lie {:.3g} voxels apart", first.name, other.name,
                            canonical(prepare_detail::shape_json(a)), shift),
                hint);
  }
}

/// A view of `n` channels.
Image channels_of(const Image& image, std::int64_t first, std::int64_t n) {
  Image view = prepare_detail::channel_of(image, first);
  view.shape[0] = n;
  return view;
}

/// The images' channels in their order, then the presence channels in that order.
Image joined(const std::vector<Held>& parts) {
  const Image& first = parts.front().image;
  std::int64_t n = 0;
  for (const Held& part : parts) n += part.image.shape[0] + (part.presence ? 1 : 0);
  Image out = prepare_detail::empty_like(first, {n, first.shape[1], first.shape[2], first.shape[3]});
  std::int64_t at = 0;
  for (const Held& part : parts) {
    prepare_detail::copy_values(part.image, channels_of(out, at, part.image.shape[0]));
    at += part.image.shape[0];
  }
  for (const Held& part : parts) {
    if (!part.presence) continue;
    Image channel = prepare_detail::channel_of(out, at++);
    prepare_detail::change_values(channel, [&](float) { return *part.presence; });
  }
  return out;
}

class SeveralImages {
 public:
  SeveralImages(std::vector<NamedVolume> inputs, const Plan& plan, const PrepareOptions& options)
      : inputs_(std::move(inputs)),
        plan_(plan),
        options_(options),
        executor_(prepare_detail::executor_for(options)) {
    const auto there = std::ranges::find_if(inputs_, [](const auto& one) { return one.volume.has_value(); });
    if (there == inputs_.end()) throw Error(Reason::missing_input, "the case has none of the model's inputs");
    const std::size_t first = static_cast<std::size_t>(there - inputs_.begin());
    std::vector<Image> images(inputs_.size());
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      if (inputs_[i].volume) images[i] = load(inputs_[i]);
    }
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      const NamedVolume& input = inputs_[i];
      if (!input.volume) images[i] = executor_->resumed(zeros_like(images[first], input.channels));
      std::optional<float> presence;
      if (input.with_presence_channel) presence = input.volume ? 1.0F : 0.0F;
      images[i].region = options.region;
      note(input.volume ? "volume" : "zeros", input.name, images[i]);
      held_.push_back({input.name, std::move(images[i]), presence});
    }
  }

  PreparedTensor run() {
    std::size_t last = plan_.steps.size();  // one past the last step that names images
    while (last > 0 && !names_images(plan_.steps[last - 1])) --last;
    for (std::size_t begin = 0; begin < last;) {
      std::size_t end = begin;
      while (!names_images(plan_.steps[end])) ++end;
      for (Held& one : held_) run_chain(one, begin, end);
      run_step_of_several(end);
      begin = end + 1;
    }
    if (held_.size() != 1) throw Error(ExitCode::internal, "the plan leaves several images");
    PreparedTensor tensor = prepare_detail::prepare_from(*executor_, std::move(held_.front().image), plan_,
                                                         last, std::move(trace_), options_);
    prepare_detail::note_filled(tensor, filled_);
    return tensor;
  }

 private:
  Image load(const NamedVolume& input) {
    const prepare_detail::Loading loading = prepare_detail::loading_of(plan_, input.name);
    if (prepare_detail::images_of(*input.volume, loading) != 1)
      throw Error(Reason::dimension, fmt::format("{} has {} frames; a plan of several images takes images "
                                                 "without a time axis",
                                                 input.name, input.volume->frames));
    prepare_detail::LoadedImage loaded = executor_->load(*input.volume, 0, loading);
    filled_ += loaded.filled;
    return std::move(loaded.image);
  }

  void note(std::string_view step, const std::string& image_name, const Image& image) {
    Json& entry = trace_.emplace_back(prepare_detail::trace_entry(step, image));
    entry["image"] = image_name;
  }

  /// The steps of one image between two that name several.
  void run_chain(Held& one, std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const std::vector<std::string>& keys = keys_of(plan_, i);
      if (!keys.empty() && std::ranges::find(keys, one.name) == keys.end()) continue;
      try {
        prepare_detail::run_step(*executor_, one.image, plan_, i);
      } catch (Error& error) {
        throw error.within(one.name);
      }
      note(name(plan_.steps[i]), one.name, one.image);
    }
  }

  HeldImages names() const {
    HeldImages names;
    for (const Held& one : held_) names.push_back(one.name);
    return names;
  }

  Held& held(const std::string& name) {
    const auto at = std::ranges::find(held_, name, &Held::name);
    if (at == held_.end()) throw Error(ExitCode::internal, "the plan names " + name + ", which is not held");
    return *at;
  }

  void run_step_of_several(std::size_t i) {
    const HeldImages before = names();
    const std::vector<std::string> named = images_of_step(plan_, i, before);
    std::vector<Held> made;
    try {
      if (const auto* match = std::get_if<step::ResampleToMatch>(&plan_.steps[i])) match_all(*match, named);
      if (const auto* copy = std::get_if<step::CopyItems>(&plan_.steps[i])) {
        for (std::size_t n = 0; n < named.size(); ++n)
          made.push_back({copy->names[n], held(named[n]).image, std::nullopt});
      }
      if (const auto* concat = std::get_if<step::ConcatItems>(&plan_.steps[i]))
        made.push_back({concat->output, concatenated(named), std::nullopt});
    } catch (Error& error) {
      throw error.within(step_title(plan_, i));
    }
    const HeldImages after = held_after(plan_, i, before);
    // ConcatItems may give its output the name of a part: old images go first.
    const std::size_t n_old = after.size() - made.size();
    std::erase_if(held_, [&](const Held& one) {
      return std::find(after.begin(), after.begin() + static_cast<std::ptrdiff_t>(n_old), one.name) ==
             after.begin() + static_cast<std::ptrdiff_t>(n_old);
    });
    for (Held& one : made) {
      note(name(plan_.steps[i]), one.name, one.image);
      held_.push_back(std::move(one));
    }
  }

  void match_all(const step::ResampleToMatch& step, const std::vector<std::string>& named) {
    const Image target = held(step.key_dst).image;
    for (const std::string& name : named) {
      if (name == step.key_dst) continue;
      Held& one = held(name);
      prepare_detail::match(one.image, target, step);
      note("ResampleToMatch", name, one.image);
    }
  }

  Image concatenated(const std::vector<std::string>& named) {
    std::vector<Held> parts;
    for (const std::string& name : named) parts.push_back(held(name));  // views: no value is copied
    for (const Held& part : parts) require_one_grid(parts.front(), part);
    for (Held& part : parts) part.image = executor_->with_values(part.image);
    return executor_->resumed(joined(parts));
  }

  std::vector<NamedVolume> inputs_;  ///< whose samples the images may still point to
  const Plan& plan_;
  const PrepareOptions& options_;
  std::unique_ptr<prepare_detail::Executor> executor_;
  std::int64_t filled_ = 0;  ///< values that were NaN or infinite
  std::vector<Held> held_;
  Json trace_ = Json::array();
};

}  // namespace

PreparedTensor prepare_several(std::vector<NamedVolume> inputs, const Plan& plan,
                               const PrepareOptions& options) {
  return SeveralImages(std::move(inputs), plan, options).run();
}

}  // namespace radbatch
