"""Workers that crash, hang, lie or try to break out: each costs its own case and nothing else."""

import json
import os
import subprocess
import sys
import unittest

import harness

# What the ledger says after the worker did it in a case, and what its detail says.
PREPARE = {
    "crash": ("E_DECODER_CRASH", "the image worker died twice (signal SIGSEGV)"),
    "abort": ("E_DECODER_CRASH", "the image worker died twice (signal SIGABRT)"),
    "exit": ("E_DECODER_CRASH", "the image worker died twice (exit status 3)"),
    "hang": ("E_DECODER_TIMEOUT", "no answer within 1 s"),
    "memory": ("E_OUT_OF_MEMORY", "the worker's memory limit was reached"),
    "garbage": ("E_DECODER_CRASH", "the worker's answer has the wrong form: "),
    "odd-error": ("E_DECODER_CRASH", "the worker's answer has the wrong form: "),
    "odd-size": ("E_DECODER_CRASH", "the worker's answer has the wrong form: "),
    "greedy": ("E_DECODER_CRASH", "the worker asks for a buffer that it has"),
    "bad-frame": ("E_DECODER_CRASH", "the image worker died twice"),
    "huge-frame": ("E_DECODER_CRASH", "the image worker died twice"),
    "nul-frame": ("E_DECODER_CRASH", "the image worker died twice"),
    "error:E_SPACING": ("E_SPACING", "as the file asked"),
    "fault:1": ("E_DECODER_CRASH", "as the file asked"),
    "crash-once": ("done", ""),
}
CLASSIFY = {
    "crash": ("E_MODEL_CRASH", "the classify worker died twice (signal SIGSEGV)"),
    "abort": ("E_MODEL_CRASH", "the classify worker died twice (signal SIGABRT)"),
    "exit": ("E_MODEL_CRASH", "the classify worker died twice (exit status 3)"),
    "hang": ("E_CASE_TIMEOUT", "no answer within 1 s"),
    "memory": ("E_OUT_OF_MEMORY", "the worker's memory limit was reached"),
    "garbage": ("E_MODEL_CRASH", "the worker's answer has the wrong form: "),
    "bad-frame": ("E_MODEL_CRASH", "the classify worker died twice"),
    "huge-frame": ("E_MODEL_CRASH", "the classify worker died twice"),
    "fault": ("E_MODEL_OUTPUT", "as the file asked"),
    "nan": ("E_NONFINITE", ""),
    "crash-once": ("done", ""),
}
LIMITS = ["--case-timeout", "1s", "--max-ram", "256M", "--jobs", "1"]


