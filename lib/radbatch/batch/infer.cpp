#include "radbatch/batch/infer.hpp"

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/base/version.hpp"
#include "radbatch/batch/cache_folder.hpp"
#include "radbatch/batch/case_arrays.hpp"
#include "radbatch/batch/classify_worker.hpp"
#include "radbatch/batch/engine_choice.hpp"
#include "radbatch/batch/explanation_table.hpp"
#include "radbatch/batch/frames_table.hpp"
#include "radbatch/batch/infer_tables.hpp"
#include "radbatch/batch/infer_work.hpp"
#include "radbatch/batch/run_workers.hpp"
#include "radbatch/batch/video_work.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

class Infer : public Tool {
 public:
  Infer(const InferOptions& options, const RunOptions& run)
      : options_(options),
        out_(run.out),
        bundle_(load_bundle(options.model)),
        frames_(frames_for(bundle_.plan, run.frames)),
        obstacle_(options.verify ? backend_obstacle(run.device) : nullptr),
        members_(choose_members(bundle_, options.backend, options.beyond.folds, obstacle_)),
        backend_(*members_.front()),
        beyond_(bundle_, members_, options.beyond, !options.verify),
        rules_(selection_rules(bundle_, options.choice)),
        previews_(options.preview, rules_),
        explanations_(options.explain, bundle_, backend_, result_names(bundle_), options.thumbnails,
                      options.verify) {
    if (options.strict) require_agreement(bundle_);
    if (!options.cache.empty()) cache_ = std::make_unique<TensorCache>(options.cache);
    for (const Backend* member : members_) {
      if (options.verify) verify_backend(bundle_, *member, options.allow_unverified);
    }
    identity_ = {{"tool", "infer"},
                 {"format_version", "1.0"},
                 {"result_version", RESULT_VERSION},
                 {"model",
                  {{"name", bundle_.name},
                   {"version", bundle_.version},
                   {"backend", backend_.kind},
                   {"sha256", model_sha256(bundle_, members_)},
                   {"sidecar_sha256", sidecar_sha256(bundle_)}}},
                 {"plan", bundle_.plan_json},
                 {"plan_sha256", bundle_.plan_sha256},
                 {"device", run.device},
                 {"batch", bundle_.batch},
                 {"options",
                  {{"case_by", run.case_by},
                   {"frames", to_text(frames_)},
                   {"allow_unverified_model", options.allow_unverified}}}};
    add_choice(identity_["options"], rules_, options.choice);
    beyond_.add_to(identity_["options"]);
    if (options.reference) identity_["options"]["reference"] = true;
    if (options.precision != "fp32") identity_["options"]["precision"] = options.precision;
    check_level_options(options.levels, bundle_);
    if (options.levels.logits) identity_["options"]["logits"] = true;
    if (options.levels.features) identity_["options"]["features"] = true;
    if (!options.repooled.is_null()) identity_["repooled"] = options.repooled;
    if (run.threads > 1) identity_["options"]["threads"] = run.threads;  // changes last bits of some networks
    if (options.prepared) identity_["plan"] = identity_["plan_sha256"] = "external";
  }

  std::string name() const override { return "infer"; }
  std::string doing() const override { return "classifying"; }
  Json identity() const override { return identity_; }
  std::vector<SelectionRule> rules() const override { return rules_; }
  Json image_setup() const override {
    return {{"plan", bundle_.plan_json}, {"frames", to_text(frames_)}, {"reference", options_.reference}};
  }
  std::optional<Json> sidecar() const override { return bundle_.sidecar; }
  std::vector<std::string> warnings() const override {
    std::vector<std::string> all = passed_over(bundle_, backend_, options_.backend, obstacle_);
    all.insert(all.end(), bundle_.warnings.begin(), bundle_.warnings.end());
    return all;
  }

  Json model() const override {
    return {{"name", bundle_.name},
            {"version", bundle_.version},
            {"sha256", model_sha256(bundle_, members_)},
            {"task", bundle_.task},
            {"intended_use", bundle_.intended_use},
            {"not_for", bundle_.not_for},
            {"licence", bundle_.licence},
            {"kind", radbatch::name(bundle_.heads.front().kind)},
            {"findings", findings_json(bundle_)}};
  }

