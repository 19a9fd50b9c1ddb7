// An ensemble's run folder as a tool: its tables are written again from its journal; no case is ever run.
#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/base/version.hpp"
#include "radbatch/batch/beyond_columns.hpp"
#include "radbatch/batch/ensemble.hpp"
#include "radbatch/batch/ensemble_scores.hpp"
#include "radbatch/batch/infer_tables.hpp"
#include "radbatch/batch/prepared_image.hpp"

namespace radbatch {
namespace {

class Ensemble : public Tool {
 public:
  explicit Ensemble(const RunFolder& folder)
      : identity_(folder.identity()), bundle_(load_bundle(folder.model_folder())) {
    const Json& options = identity_.at("options");
    const ImageChoice choice{"", options.value("select", Json()),
                             find_on_many(options.at("on_many").get<std::string>())};
    rules_ = selection_rules(bundle_, choice);
    members_ = ensemble_members(identity_.at("runs").size());
  }

  std::string name() const override { return "ensemble"; }
  std::string doing() const override { return "combining"; }
  Json identity() const override { return identity_; }
  std::vector<SelectionRule> rules() const override { return rules_; }
  std::optional<Json> sidecar() const override { return bundle_.sidecar; }

  Json model() const override {
    const Json& model = identity_.at("model");
    return {{"name", model.at("name")},
            {"version", model.at("version")},
            {"sha256", model.at("sha256")},
            {"task", bundle_.task},
            {"intended_use", bundle_.intended_use},
            {"not_for", bundle_.not_for},
            {"licence", bundle_.licence},
            {"kind", radbatch::name(bundle_.heads.front().kind)},
            {"findings", findings_json(bundle_)},
            {"members", identity_.at("runs")}};
  }

  std::unique_ptr<CaseWork> begin(const Case&, const Selection&) override {
    throw Error(ExitCode::internal, "an ensemble runs no cases");
  }

  std::vector<NamedTable> tables(const RunRecord& run) const override {
    return {predictions_table(bundle_, run, spread_columns(bundle_))};
  }

  void write_results(const RunRecord& run, std::span<const NamedTable> tables) const override {
    ResultsContent content = results_content(bundle_, run, tables);
    content.member_names = members_;
    const std::size_t count = members_.size() * content.findings.size();
    for (const Case& one : run.cases) {
      const std::vector<float> members = members_from_json(run.outcomes.at(one.id).result, count);
      content.members.insert(content.members.end(), members.begin(), members.end());
    }
    content.model_sha256 = identity_.at("model").at("sha256").get<std::string>();
    content.plan_sha256 = "";
    content.config_sha256 = sha256_hex(canonical(identity_));
    content.created_by = "radbatch " + std::string(version());
    write_results_h5(run.folder.root() / "predictions.h5", content);
  }

 private:
  Json identity_;
  Bundle bundle_;
  std::vector<SelectionRule> rules_;
  std::vector<std::string> members_;
};

}  // namespace

std::unique_ptr<Tool> restore_ensemble(const RunFolder& folder) {
  return std::make_unique<Ensemble>(folder);
}

}  // namespace radbatch
