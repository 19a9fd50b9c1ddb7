#include "radbatch/batch/convert.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/file_descriptor.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/base/version.hpp"
#include "radbatch/batch/convert_grid.hpp"
#include "radbatch/batch/clip_facts.hpp"
#include "radbatch/study/attributes.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

/// File name of an image: never from header text, the same in every run.
std::string stem_of_one(const Candidate& candidate) {
  if (candidate.series.empty()) return "image";
  const Json key = {candidate.series,
                    candidate.instance,
                    candidate.attributes.value("orientation", ""),
                    candidate.attributes.value("EchoNumbers", Json()),
                    candidate.attributes.value("TemporalPositionIdentifier", Json()),
                    candidate.attributes.value("size", Json())};
  return "series-" + sha256_hex(canonical(key)).substr(0, 12);
}

/// The same, told apart from an earlier image of the case: one series split by b-value, say, or without a
/// UID.
std::string stem_of(const Case& one, std::size_t image) {
  const std::string stem = stem_of_one(one.candidates[image]);
  const auto n =
      std::count_if(one.candidates.begin(), one.candidates.begin() + static_cast<std::ptrdiff_t>(image),
                    [&](const Candidate& earlier) { return stem_of_one(earlier) == stem; });
  return n == 0 ? stem : stem + "-" + std::to_string(n + 1);
}

/// dcm2niix's keys and units: times in seconds, nothing that identifies.
std::string sidecar_text(const Candidate& candidate, const Json& image, const std::string& tool) {
  Json sidecar = without_identifiers(candidate.attributes);
  // What reading a clip found: which frames were taken and when they were shown.
  for (const char* fact : {"frame_times_s", "frame_indices", "source_frames", "colour", "frames"}) {
    if (image.contains(fact)) sidecar[fact] = image[fact];
  }
  for (const char* milliseconds : {"EchoTime", "RepetitionTime", "InversionTime"}) {
    if (const auto value = number_of(sidecar, milliseconds)) sidecar[milliseconds] = *value / 1000;
  }
  sidecar["ConversionSoftware"] = tool;
  sidecar["ConversionSoftwareVersion"] = version();
  return pretty(sidecar);
}

