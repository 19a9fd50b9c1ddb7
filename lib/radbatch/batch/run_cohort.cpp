#include "radbatch/batch/run_cohort.hpp"

#include <signal.h>

#include <algorithm>
#include <deque>
#include <set>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/batch/assemble.hpp"
#include "radbatch/batch/case_filter.hpp"
#include "radbatch/batch/cohort_source.hpp"
#include "radbatch/batch/failure_limit.hpp"
#include "radbatch/batch/journal.hpp"
#include "radbatch/batch/levels.hpp"
#include "radbatch/batch/resume.hpp"
#include "radbatch/batch/run_lock.hpp"
#include "radbatch/batch/run_workers.hpp"
#include "radbatch/batch/scheduler.hpp"
#include "radbatch/batch/signals.hpp"
#include "radbatch/study/case_id.hpp"

namespace radbatch {
namespace {

/// A case that needs no worker: refused by its headers, or ended upstream.
class EndedCase : public CaseWork {
 public:
  explicit EndedCase(CaseOutcome outcome) : outcome_(std::move(outcome)) {}
  const std::string& case_id() const override { return outcome_.case_id; }
  std::uint64_t cost_bytes() const override { return 0; }
  std::optional<WorkRequest> next() override { return std::nullopt; }
  void answered(const Json&, const SharedBuffer*) override {}
  void failed(Reason, const std::string&) override {}
  CaseOutcome finish() override { return std::move(outcome_); }

 private:
  CaseOutcome outcome_;
};

class CohortRun : public CaseFeed {
 public:
  CohortRun(Tool& tool, const RunOptions& options, Reporter& reporter)
      : tool_(tool),
        options_(options),
        reporter_(reporter),
        folder_(options.out),
        journal_(folder_.journal(),
                 std::to_string(options.shard.index + 1) + "of" + std::to_string(options.shard.count)),
        archives_(folder_, options, pool_, reporter),
        failures_(options.max_failures) {
    sitting_.started = utc_now();
    sitting_.command = options.command;
  }

  int run() {
    InputPlan plan = plan_inputs(options_);
    if (stop_signal() != 0) return stopped_status();
    if (plan.paths.empty() && plan.listed.empty() && plan.scans.empty() && !plan.stream) {
      throw Error(ExitCode::no_input, "no input: the list of files is empty");
    }
    for (const std::string& warning : tool_.warnings()) reporter_.warning(warning);
    add_workers(pool_, tool_, options_, readable_roots(plan));
    if (!folder_.is_claimed() && !options_.dry_run) load_model(pool_);
    folder_.claim(identity());
    remove_abandoned(folder_.root());
    keep_sidecar();
    secret_ = folder_.patient_key_secret(options_.key_file);
    stream_ = std::move(plan.stream);
    if (!stream_) {
      found_ = find_cohort(plan, options_, folder_, pool_, archives_, reporter_);
      if (stop_signal() != 0) return stopped_status();
      found_.cohort.cases = one_image_each(std::move(found_.cohort.cases), tool_.rules());
      is_scanned_before_ = !plan.scans.empty() && plan.listed.empty();
      taken_ = filtered(found_.cohort.cases, options_);
      tool_.expect(taken_);
    }
    if (options_.dry_run) return show_plan();
    if (!announce()) return 128 + SIGPIPE;
    load_committed();
    if (!unpack_again()) return stopped_status();
    const ScheduleEnd end = process();
    journal_.sync(true);
    return finish(end);
  }

  // CaseFeed
  std::unique_ptr<CaseWork> next() override {
    if (stream_) take_stream();
    while (!waiting_.empty()) {
      const Case* one = waiting_.front();
      waiting_.pop_front();
      if (auto work = start(*one)) return work;
    }
    return nullptr;
  }
  bool more() const override { return !waiting_.empty() || (stream_ && stream_->is_open()); }
  int fd() const override { return stream_ && stream_->is_open() ? stream_->fd() : -1; }

