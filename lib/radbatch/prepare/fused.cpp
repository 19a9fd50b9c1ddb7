// The fused executor: steps on pending images, values computed once, straight into the tensor.
#include <algorithm>
#include <atomic>
#include <concepts>
#include <utility>
#include <variant>

#include "radbatch/base/error.hpp"
#include "radbatch/base/parallel.hpp"
#include "radbatch/prepare/executor.hpp"
#include "radbatch/prepare/fused_execution.hpp"
#include "radbatch/prepare/fused_kernels.hpp"

namespace radbatch::prepare_detail {
namespace {

template <class Step>
concept ValueStep = requires(Image& image, const Step& step) {
  apply_later(image, step);
};

bool changes_type(const step::Conversion& type) {
  return type && *type != step::NumberType::float32;
}

/// Whether the step ends with a conversion, which no map of values is.
template <class Step>
bool rounds(const Step& s) {
  if constexpr (requires { changes_type(s.dtype); }) return changes_type(s.dtype);
  return false;
}

bool is_finite(std::span<const float> values, std::size_t threads) {
  constexpr std::size_t part = 1 << 20;
  std::atomic<bool> finite{true};
  parallel_for((values.size() + part - 1) / part, threads, [&](std::size_t i) {
    if (!all_finite(values.subspan(i * part, std::min(part, values.size() - i * part)))) finite = false;
  });
  return finite;
}

class FusedExecutor : public Executor {
 public:
  FusedExecutor(std::size_t threads, bool only_explains) : run_{threads, only_explains, {}} {}

  LoadedImage load(const Volume& volume, std::int64_t frame, const Loading& loading) override {
    Image image = joins_frames(volume, loading) ? joined_geometry(volume) : frame_geometry(volume);
    Source source{volume.type, nullptr, image.shape, image.strides, nullptr};
    if (!run_.only_explains) {
      const auto count = static_cast<std::size_t>(image.count());
      const std::size_t first = static_cast<std::size_t>(frame) * count;
      source.samples = volume.samples.data() + first * bytes_per_sample(volume.type);
      const bool finite = volume.type != SampleType::float32 ||
                          is_finite(volume.samples.as<float>().subspan(first, count), run_.threads);
      if (!finite || changes_type(loading.load.dtype)) {
        LoadedImage loaded = load_image(volume, frame, loading);
        loaded.image = pending_again(loaded.image, run_);
        return loaded;
      }
    }
    image = pending_image(image, source, run_);
    apply_reader(image, loading.load, volume.has_geometry);
    return {std::move(image), 0};
  }

  void apply(Image& image, const PlanStep& step) override {
    std::visit([&](const auto& s) { apply_one(image, s); }, step);
  }

  Image with_values(const Image& image) override {
    return image.pending ? prepare_detail::with_values(image, "reads values") : image;
  }

  Image resumed(Image image) override { return image.pending ? image : pending_again(image, run_); }

  bool write(const Image& image, float* target) override {
    const Image last = settled(image);
    if (run_.only_explains) {
      run_.notes.emplace_back("values are computed straight into the tensor");
      return true;
    }
    const auto& n = last.shape;
    return execute(*last.pending, target, {n[1] * n[2] * n[3], n[2] * n[3], n[3], 1});
  }

  std::vector<std::string> take_notes() override { return std::exchange(run_.notes, {}); }

 private:
  template <class Step>
  void apply_one(Image& image, const Step& s) {
    if constexpr (changes_nothing<Step>) {
      return;
    } else {
      if constexpr (ValueStep<Step>) {
        if (!rounds(s)) return apply_later(image, s);
      }
      try {
        Image next = image;
        prepare_detail::apply(next, s);
        if (run_.notes.empty() && next.ras != image.ras)
          run_.notes.emplace_back("moves indices only: table rows");
        image = std::move(next);
      } catch (const ValuesPending&) {
        Image values = prepare_detail::with_values(image, "reads values");
        prepare_detail::apply(values, s);
        image = pending_again(values, run_);
      }
    }
  }

  FusedRun run_;
};

}  // namespace

std::unique_ptr<Executor> fused_executor(std::size_t threads) {
  return std::make_unique<FusedExecutor>(std::max<std::size_t>(threads, 1), false);
}

std::unique_ptr<Executor> explaining_executor() {
  return std::make_unique<FusedExecutor>(1, true);
}

}  // namespace radbatch::prepare_detail
