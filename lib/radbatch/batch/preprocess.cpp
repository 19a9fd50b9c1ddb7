#include "radbatch/batch/preprocess.hpp"

#include <algorithm>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/base/version.hpp"
#include "radbatch/batch/prepared_work.hpp"
#include "radbatch/model/plan_source.hpp"
#include "radbatch/store/tensor_file.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

/// A plan alone says nothing about the images it is for.
Bundle bundle_of_plan(const fs::path& path) {
  PlanSource source = load_plan(path);
  Bundle bundle;
  bundle.plan = std::move(source.plan);
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
  using PreparedWork::PreparedWork;

  void answered(const Json& answer, const SharedBuffer* buffer) override {
    const PreparedImage prepared = take_prepared(answer, *buffer);
    TensorInfo tensor;
    tensor.input = bundle_.tensor_name;
    tensor.shape = prepared.shape;
    tensor.axes = answer.at("axes").get<std::string>();
    tensor.spacing_mm = answer.at("spacing_mm").get<std::vector<double>>();
    answer.at("affine_ras").get_to(tensor.affine_ras);
    tensor.plan_sha256 = bundle_.plan_sha256;
    tensor.tensor_key = prepared.content_key;
    tensor.attributes = {{"steps", answer.value("trace", Json::array())}};
    write(tensor, *buffer, prepared.bytes);
    outcome_.result_key = prepared.content_key;
    done(prepared);
  }

 private:
  void write(const TensorInfo& tensor, const SharedBuffer& buffer, std::size_t bytes) {
    const Mapping mapping(buffer.fd.get(), buffer.bytes);
    const std::span<const float> values(reinterpret_cast<const float*>(mapping.bytes().data()),
                                        bytes / sizeof(float));
    const std::string file = "tensors/" + wanted_.case_id + ".h5";
    const StoredTensor stored{tensor, values};
    write_tensor_h5(run_folder_ / file, wanted_.case_id, {&stored, 1});
    outcome_.result = {{"tensor", file}, {"sha256", sha256_file(run_folder_ / file)}};
  }
};

class Preprocess : public Tool {
 public:
  Preprocess(const PreprocessOptions& options, const RunOptions& run)
      : options_(options),
        out_(run.out),
        bundle_(options.plan.empty() ? load_bundle(options.model) : bundle_of_plan(options.plan)),
        frames_(frames_for(bundle_.plan, run.frames)),
        rules_(selection_rules(bundle_, options.choice)) {
    if (options.strict) require_agreement(bundle_);
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

  std::unique_ptr<CaseWork> begin(const Case& one, const Selection& selection) override {
    make_folder(out_ / "tensors");
    return std::make_unique<PreprocessWork>(
        bundle_, out_, wanted_image(bundle_, one, selection, options_.thumbnails, frames_));
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
    if (!outcome.result.contains("tensor")) return true;
    const fs::path path = out_ / outcome.result["tensor"].get<std::string>();
    std::error_code missing;
    return fs::exists(path, missing) && sha256_file(path) == outcome.result.value("sha256", "");
  }

  void write_results(const RunRecord& run, std::span<const NamedTable>) const override {
    std::string lines;
    for (const Case& one : run.cases) {
      const CaseOutcome& outcome = run.outcomes.at(one.id);
      if (!outcome.result.contains("tensor")) continue;
      lines +=
          canonical({{"case_id", one.id},
                     {"inputs", {{{"name", bundle_.tensor_name}, {"path", outcome.result["tensor"]}}}}}) +
          "\n";
    }
    write_file_atomically(run.folder.root() / "manifest.jsonl", lines);
  }

 private:
  PreprocessOptions options_;
  fs::path out_;
  Bundle bundle_;
  FrameChoice frames_;
  std::vector<SelectionRule> rules_;
  Json identity_;
};

}  // namespace

std::unique_ptr<Tool> make_preprocess(const PreprocessOptions& options, const RunOptions& run) {
  return std::make_unique<Preprocess>(options, run);
}

}  // namespace radbatch
