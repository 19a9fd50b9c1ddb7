// How the steps of a plan are carried out. Preparation (prepare.cpp) walks the plan, keeps the trace and
// names the step in errors; an executor holds the values. There are two, with the same step functions and two
// arithmetics: the reference computes each step in turn, the fused one puts off what it can
// (fused_pending.hpp).
#pragma once

#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "radbatch/prepare/loading.hpp"
#include "radbatch/prepare/steps.hpp"

namespace radbatch::prepare_detail {

class Executor {
 public:
  Executor() = default;
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;
  virtual ~Executor() = default;

  /// The image as the training code's reader gave it. Throws as load_image.
  virtual LoadedImage load(const Volume& volume, std::int64_t frame, const Loading& loading) = 0;
  virtual void apply(Image& image, const PlanStep& step) = 0;
  /// The image with its values, for what works on several; and back.
  virtual Image with_values(const Image& image) { return image; }
  virtual Image resumed(Image image) { return image; }
  /// Writes the values in C order of (channel, i, j, k); false where one is not finite.
  virtual bool write(const Image& image, float* target) = 0;
  /// What has been done since the last call, in words.
  virtual std::vector<std::string> take_notes() { return {}; }
};

std::unique_ptr<Executor> reference_executor();
std::unique_ptr<Executor> fused_executor(std::size_t threads);
/// Plans as the fused executor does, without samples: a volume's size and geometry are enough.
std::unique_ptr<Executor> explaining_executor();

/// Steps that are carried out elsewhere: by loading, by Preparation, by prepare_several.
template <class Step>
constexpr bool changes_nothing =
    std::is_same_v<Step, step::LoadImage> || std::is_same_v<Step, step::EnsureChannelFirst> ||
    std::is_same_v<Step, step::SampleFrames> || std::is_same_v<Step, step::ExtractSlices> ||
    std::is_same_v<Step, step::ResampleToMatch> || std::is_same_v<Step, step::ConcatItems> ||
    std::is_same_v<Step, step::CopyItems> || std::is_same_v<Step, step::SelectItems> ||
    std::is_same_v<Step, step::DeleteItems>;

}  // namespace radbatch::prepare_detail