 private:
  /// Besides the inputs, where archives among them are unpacked. Empty where the inputs are not known
  /// beforehand.
  std::vector<std::string> readable_roots(const InputPlan& plan) const {
    std::vector<std::string> roots = plan.roots;
    if (roots.empty()) return roots;
    roots.push_back(folder_.unpacked_folder().string());
    std::ranges::move(tool_.readable_folders(), std::back_inserter(roots));
    return roots;
  }

  /// Cases that are to be read, although a finished run before this one removed the content of their
  /// archives.
  bool unpack_again() {
    std::vector<const Case*> to_do;
    for (const Case* one : waiting_) {
      if (!stands(*one)) to_do.push_back(one);
    }
    archives_.unpack_for(to_do, found_.records);
    return stop_signal() == 0;
  }

  bool stands(const Case& one) const {
    const auto known = committed_.find(one.id);
    return known != committed_.end() &&
           is_settled(known->second, fingerprint(one, found_.records), tool_, options_);
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

  void load_committed() {
    std::map<std::string, std::string> fingerprints;
    for (const Case& one : taken_) fingerprints[one.id] = fingerprint(one, found_.records);
    committed_ = read_journals(folder_.journal(), fingerprints);
    for (const Case& one : taken_) {
      if (is_in_shard(one, options_.shard)) waiting_.push_back(&one);
    }
    total_ = waiting_.size();
    journal_.describe({{"shard", {{"index", options_.shard.index}, {"count", options_.shard.count}}},
                       {"filter", filter_json(options_)},
                       {"wishes", tool_.wishes()},
                       {"cohort_sha256", cohort_sha256(ids_of(taken_))}});
  }

  /// Lines that have come on standard input become cases; a stream has no end until its writer says so.
  void take_stream() {
    for (const CaseRecord& line : stream_->read_available()) {
      lines_.push_back(canonical(to_json(line)) + "\n");
      std::vector<Case> cases{streamed_case(line, found_.records, options_.cases.assumed)};
      for (Case& part : one_image_each(std::move(cases), tool_.rules())) {
        Case& one = streamed_.emplace_back(std::move(part));
        if (is_in_shard(one, options_.shard)) waiting_.push_back(&one);
      }
    }
    total_ = 0;
  }

  /// Work for a case, or null when its committed outcome stands.
  std::unique_ptr<CaseWork> start(const Case& one) {
    if (stands(one)) {
      ++kept_;
      settle(committed_.at(one.id), one);
      return nullptr;
    }
    take_lock();
    by_id_[one.id] = &one;
    // Images that the tool before could not convert are still selected among: the model may not want them
    // anyway.
    if (one.upstream && one.upstream->status != Status::done && one.candidates.empty()) {
      return std::make_unique<EndedCase>(
          ended_with(one.id, one.upstream->reason.value_or(Reason::upstream), one.upstream->detail));
    }
    if (is_scanned_before_) {
      const std::string change = change_since_scan(one, found_.records);
      if (!change.empty())
        return std::make_unique<EndedCase>(ended_with(one.id, Reason::file_changed, change));
    }
    try {
      return tool_.begin(one, select(one, tool_.rules()));
    } catch (const Error& problem) {
      if (!problem.reason()) throw;
      return std::make_unique<EndedCase>(ended_with(one.id, *problem.reason(), problem.message()));
    }
  }

  /// Only a run that has something to do signs: one that has not must leave the folder as it is.
  void take_lock() {
    if (lock_) return;
    lock_ = std::make_unique<RunLock>(folder_.journal(), options_.shard);
    if (const std::string other = lock_->other(); !other.empty()) {
      reporter_.warning(
          other + " works on the same part of this run; no result will be wrong, but work is done twice");
    }
  }

  /// An outcome that counts: kept from before or just committed.
  void settle(const CaseOutcome& outcome, const Case& one) {
    ++counts_[outcome.status];
    drop_kept_arrays((outcomes_[one.id] = outcome).result);
    if (!options_.stream) return;
    CaseRecord record;
    record.case_id = one.id;
    record.status = outcome.status;
    record.reason = outcome.reason;
    record.detail = outcome.detail;
    record.inputs = tool_.outputs(one, outcome);
    record.flags = outcome.flags;
    record.patient_key = one.patient_key.empty() ? patient_key(secret_, one.patient_id) : one.patient_key;
    record.region = one.region;
    record.carried = one.carried;
    if (!reporter_.data(canonical(to_json(record)))) reader_left_ = true;
  }

  /// A new outcome: journal first, then everything else. Returns false to stop the run.
  bool commit(CaseOutcome outcome) {
    const Case& one = *by_id_.at(outcome.case_id);
    by_id_.erase(outcome.case_id);
    outcome.n_files = static_cast<std::int64_t>(one.files.size());
    outcome.fingerprint = fingerprint(one, found_.records);
    for (const std::string& flag : one.flags) {
      if (std::ranges::find(outcome.flags, flag) == outcome.flags.end()) outcome.flags.push_back(flag);
    }
    std::ranges::sort(outcome.flags);
    journal_.append(outcome);
    ++sitting_.processed;
    settle(outcome, one);
    if (outcome.status != Status::done) {
      reporter_.detail(outcome.case_id + ": " + std::string(name(outcome.status)) + ": " + outcome.detail +
                       " (" + std::string(outcome.reason ? code(*outcome.reason) : "") + ")");
    }
    why_stopped_ = failures_.count(outcome);
    return !reader_left_ && why_stopped_.empty();
  }

  ScheduleEnd process() {
    Scheduler scheduler(pool_, {options_.max_ram, options_.case_timeout, options_.stop_after});
    return scheduler.run(
        *this, [this](CaseOutcome outcome) { return commit(std::move(outcome)); },
        [this] {
          journal_.sync();
          if (lock_) lock_->beat();
          reporter_.progress({tool_.doing(), outcomes_.size(), total_, counts_});
        });
  }

  bool announce() {
    if (!options_.stream) return true;
    const StreamHeader header{"radbatch-" + tool_.name(),
                              sha256_hex(canonical(tool_.identity())).substr(0, 16),
                              std::filesystem::absolute(options_.out).string()};
    return reporter_.data(canonical(to_json(header)));
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

  static int stopped_status() {
    return stop_signal() == SIGUSR1 ? static_cast<int>(ExitCode::checkpoint) : 128 + stop_signal();
  }

  int exit_status(ScheduleEnd end) const {
    if (reader_left_) return 128 + SIGPIPE;
    if (!why_stopped_.empty()) return static_cast<int>(ExitCode::stopped);
    if (end == ScheduleEnd::stop_after) return static_cast<int>(ExitCode::checkpoint);
    if (end == ScheduleEnd::signal) return stopped_status();
    if (stream_ && !stream_->has_ended()) return static_cast<int>(ExitCode::cases);
    if (unread_archives() > 0 && !options_.accepted.contains(Status::failed)) {
      return static_cast<int>(ExitCode::cases);
    }
    for (const auto& [status, count] : counts_) {
      const bool fine =
          status == Status::done || status == Status::skipped || options_.accepted.contains(status);
      if (!fine && count > 0) return static_cast<int>(ExitCode::cases);
    }
    return 0;
  }

  /// Whole or in part: what is in them was never a case, so the cases alone would look complete.
  std::ptrdiff_t unread_archives() const {
    return std::ranges::count(found_.cohort.unassigned, Reason::archive, &UnassignedFile::reason);
  }

  int finish(ScheduleEnd end) {
    if (stream_) {
      std::ranges::sort(lines_);  // the order of arrival is not the same twice
      write_file_atomically(folder_.cases_file(), join(lines_, ""));
      taken_.assign(streamed_.begin(), streamed_.end());
      std::ranges::sort(taken_, {}, &Case::id);
      found_.cohort.cases = taken_;
      if (end == ScheduleEnd::finished && !stream_->has_ended()) {
        reporter_.warning(stream_->upstream() +
                          " ended before its list was complete; what it sent is committed");
      }
    }
    if (!why_stopped_.empty()) reporter_.warning(why_stopped_);
    sitting_.ended = utc_now();
    sitting_.workers = pool_.facts();
    sitting_.facts = tool_.sitting_facts();
    sitting_.exit_status = exit_status(end);
    if (options_.shard.count > 1) {
      reporter_.info("shard " + std::to_string(options_.shard.index) + " of " +
                     std::to_string(options_.shard.count) + " is committed; when all are: radbatch merge " +
                     printable(options_.out.string()));
    } else {
      write_tables();
      if (end == ScheduleEnd::finished) Archives::remove_unpacked(folder_);
    }
    send_end();
    summarize();
    return sitting_.exit_status;
  }

  void write_tables() {
    for (const Case& one : taken_) {
      if (outcomes_.contains(one.id)) continue;
      ++counts_[Status::interrupted];
      outcomes_[one.id] =
          ended_with(one.id, Reason::interrupted, "the run was stopped before this case was finished");
    }
    assemble(tool_, {folder_, taken_, found_.records, outcomes_}, found_.cohort, secret_, sitting_);
  }

  void send_end() {
    const bool complete =
        sitting_.exit_status == 0 || sitting_.exit_status == static_cast<int>(ExitCode::cases);
    if (!options_.stream || !complete) return;
    StreamEnd last{outcomes_.size(), {}};
    for (const auto& [status, count] : counts_) last.by_status[std::string(name(status))] = count;
    reporter_.data(canonical(to_json(last)));
  }

  void summarize() {
    std::vector<std::string> parts;
    for (const auto& [status, count] : counts_) {
      if (count > 0) parts.push_back(std::to_string(count) + " " + std::string(name(status)));
    }
    const auto damaged = std::ranges::count_if(found_.cohort.unassigned, [](const UnassignedFile& stray) {
      return info(stray.reason).status == Status::failed;
    });
    if (damaged > 0) {
      reporter_.warning(counted(static_cast<std::size_t>(damaged), "damaged file") +
                        " could not be given to any case: see private/unassigned.csv");
    }
    if (const std::ptrdiff_t unread = unread_archives(); unread > 0) {
      reporter_.warning(
          counted(static_cast<std::size_t>(unread), "archive or member") +
          " could not be read whole: cases may be missing or lack files; see private/unassigned.csv "
          "(E_ARCHIVE)");
    }
    if (sitting_.processed == 0 && kept_ > 0) {
      reporter_.info("nothing to do: all " + counted(kept_, "case") +
                     " committed by an earlier run, none decoded");
    }
    reporter_.info(counted(outcomes_.size(), "case") + ": " + join(parts, ", "));
    const auto torn = std::ranges::count_if(
        outcomes_, [](const auto& entry) { return entry.second.reason == Reason::many_series; });
    if (torn > 0) {
      reporter_.info("hint: " + counted(static_cast<std::size_t>(torn), "case") +
                     " with several images that fit; see them and choose: radbatch select " +
                     printable(options_.out.string()));
    }
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
  std::vector<Case> taken_;  ///< what --only and the like left of it
  std::unique_ptr<StreamInput> stream_;
  std::deque<Case> streamed_;  ///< a deque: pointers to its cases stay good
  std::vector<std::string> lines_;
  std::deque<const Case*> waiting_;
  std::map<std::string, const Case*> by_id_;  ///< under way
  std::map<std::string, CaseOutcome> committed_, outcomes_;
  std::map<Status, std::size_t> counts_;
  FailureLimit failures_;
  std::size_t total_ = 0, kept_ = 0;
  bool is_scanned_before_ = false;  ///< by radbatch scan: files may have gone since
  bool reader_left_ = false;
  std::string why_stopped_;
  Sitting sitting_;
};

}  // namespace

int run_cohort(Tool& tool, const RunOptions& options, Reporter& reporter) {
  return CohortRun(tool, options, reporter).run();
}

}  // namespace radbatch
