"""Several processes on one run folder: shards at once, and two that want the same part. --tries counts the rounds.
"""

import json
import os
import signal
import time

import tries

SHARDS = 16


class SharedFolder(tries.FaultTest):
    def test_sixteen_shards_at_once(self):
        n = self.studies(48)
        expected = self.undisturbed_bytes()
        for _ in range(self.tries(1)):
            self.forget()
            processes = [self.start_infer("--jobs", "1", "--shard", f"{shard}/{SHARDS}") for shard in range(SHARDS)]
            self.assertLessEqual({self.finish(process, timeout=900).code for process in processes}, {0, 8})
            self.ends(self.run_tool("radbatch", "merge", "out", timeout=300), 8)
            self.assertEqual((len(self.rows_once()), len(self.committed())), (n, n))
            self.assertEqual(self.bytes_of("out"), expected)
            self.leaves_nothing_behind()
            self.table.add(f"{SHARDS} shards at once", f"{n} cases, none lost, none twice, same bytes")


class SecondWriter(tries.FaultTest):
    def setUp(self):
        super().setUp()
        self.n = self.studies(12, slow_ms=100)

    def first(self, *words, env=None):
        process = self.start_infer("--jobs", "1", *words, env=env or {})
        self.wait_for(lambda: list(self.path("out/journal").glob("lock-*.json")), "the first one's sign")
        return process

    def sign(self):
        (path,) = self.path("out/journal").glob("lock-*.json")
        return path, json.loads(path.read_text())

    def test_is_refused_while_the_first_is_alive(self):
        for _ in range(self.tries(1)):
            self.forget()
            first = self.first()
            self.ends(self.infer(), 2, f"process {first.pid} on host ", " is at work on this run\nhint: wait for it, or stop it "
                                       f"with kill {first.pid} and run the same command again")
            self.ends(self.finish(first), 8)
            self.assertEqual(len(self.committed()), self.n)
            self.table.add("a second process on the same part", "refused with exit 2, the first complete")

    def test_of_two_that_start_at_once_one_goes_on(self):
        for _ in range(self.tries(2)):
            self.forget()
            both = [self.start_infer("--jobs", "1") for _ in range(2)]
            codes = sorted(self.finish(process).code for process in both)
            self.assertEqual(codes, [2, 8])
            self.assertEqual(len(self.committed()), self.n)
            self.table.add("two at the same moment", "one refused, one complete")

    def test_other_shards_are_welcome(self):
        first = self.first("--shard", "0/2")
        self.ends(self.infer("--shard", "0/2"), 2, " is at work on shard 0 of 2 of this run")
        self.assertIn(self.infer("--shard", "1/2").code, (0, 8))
        self.assertIn(self.finish(first).code, (0, 8))
        self.table.add("another shard beside it", "both complete")

    def test_the_sign_of_a_killed_process_refuses_nobody(self):
        first = self.first()
        first.kill()
        first.wait()
        path, _ = self.sign()
        self.ends(self.infer(), 8)
        self.assertFalse(path.exists())
        self.table.add("the first was killed", "goes on")

    def test_a_process_id_that_was_given_out_again_refuses_nobody(self):
        first = self.first()
        first.kill()
        first.wait()
        path, sign = self.sign()
        path.write_text(json.dumps(sign | {"pid": os.getpid()}))  # alive, but started at another time
        self.assertNotIn("work is done twice", self.ends(self.infer(), 8).stderr)
        self.table.add("its process id is another's now", "goes on")

    def foreign_sign(self, **changes):
        self.path("out/journal").mkdir(parents=True, exist_ok=True)
        self.ends(self.infer("--only", "study"), 2)  # nothing is done yet, but the folder is this run's
        sign = {"pid": 17, "host": "another", "place": "elsewhere", "started": "1", "shard": [0, 1], "slurm_job": "42",
                "slurm_restarts": "0"}
        path = self.path("out/journal/lock-another-17.json")
        path.write_text(json.dumps(sign | changes))
        return path

    def test_a_fresh_sign_of_another_machine_is_named_and_refuses_nobody(self):
        self.foreign_sign()
        self.ends(self.infer(), 8, "process 17 on host another (Slurm job 42) works on the same part of this run")
        self.table.add("a fresh sign of another machine", "named, goes on")

    def test_an_old_sign_of_another_machine_is_passed_over(self):
        os.utime(self.foreign_sign(), (time.time() - 600,) * 2)
        self.assertNotIn("process 17", self.ends(self.infer(), 8).stderr)
        self.table.add("an old sign of another machine", "goes on")

    def test_a_requeued_job_does_not_mind_its_former_self(self):
        self.foreign_sign()
        requeued = {"SLURM_JOB_ID": "42", "SLURM_RESTART_COUNT": "1"}
        self.assertNotIn("process 17", self.ends(self.infer(env=requeued), 8).stderr)
        self.table.add("requeued by Slurm, sign on another machine", "goes on without a word")

    def test_a_requeued_job_is_not_locked_out_by_its_dying_self(self):
        first = self.first(env={"SLURM_JOB_ID": "42"})
        os.kill(first.pid, signal.SIGSTOP)
        requeued = self.infer(env={"SLURM_JOB_ID": "42", "SLURM_RESTART_COUNT": "1"})
        os.kill(first.pid, signal.SIGCONT)
        self.finish(first)
        self.ends(requeued, 8)
        self.table.add("requeued by Slurm, former self still there", "goes on without a word")


