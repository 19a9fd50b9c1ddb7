#include "radbatch/prepare/prepare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <variant>

#include "radbatch/base/error.hpp"
#include "radbatch/prepare/executor.hpp"

namespace radbatch {
namespace {

using prepare_detail::Executor;
using prepare_detail::Image;

Json trace_entry(std::string_view name, const Image& image) {
  Json spacing = Json::array();
  for (int a = 0; a < image.dims; ++a) spacing.push_back(image.ras.spacing(a));
  return {{"name", std::string(name)}, {"shape", prepare_detail::shape_json(image)}, {"spacing_mm", spacing}};
}

/// One run of a plan over one volume. The steps before ExtractSlices work on a frame, those after it on one
/// slice at a time, so that a long series is never held twice. The trace follows the first item.
class Preparation {
 public:
  Preparation(const Volume& volume, const Plan& plan, Executor& executor)
      : volume_(volume), plan_(plan), executor_(executor), loading_(prepare_detail::loading_of(plan)) {
    const auto slices = std::find_if(plan.steps.begin(), plan.steps.end(), [](const PlanStep& s) {
      return std::holds_alternative<step::ExtractSlices>(s);
    });
    cut_ = static_cast<std::size_t>(slices - plan.steps.begin());
    out_.trace = Json::array();
  }

  PreparedTensor run(const PrepareOptions& options) {
    options_ = &options;
    for (std::int64_t frame = 0; frame < prepare_detail::images_of(volume_, loading_); ++frame) {
      Image image = load(frame);
      apply_steps(image, 0, cut_);
      if (cut_ == plan_.steps.size()) {
        append(image);
      } else {
        extract(image, std::get<step::ExtractSlices>(plan_.steps[cut_]));
      }
    }
    out_.shape.insert(out_.shape.begin(), items_);
    if (filled_ > 0) {
      out_.trace.front()["nonfinite_filled"] = filled_;
      out_.flags.emplace_back("W_NONFINITE_FILLED");
    }
    return std::move(out_);
  }

  /// The trace of the first item with what has been fused with what, as far as the plan gets without values.
  Json explain() {
    explains_ = true;
    try {
      return run({.output = [](std::size_t) { return std::span<float>(); }}).trace;
    } catch (const Error& error) {
      out_.trace.push_back({{"error", error.what()}});
    }
    return std::move(out_.trace);
  }

 private:
  void trace(std::string_view step, const Image& image) {
    out_.trace.push_back(trace_entry(step, image));
    if (explains_) out_.trace.back()["fused"] = executor_.take_notes();
  }

  Image load(std::int64_t frame) {
    prepare_detail::LoadedImage loaded = executor_.load(volume_, frame, loading_);
    filled_ += loaded.filled;
    if (items_ == 0) trace("volume", loaded.image);
    return std::move(loaded.image);
  }

  void apply_steps(Image& image, std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      try {
        executor_.apply(image, plan_.steps[i]);
      } catch (Error& error) {
        throw error.within(step_title(i));
      }
      if (items_ == 0) trace(name(plan_.steps[i]), image);
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
                                               step_title(cut_), from, axis, n));
    per_frame_ = to - from;
    for (std::int64_t index = from; index < to; ++index) {
      Image item = picture ? image : prepare_detail::slice_of(image, axis, index);
      if (items_ == 0) {
        trace("ExtractSlices", item);
        out_.trace.back()["items"] = per_frame_;
      }
      apply_steps(item, cut_ + 1, plan_.steps.size());
      append(item);
      if (explains_) return;
    }
  }

  void append(const Image& image) {
    if (items_ == 0) describe(image);
    if (!std::equal(out_.shape.begin(), out_.shape.end(), image.shape.begin()))
      throw Error(Reason::prepare,
                  fmt::format("item {} has shape {} and the first one {}", items_,
                              canonical(prepare_detail::shape_json(image)), canonical(Json(out_.shape))));
    const bool finite = executor_.write(image, explains_ ? nullptr : values_.data() + items_ * image.count());
    if (!finite) throw Error(Reason::nonfinite, "the plan made NaN or infinite values of a finite image");
    if (explains_) trace("tensor", image);
    ++items_;
  }

  void describe(const Image& image) {
    out_.shape.assign(image.shape.begin(), image.shape.begin() + 1 + image.dims);
    out_.affine_ras = image.ras;
    out_.axes = "N,C";
    for (int a = 0; a < image.dims; ++a) out_.axes += "," + image.axes[a];
    const auto count = static_cast<std::size_t>(image.count() * per_frame_ *
                                                prepare_detail::images_of(volume_, loading_));
    if (options_->output) {
      values_ = options_->output(count);
    } else {
      out_.values.resize(count);
      values_ = out_.values;
    }
  }

  std::string step_title(std::size_t i) const {
    return fmt::format("step {} of the plan ({})", i + 1, name(plan_.steps[i]));
  }

  const Volume& volume_;
  const Plan& plan_;
  Executor& executor_;
  const prepare_detail::Loading loading_;
  const PrepareOptions* options_ = nullptr;
  std::span<float> values_;     ///< of all items
  std::int64_t filled_ = 0;     ///< values that were NaN or infinite
  std::size_t cut_ = 0;         ///< index of ExtractSlices, or the number of steps
  std::int64_t per_frame_ = 1;  ///< items of one frame
  std::int64_t items_ = 0;      ///< appended so far
  bool explains_ = false;
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
    std::visit(
        [&](const auto& s) {
          using Step = std::decay_t<decltype(s)>;
          if constexpr (!prepare_detail::changes_nothing<Step> && !std::is_same_v<Step, step::ExtractSlices>)
            prepare_detail::apply(image, s);
        },
        step);
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
  for (std::string& flag : frame.flags) {
    if (std::ranges::find(all.flags, flag) == all.flags.end()) all.flags.push_back(std::move(flag));
  }
  if ((all.values.size() + frame.values.size()) * sizeof(float) > max_bytes)
    throw Error(Reason::too_large,
                fmt::format("the tensor of {} frames needs more memory than a case may take",
                            all.shape[0] + frame.shape[0]),
                "take fewer with --frames");
  all.shape[0] += frame.shape[0];
  all.values.insert(all.values.end(), frame.values.begin(), frame.values.end());
}

PreparedTensor prepare(const Volume& volume, const Plan& plan, const PrepareOptions& options) {
  const std::unique_ptr<Executor> executor = options.reference
                                                 ? prepare_detail::reference_executor()
                                                 : prepare_detail::fused_executor(options.threads);
  return Preparation(volume, plan, *executor).run(options);
}

Json explain_fusion(const Plan& plan, const Volume& facts) {
  const std::unique_ptr<Executor> executor = prepare_detail::explaining_executor();
  return Preparation(facts, plan, *executor).explain();
}

}  // namespace radbatch
