#include "radbatch/batch/convert_work.hpp"

#include <algorithm>
#include <numeric>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/batch/gradient_table.hpp"
#include "radbatch/batch/sidecar.hpp"
#include "radbatch/study/attributes.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

FileKind kind_of(const std::string& format) {
  if (format == "nrrd") return FileKind::nrrd;
  if (format == "mha") return FileKind::metaimage;
  if (format == "png") return FileKind::png;
  return format == "h5" ? FileKind::none : FileKind::nifti;
}

std::string padded(std::int64_t number, std::int64_t most) {
  const std::string digits = std::to_string(number);
  const std::size_t width = std::max<std::size_t>(4, std::to_string(most).size());
  return std::string(width - std::min(width, digits.size()), '0') + digits;
}

class ConvertWork : public CaseWork {
 public:
  ConvertWork(const Case& one, ConvertPlan plan) : case_(one), plan_(std::move(plan)) {
    outcome_.case_id = one.id;
    skip_unusable();
  }

  const std::string& case_id() const override { return case_.id; }

  std::uint64_t cost_bytes() const override {
    double largest = 0;
    for (const Candidate& candidate : case_.candidates) {
      double samples = 8;
      for (double extent : numbers_of(candidate.attributes, "size")) samples *= std::max(extent, 1.0);
      samples *= static_cast<double>(most_frames(plan_.frames, candidate.attributes));
      samples *= number_of(candidate.attributes, "channels").value_or(1);
      largest = std::max(largest, samples);
    }
    return static_cast<std::uint64_t>(std::min(largest, 9e18));
  }

  std::optional<WorkRequest> next() override {
    if (at_ >= case_.candidates.size()) return std::nullopt;
    if (!pending_) pending_ = std::make_unique<PendingFile>(plan_.out / file_name());
    pending_->rewind();
    Json request{{"op", "convert"},
                 {"source", to_json(case_.candidates[at_].source)},
                 {"format", plan_.format},
                 {"case_id", case_.id},
                 {"image", fs::path(name()).filename().string()},
                 {"keep_phi", plan_.keep_phi},
                 {"preview", at_ < plan_.preview.size() && plan_.preview[at_]}};
    if (at_ < plan_.grid.size() && !plan_.grid[at_].empty()) request["grid"] = plan_.grid[at_];
    return WorkRequest{"image", std::move(request), false, {pending_->fd()}};
  }

  void answered(const Json& answer, const SharedBuffer*) override {
    const Json written = answer.value("written", Json::object());
    Json file = {{"image", at_},
                 {"path", file_name()},
                 {"digests", answer.at("digests").get<std::vector<std::string>>()},
                 {"kind", radbatch::name(kind_of(plan_.format))}};
    const auto parts = written.value("parts", std::vector<std::uint64_t>{});
    if (parts.empty()) {
      pending_->commit();
      file["bytes"] = fs::file_size(plan_.out / file_name());
    } else {
      commit_slices(parts, answer.at("image"), file);
    }
    pending_.reset();
    if (const Json flags = answer.value("flags", Json::array()); !flags.empty()) file["flags"] = flags;
    if (const Json changed = changed_facts(case_.candidates[at_], answer); !changed.empty())
      file["facts"] = changed;
    const Json image = answer.value("image", Json::object());
    if (const auto frames = image.value("frames", std::int64_t{1}); frames > 1) file["frames"] = frames;
    write_sidecar(answer, written, file.value("facts", Json::object()));
    write_gradients(answer, file);
    write_preview(answer);
    files_.push_back(std::move(file));
    ++at_;
    skip_unusable();
  }

  void failed(Reason reason, const std::string& detail) override {
    files_.push_back({{"image", at_}, {"reason", code(reason)}, {"detail", detail}});
    pending_.reset();
    ++at_;
    skip_unusable();
  }

  void begin_again() override {
    if (pending_) pending_->rewind();
  }

  CaseOutcome finish() override {
    const Json* fault = nullptr;
    for (const Json& file : files_) {
      if (file.contains("path")) ++outcome_.n_inputs;
      if (file.contains("reason") && !fault) fault = &file;
    }
    outcome_.result = {{"files", files_}};
    if (!previews_.empty()) outcome_.result["previews"] = previews_;
    if (outcome_.n_inputs > 0) {
      outcome_.status = Status::done;
      outcome_.content_key = sha256_hex(canonical(files_));
      return std::move(outcome_);
    }
    const auto reason = fault ? find_reason((*fault)["reason"].get<std::string>()) : std::nullopt;
    outcome_.reason = reason.value_or(Reason::no_series);
    outcome_.status = info(*outcome_.reason).status;
    outcome_.detail = fault ? (*fault)["detail"].get<std::string>() : "the case has no image";
    return std::move(outcome_);
  }

 private:
  const std::string& name() const { return plan_.names.at(at_); }
  /// Of the image at hand, below the run folder.
  std::string file_name() const { return name() + "." + plan_.format; }

