// What differs between convert, preprocess and infer. Everything else (finding cases, resuming, scheduling,
// committing, tables) is run_cohort's and the same for all.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "radbatch/batch/case_work.hpp"
#include "radbatch/batch/outcomes.hpp"
#include "radbatch/batch/run_folder.hpp"
#include "radbatch/batch/run_options.hpp"
#include "radbatch/store/data_package.hpp"
#include "radbatch/store/table.hpp"
#include "radbatch/study/cohort.hpp"
#include "radbatch/study/manifest.hpp"
#include "radbatch/study/selection.hpp"
#include "radbatch/worker/pool.hpp"

namespace radbatch {

/// One table of a run folder, still without its place in datapackage.json.
struct NamedTable {
  std::string file;  ///< "predictions.csv"
  std::string description;
  Table table;
  std::vector<std::string> primary_key;
};

/// A finished or stopped run, as tables are made from it. Every case has an outcome.
struct RunRecord {
  const RunFolder& folder;
  std::span<const Case> cases;  ///< sorted by id
  std::span<const FileRecord> records;
  const Outcomes& outcomes;  ///< read back from the journals, one case at a time
};

class Tool {
 public:
  virtual ~Tool() = default;
  virtual std::string name() const = 0;   ///< "infer"
  virtual std::string doing() const = 0;  ///< "classifying"
  /// Everything that changes a result: what OUT belongs to.
  virtual Json identity() const = 0;
  /// What the run's model is, for run.json; null when there is none.
  virtual Json model() const { return nullptr; }
  /// radbatch.json of the model, kept in the run folder so that merge and why need no bundle.
  virtual std::optional<Json> sidecar() const { return std::nullopt; }
  /// What is odd about the model and does not stop the run.
  virtual std::vector<std::string> warnings() const { return {}; }
  /// Which images of a case are wanted; empty: all of them.
  virtual std::vector<SelectionRule> rules() const { return {}; }
  /// Workers besides the image workers, which every tool has.
  virtual void add_workers(WorkerPool&, const RunOptions&) const {}
  /// What an image worker is told once: the plan, limits.
  virtual Json image_setup() const { return Json::object(); }
  /// Folders that image workers have to read besides the inputs.
  virtual std::vector<std::string> readable_folders() const { return {}; }
  /// What was asked for that changes no result (pictures, packing): kept in the journal for merge; null:
  /// nothing.
  virtual Json wishes() const { return nullptr; }
  /// Told before the first case where the cases are known beforehand: all that the run takes, of all shards.
  virtual void expect(std::span<const Case>) {}
  /// What this process did besides results, for its entry in run.json.
  virtual Json sitting_facts() const { return Json::object(); }
  virtual std::unique_ptr<CaseWork> begin(const Case& one, const Selection& selection) = 0;
  /// What the next tool in a pipe gets of a case.
  virtual std::vector<InputRecord> outputs(const Case&, const CaseOutcome&) const { return {}; }
  /// False when files that the outcome names are gone or changed: the case is done again.
  virtual bool is_intact(const CaseOutcome&) const { return true; }
  /// The tool's own tables.
  virtual std::vector<NamedTable> tables(const RunRecord&) const { return {}; }
  /// Tables that are too long for memory: written by the tool itself, and told of.
  virtual std::vector<TableFile> write_long_tables(const RunRecord&) const { return {}; }
  /// The tool's own other files, written after the tables.
  virtual void write_results(const RunRecord&, std::span<const NamedTable>) const {}
};

}  // namespace radbatch
