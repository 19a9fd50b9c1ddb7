#include "radbatch/batch/preprocess.hpp"

#include <algorithm>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/version.hpp"
#include "radbatch/batch/prepared_work.hpp"
#include "radbatch/batch/qc_table.hpp"
#include "radbatch/model/plan_images.hpp"
#include "radbatch/model/plan_source.hpp"
#include "radbatch/store/tensor_pack.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

/// A plan alone says nothing about the images it is for.
Bundle bundle_of_plan(const fs::path& path) {
  PlanSource source = load_plan(path);
  Bundle bundle;
  bundle.plan = std::move(source.plan);
  bundle.tensor_name = bind_images(bundle.plan, {"image"});
  bundle.plan_json = to_json(bundle.plan);
  bundle.plan_sha256 = plan_sha256(bundle.plan);
  bundle.inputs.resize(1);
  bundle.inputs[0].name = "image";
  bundle.notes = std::move(source.notes);
  bundle.warnings = std::move(source.warnings);
  bundle.sidecar = {{"plan", bundle.plan_json}};
  return bundle;
}

class PreprocessWork : public PreparedWork {
 public:
  PreprocessWork(const Bundle& bundle, fs::path run_folder, WantedImage wanted, TensorCache* cache,
                 TensorFormat format)
      : PreparedWork(bundle, std::move(run_folder), std::move(wanted), cache),
        output_(run_folder_, wanted_.case_id, format) {}

  void begin_again() override { output_.begin_again(); }

 private:
  void use(const SharedBuffer& buffer) override {
    const Json& answer = prepared_->answer;
    tensor_.input = bundle_.tensor_name;
    tensor_.shape = prepared_->shape;
    tensor_.axes = answer.at("axes").get<std::string>();
    tensor_.spacing_mm = answer.at("spacing_mm").get<std::vector<double>>();
    answer.at("affine_ras").get_to(tensor_.affine_ras);
    tensor_.plan_sha256 = bundle_.plan_sha256;
    tensor_.tensor_key = prepared_->content_key;
    tensor_.attributes = {{"steps", answer.value("trace", Json::array())}};
    const bool has_geometry = answer.value("image", Json::object()).value("has_geometry", true);
    request_ = output_.request(tensor_, has_geometry);
    if (!request_) finish_output(buffer);
  }

  std::optional<WorkRequest> next_use() override { return request_; }

  void answered_use(const Json&, const SharedBuffer& buffer) override { finish_output(buffer); }

  void finish_output(const SharedBuffer& buffer) {
    request_.reset();
    outcome_.result = output_.finish(tensor_, TensorValues(buffer, *prepared_).get());
    outcome_.result_key = prepared_->content_key;
    done();
  }

  TensorOutput output_;
  TensorInfo tensor_;
  std::optional<WorkRequest> request_;
};

void check(const PreprocessOptions& options, const RunOptions& run) {
  const std::string format(name(options.format));
  if (options.pack && options.format != TensorFormat::h5) {
    throw Error(ExitCode::usage, "--pack makes tensors.h5 of .h5 files, not of " + format);
  }
  if (run.stream && !is_for_infer(options.format)) {
    throw Error(ExitCode::usage,
                "--stream hands tensors to the next tool, which would take " + format + " for an image",
                "use --format h5 or npy");
  }
}

class Preprocess : public Tool {
 public:
  Preprocess(const PreprocessOptions& options, const RunOptions& run)
      : options_(options),
        out_(run.out),
        bundle_(options.plan.empty() ? load_bundle(options.model) : bundle_of_plan(options.plan)),
        frames_(frames_for(bundle_.plan, run.frames)),
        rules_(selection_rules(bundle_, options.choice)),
        previews_(options.preview, rules_) {
    check(options, run);
    if (options.strict) require_agreement(bundle_);
    if (!options.cache.empty()) cache_ = std::make_unique<TensorCache>(options.cache);
    Json model = this->model();
    if (!model.is_null()) model["sidecar_sha256"] = sidecar_sha256(bundle_);
    identity_ = {{"tool", "preprocess"},
                 {"format_version", "1.0"},
                 {"result_version", RESULT_VERSION},
                 {"model", model},
                 {"plan", bundle_.plan_json},
                 {"plan_sha256", bundle_.plan_sha256},
                 {"options", {{"case_by", run.case_by}, {"frames", to_text(frames_)}}}};
    add_choice(identity_["options"], rules_, options.choice);
    if (options.reference) identity_["options"]["reference"] = true;
    if (options.format != TensorFormat::h5) identity_["options"]["format"] = radbatch::name(options.format);
  }