  void skip_unusable() {
    for (; at_ < case_.candidates.size(); ++at_) {
      const Candidate& candidate = case_.candidates[at_];
      std::optional<GridRefusal> refusal;
      if (at_ < plan_.refused.size()) refusal = plan_.refused[at_];
      if (candidate.reason) refusal = {*candidate.reason, candidate.detail};
      if (!refusal) return;
      files_.push_back({{"image", at_}, {"reason", code(refusal->reason)}, {"detail", refusal->detail}});
    }
  }

  void commit_slices(const std::vector<std::uint64_t>& parts, const Json& image, Json& file) {
    const auto slices = image.at("size").at(2).get<std::int64_t>();
    const auto frames = image.at("frames").get<std::int64_t>();
    if (slices < 1 || frames < 1 ||
        static_cast<std::size_t>(slices) * static_cast<std::size_t>(frames) != parts.size()) {
      throw Error(Reason::decoder_crash, "the worker's list of slices does not fit its image");
    }
    std::vector<fs::path> paths;
    for (const std::string& path : slice_paths(name(), slices, frames)) paths.push_back(plan_.out / path);
    pending_->commit_parts(parts, paths);
    file["bytes"] = std::accumulate(parts.begin(), parts.end(), std::uint64_t{0});
    if (parts.size() == 1) return;
    file["path"] = name();
    file["slices"] = slices;
    file["frames"] = frames;
  }

  void write_sidecar(const Json& answer, const Json& written, const Json& changed) const {
    const Candidate& candidate = case_.candidates[at_];
    Json header = answer.value("header", Json::object());
    if (header.empty()) {  // not DICOM: what the scan or the tool before knows
      header = candidate.source.attributes;
      header.update(candidate.attributes);
    }
    Json sidecar = sidecar_of(header, plan_.keep_phi);
    if (written.contains("slope")) {
      sidecar["PNGSlope"] = written["slope"];
      sidecar["PNGIntercept"] = written["intercept"];
    }
    add_found_facts(sidecar, answer, changed);
    if (at_ < plan_.extra.size() && plan_.extra[at_].is_object()) sidecar.update(plan_.extra[at_]);
    write_file_atomically(plan_.out / (name() + ".json"), pretty(sidecar));
  }

  /// What BIDS has no key for: the frames of a clip or a series over time, and what is odd about the slices.
  void add_found_facts(Json& sidecar, const Json& answer, const Json& changed) const {
    const Json image = answer.value("image", Json::object());
    Json facts = case_.candidates[at_].attributes;
    facts.update(changed);
    for (const char* fact :
         {"time_axis", "frame_times_s", "b_values", "b_directions", "resampled", "tilt_degrees_before",
          "n_missing_slices", "is_uneven", "us_mode", "us_mode_source", "us_region_px"}) {
      const bool is_odd = facts.contains(fact) && facts[fact] != 0 && facts[fact] != false;
      if (is_odd || changed.contains(fact)) sidecar[fact] = facts[fact];
    }
    for (const char* fact : {"frame_times_s", "frame_indices", "source_frames", "colour"}) {
      if (image.contains(fact)) sidecar[fact] = image[fact];
    }
    if (const Json flags = answer.value("flags", Json::array()); !flags.empty()) sidecar["flags"] = flags;
  }

  void write_gradients(const Json& answer, Json& file) const {
    if (!plan_.format.starts_with("nii") || !answer.contains("affine_lps")) return;
    const auto table =
        gradient_table(case_.candidates[at_].attributes, answer["affine_lps"], file.value("frames", 1));
    if (!table) return;
    write_file_atomically(plan_.out / (name() + ".bval"), table->bval);
    write_file_atomically(plan_.out / (name() + ".bvec"), table->bvec);
    file["gradients"] = {{"bval", name() + ".bval"},
                         {"bvec", name() + ".bvec"},
                         {"bytes", table->bval.size() + table->bvec.size()}};
  }

  void write_preview(const Json& answer) {
    const std::string picture = from_base64(answer.value("preview", ""));
    if (picture.empty()) return;
    const std::string path = "previews/" + name() + ".png";
    make_folder((plan_.out / path).parent_path());
    write_file_atomically(plan_.out / path, picture);
    previews_.push_back({{"path", path}, {"bytes", picture.size()}});
  }

  const Case& case_;
  ConvertPlan plan_;
  std::size_t at_ = 0;
  std::unique_ptr<PendingFile> pending_;
  Json files_ = Json::array(), previews_ = Json::array();
  CaseOutcome outcome_;
};

}  // namespace

std::vector<std::string> slice_paths(const std::string& name, std::int64_t slices, std::int64_t frames) {
  if (slices * frames == 1) return {name + ".png"};
  std::vector<std::string> paths;
  for (std::int64_t frame = 1; frame <= frames; ++frame) {
    for (std::int64_t slice = 1; slice <= slices; ++slice) {
      std::string file;
      if (frames > 1) file += "frame-" + padded(frame, frames);
      if (slices > 1) file += (file.empty() ? "slice-" : "_slice-") + padded(slice, slices);
      paths.push_back(name + "/" + file + ".png");
    }
  }
  return paths;
}

std::unique_ptr<CaseWork> make_convert_work(const Case& one, ConvertPlan plan) {
  return std::make_unique<ConvertWork>(one, std::move(plan));
}

}  // namespace radbatch
