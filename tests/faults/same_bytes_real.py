"""The same bytes with the real workers and the shipped model, whatever --threads, --jobs, shards and a kill on the way.
--tries counts the reruns of each combination.
"""

import itertools
import os
import signal

import tries
from tries import harness

import real_images  # ends the program with 77 where a module is missing


class SameBytesReal(real_images.RealTest, tries.FaultTest):
    def setUp(self):
        super().setUp()
        self.cohort()
        for i in range(3, 7):
            self.cr(f"1.2.826.{i}", f"cr{i}/IM0")
        self.ends(self.infer(out="undisturbed", timeout=600), 0)
        self.expected = self.bytes_of("undisturbed")

    def shards(self, threads, shards):
        words = ("--threads", str(threads), "--jobs", str(self.random.choice((1, 2, 3))))
        if shards == 1:
            return self.ends(self.infer(*words, timeout=600), 0)
        for shard in self.random.sample(range(shards), shards):
            self.ends(self.infer(*words, "--shard", f"{shard}/{shards}", timeout=600), 0)
        return self.ends(self.run_tool("radbatch", "merge", "out", timeout=600), 0)

    def test_threads_and_shards(self):
        combinations = list(itertools.product((1, 2, 8), (1, 4))) * self.tries(1)
        self.random.shuffle(combinations)
        for threads, shards in combinations:
            self.forget()
            self.shards(threads, shards)
            self.assert_same_bytes(threads)
            self.table.add(f"real workers, --threads {threads}, {shards} shards", "same bytes")

    def test_a_kill_on_the_way(self):
        for _ in range(self.tries(1)):
            self.forget()
            process = self.start_infer("--jobs", "1")
            self.wait_for_commits(self.random.randint(1, 4))
            workers = harness.workers_of(process)
            victim = self.random.choice([process.pid, *workers])
            os.kill(victim, signal.SIGKILL)
            process.communicate(timeout=600)
            self.ends(self.infer(timeout=600), 0)
            self.assertEqual(self.bytes_of("out"), self.expected)
            self.table.add("real workers, SIGKILL", "same bytes")


if __name__ == "__main__":
    tries.main()
