#include "radbatch/batch/run_cohort.hpp"

#include <signal.h>

#include <algorithm>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/batch/assemble.hpp"
#include "radbatch/batch/case_filter.hpp"
#include "radbatch/batch/case_stream.hpp"
#include "radbatch/batch/cohort_feed.hpp"
#include "radbatch/batch/cohort_source.hpp"
#include "radbatch/batch/engine_choice.hpp"
#include "radbatch/batch/failure_limit.hpp"
#include "radbatch/batch/journal_reader.hpp"
#include "radbatch/batch/run_lock.hpp"
#include "radbatch/batch/run_meter.hpp"
#include "radbatch/batch/run_tally.hpp"
#include "radbatch/batch/run_workers.hpp"
#include "radbatch/batch/signals.hpp"
#include "radbatch/study/case_id.hpp"

namespace radbatch {
namespace {

/// Who sends a signal waits some seconds, then kills. The tables of more cases take longer than that.
constexpr std::size_t MOST_CASES_WITH_TABLES_AT_A_SIGNAL = 20'000;

std::uint64_t input_bytes(const Case& one, std::span<const FileRecord> records) {
  std::uint64_t bytes = 0;
  for (const std::size_t file : one.files) bytes += records[file].size;
  return bytes;
}

class CohortRun {
 public:
  CohortRun(Tool& tool, const RunOptions& options, Reporter& reporter)
      : tool_(tool),
        options_(options),
        reporter_(reporter),
        folder_(options.out),
        journal_(folder_.journal(),
                 std::to_string(options.shard.index + 1) + "of" + std::to_string(options.shard.count)),
        archives_(folder_, options, pool_, reporter),
        failures_(options.max_failures),
        meter_(options.cpus),
        feed_(tool, options, found_.records, outcomes_,
              {[this](const Case& one, const CaseOutcome& outcome) { keep(one, outcome); },
               [this] { take_lock(); }}) {
    sitting_.started = utc_now();
    sitting_.command = options.command;
  }

  int run() {
    InputPlan plan = plan_inputs(options_);
    if (stop_signal() != 0) return stopped_status();
    if (plan.paths.empty() && plan.listed.empty() && plan.scans.empty() && !plan.stream) {
      throw Error(ExitCode::no_input, "no input: the list of files is empty");
    }
    start(plan);
    if (plan.stream) claim();
    if (!plan.stream && !find_cases(plan)) return stopped_status();
    if (options_.dry_run) return show_plan();
    if (options_.stream && !reporter_.data(stream_header_line(tool_, options_))) return 128 + SIGPIPE;
    load_committed();
    if (plan.stream) {
      feed_.add(std::move(plan.stream));
    } else {
      feed_.add(taken_, !plan.scans.empty() && plan.listed.empty());
      // A finished run before this one has removed the content of archives.
      const std::vector<const Case*> waiting(feed_.waiting().begin(), feed_.waiting().end());
      archives_.unpack_for(waiting, found_.records);
    }
    if (stop_signal() != 0) return stopped_status();
    end_.schedule = process();
    journal_.sync(true);
    return finish();
  }

 private:
  /// In a first run the model loads while headers are read, and nothing is written before it will do.
  void start(const InputPlan& plan) {
    for (const std::string& warning : tool_.warnings()) reporter_.warning(warning);
    add_workers(pool_, tool_, options_, readable_roots(plan));
    folder_.check_claim(identity());
    if (!options_.dry_run) refuse_second_writer(folder_.journal(), options_.shard);
    const bool is_settled = folder_.is_claimed() && !needs_engine(folder_);
    if (is_settled || options_.dry_run) return claim();
    start_model(pool_);
    is_model_loading_ = true;
  }

  /// Makes the folder this run's own, once. Does nothing when a stop signal came while the model loaded.
  void claim() {
    if (is_claimed_) return;
    if (is_model_loading_) await_model(pool_);
    if (stop_signal() != 0) return;
    folder_.claim(identity());
    settle_engine(pool_, folder_, tool_.identity());
    remove_abandoned(folder_.root());
    keep_sidecar();
    secret_ = folder_.patient_key_secret(options_.key_file);
    is_claimed_ = true;
  }

  /// Besides the inputs, where archives among them are unpacked. Empty where the inputs are not known
  /// beforehand.
  std::vector<std::string> readable_roots(const InputPlan& plan) const {
    std::vector<std::string> roots = plan.roots;
    if (roots.empty()) return roots;
    roots.push_back(folder_.unpacked_folder().string());
    std::ranges::move(tool_.readable_folders(), std::back_inserter(roots));
    return roots;
  }

