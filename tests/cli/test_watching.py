"""What a run says of itself: the estimate before it, events while it goes, figures after it."""

import json
import unittest

import harness


class Estimate(harness.CliTest):
    def setUp(self):
        super().setUp()
        for i in range(30):
            self.image(f"case{i:03}.fake", 0.5, side=2 + i)
        self.image("wrong.fake", 0.5, dims=5)

    def estimate(self, *words):
        run = self.run_tool("radbatch-infer", *self.model_words(), "studies", "--estimate", *words)
        return self.ends(run, 0)

    def test_it_runs_a_sample_of_all_sizes_and_keeps_nothing(self):
        before = sorted(self.folder.rglob("*"))
        found = json.loads(self.estimate("6", "--json").stdout)
        self.assertEqual((found["cases"], found["to_run"], found["sample"]), (31, 30, 6))
        self.assertEqual(found["ended_by_headers"], {"E_DIMENSION": 1})
        self.assertGreater(found["stages"]["classify"]["total_s"], 0)
        self.assertLessEqual(found["total_s_low"], found["total_s"])
        self.assertLess(found["shards"]["8"], found["shards"]["2"])
        self.assertEqual(sorted(path for path in self.folder.rglob("*") if "model" not in str(path)),
                         sorted(path for path in before if "model" not in str(path)))

    def test_a_case_that_fails_stands_for_those_like_it(self):
        for i in range(30):
            self.image(f"case{i:03}.fake", 0.5, behaviour={"prepare": "error:E_TRUNCATED_PIXELS"})
        self.assertEqual(json.loads(self.estimate("3", "--json").stdout)["failed_in_sample"], {"E_TRUNCATED_PIXELS": 30})

    def test_it_reads_well(self):
        lines = self.estimate().stdout.splitlines()
        self.assertEqual(lines[0], "cases      31 in all, 30 to run; by their headers: E_DIMENSION 1")
        self.assertEqual(lines[1], "sample     24 cases, run and thrown away")
        self.assertTrue(all(len(line) <= 100 for line in lines), lines)

    def test_a_stream_cannot_be_estimated(self):
        run = self.run_tool("radbatch-infer", *self.model_words(), "-", "--estimate")
        self.ends(run, 2, "--estimate has to see the whole cohort before it chooses a sample")


class Figures(harness.CliTest):
    def test_run_json_says_what_the_sitting_cost(self):
        self.images(4)
        self.image("bad.fake", 0.5, behaviour={"prepare": "error:E_TRUNCATED_PIXELS"})
        self.ends(self.infer(), 8)
        sitting = json.loads(self.path("out/run.json").read_text(encoding="utf-8"))["sittings"][-1]
        self.assertEqual(sitting["reasons"], {"E_TRUNCATED_PIXELS": 1})
        self.assertEqual(sitting["stages"]["classify"]["requests"], 4)
        self.assertEqual(sitting["stages"]["prepare"]["requests"], 5)
        self.assertEqual(sitting["input_bytes"], sum(path.stat().st_size for path in self.path("studies").iterdir()))
        self.assertGreater(sitting["cpu_s"], 0)
        self.assertGreater(sitting["peak_memory_bytes"], 1 << 20)
        self.assertLess(sitting["start_s"], sitting["wall_s"])

    def test_a_log_for_machines_has_a_line_for_every_case(self):
        self.images(3)
        self.image("bad.fake", 0.5, behaviour={"prepare": "error:E_TRUNCATED_PIXELS"})
        self.ends(self.infer("--log-file", "log", "--log-format", "json"), 8)
        lines = [json.loads(line) for line in self.path("log").read_text(encoding="utf-8").splitlines()]
        cases = {line["facts"]["case_id"]: line["facts"] for line in lines if line.get("event") == "case"}
        self.assertEqual(sorted(cases), ["bad.fake", "case000.fake", "case001.fake", "case002.fake"])
        self.assertEqual((cases["bad.fake"]["status"], cases["bad.fake"]["reason"]), ("failed", "E_TRUNCATED_PIXELS"))
        self.assertEqual(set(cases["case000.fake"]["seconds"]), {"prepare", "classify"})


if __name__ == "__main__":
    unittest.main()
