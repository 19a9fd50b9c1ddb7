#include "radbatch/batch/explain_stage.hpp"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/engine/explain.hpp"
#include "radbatch/study/attributes.hpp"
#include "radbatch/volume/affine.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

const fs::path FOLDER = "explanations";

FileDescriptor anonymous_memory() {
  FileDescriptor file(::memfd_create("radbatch-map", MFD_CLOEXEC));
  if (!file) throw Error(Reason::out_of_memory, "no memory for the map");
  return file;
}

/// A tensor that was made before does not say whether its image had a place in a patient: of pictures it is
/// not to be believed, nor of other software's.
bool has_geometry(const PreparedImage& prepared, const WantedImage& wanted) {
  const auto image = prepared.answer.find("image");
  if (image != prepared.answer.end()) return image->value("has_geometry", true);
  return !wanted.is_external && prepared.shape.size() == 5;
}

Affine affine_of(const PreparedImage& prepared) {
  Affine ras;
  for (std::size_t i = 0; i < 16; ++i) ras.m[i / 4][i % 4] = prepared.answer.at("affine_ras").at(i);
  return ras;
}

/// All bytes of the map; a worker may have written others than it says.
std::vector<float> read_floats(int fd, std::size_t count) {
  struct stat facts {};
  if (::fstat(fd, &facts) != 0 || static_cast<std::uint64_t>(facts.st_size) != count * sizeof(float))
    throw Error(Reason::model_output, "the map has not the size of the tensor");
  std::vector<float> values(count);
  auto* bytes = reinterpret_cast<char*>(values.data());
  for (std::size_t done = 0; done < count * sizeof(float);) {
    const ssize_t n = ::pread(fd, bytes + done, count * sizeof(float) - done, static_cast<off_t>(done));
    if (n <= 0) throw Error(Reason::io, "the map cannot be read back");
    done += static_cast<std::size_t>(n);
  }
  if (!std::ranges::all_of(values, [](float v) { return std::isfinite(v); }))
    throw Error(Reason::nonfinite, "the map is not finite");
  return values;
}

/// Some radiographs say 0.
bool knows_pixel_size(const Json& attributes) {
  return std::ranges::any_of(std::array{"PixelSpacing", "ImagerPixelSpacing"}, [&](std::string_view keyword) {
    const std::vector<double> steps = numbers_of(attributes, keyword);
    return steps.size() == 2 && steps[0] > 0 && steps[1] > 0;
  });
}

std::size_t count_of(const std::vector<std::int64_t>& shape) {
  return static_cast<std::size_t>(
      std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>()));
}

}  // namespace

bool items_are_slices(const Bundle& bundle, const PreparedImage& prepared) {
  const Json& image = prepared.answer.value("image", Json::object());
  const bool is_even = std::ranges::find(prepared.flags, "W_UNEVEN_SLICES") == prepared.flags.end();
  if (prepared.shape.size() != 4 || prepared.shape[0] < 2 || image.value("frames", 1) != 1 || !is_even)
    return false;
  bool has_slices = false;
  for (const PlanStep& step : bundle.plan.steps) {
    if (std::holds_alternative<step::ExtractSlices>(step)) has_slices = true;
    // Cuts each slice elsewhere.
    if (has_slices && std::holds_alternative<step::CropForeground>(step)) return false;
  }
  return has_slices;
}

ExplainStage::ExplainStage(const Explanations& explanations, const Bundle& bundle, fs::path run_folder,
                           const WantedImage& wanted)
    : explanations_(explanations), bundle_(bundle), run_folder_(std::move(run_folder)), wanted_(wanted) {}

bool ExplainStage::begin(const Json& result, const PreparedImage& prepared, const ClassifyPass& pass) {
  const auto finding = explanations_.wanted(wanted_.case_id, result);
  if (!finding) return false;
  finding_ = *finding;
  prepared_ = &prepared;
  step_ = Step::map;
  record_ = {{"finding", finding_.label}, {"settings", explanations_.settings()}};
  try {
    choose_items(pass);
    map_shape_ = {static_cast<std::int64_t>(items_.size())};
    map_shape_.insert(map_shape_.end(), prepared.shape.begin() + 2, prepared.shape.end());
    file_ = anonymous_memory();
  } catch (const Error& problem) {
    failed(problem.reason().value_or(Reason::model_output), problem.message());
  }
  return is_under_way();
}