/// An output that is written under a temporary name by a worker and gets its own when it is whole.
class PendingFile {
 public:
  explicit PendingFile(fs::path path) : path_(std::move(path)), temporary_(temporary_beside(path_)) {
    make_folder(path_.parent_path());
    file_ = FileDescriptor(::open(temporary_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (!file_)
      throw Error(ExitCode::output, "cannot create " + temporary_.string() + ": " + std::strerror(errno));
  }
  ~PendingFile() {
    if (file_) ::unlink(temporary_.c_str());
  }
  int fd() const { return file_.get(); }
  /// Starts over after a worker died in the middle.
  void rewind() {
    if (::ftruncate(file_.get(), 0) != 0 || ::lseek(file_.get(), 0, SEEK_SET) != 0) {
      throw Error(ExitCode::output, "cannot rewrite " + temporary_.string() + ": " + std::strerror(errno));
    }
  }
  void commit() {
    if (::fsync(file_.get()) != 0 || ::rename(temporary_.c_str(), path_.c_str()) != 0) {
      throw Error(ExitCode::output, "cannot write " + path_.string() + ": " + std::strerror(errno));
    }
    file_ = FileDescriptor();
  }

 private:
  fs::path path_, temporary_;
  FileDescriptor file_;
};

class ConvertWork : public CaseWork {
 public:
  ConvertWork(const Case& one, fs::path folder, const ConvertOptions& options, FrameChoice frames)
      : case_(one),
        folder_(std::move(folder)),
        options_(options),
        format_(options.format),
        frames_(std::move(frames)) {
    outcome_.case_id = one.id;
    skip_unusable();
  }

  const std::string& case_id() const override { return case_.id; }

  std::uint64_t cost_bytes() const override {
    double largest = 0;
    for (const Candidate& candidate : case_.candidates) {
      double samples = 8;
      for (double extent : numbers_of(candidate.attributes, "size")) samples *= std::max(extent, 1.0);
      samples *= static_cast<double>(most_frames(frames_, candidate.attributes));
      samples *= number_of(candidate.attributes, "channels").value_or(1);
      largest = std::max(largest, samples);
    }
    return static_cast<std::uint64_t>(std::min(largest, 9e18));
  }

  std::optional<WorkRequest> next() override {
    if (at_ >= case_.candidates.size()) return std::nullopt;
    const Candidate& candidate = case_.candidates[at_];
    if (!pending_) pending_ = std::make_unique<PendingFile>(folder_ / file_name());
    pending_->rewind();
    Json request{{"op", "convert"}, {"source", to_json(candidate.source)}, {"format", format_}};
    if (const Json grid = grid_request(candidate, options_); !grid.empty()) request["grid"] = grid;
    return WorkRequest{"image", std::move(request), false, {pending_->fd()}};
  }

  void answered(const Json& answer, const SharedBuffer*) override {
    const Candidate& candidate = case_.candidates[at_];
    const auto digests = answer.at("digests").get<std::vector<std::string>>();
    pending_->commit();
    pending_.reset();
    for (const std::string& flag : answer.value("flags", std::vector<std::string>())) {
      if (std::ranges::find(outcome_.flags, flag) == outcome_.flags.end()) outcome_.flags.push_back(flag);
    }
    const fs::path path = folder_ / file_name();
    const Json changed = changed_facts(candidate, answer);
    Candidate written = candidate;
    written.attributes.update(changed);
    write_file_atomically(folder_ / case_.id / (stem_of(case_, at_) + ".json"),
                          sidecar_text(written, answer.value("image", Json::object()), "radbatch-convert"));
    files_.push_back({{"image", at_},
                      {"path", file_name()},
                      {"bytes", fs::file_size(path)},
                      {"digests", digests},
                      {"kind", "nifti"}});
    if (!changed.empty()) files_.back()["facts"] = changed;
    const Json image = answer.value("image", Json::object());
    if (image.value("frames", 1) > 1) files_.back()["frames"] = image["frames"];
    ++at_;
    skip_unusable();
  }

  void failed(Reason reason, const std::string& detail) override {
    files_.push_back({{"image", at_}, {"reason", code(reason)}, {"detail", detail}});
    pending_.reset();
    ++at_;
    skip_unusable();
  }

  CaseOutcome finish() override {
    const Json* fault = nullptr;
    for (const Json& file : files_) {
      if (file.contains("path")) ++outcome_.n_inputs;
      if (file.contains("reason") && !fault) fault = &file;
    }
    outcome_.result = {{"files", files_}};
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
  /// Of the image at hand, below the run folder.
  std::string file_name() const { return case_.id + "/" + stem_of(case_, at_) + "." + format_; }

  void skip_unusable() {
    for (; at_ < case_.candidates.size(); ++at_) {
      const Candidate& candidate = case_.candidates[at_];
      const std::optional<GridRefusal> refusal = candidate.reason
                                                     ? GridRefusal{*candidate.reason, candidate.detail}
                                                     : refused_grid(candidate, options_);
      if (!refusal) return;
      files_.push_back({{"image", at_}, {"reason", code(refusal->reason)}, {"detail", refusal->detail}});
    }
  }

  const Case& case_;
  fs::path folder_;
  ConvertOptions options_;
  std::string format_;
  FrameChoice frames_;
  std::size_t at_ = 0;
  std::unique_ptr<PendingFile> pending_;
  Json files_ = Json::array();
  CaseOutcome outcome_;
};

class Convert : public Tool {
 public:
  Convert(const ConvertOptions& options, const RunOptions& run)
      : options_(options), out_(run.out), frames_(run.frames) {
    static constexpr std::array<std::string_view, 2> formats{"nii.gz", "nii"};
    if (std::ranges::find(formats, options.format) == formats.end()) {
      throw Error(ExitCode::usage, "--format: unknown format '" + options.format + "'", "one of nii.gz, nii");
    }
    check_grid_options(options);
    identity_ = {{"tool", "convert"},
                 {"format_version", "1.0"},
                 {"result_version", RESULT_VERSION},
                 {"options",
                  {{"case_by", run.case_by},
                   {"format", options.format},
                   {"frames", to_text(run.frames)},
                   {"tilt", options.tilt},
                   {"uneven", options.uneven}}}};
  }

  std::string name() const override { return "convert"; }
  std::string doing() const override { return "converting"; }
  Json identity() const override { return identity_; }

  std::unique_ptr<CaseWork> begin(const Case& one, const Selection&) override {
    return std::make_unique<ConvertWork>(one, out_, options_, frames_);
  }

  /// Every image of the case goes on, the unusable ones with their reason: the next tool selects among them
  /// as it would among the originals.
  std::vector<InputRecord> outputs(const Case& one, const CaseOutcome& outcome) const override {
    std::vector<InputRecord> inputs;
    for (const Json& file : outcome.result.value("files", Json::array())) {
      const Candidate& candidate = one.candidates.at(file.at("image").get<std::size_t>());
      const std::string path = file.value("path", "");
      InputRecord input =
          input_of_candidate(candidate, path.empty() ? "" : fs::absolute(out_ / path).string(),
                             path.empty() ? FileKind::none : FileKind::nifti);
      input.attributes.update(file.value("facts", Json::object()));
      if (file.contains("path")) note_clip(input.attributes, file.value("frames", 1));
      if (file.contains("reason")) {
        input.reason = find_reason(file["reason"].get<std::string>());
        input.detail = file.value("detail", "");
      }
      inputs.push_back(std::move(input));
    }
    return inputs;
  }

  bool is_intact(const CaseOutcome& outcome) const override {
    for (const Json& file : outcome.result.value("files", Json::array())) {
      std::error_code missing;
      if (file.contains("path") &&
          fs::file_size(out_ / file["path"].get<std::string>(), missing) != file.at("bytes")) {
        return false;
      }
    }
    return true;
  }

  void write_results(const RunRecord& run, std::span<const NamedTable>) const override {
    std::string lines;
    for (const Case& one : run.cases) {
      const CaseOutcome& outcome = run.outcomes.at(one.id);
      Json inputs = Json::array();
      for (const Json& file : outcome.result.value("files", Json::array())) {
        if (file.contains("path")) inputs.push_back(manifest_input(run.folder.root(), file));
      }
      if (!inputs.empty()) lines += canonical({{"case_id", one.id}, {"inputs", inputs}}) + "\n";
    }
    write_file_atomically(run.folder.root() / "manifest.jsonl", lines);
  }

 private:
  ConvertOptions options_;
  fs::path out_;
  FrameChoice frames_;
  Json identity_;
};

}  // namespace

std::unique_ptr<Tool> make_convert(const ConvertOptions& options, const RunOptions& run) {
  return std::make_unique<Convert>(options, run);
}

}  // namespace radbatch