  void add_workers(WorkerPool& pool, const RunOptions& run) const override {
    Json setup = {{"bundle", path_to_json(fs::absolute(options_.model).string())},
                  {"backend", backend_.file},
                  {"allow_unverified", options_.allow_unverified},
                  {"device", run.device},
                  {"threads", run.threads},
                  {"cache_dir", path_to_json(fs::absolute(cache_folder()).string())}};
    if (options_.precision != "fp32") setup["precision"] = options_.precision;
    if (!options_.beyond.folds.empty()) setup["folds"] = options_.beyond.folds;
    add_engine(setup, RunFolder(fs::absolute(out_)), identity_);
    WorkerSpec spec{"classify", classify_worker(backend_.kind)};
    spec.limits.data_bytes = run.max_ram + (std::uint64_t{4} << 30);
    spec.limits.open_files = 1024;
    spec.must_be_confined = run.require_sandbox;
    add_classify_workers(pool, std::move(spec), setup, run);
  }

  std::vector<std::string> readable_folders() const override {
    return cache_ ? std::vector{cache_->folder().string()} : std::vector<std::string>();
  }
  Json wishes() const override {
    return {{"preview", to_json(options_.preview)}, {"explain", explanations_.has_table()}};
  }
  Json sitting_facts() const override { return cache_ ? Json{{"cache", cache_->counts()}} : Json::object(); }
  void expect(std::span<const Case> cases) override {
    previews_.expect(cases);
    explanations_.expect(cases);
  }

  bool is_intact(const CaseOutcome& outcome) const override {
    return has_arrays(outcome.result, out_) && previews_.is_intact(outcome, out_) &&
           explanations_.is_intact(outcome, out_);
  }

  std::unique_ptr<CaseWork> begin(const Case& one, const Selection& selection) override {
    WantedImage wanted = options_.prepared
                             ? wanted_tensor(one, selection)
                             : wanted_image(bundle_, one, selection, options_.thumbnails, frames_);
    wanted.sheet = wanted.qc = previews_.wants(one, wanted.candidate->attributes);
    if (beyond_.has_sights()) wanted.cost_bytes += wanted.cost_bytes / 3;  // the tensor once more
    const InferSettings settings{bundle_, beyond_, explanations_, options_.levels, identity_, out_};
    if (!options_.prepared && !bundle_.windows && goes_in_lots(wanted, bundle_.plan))
      return std::make_unique<VideoWork>(settings, std::move(wanted));
    const Json& facts = wanted.candidate->attributes;
    const bool in_time = facts.value("frames", 1) > 1 && !frames_are_channels(bundle_.plan);
    const Level level = bundle_.windows ? Level::windows : in_time ? Level::frames : Level::slices;
    return std::make_unique<InferWork>(settings, std::move(wanted), cache_.get(), level);
  }

  std::vector<NamedTable> tables(const RunRecord& run) const override {
    std::vector<NamedTable> tables{predictions_table(bundle_, run, beyond_.columns())};
    if (explanations_.has_table() || has_explanations(run)) tables.push_back(explanation_table(run));
    return tables;
  }

  std::vector<TableFile> write_long_tables(const RunRecord& run) const override {
    return write_frame_tables(bundle_, run);
  }

  void write_results(const RunRecord& run, std::span<const NamedTable> tables) const override {
    ResultsContent content = results_content(bundle_, run, tables);
    content.model_sha256 = model_sha256(bundle_, members_);
    content.plan_sha256 = options_.prepared ? "external" : bundle_.plan_sha256;
    content.config_sha256 = sha256_hex(canonical(identity_));
    content.explanations = explanation_links(run);
    beyond_.add_members(content, run);
    content.created_by = "radbatch " + std::string(version());
    write_results_h5(run.folder.root() / "predictions.h5", content);
    previews_.write(run, name(), model(), false);
  }

 private:
  InferOptions options_;
  fs::path out_;
  Bundle bundle_;
  FrameChoice frames_;
  BackendObstacle obstacle_;
  std::vector<const Backend*> members_;
  const Backend& backend_;  ///< the first of them
  Beyond beyond_;
  std::vector<SelectionRule> rules_;
  Previews previews_;
  Explanations explanations_;
  std::unique_ptr<TensorCache> cache_;
  Json identity_;
};

}  // namespace

std::unique_ptr<Tool> make_infer(const InferOptions& options, const RunOptions& run) {
  return std::make_unique<Infer>(options, run);
}

}  // namespace radbatch
