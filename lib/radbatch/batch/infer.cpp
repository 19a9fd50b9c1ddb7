#include "radbatch/batch/infer.hpp"

#include <limits>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/base/version.hpp"
#include "radbatch/batch/cache_folder.hpp"
#include "radbatch/batch/prepared_work.hpp"
#include "radbatch/model/heads.hpp"
#include "radbatch/store/results_file.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

/// JSON has no NaN and no infinity: both come as null, and a score made of them is refused later.
std::vector<float> numbers_of_output(const Json& list) {
  std::vector<float> values;
  values.reserve(list.size());
  for (const Json& value : list) {
    values.push_back(value.is_null() ? std::numeric_limits<float>::quiet_NaN() : value.get<float>());
  }
  return values;
}

class InferWork : public PreparedWork {
 public:
  InferWork(const Bundle& bundle, const Json& identity, fs::path folder, WantedImage wanted,
            TensorCache* cache, Level level)
      : PreparedWork(bundle, std::move(folder), std::move(wanted), cache),
        identity_(identity),
        level_(level) {}

 private:
  void use(const SharedBuffer&) override {}

  std::optional<WorkRequest> next_use() override {
    return WorkRequest{"classify", {{"op", "classify"}, {"shape", prepared_->shape}}, true, {}};
  }

  void answered_use(const Json& answer, const SharedBuffer&) override { score(answer); }

  void score(const Json& answer) {
    std::vector<std::vector<float>> values;
    std::vector<HeadOutput> outputs;
    for (const Json& output : answer.at("outputs")) values.push_back(numbers_of_output(output.at("values")));
    std::size_t i = 0;
    for (const Json& output : answer.at("outputs")) {
      const auto shape = output.at("shape").get<std::vector<std::int64_t>>();
      if (shape.size() != 2) throw Error(Reason::model_output, "an output has not the form [items, classes]");
      outputs.push_back({output.at("name").get<std::string>(), shape[0], shape[1], values[i++]});
    }
    outcome_.result = to_json(bundle_, score_case(bundle_, outputs, level_));
    outcome_.result_key = sha256_hex(outcome_.content_key + canonical(identity_));
    done();
  }

  const Json& identity_;
  Level level_;
};

ColumnType column_type(ColumnKind kind) {
  switch (kind) {
    case ColumnKind::decision:
      return ColumnType::boolean;
    case ColumnKind::top:
      return ColumnType::category;
    case ColumnKind::probability:
    case ColumnKind::value:
      break;
  }
  return ColumnType::float32;
}

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

  bool is_intact(const CaseOutcome& outcome) const override { return previews_.is_intact(outcome, out_); }

  std::unique_ptr<CaseWork> begin(const Case& one, const Selection& selection) override {
    WantedImage wanted = options_.prepared
                             ? wanted_tensor(one, selection)
                             : wanted_image(bundle_, one, selection, options_.thumbnails, frames_);
    wanted.sheet = wanted.qc = previews_.wants(one, wanted.candidate->attributes);
    const Json& facts = wanted.candidate->attributes;
    const bool in_time = facts.value("frames", 1) > 1 && !frames_are_channels(bundle_.plan);
    const Level level = in_time ? Level::frames : Level::slices;
    return std::make_unique<InferWork>(bundle_, identity_, out_, std::move(wanted), cache_.get(), level);
  }

  std::vector<NamedTable> tables(const RunRecord& run) const override {
    NamedTable named{
        "predictions.csv", "every case once, with its scores", Table(table_columns(run)), {"case_id"}};
    const std::vector<std::string> carried = carried_names(run);
    for (const Case& one : run.cases) named.table.add_row(row_of(one, run.outcomes.at(one.id), carried));
    return {named};
  }

  void write_results(const RunRecord& run, std::span<const NamedTable> tables) const override {
    ResultsContent content;
    for (const NamedTable& named : tables) {
      if (named.file == "predictions.csv") content.predictions = named.table;
      if (named.file == "cases.csv") content.cases = named.table;
    }
    for (const ScoreColumn& column : columns_) {
      if (is_score(column))
        content.findings.push_back(bundle_.heads[column.head].findings[column.finding].name);
    }
    for (const Case& one : run.cases) {
      const Json& result = run.outcomes.at(one.id).result;
      for (const ScoreColumn& column : columns_) {
        if (!is_score(column)) continue;
        content.probabilities.push_back(result.contains(column.name)
                                            ? result[column.name].get<float>()
                                            : std::numeric_limits<float>::quiet_NaN());
      }
    }
    content.model_sha256 = model_sha256(bundle_, backend_);
    content.plan_sha256 = options_.prepared ? "external" : bundle_.plan_sha256;
    content.config_sha256 = sha256_hex(canonical(identity_));
    content.created_by = "radbatch " + std::string(version());
    write_results_h5(run.folder.root() / "predictions.h5", content);
    previews_.write(run, name(), model(), false);
  }

 private:
  static bool is_score(const ScoreColumn& column) {
    return column.kind == ColumnKind::probability || column.kind == ColumnKind::value;
  }

  static std::vector<std::string> carried_names(const RunRecord& run) {
    std::set<std::string> names;
    for (const Case& one : run.cases) {
      for (const auto& [key, value] : one.carried.items()) names.insert(key);
    }
    return {names.begin(), names.end()};
  }

  std::vector<Column> table_columns(const RunRecord& run) const {
    std::vector<Column> columns{{"case_id", ColumnType::text, "the case", {}, true},
                                {"status", ColumnType::category, "how the case ended", {}, true}};
    for (const ScoreColumn& column : columns_) {
      Json properties = nullptr;
      if (column.kind != ColumnKind::top) {
        const Finding& finding = bundle_.heads[column.head].findings[column.finding];
        properties = {{"title", finding.name}};
        if (finding.threshold) properties["threshold"] = *finding.threshold;
      }
      columns.push_back(
          {column.name, column_type(column.kind), bundle_.heads[column.head].name, {}, false, properties});
    }
    columns.push_back({"flags", ColumnType::text, "W_* warnings, separated by spaces"});
    for (const std::string& name : carried_names(run))
      columns.push_back({name, ColumnType::text, "from the manifest"});
    return columns;
  }

  std::vector<Cell> row_of(const Case& one, const CaseOutcome& outcome,
                           const std::vector<std::string>& carried) const {
    std::vector<Cell> row{one.id, std::string(radbatch::name(outcome.status))};
    for (const ScoreColumn& column : columns_) {
      const auto found = outcome.result.find(column.name);
      if (found == outcome.result.end() || found->is_null()) {
        row.emplace_back(std::monostate{});
      } else if (column.kind == ColumnKind::top) {
        row.emplace_back(found->get<std::string>());
      } else if (column.kind == ColumnKind::decision) {
        row.emplace_back(found->is_boolean() ? found->get<bool>() : found->get<int>() != 0);
      } else {
        row.emplace_back(static_cast<double>(found->get<float>()));
      }
    }
    const std::string flags = join(outcome.flags, " ");
    row.emplace_back(flags.empty() ? Cell{} : Cell{flags});
    for (const std::string& name : carried) {
      const Json value = one.carried.value(name, Json());
      row.emplace_back(value.is_null()
                           ? Cell{}
                           : text_cell(value.is_string() ? value.get<std::string>() : canonical(value)));
    }
    return row;
  }

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