  std::string name() const override { return "preprocess"; }
  std::string doing() const override { return "preparing"; }
  Json identity() const override { return identity_; }
  std::vector<SelectionRule> rules() const override { return rules_; }
  Json image_setup() const override {
    return {{"plan", bundle_.plan_json}, {"frames", to_text(frames_)}, {"reference", options_.reference}};
  }
  std::optional<Json> sidecar() const override { return bundle_.sidecar; }
  std::vector<std::string> warnings() const override { return bundle_.warnings; }
  Json model() const override {
    if (!options_.plan.empty()) return nullptr;
    return {{"name", bundle_.name}, {"version", bundle_.version}};
  }

  std::vector<std::string> readable_folders() const override {
    return cache_ ? std::vector{cache_->folder().string()} : std::vector<std::string>();
  }
  Json wishes() const override { return {{"pack", options_.pack}, {"preview", to_json(options_.preview)}}; }
  Json sitting_facts() const override { return cache_ ? Json{{"cache", cache_->counts()}} : Json::object(); }
  void expect(std::span<const Case> cases) override { previews_.expect(cases); }

  std::unique_ptr<CaseWork> begin(const Case& one, const Selection& selection) override {
    make_folder(out_ / "tensors");
    WantedImage wanted = wanted_image(bundle_, one, selection, Thumbnails::none, frames_);
    wanted.qc = true;
    wanted.sheet = previews_.wants(one, wanted.candidate->attributes);
    return std::make_unique<PreprocessWork>(bundle_, out_, std::move(wanted), cache_.get(), options_.format);
  }

  std::vector<InputRecord> outputs(const Case& one, const CaseOutcome& outcome) const override {
    if (!outcome.result.contains("tensor")) return {};
    const std::string path = fs::absolute(out_ / outcome.result["tensor"].get<std::string>()).string();
    for (const CaseInput& input : case_inputs(bundle_, one, select(one, rules_))) {
      if (!input.candidate) continue;
      // Of several inputs the facts of the first go along; the tensor is all of them.
      InputRecord record = input_of_candidate(*input.candidate, path, FileKind::tensor);
      if (bundle_.inputs.size() > 1) record.name = bundle_.tensor_name;
      return {record};
    }
    return {};
  }

  bool is_intact(const CaseOutcome& outcome) const override {
    return radbatch::is_intact(outcome.result, out_) && previews_.is_intact(outcome, out_);
  }

  std::vector<NamedTable> tables(const RunRecord& run) const override {
    return {qc_table(run, plan_clips(bundle_.plan_json))};
  }

  void write_results(const RunRecord& run, std::span<const NamedTable>) const override {
    write_manifest(run);
    if (options_.pack) pack(run);
    previews_.write(run, name(), model(), true);
  }

 private:
  /// Tensors for the next tool. Images in the tensor's grid are not among its inputs: it would prepare them
  /// again.
  void write_manifest(const RunRecord& run) const {
    const char* list = is_for_infer(options_.format) ? "inputs" : "prepared";
    std::string lines;
    for (const Case& one : run.cases) {
      const CaseOutcome& outcome = run.outcomes.at(one.id);
      if (!outcome.result.contains("tensor")) continue;
      lines += canonical({{"case_id", one.id},
                          {list, {{{"name", bundle_.tensor_name}, {"path", outcome.result["tensor"]}}}}}) +
               "\n";
    }
    write_file_atomically(run.folder.root() / "manifest.jsonl", lines);
  }

  static void pack(const RunRecord& run) {
    std::vector<PackedCase> packed;
    for (const Case& one : run.cases) {
      const Json& result = run.outcomes.at(one.id).result;
      if (!result.contains("tensor")) continue;
      packed.push_back({one.id, run.folder.root() / result["tensor"].get<std::string>(),
                        result.at("sha256").get<std::string>()});
    }
    pack_tensors(run.folder.root() / "tensors.h5", packed);
  }

  PreprocessOptions options_;
  fs::path out_;
  Bundle bundle_;
  FrameChoice frames_;
  std::vector<SelectionRule> rules_;
  Previews previews_;
  std::unique_ptr<TensorCache> cache_;
  Json identity_;
};

}  // namespace

std::unique_ptr<Tool> make_preprocess(const PreprocessOptions& options, const RunOptions& run) {
  return std::make_unique<Preprocess>(options, run);
}

void apply_wishes(const Json& wishes, PreprocessOptions& options) {
  if (!wishes.is_object()) return;
  options.pack = wishes.value("pack", false);
  options.preview = preview_options_from_json(wishes.value("preview", Json()));
}

}  // namespace radbatch
