#include "radbatch/prepare/prepare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <variant>

#include "radbatch/base/error.hpp"
#include "radbatch/prepare/chain.hpp"

namespace radbatch {
namespace {

using prepare_detail::Image;

using prepare_detail::step_title;
using prepare_detail::trace_entry;

/// One run of a plan, or of its end from step `begin` on, over the frames of one image. The steps before
/// ExtractSlices work on a frame, those after it on one slice at a time, so that a long series is never held
/// twice. The trace follows the first item.
class Preparation {
 public:
  Preparation(const Plan& plan, std::size_t begin, std::int64_t n_frames)
      : plan_(plan), begin_(begin), n_frames_(n_frames) {
    const auto slices = std::find_if(plan.steps.begin(), plan.steps.end(), [](const PlanStep& s) {
      return std::holds_alternative<step::ExtractSlices>(s);
    });
    cut_ = static_cast<std::size_t>(slices - plan.steps.begin());
    out_.trace = Json::array();
  }

  Json& trace() { return out_.trace; }

  void add(Image frame) {
    apply_steps(frame, begin_, cut_);
    if (cut_ == plan_.steps.size()) {
      append(frame);
    } else {
      extract(frame, std::get<step::ExtractSlices>(plan_.steps[cut_]));
    }
  }

  PreparedTensor finish() {
    out_.shape.insert(out_.shape.begin(), items_);
    return std::move(out_);
  }

 private:
  void apply_steps(Image& image, std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      prepare_detail::run_step(image, plan_, i);
      if (items_ == 0) out_.trace.push_back(trace_entry(name(plan_.steps[i]), image));
    }
  }

  void extract(const Image& image, const step::ExtractSlices& s) {
    const bool picture = image.dims == 2;
    const int axis = static_cast<int>(s.axis);
    const std::int64_t n = picture ? 1 : image.shape[axis + 1];
    const std::int64_t from = picture ? 0 : s.from;
    const std::int64_t to = picture ? 1 : std::min(s.to.value_or(n), n);
    if (from >= to)
      throw Error(Reason::prepare, fmt::format("{}: slices from {} are wanted, axis {} has {}",
                                               step_title(plan_, cut_), from, axis, n));
    per_frame_ = to - from;
    for (std::int64_t index = from; index < to; ++index) {
      Image item = picture ? image : prepare_detail::slice_of(image, axis, index);
      if (items_ == 0) {
        Json entry = trace_entry("ExtractSlices", item);
        entry["items"] = per_frame_;
        out_.trace.push_back(std::move(entry));
      }
      apply_steps(item, cut_ + 1, plan_.steps.size());
      append(item);
    }
  }

  void append(const Image& image) {
    if (items_ == 0) describe(image);
    if (!std::equal(out_.shape.begin(), out_.shape.end(), image.shape.begin()))
      throw Error(Reason::prepare,
                  fmt::format("item {} has shape {} and the first one {}", items_,
                              canonical(prepare_detail::shape_json(image)), canonical(Json(out_.shape))));
    const std::size_t at = out_.values.size();
    out_.values.resize(at + static_cast<std::size_t>(image.count()));
    prepare_detail::copy_to_c_order(image, out_.values.data() + at);
    const bool finite = std::all_of(out_.values.begin() + static_cast<std::ptrdiff_t>(at), out_.values.end(),
                                    [](float v) { return std::isfinite(v); });
    if (!finite) throw Error(Reason::nonfinite, "the plan made NaN or infinite values of a finite image");
    ++items_;
  }

  void describe(const Image& image) {
    out_.shape.assign(image.shape.begin(), image.shape.begin() + 1 + image.dims);
    out_.affine_ras = image.ras;
    out_.axes = "N,C";
    for (int a = 0; a < image.dims; ++a) out_.axes += "," + image.axes[a];
    out_.values.reserve(static_cast<std::size_t>(image.count() * per_frame_ * n_frames_));
  }

  const Plan& plan_;
  std::size_t begin_;
  std::int64_t n_frames_;
  std::size_t cut_ = 0;         ///< index of ExtractSlices, or the number of steps
  std::int64_t per_frame_ = 1;  ///< items of one frame
  std::int64_t items_ = 0;      ///< appended so far
  PreparedTensor out_;
};

}  // namespace

void append(PreparedTensor& all, PreparedTensor frame, std::uint64_t max_bytes) {
  if (all.shape.empty()) {
    all = std::move(frame);
    return;
  }
  if (!std::equal(all.shape.begin() + 1, all.shape.end(), frame.shape.begin() + 1, frame.shape.end()))
    throw Error(Reason::prepare, fmt::format("frames come out in shapes {} and {}",
                                             canonical(Json(all.shape)), canonical(Json(frame.shape))));
  if ((all.values.size() + frame.values.size()) * sizeof(float) > max_bytes)
    throw Error(Reason::too_large,
                fmt::format("the tensor of {} frames needs more memory than a case may take",
                            all.shape[0] + frame.shape[0]),
                "take fewer with --frames");
  all.shape[0] += frame.shape[0];
  all.values.insert(all.values.end(), frame.values.begin(), frame.values.end());
}

PreparedTensor prepare(const Volume& volume, const Plan& plan, const std::optional<Region>& region) {
  Preparation run(plan, 0, volume.frames);
  for (std::int64_t frame = 0; frame < volume.frames; ++frame) {
    Image image = prepare_detail::frame_of(volume, frame);
    image.region = region;
    if (frame == 0) run.trace().push_back(trace_entry("volume", image));
    run.add(std::move(image));
  }
  return run.finish();
}

PreparedTensor prepare_detail::prepare_from(Image image, const Plan& plan, std::size_t begin, Json trace) {
  Preparation run(plan, begin, 1);
  run.trace() = std::move(trace);
  run.add(std::move(image));
  return run.finish();
}

}  // namespace radbatch
