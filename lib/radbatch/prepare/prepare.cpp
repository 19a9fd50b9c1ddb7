#include "radbatch/prepare/prepare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <variant>

#include "radbatch/base/error.hpp"
#include "radbatch/prepare/chain.hpp"

namespace radbatch {
namespace {

using prepare_detail::Executor;
using prepare_detail::Image;
using prepare_detail::step_title;
using prepare_detail::trace_entry;

/// One run of a plan, or of its end from step `begin` on, over the frames of one image. The steps before
/// ExtractSlices work on a frame, those after it on one slice at a time, so that a long series is never held
/// twice. The trace follows the first item.
class Preparation {
 public:
  Preparation(Executor& executor, const Plan& plan, std::size_t begin, std::int64_t n_frames,
              const PrepareOptions& options)
      : executor_(executor), plan_(plan), begin_(begin), n_frames_(n_frames), options_(options) {
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
      prepare_detail::run_step(executor_, image, plan_, i);
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
        out_.trace.push_back(trace_entry("ExtractSlices", item));
        out_.trace.back()["items"] = per_frame_;
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
    if (!executor_.write(image, values_.data() + items_ * image.count()))
      throw Error(Reason::nonfinite, "the plan made NaN or infinite values of a finite image");
    ++items_;
  }

  void describe(const Image& image) {
    out_.shape.assign(image.shape.begin(), image.shape.begin() + 1 + image.dims);
    out_.affine_ras = image.ras;
    out_.axes = "N,C";
    for (int a = 0; a < image.dims; ++a) out_.axes += "," + image.axes[a];
    const auto count = static_cast<std::size_t>(image.count() * per_frame_ * n_frames_);
    if (options_.output) {
      values_ = options_.output(count);
    } else {
      out_.values.resize(count);
      values_ = out_.values;
    }
  }

  Executor& executor_;
  const Plan& plan_;
  std::size_t begin_;
  std::int64_t n_frames_;
  const PrepareOptions& options_;
  std::span<float> values_;     ///< of all items
  std::size_t cut_ = 0;         ///< index of ExtractSlices, or the number of steps
  std::int64_t per_frame_ = 1;  ///< items of one frame
  std::int64_t items_ = 0;      ///< appended so far
  PreparedTensor out_;
};

/// One step after the other, each with its values.
class ReferenceExecutor : public Executor {
 public:
  prepare_detail::LoadedImage load(const Volume& volume, std::int64_t frame,
                                   const prepare_detail::Loading& loading) override {
    return prepare_detail::load_image(volume, frame, loading);
  }
  void apply(Image& image, const PlanStep& step) override {
    const auto run = [&]<class Step>(const Step& s) {
      if constexpr (!prepare_detail::changes_nothing<Step>) prepare_detail::apply(image, s);
    };
    std::visit(run, step);
  }
  bool write(const Image& image, float* target) override {
    prepare_detail::copy_to_c_order(image, target);
    return std::all_of(target, target + image.count(), [](float v) { return std::isfinite(v); });
  }
};

}  // namespace

std::unique_ptr<Executor> prepare_detail::reference_executor() {
  return std::make_unique<ReferenceExecutor>();
}

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
  for (const std::string& flag : frame.flags) {
    if (std::find(all.flags.begin(), all.flags.end(), flag) == all.flags.end()) all.flags.push_back(flag);
  }
}

PreparedTensor prepare(const Volume& volume, const Plan& plan, const PrepareOptions& options) {
  const std::unique_ptr<Executor> executor = prepare_detail::executor_for(options);
  const prepare_detail::Loading loading = prepare_detail::loading_of(plan);
  const std::int64_t frames = prepare_detail::images_of(volume, loading);
  Preparation run(*executor, plan, 0, frames, options);
  std::int64_t filled = 0;
  for (std::int64_t frame = 0; frame < frames; ++frame) {
    prepare_detail::LoadedImage loaded = executor->load(volume, frame, loading);
    loaded.image.region = options.region;
    filled += loaded.filled;
    if (frame == 0) run.trace().push_back(trace_entry("volume", loaded.image));
    run.add(std::move(loaded.image));
  }
  PreparedTensor tensor = run.finish();
  prepare_detail::note_filled(tensor, filled);
  return tensor;
}

PreparedTensor prepare_detail::prepare_from(Executor& executor, Image image, const Plan& plan,
                                            std::size_t begin, Json trace, const PrepareOptions& options) {
  Preparation run(executor, plan, begin, 1, options);
  run.trace() = std::move(trace);
  run.add(std::move(image));
  return run.finish();
}

}  // namespace radbatch
