"""The same bytes whatever --jobs, shards, order of tries, stops between them, and order in which a folder lists its files.
Another --threads is another run by its identity, whose digest predictions.h5 carries: there the tables are the same, and
predictions.h5 among the runs of as many threads. --tries counts the reruns of each combination.
"""

import itertools
import os
import shutil
import time

import tries


class SameBytes(tries.FaultTest):
    def setUp(self):
        super().setUp()
        self.n = self.studies(24, slices=2)
        self.expected = self.undisturbed_bytes()

    def sharded(self, shards, *words):
        for shard in self.random.sample(range(shards), shards):
            self.assertIn(self.infer(*words, "--shard", f"{shard}/{shards}", timeout=300).code, (0, 8))
        self.ends(self.run_tool("radbatch", "merge", "out", timeout=300), 8)

    def once(self, threads, shards):
        jobs = str(self.random.choice((1, 2, 3)))
        self.sharded(shards, "--threads", str(threads), "--jobs", jobs) if shards > 1 else self.ends(
            self.infer("--threads", str(threads), "--jobs", jobs, timeout=300), 8)

    def test_threads_and_shards(self):
        combinations = list(itertools.product((1, 2, 8), (1, 4))) * self.tries(1)
        self.random.shuffle(combinations)
        for threads, shards in combinations:
            self.forget()
            self.once(threads, shards)
            self.assert_same_bytes(threads)
            self.table.add(f"--threads {threads}, {shards} shards", "same bytes")

    def test_the_order_of_a_folder(self):
        """A copy whose files were made in another order lists them so; content and times are the same."""
        for _ in range(self.tries(2)):
            shutil.move(self.path("studies"), self.path("before"))
            files = [path for path in self.path("before").rglob("*") if path.is_file()]
            self.random.shuffle(files)
            for source in files:
                target = self.path("studies") / source.relative_to(self.path("before"))
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)
            shutil.rmtree(self.path("before"))
            self.forget()
            self.ends(self.infer(timeout=300), 8)
            self.assertEqual(self.bytes_of("out"), self.expected)
            self.table.add("files made in another order", "same bytes")

    def test_another_number_of_shards_later(self):
        for _ in range(self.tries(1)):
            self.forget()
            first, second = self.random.sample((2, 3, 4, 5), 2)
            self.infer("--shard", f"0/{first}", timeout=300)
            used = len(set(self.committed()))
            self.sharded(second)
            self.assertEqual(self.bytes_of("out"), self.expected)
            self.assertEqual(len(self.committed()), self.n, "a case was done twice")
            self.table.add(f"one shard of {first}, then {second}", f"same bytes, {used} cases used")

    def test_a_cohort_that_grows(self):
        for _ in range(self.tries(1)):
            self.forget()
            later = self.random.sample(sorted(os.listdir(self.path("studies"))), 5)
            for uid in later:
                shutil.move(self.path("studies") / uid, self.path(uid))
            self.infer(timeout=300)
            self.assertEqual(len(self.rows_once()), self.n - 5)
            for uid in later:
                shutil.move(self.path(uid), self.path("studies") / uid)
            self.ends(self.infer(timeout=300), 8)
            self.assertEqual((self.bytes_of("out"), len(self.committed())), (self.expected, self.n))
            self.table.add("five studies more", "same bytes, five done")

    def test_a_rerun_of_a_finished_run_writes_nothing(self):
        self.infer(timeout=300)
        before = self.times()
        for _ in range(self.tries(1)):
            started = time.monotonic()
            self.ends(self.infer(timeout=600), 8, "nothing to do")
            seconds = time.monotonic() - started
            self.assertEqual(self.times(), before)
            self.table.add(f"rerun of {self.n} studies",
                           f"0 decoded, 0 written, {1000 * seconds / self.n:.2f} s per 1,000 (wall)")


if __name__ == "__main__":
    tries.main()
