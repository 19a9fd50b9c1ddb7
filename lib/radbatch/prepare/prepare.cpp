#include "radbatch/prepare/prepare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <variant>

#include "radbatch/base/error.hpp"
#include "radbatch/prepare/loading.hpp"
#include "radbatch/prepare/steps.hpp"

namespace radbatch {
namespace {

using prepare_detail::Image;

template <class Step>
constexpr bool changes_nothing =
    std::is_same_v<Step, step::LoadImage> || std::is_same_v<Step, step::EnsureChannelFirst> ||
    std::is_same_v<Step, step::SampleFrames>;

Json trace_entry(std::string_view name, const Image& image) {
  Json spacing = Json::array();
  for (int a = 0; a < image.dims; ++a) spacing.push_back(image.ras.spacing(a));
  return {{"name", std::string(name)}, {"shape", prepare_detail::shape_json(image)}, {"spacing_mm", spacing}};
}

/// One run of a plan over one volume. The steps before ExtractSlices work on a frame, those after it on one
/// slice at a time, so that a long series is never held twice. The trace follows the first item.
class Preparation {
 public:
  Preparation(const Volume& volume, const Plan& plan)
      : volume_(volume), plan_(plan), loading_(prepare_detail::loading_of(plan)) {
    const auto slices = std::find_if(plan.steps.begin(), plan.steps.end(), [](const PlanStep& s) {
      return std::holds_alternative<step::ExtractSlices>(s);
    });
    cut_ = static_cast<std::size_t>(slices - plan.steps.begin());
    out_.trace = Json::array();
  }

  PreparedTensor run() {
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

 private:
  Image load(std::int64_t frame) {
    prepare_detail::LoadedImage loaded = prepare_detail::load_image(volume_, frame, loading_);
    filled_ += loaded.filled;
    if (items_ == 0) out_.trace.push_back(trace_entry("volume", loaded.image));
    return std::move(loaded.image);
  }

  void apply_steps(Image& image, std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      try {
        std::visit([&](const auto& s) { apply_step(image, s); }, plan_.steps[i]);
      } catch (Error& error) {
        throw error.within(step_title(i));
      }
      if (items_ == 0) out_.trace.push_back(trace_entry(name(plan_.steps[i]), image));
    }
  }
  template <class Step>
  static void apply_step(Image& image, const Step& s) {
    if constexpr (!changes_nothing<Step> && !std::is_same_v<Step, step::ExtractSlices>)
      prepare_detail::apply(image, s);
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
    out_.values.reserve(static_cast<std::size_t>(image.count() * per_frame_ * volume_.frames));
  }

  std::string step_title(std::size_t i) const {
    return fmt::format("step {} of the plan ({})", i + 1, name(plan_.steps[i]));
  }

  const Volume& volume_;
  const Plan& plan_;
  const prepare_detail::Loading loading_;
  std::int64_t filled_ = 0;     ///< values that were NaN or infinite
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

PreparedTensor prepare(const Volume& volume, const Plan& plan) {
  return Preparation(volume, plan).run();
}

}  // namespace radbatch
