#include "radbatch/batch/infer.hpp"

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/base/version.hpp"
#include "radbatch/batch/cache_folder.hpp"
#include "radbatch/batch/case_arrays.hpp"
#include "radbatch/batch/frames_table.hpp"
#include "radbatch/batch/infer_tables.hpp"
#include "radbatch/batch/infer_work.hpp"
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
        backend_(choose_backend(bundle_, options.backend)),
        rules_(selection_rules(bundle_, options.choice)),
        columns_(score_columns(bundle_)),
        previews_(options.preview, rules_) {
    if (options.strict) require_agreement(bundle_);
    if (!options.cache.empty()) cache_ = std::make_unique<TensorCache>(options.cache);
    if (options.verify) verify_backend(bundle_, backend_, options.allow_unverified);
    identity_ = {{"tool", "infer"},
                 {"format_version", "1.0"},
                 {"result_version", RESULT_VERSION},
                 {"model",
                  {{"name", bundle_.name},
                   {"version", bundle_.version},
                   {"backend", backend_.kind},
                   {"sha256", model_sha256(bundle_, backend_)},
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
    if (options.reference) identity_["options"]["reference"] = true;
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
  std::vector<std::string> warnings() const override { return bundle_.warnings; }

  Json model() const override {
    Json findings = Json::array();
    for (const ScoreColumn& column : columns_) {
      if (column.kind != ColumnKind::probability && column.kind != ColumnKind::value) continue;
      const Finding& finding = bundle_.heads[column.head].findings[column.finding];
      findings.push_back({{"name", finding.name},
                          {"slug", finding.slug},
                          {"column", column.name},
                          {"head", bundle_.heads[column.head].name},
                          {"threshold", finding.threshold ? Json(*finding.threshold) : Json()}});
    }
    return {{"name", bundle_.name},
            {"version", bundle_.version},
            {"sha256", model_sha256(bundle_, backend_)},
            {"task", bundle_.task},
            {"intended_use", bundle_.intended_use},
            {"not_for", bundle_.not_for},
            {"licence", bundle_.licence},
            {"kind", radbatch::name(bundle_.heads.front().kind)},
            {"findings", findings}};
  }

  void add_workers(WorkerPool& pool, const RunOptions& run) const override {
    const Json setup = {{"bundle", path_to_json(fs::absolute(options_.model).string())},
                        {"backend", backend_.kind},
                        {"allow_unverified", options_.allow_unverified},
                        {"device", run.device},
                        {"threads", run.threads},
                        {"cache_dir", path_to_json(fs::absolute(cache_folder()).string())}};
    WorkerSpec spec{"classify", worker_folder() / "radbatch-classify-worker"};
    spec.limits.data_bytes = run.max_ram + (std::uint64_t{4} << 30);
    spec.limits.open_files = 1024;
    spec.must_be_confined = run.require_sandbox;
    pool.add(std::move(spec), setup);
  }

  std::vector<std::string> readable_folders() const override {
    return cache_ ? std::vector{cache_->folder().string()} : std::vector<std::string>();
  }
  Json wishes() const override { return {{"preview", to_json(options_.preview)}}; }
  Json sitting_facts() const override { return cache_ ? Json{{"cache", cache_->counts()}} : Json::object(); }
  void expect(std::span<const Case> cases) override { previews_.expect(cases); }

  bool is_intact(const CaseOutcome& outcome) const override {
    return has_arrays(outcome.result, out_) && previews_.is_intact(outcome, out_);
  }

  std::unique_ptr<CaseWork> begin(const Case& one, const Selection& selection) override {
    WantedImage wanted = options_.prepared
                             ? wanted_tensor(one, selection)
                             : wanted_image(bundle_, one, selection, options_.thumbnails, frames_);
    wanted.sheet = wanted.qc = previews_.wants(one, wanted.candidate->attributes);
    if (!options_.prepared && goes_in_lots(wanted, bundle_.plan))
      return std::make_unique<VideoWork>(bundle_, identity_, out_, std::move(wanted));
    const Json& facts = wanted.candidate->attributes;
    const bool in_time = facts.value("frames", 1) > 1 && !frames_are_channels(bundle_.plan);
    const Level level = in_time ? Level::frames : Level::slices;
    return std::make_unique<InferWork>(bundle_, identity_, out_, std::move(wanted), cache_.get(), level);
  }

  std::vector<NamedTable> tables(const RunRecord& run) const override {
    return {predictions_table(bundle_, run)};
  }

  std::vector<TableFile> write_long_tables(const RunRecord& run) const override {
    return write_frame_tables(bundle_, run);
  }

  void write_results(const RunRecord& run, std::span<const NamedTable> tables) const override {
    ResultsContent content = results_content(bundle_, run, tables);
    content.model_sha256 = model_sha256(bundle_, backend_);
    content.plan_sha256 = options_.prepared ? "external" : bundle_.plan_sha256;
    content.config_sha256 = sha256_hex(canonical(identity_));
    content.created_by = "radbatch " + std::string(version());
    write_results_h5(run.folder.root() / "predictions.h5", content);
    previews_.write(run, name(), model(), false);
  }

 private:
  InferOptions options_;
  fs::path out_;
  Bundle bundle_;
  FrameChoice frames_;
  const Backend& backend_;
  std::vector<SelectionRule> rules_;
  std::vector<ScoreColumn> columns_;
  Previews previews_;
  std::unique_ptr<TensorCache> cache_;
  Json identity_;
};

}  // namespace

std::unique_ptr<Tool> make_infer(const InferOptions& options, const RunOptions& run) {
  return std::make_unique<Infer>(options, run);
}

}  // namespace radbatch