class OneCaseEach(harness.CliTest):
    def check(self, expected, make):
        self.images(4)
        self.infer(out="clean")
        for behaviour in expected:
            make(self, "bad-" + behaviour.replace(":", "-") + ".fake", behaviour)
        self.ends(self.infer(*LIMITS), 8)
        ledger, details = self.ledger(), self.details()
        for behaviour, (end, detail) in expected.items():
            case = "bad-" + behaviour.replace(":", "-") + ".fake"
            with self.subTest(behaviour):
                self.assertEqual((ledger[case], details[case][:len(detail)]), (end, detail))
        clean = self.scores("clean")
        self.assertEqual({case: self.scores()[case] for case in clean}, clean)

    def test_image_worker_while_preparing(self):
        self.check(PREPARE, lambda test, name, how: test.image(name, behaviour={"prepare": how}))

    def test_classify_worker(self):
        self.check(CLASSIFY, lambda test, name, how: test.image(name, harness.CLASSIFY[how]))

    def test_image_worker_while_converting(self):
        self.images(3)
        for how in ("crash", "garbage", "error:E_TRANSFER_SYNTAX", "crash-once"):
            self.image(f"bad-{how.replace(':', '-')}.fake", behaviour={"convert": how})
        self.ends(self.run_tool("radbatch-convert", "studies", "-o", "out", "--jobs", "1"), 8)
        bad = {case: end for case, end in self.ledger().items() if case.startswith("bad")}
        self.assertEqual(bad, {"bad-crash.fake": "E_DECODER_CRASH", "bad-garbage.fake": "E_DECODER_CRASH",
                               "bad-crash-once.fake": "done", "bad-error-E_TRANSFER_SYNTAX.fake": "E_TRANSFER_SYNTAX"})
        self.leaves_nothing_behind()

    def test_a_header_that_kills_the_reader_is_unassigned_and_named(self):
        self.images(70)  # more than go into one request
        for how in ("crash", "garbage", "bad-frame", "exit", "memory"):
            self.image(f"bad/{how}", behaviour={"scan": how})
        self.ends(self.infer("--max-ram", "256M"), 0, "70 cases: 70 done")
        strays = {row["path"]: row["reason"] for row in self.rows("out/private/unassigned.csv")}
        self.assertEqual(strays, {f"bad/{how}": "E_DECODER_CRASH"
                                  for how in ("crash", "garbage", "bad-frame", "exit", "memory")})

    def test_a_header_that_kills_the_reader_once_is_read_by_the_next(self):
        self.image("only.fake", behaviour={"scan": "crash-once"})
        self.ends(self.infer(), 0, "1 case: 1 done")

    def test_the_signal_of_a_reader_that_died_is_named(self):
        self.images(1)
        for how in ("crash", "exit", "garbage"):
            self.image(f"bad/{how}", behaviour={"scan": how})
        self.ends(self.infer(), 0)
        details = [row["detail"] for row in self.rows("out/private/unassigned.csv")]
        self.assertEqual(details, [f"the process that read the header died twice ({how})"
                                   for how in ("signal SIGSEGV", "exit status 3", "its answer had the wrong form")])

    def test_a_header_that_hangs_the_reader(self):
        self.images(3)
        self.image("bad", behaviour={"scan": "hang"})
        self.ends(self.infer("--case-timeout", "1s"), 0, "3 cases: 3 done")
        self.assertEqual([row["reason"] for row in self.rows("out/private/unassigned.csv")], ["E_DECODER_TIMEOUT"])

    def test_an_answer_that_nobody_asked_for_reaches_no_other_case(self):
        for i in range(12):
            self.image(f"case{i:02}.fake", i / 20, behaviour={"prepare": "twice"} if i % 3 == 0 else None)
        self.ends(self.infer("--jobs", "1"), 0)
        self.images_without_behaviour(12)
        self.ends(self.infer(out="clean", inputs=["clean-studies"]), 0)
        self.assertEqual(self.scores(), self.scores("clean"))

    def images_without_behaviour(self, n):
        for i in range(n):
            self.image(f"case{i:02}.fake", i / 20, folder="clean-studies")

    def test_a_tensor_too_large_for_the_budget(self):
        self.images(2)
        self.image("large.fake", items=600, side=200, size=[2, 2, 2])
        self.ends(self.infer("--max-ram", "64M"), 8)
        self.assertEqual((self.ledger()["large.fake"], self.details()["large.fake"]),
                         ("E_TOO_LARGE", "the tensor needs 91.6 MiB"))

    def test_a_header_that_declares_more_than_the_budget(self):
        self.image("bomb.fake", size=[65535, 65535, 65535])
        self.images(1)
        self.ends(self.infer(), 8)
        self.assertEqual(self.ledger(), {"bomb.fake": "E_TOO_LARGE", "case000.fake": "done"})

    def test_tensors_larger_than_the_usual_buffer_and_slices_pooled(self):
        self.images(3)
        self.image("deep.fake", 0.9, items=40, side=100)  # 1.5 MiB; all its slices score as the one of case000
        self.ends(self.infer("--jobs", "2"), 0)
        self.assertEqual(self.scores()["deep.fake"], self.scores()["case000.fake"])


    def test_a_worker_that_dies_in_the_middle_of_a_file_leaves_no_half_in_it(self):
        self.image("a.fake")
        self.image("b.fake", behaviour={"convert": "half-once"})
        self.ends(self.run_tool("radbatch-convert", "studies", "-o", "v", "--jobs", "1"), 0)
        (volume,) = self.path("v/b.fake").glob("*.nii.gz")
        self.assertEqual(json.loads(volume.read_text())["kind"], "nifti")


class Loading(harness.CliTest):
    def setUp(self):
        super().setUp()
        self.images(3)

    def loading(self, how, code, *texts):
        self.bundle(citation=f"fake {how}")
        self.ends(self.infer("--max-ram", "256M"), code, *texts)
        self.assertFalse(self.path("out").exists(), "headers are read meanwhile, but nothing is written")

    def test_a_model_that_is_refused_when_it_loads(self):
        self.loading("fault:4", 4, "radbatch-infer: error: as the file asked")

    def test_a_model_that_is_refused_while_an_archive_waits(self):
        self.image("a.zip", kind="none")
        self.loading("fault:4", 4, "radbatch-infer: error: as the file asked")

    def test_a_device_that_is_not_there(self):
        self.loading("fault:5", 5, "radbatch-infer: error: as the file asked")

    def test_a_model_that_kills_its_process_when_it_loads(self):
        self.loading("crash", 4, "the classify worker ended (signal SIGSEGV) before it was ready")

    def test_a_worker_that_is_missing(self):
        self.ends(self.infer(env={"RADBATCH_WORKERS": "nowhere"}), 1, "the worker nowhere/radbatch-classify-worker is missing",
                  "hint: install radbatch again, or set RADBATCH_WORKERS")