  /// The tool's, and how files become cases where that is not the standard way.
  Json identity() const {
    Json identity = tool_.identity();
    if (const Json grouping = grouping_json(options_); !grouping.is_null()) identity["cases"] = grouping;
    return identity;
  }

  void keep_sidecar() const {
    const std::optional<Json> sidecar = tool_.sidecar();
    if (!sidecar) return;
    make_folder(folder_.model_folder());
    write_file_atomically(folder_.model_folder() / "radbatch.json", pretty(*sidecar));
  }

  /// False when a stop signal came.
  bool find_cases(const InputPlan& plan) {
    found_ = find_cohort(plan, options_, folder_, pool_, archives_, reporter_, [this] { claim(); });
    if (stop_signal() != 0) return false;
    for (const Case& one : found_.cohort.cases) files_in_cases_ += one.files.size();
    std::vector<Case> cases = std::exchange(found_.cohort.cases, {});
    taken_ = filtered(one_image_each(std::move(cases), tool_.rules()), options_);
    tool_.expect(taken_);
    return true;
  }

  void load_committed() {
    std::map<std::string, std::string> fingerprints;
    for (const Case& one : taken_) fingerprints[one.id] = fingerprint(one, found_.records);
    outcomes_ = Outcomes(folder_.journal(), fingerprints);
    const auto is_ours = [this](const Case& one) { return is_in_shard(one, options_.shard); };
    tally_.total = static_cast<std::size_t>(std::ranges::count_if(taken_, is_ours));
    journal_.describe({{"shard", {{"index", options_.shard.index}, {"count", options_.shard.count}}},
                       {"filter", filter_json(options_)},
                       {"wishes", tool_.wishes()},
                       {"cohort_sha256", cohort_sha256(ids_of(taken_))},
                       {"cases", taken_.size()}});
  }

  /// merge compares the cohorts that the shards saw last: a shard that saw another one before, and has
  /// nothing to do in this one, says so.
  void note_cohort() {
    if (options_.shard.count == 1 || tally_.processed > 0 || feed_.stream()) return;
    const std::optional<Json> before = last_sitting(read_sittings(folder_.journal()), options_.shard);
    if (before && before->value("cohort_sha256", "") == cohort_sha256(ids_of(taken_))) return;
    journal_.note();
    journal_.sync(true);
  }

  /// Only a run that has something to do signs: one that has not must leave the folder as it is.
  void take_lock() {
    if (lock_) return;
    lock_ = std::make_unique<RunLock>(folder_.journal(), options_.shard);
    if (const std::string other = lock_->other(); !other.empty()) {
      reporter_.warning(
          other +
          " works on the same part of this run, as far as can be told from here; no result will be "
          "wrong, but work is done twice");
    }
  }

  void keep(const Case& one, const CaseOutcome& outcome) {
    ++tally_.kept;
    settle(one, outcome);
  }

  /// An outcome that counts: kept from before or just committed.
  void settle(const Case& one, const CaseOutcome& outcome) {
    tally_.add(outcome);
    if (options_.stream && !reporter_.data(stream_case_line(tool_, one, outcome, secret_)))
      end_.reader_left = true;
  }

  /// A new outcome: journal first, then everything else. Returns false to stop the run.
  bool commit(CaseOutcome outcome) {
    const Case& one = feed_.take_back(outcome.case_id);
    // What was read may be neither the old files nor the new ones.
    if (const std::string change = change_since_scan(one, found_.records); !change.empty())
      outcome = ended_with(one.id, Reason::file_changed, change);
    outcome.n_files = static_cast<std::int64_t>(one.files.size());
    outcome.fingerprint = fingerprint(one, found_.records);
    for (const std::string& flag : one.flags) {
      if (std::ranges::find(outcome.flags, flag) == outcome.flags.end()) outcome.flags.push_back(flag);
    }
    std::ranges::sort(outcome.flags);
    outcomes_.put(one.id, outcome.status, journal_.append(outcome));
    ++tally_.processed;
    meter_.finished(outcome, input_bytes(one, found_.records));
    reporter_.event(case_event(outcome));
    settle(one, outcome);
    if (outcome.status != Status::done) {
      reporter_.detail(outcome.case_id + ": " + std::string(name(outcome.status)) + ": " + outcome.detail +
                       " (" + std::string(outcome.reason ? code(*outcome.reason) : "") + ")");
    }
    why_stopped_ = failures_.count(outcome);
    end_.gave_up = !why_stopped_.empty();
    return !end_.reader_left && !end_.gave_up;
  }