class OtherCohorts(tries.FaultTest):
    """merge believes no shard that saw other cases than the scan it goes by."""

    def setUp(self):
        super().setUp()
        self.n = self.studies(12)
        self.expected = self.undisturbed_bytes()

    def shard(self, index):
        self.assertIn(self.infer("--shard", f"{index}/2").code, (0, 8))

    def merge(self, code, *texts):
        self.ends(self.run_tool("radbatch", "merge", "out"), code, *texts)

    def hide(self, names):
        self.path("hidden").mkdir()
        for name in names:
            os.rename(self.path("studies") / name, self.path("hidden") / name)

    def show(self):
        for name in os.listdir(self.path("hidden")):
            os.rename(self.path("hidden") / name, self.path("studies") / name)

    def test_a_shard_that_saw_half_of_a_mount(self):
        self.shard(0)
        self.hide(sorted(os.listdir(self.path("studies")))[:6])
        self.shard(1)
        self.merge(2, "out holds results of different cohorts: shard 0 of 2 saw 12 cases, the last scan 6 cases")
        self.show()
        self.shard(1)
        self.merge(8)
        self.assertEqual(self.bytes_of("out"), self.expected)
        self.table.add("a shard saw half of the input", "refused with its number; run again: same bytes")

    def test_a_cohort_that_grew_after_one_of_the_shards(self):
        # One study more, of the second shard: the first has nothing to do in the new cohort, and has to say so.
        self.hide([self.of_shard(1)])
        self.shard(0)
        self.shard(1)
        self.show()
        self.shard(1)
        self.merge(2, "shard 0 of 2 saw 11 cases, the last scan 12 cases", "or only take note; then merge again")
        self.shard(0)
        before = self.times()
        self.shard(0)
        self.assertEqual(self.times(), before)
        self.merge(8)
        self.assertEqual(self.bytes_of("out"), self.expected)
        self.table.add("a cohort that grew, one shard run again", "refused with the other's number; noted: same bytes")

    def of_shard(self, index):
        """The folder of a study that falls to this shard."""
        self.shard(index)
        ids = set(self.committed())
        self.forget()
        return next(row["StudyInstanceUID"] for row in self.rows("undisturbed/private/linkage.csv") if row["case_id"] in ids)


if __name__ == "__main__":
    tries.main()