/// The items that speak loudest for the finding.
void ExplainStage::choose_items(const ClassifyPass& pass) {
  const Head& head = bundle_.heads.at(finding_.head);
  const ExplainTarget target{head.output, static_cast<std::int64_t>(finding_.finding),
                             head.activation == Activation::softmax};
  const std::vector<double> scores = target_values(target, pass.outputs);
  if (scores.size() != static_cast<std::size_t>(prepared_->shape.at(0)))
    throw Error(Reason::model_output, "the network answered for other items than the tensor has");
  items_.resize(scores.size());
  std::iota(items_.begin(), items_.end(), 0);
  std::ranges::stable_sort(items_, std::greater<>(),
                           [&](std::int64_t i) { return scores[static_cast<std::size_t>(i)]; });
  items_.resize(std::min(items_.size(), explanations_.most_items()));
  std::ranges::sort(items_);
  record_["items"] = items_;
}

WorkRequest ExplainStage::next() {
  return step_ == Step::map ? map_request() : picture_request();
}

WorkRequest ExplainStage::map_request() const {
  const Head& head = bundle_.heads.at(finding_.head);
  Json body = explanations_.settings();
  body.update({{"op", "explain"},
               {"shape", prepared_->shape},
               {"items", items_},
               {"output", head.output},
               {"class", finding_.finding},
               {"softmax", head.activation == Activation::softmax}});
  return {"classify", std::move(body), true, {file_.get()}};
}

std::string ExplainStage::file_stem() const {
  return (FOLDER / (wanted_.case_id + "_" + finding_.label)).string();
}

/// A map has a place in the patient when its tensor has: of three axes, or of the slices of a volume.
bool ExplainStage::has_volume() const {
  return has_geometry(*prepared_, wanted_) &&
         (prepared_->shape.size() == 5 || items_are_slices(bundle_, *prepared_));
}

WorkRequest ExplainStage::picture_request() {
  const Json& answer = prepared_->answer;
  Json body = {{"op", "overlay"},
               {"shape", prepared_->shape},
               {"affine_ras", answer.at("affine_ras")},
               {"has_geometry", has_geometry(*prepared_, wanted_)},
               {"items", items_},
               {"title", finding_.label},
               {"method", explanations_.settings().at("method")},
               {"slices", items_are_slices(bundle_, *prepared_)},
               {"picture", explanations_.may_draw(prepared_->flags)},
               {"volume", has_volume()}};
  const Json& facts = wanted_.candidate->attributes;
  body["orientation"] = text_of(facts, "PatientOrientation");
  body["has_scale"] = has_geometry(*prepared_, wanted_) || knows_pixel_size(facts);
  std::vector<int> descriptors{file_.get()};
  if (has_volume()) {
    volume_ = std::make_unique<PendingFile>(run_folder_ / (file_stem() + ".nii.gz"));
    descriptors.push_back(volume_->fd());
  }
  return {"image", std::move(body), true, std::move(descriptors)};
}

void ExplainStage::answered(const Json& answer) {
  if (step_ == Step::map) {
    read_map(answer);
    const bool has_picture = explanations_.may_draw(prepared_->flags) || has_volume();
    step_ = has_picture ? Step::picture : Step::done;
  } else {
    keep_picture(answer);
    step_ = Step::done;
  }
}