  ScheduleEnd process() {
    meter_.begin_cases();
    Scheduler scheduler(pool_, {options_.max_ram, options_.case_timeout, options_.stop_after, options_.cpus});
    return scheduler.run(
        feed_, [this](CaseOutcome outcome) { return commit(std::move(outcome)); },
        [this](const ScheduleLoad&) {
          journal_.sync();
          if (lock_) lock_->beat();
          meter_.look(pool_.pids());
          const std::size_t total = feed_.stream() ? 0 : tally_.total;
          Progress progress{tool_.doing(), tally_.settled, total, tally_.by_status};
          meter_.describe(progress);
          reporter_.progress(progress);
        });
  }

  int show_plan() {
    for (const Case& one : taken_) {
      if (!is_in_shard(one, options_.shard)) continue;
      const Selection selection = select(one, tool_.rules());
      const SelectedInput* fault = selection.fault();
      reporter_.info(one.id + "  " + counted(one.files.size(), "file") + ", " +
                     counted(one.candidates.size(), "image") +
                     (fault ? "  " + std::string(code(*fault->reason)) + ": " + fault->detail : ""));
    }
    reporter_.info(counted(taken_.size(), "case") + ", " +
                   counted(found_.cohort.unassigned.size(), "unassigned file") + "; nothing was run");
    return 0;
  }

  int finish() {
    if (feed_.stream()) end_stream();
    if (!why_stopped_.empty()) reporter_.warning(why_stopped_);
    const bool accepts_failed = options_.accepted.contains(Status::failed);
    if (unread_archives(found_.cohort) > 0 && !accepts_failed) end_.is_input_whole = false;
    sitting_.ended = utc_now();
    sitting_.processed = tally_.processed;
    sitting_.workers = pool_.facts();
    sitting_.facts = meter_.facts(pool_.pids());
    sitting_.facts.update(tool_.sitting_facts());
    sitting_.exit_status = exit_status(end_, tally_, options_.accepted);
    if (options_.shard.count > 1) {
      if (end_.schedule == ScheduleEnd::finished) note_cohort();
      reporter_.info("shard " + std::to_string(options_.shard.index) + " of " +
                     std::to_string(options_.shard.count) + " is committed; when all are: radbatch merge " +
                     printable(options_.out.string()));
    } else if (end_.schedule == ScheduleEnd::signal && taken_.size() > MOST_CASES_WITH_TABLES_AT_A_SIGNAL) {
      reporter_.info("stopped; what is done is committed, and the tables follow when the run is complete");
    } else {
      write_tables();
      if (end_.schedule == ScheduleEnd::finished) Archives::remove_unpacked(folder_);
    }
    send_end();
    summarize(tally_, found_.cohort, options_.out.string(), reporter_);
    return sitting_.exit_status;
  }

  void end_stream() {
    write_file_atomically(folder_.cases_file(), feed_.stream_text());
    taken_ = feed_.take_streamed();
    for (const Case& one : taken_) files_in_cases_ += one.files.size();
    end_.is_input_whole = feed_.stream()->has_ended();
    if (end_.schedule == ScheduleEnd::finished && !end_.is_input_whole) {
      reporter_.warning(feed_.stream()->upstream() +
                        " ended before its list was complete; what it sent is committed");
    }
  }

  void write_tables() {
    for (const Case& one : taken_) {
      if (!outcomes_.contains(one.id)) tally_.add(outcomes_.at(one.id));  // interrupted
    }
    assemble(tool_, {folder_, taken_, found_.records, outcomes_}, {found_.cohort.unassigned, files_in_cases_},
             secret_, sitting_);
  }

  void send_end() {
    const bool complete =
        sitting_.exit_status == 0 || sitting_.exit_status == static_cast<int>(ExitCode::cases);
    if (!options_.stream || !complete) return;
    reporter_.data(stream_end_line(tally_));
  }

  Tool& tool_;
  const RunOptions& options_;
  Reporter& reporter_;
  RunFolder folder_;
  JournalWriter journal_;
  std::unique_ptr<RunLock> lock_;
  WorkerPool pool_;
  Archives archives_;
  std::string secret_;
  FoundCohort found_;
  bool is_model_loading_ = false, is_claimed_ = false;
  std::size_t files_in_cases_ = 0;
  std::vector<Case> taken_;  ///< what --only and the like left of the cohort
  Outcomes outcomes_;
  RunTally tally_;
  FailureLimit failures_;
  RunMeter meter_;
  CohortFeed feed_;
  RunEnd end_;
  std::string why_stopped_;
  Sitting sitting_;
};

}  // namespace

int run_cohort(Tool& tool, const RunOptions& options, Reporter& reporter) {
  return CohortRun(tool, options, reporter).run();
}

}  // namespace radbatch