@unittest.skipIf(os.environ.get("RADBATCH_SANITIZE"), "a sanitizer's workers have no sandbox")
class Sandbox(harness.CliTest):
    def test_a_worker_cannot_write_start_programs_or_connect(self):
        attempts = ["create", "append", "rename", "unlink", "chmod", "connect", "kill", "tgkill", "prlimit", "setown",
                    "fork", "exec"]
        for attempt in attempts:
            self.image(f"{attempt}.fake", behaviour={"prepare": f"try:{attempt}"})
        self.image("model.fake", harness.CLASSIFY["try:create"])
        before = sorted(os.listdir(self.path("studies")))
        self.ends(self.infer("--require-sandbox"), 8)
        details = self.details()
        self.assertEqual({case: detail.split(": ")[1] for case, detail in details.items()},
                         {f"{attempt}.fake": "Operation not permitted" for attempt in [*attempts, "model"]})
        self.assertEqual(sorted(os.listdir(self.path("studies"))), before)

    def test_what_is_enforced_is_recorded(self):
        self.images(1)
        self.infer()
        workers = json.loads(self.path("out/run.json").read_text())["sittings"][0]["workers"]
        for role in ("image", "classify"):
            self.assertEqual((workers[role]["setup"]["sandbox"]["seccomp"],
                              workers[role]["setup"]["sandbox"]["no_new_privileges"]), (True, True))

    def limits(self, *words):
        self.ends(self.infer(*words), 0)
        workers = json.loads(self.path("out/run.json").read_text())["sittings"][0]["workers"]
        return workers["image"]["setup"]["sandbox"]["limits"], workers["classify"]["setup"]["sandbox"]["limits"]

    def test_the_limits_of_the_kernel_are_set_and_recorded(self):
        self.images(1)
        image, classify = self.limits("--max-ram", "1G", "--case-timeout", "90s")
        self.assertEqual(image, {"address_space_bytes": 6 << 30, "core_bytes": 0, "cpu_seconds": 240 * os.cpu_count(),
                                 "file_bytes": (8 << 30) + (64 << 20), "open_files": 256, "stack_bytes": 8 << 20})
        self.assertEqual((classify["data_bytes"], classify["open_files"], classify["core_bytes"]), (5 << 30, 1024, 0))

    def test_no_limit_is_raised_above_the_tool_s_own(self):
        self.images(1)
        done = self.shell("ulimit -f 1000 -n 200 -s 4096; radbatch-convert studies -o out")
        self.assertEqual(done.code, 0, done.stderr)
        limits = json.loads(self.path("out/run.json").read_text())["sittings"][0]["workers"]["image"]["setup"]["sandbox"]["limits"]
        self.assertEqual((limits["file_bytes"], limits["open_files"], limits["stack_bytes"]), (1000 * 1024, 200, 4 << 20))

    def test_require_sandbox_refuses_where_there_is_none_before_a_file_is_read(self):
        self.images(2)
        launch = [sys.executable, "-B", str(harness.ROOT / "tests/faults/without_seccomp.py")]
        words = self.command("radbatch-convert", "studies", "-o")
        done = subprocess.run([*launch, *words, "out", "--require-sandbox"], cwd=self.folder, env=self.environment,
                              capture_output=True, timeout=60, text=True)
        self.assertEqual((done.returncode, done.stderr),
                         (1, "radbatch-convert: error: the image worker could not be confined\n"
                             "hint: leave out --require-sandbox to run without\n"))
        self.assertFalse(self.path("out/cases.csv").exists())
        done = subprocess.run([*launch, *words, "free"], cwd=self.folder, env=self.environment, capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 0)
        sandbox = json.loads(self.path("free/run.json").read_text())["sittings"][0]["workers"]["image"]["setup"]["sandbox"]
        self.assertEqual((sandbox["seccomp"], sandbox["no_new_privileges"]), (False, True))


class Lifetime(harness.CliTest):
    """A worker that leaks or grows costs no later case."""

    def pids(self, *words):
        """Process ids of the image workers that read the cases, as the fake volumes tell."""
        self.ends(self.run_tool("radbatch-convert", "studies", "-o", "out", "--jobs", "1", *words), 0)
        return [json.loads(path.read_text())["pid"] for path in sorted(self.path("out").rglob("*.nii"))]

    def test_a_worker_is_replaced_after_a_thousand_requests(self):
        self.images(1010, behaviour={"convert": "pid"})
        pids = self.pids("--format", "nii")
        self.assertEqual((len(pids), len(set(pids))), (1010, 2))

    def test_a_worker_that_ran_out_of_memory_is_replaced(self):
        for i in range(6):
            self.image(f"case{i}.fake", behaviour={"convert": "pid"})
        self.image("case2b.fake", behaviour={"convert": "error:E_OUT_OF_MEMORY"})
        self.run_tool("radbatch-convert", "studies", "-o", "out", "--jobs", "1", "--format", "nii")
        pids = [json.loads(path.read_text())["pid"] for path in sorted(self.path("out").rglob("*.nii"))]
        self.assertEqual((len(pids), len(set(pids))), (6, 2))


if __name__ == "__main__":
    unittest.main()