void ExplainStage::read_map(const Json& answer) {
  if (answer.at("shape").get<std::vector<std::int64_t>>() != map_shape_)
    throw Error(Reason::model_output, "the map has not the shape of the tensor");
  const auto scores = answer.at("score").get<std::vector<double>>();
  const auto baselines = answer.at("baseline_score").get<std::vector<double>>();
  if (scores.size() != items_.size() || baselines.size() != items_.size())
    throw Error(Reason::model_output, "the map has other items than were asked for");
  const auto runs = answer.at("runs").get<std::size_t>();
  std::vector<float> map = read_floats(file_.get(), count_of(map_shape_));
  map_ = std::move(map);
  record_["runs"] = runs;
  note_peak();
  const auto at = record_["peak"]["at"].get<std::vector<std::int64_t>>().front();
  record_["score"] = scores.at(static_cast<std::size_t>(at));
  if (explanations_.settings().at("method") != "integrated-gradients") return;
  const std::size_t per_item = map_.size() / items_.size();
  const auto first = map_.begin() + static_cast<std::ptrdiff_t>(per_item) * at;
  record_["baseline_score"] = baselines.at(static_cast<std::size_t>(at));
  record_["sum"] = std::accumulate(first, first + static_cast<std::ptrdiff_t>(per_item), 0.0);
}

/// The largest absolute value of the map, the first of equals, and where in the patient it is.
void ExplainStage::note_peak() {
  const auto largest = std::ranges::max_element(map_, {}, [](float v) { return std::abs(v); });
  auto rest = static_cast<std::int64_t>(largest - map_.begin());
  std::vector<std::int64_t> at(map_shape_.size());
  for (std::size_t axis = map_shape_.size(); axis-- > 0;) {
    at[axis] = rest % map_shape_[axis];
    rest /= map_shape_[axis];
  }
  std::vector<std::int64_t> voxel(at.begin() + 1, at.end());
  const std::int64_t item = items_.at(static_cast<std::size_t>(at[0]));
  record_["peak"] = {{"value", *largest}, {"at", at}, {"item", item}, {"voxel", voxel}};
  if (!has_geometry(*prepared_, wanted_) || (voxel.size() == 2 && prepared_->shape[0] > 1 && !has_volume()))
    return;
  if (voxel.size() == 2) voxel.push_back(has_volume() ? item : 0);
  const Affine lps = lps_to_ras(affine_of(*prepared_));
  std::vector<double> mm;
  for (std::size_t row = 0; row < 3; ++row) {
    mm.push_back(0 + lps.m[row][3]);  // never -0, which tables would show
    for (std::size_t axis = 0; axis < voxel.size(); ++axis)
      mm.back() += lps.m[row][axis] * static_cast<double>(voxel[axis]);
  }
  record_["peak"]["lps_mm"] = mm;
}

void ExplainStage::keep_picture(const Json& answer) {
  if (const std::string picture = from_base64(answer.value("picture", "")); !picture.empty()) {
    make_folder(run_folder_ / FOLDER);
    write_file_atomically(run_folder_ / (file_stem() + ".png"), picture);
    record_["picture"] = file_stem() + ".png";
  }
  if (!volume_) return;
  volume_->commit();
  volume_.reset();
  record_["volume"] = file_stem() + ".nii.gz";
}

void ExplainStage::failed(Reason reason, const std::string& detail) {
  record_["reason"] = code(reason);
  record_["detail"] = detail;
  volume_.reset();
  step_ = Step::done;
}

void ExplainStage::begin_again() {
  // Should this fail, the map gets a size that read_floats refuses.
  if (step_ == Step::map && ::ftruncate(file_.get(), 0) == 0) ::lseek(file_.get(), 0, SEEK_SET);
  if (volume_) volume_->rewind();
}

std::optional<CaseArray> ExplainStage::array() const {
  if (map_.empty()) return std::nullopt;
  CaseArray array;
  array.info.input = "explanation";
  array.info.shape = map_shape_;
  const std::string& axes = prepared_->answer.at("axes").get_ref<const std::string&>();
  array.info.axes = axes.starts_with("N,C") ? "N" + axes.substr(3) : axes;
  prepared_->answer.at("spacing_mm").get_to(array.info.spacing_mm);
  prepared_->answer.at("affine_ras").get_to(array.info.affine_ras);
  array.info.attributes = {
      {"finding", finding_.label}, {"settings", explanations_.settings()}, {"items", items_}};
  array.values = map_;
  return array;
}

}  // namespace radbatch
