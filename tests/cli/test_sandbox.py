"""The real image worker, asked from inside what it must not be able to do: tests/faults/sandbox_probe.cpp is loaded into it."""

import errno
import json
import os
import pathlib
import sys
import unittest

import real_images

PROBE = pathlib.Path(os.environ.get("RADBATCH_PROBE", "build/tests/libsandbox-probe.so")).absolute()
WRITING = ["create", "append", "truncate", "unlink", "rename", "link", "mkdir", "chmod"]
RUNNING = ["exec", "fork", "ptrace", "memory", "mount"]
CONNECTING = ["inet", "unix", "netlink"]
TOOL = ["kill", "tgkill", "prlimit", "setown"]


class RealWorker(real_images.RealTest):
    def setUp(self):
        super().setUp()
        if os.environ.get("RADBATCH_SANITIZE") or not PROBE.exists():
            self.skipTest("a sanitizer's worker has no sandbox")
        self.cr()
        self.environment["LD_PRELOAD"] = str(PROBE)

    def ask(self, *attempts):
        """What the kernel answered to each attempt, after the worker had confined itself."""
        for attempt in attempts:
            self.path(f"studies/probe-{attempt}").write_text("x")
        before = sorted(os.listdir(self.path("studies")))
        self.ends(self.run_tool("radbatch-convert", "studies", "-o", "out", "--require-sandbox"), 0, "1 case: 1 done")
        self.assertEqual(sorted(os.listdir(self.path("studies"))), before)
        return {row["path"].removeprefix("probe-"): row["detail"] for row in self.rows("out/private/unassigned.csv")}

    def sandbox(self):
        return json.loads(self.path("out/run.json").read_text())["sittings"][0]["workers"]["image"]["setup"]["sandbox"]

    def forbidden(self, attempts):
        self.assertEqual(self.ask(*attempts), {attempt: os.strerror(errno.EPERM) for attempt in attempts})

    def test_it_cannot_write(self):
        self.forbidden(WRITING)
        for attempt in WRITING:
            self.assertEqual(self.path(f"studies/probe-{attempt}").read_text(), "x")

    def test_it_cannot_start_or_look_into_processes(self):
        self.forbidden(RUNNING)

    def test_it_cannot_connect(self):
        self.forbidden(CONNECTING)

    def test_it_cannot_touch_its_tool(self):
        self.forbidden(TOOL)

    def test_the_same_attempts_succeed_outside_the_sandbox(self):
        """Otherwise the tests above could not fail."""
        script = ("import os\nfor name in ('create', 'inet', 'tgkill', 'setown'):\n  try: os.open('studies/probe-' + name, 0)\n"
                  "  except OSError as error: print(error.errno)\n")
        self.path("outside.py").write_text(script)
        done = self.shell(f"exec 3< outside.py; LD_PRELOAD={PROBE} {sys.executable} outside.py")
        self.assertEqual(done.stdout.split(), [str(errno.ENOTRECOVERABLE)] * 4, done.stderr)

    def test_with_landlock_it_reads_nothing_outside_its_inputs(self):
        answer = self.ask("outside")
        if self.sandbox()["landlock"] == 0:
            self.skipTest("this kernel has no Landlock")
        self.assertEqual((answer, self.sandbox()["read_only"]), ({"outside": os.strerror(errno.EACCES)}, True))


if __name__ == "__main__":
    unittest.main()
