"""The k-th write, fsync, rename or open below the run folder fails (failing_disk.cpp): exit 7 every time, nothing that was
committed is lost, and the same command on a good disk ends with the bytes of an undisturbed run. --tries is the largest
k: all of 1 ... k are tried for every kind and error; without it, a few spread over the run.
"""

import errno
import os
import pathlib
import resource
import subprocess
import unittest

import tries
from tries import harness

SHIM = pathlib.Path(os.environ.get("RADBATCH_FAILING_DISK", harness.BIN.parent / "tests/libfailing-disk.so"))
SHORT = 3  # ks of one kind where --tries is not given


@unittest.skipIf(os.environ.get("RADBATCH_SANITIZE"), "a sanitizer's run-time wants to be loaded first")
class FullDisk(tries.FaultTest):
    def setUp(self):
        super().setUp()
        if not SHIM.exists():
            self.skipTest(f"{SHIM} was not built")

    def on_bad_disk(self, kind, at, number, once=False):
        return self.infer("--jobs", "1", out=self.path("out"), timeout=300, env={
            "LD_PRELOAD": str(SHIM), "RADBATCH_FAIL_BELOW": str(self.path("out")), "RADBATCH_FAIL_KIND": kind,
            "RADBATCH_FAIL_AT": str(at), "RADBATCH_FAIL_ERRNO": str(number), "RADBATCH_FAIL_ONCE": "1" if once else "0",
            "RADBATCH_FAIL_COUNT": str(self.path("count"))})

    def operations(self, kind):
        """How many an undisturbed run makes."""
        self.forget()
        self.ends(self.on_bad_disk(kind, 0, 0), 8)
        self.forget()
        return int(self.path("count").read_text())

    def points(self, kind):
        n = self.operations(kind)
        if tries.OPTIONS.tries:
            return range(1, min(n, tries.OPTIONS.tries) + 1)
        return sorted({1, n} | {self.random.randint(1, n) for _ in range(SHORT - 2)})

    def attempt(self, kind, at, number, once, expected):
        self.forget()
        done = self.on_bad_disk(kind, at, number, once)
        before = self.records() if self.path("out/journal").exists() else {}
        self.ends(done, 7, os.strerror(number))
        self.ends(self.infer("--jobs", "1", timeout=300), 8)
        after = self.records()
        self.assertEqual({case: after.get(case) for case in before}, before)
        self.assertEqual(self.bytes_of("out"), expected)
        self.leaves_nothing_behind()

    def every(self, kind, *numbers):
        self.studies(12)
        expected = self.undisturbed_bytes()
        points = self.points(kind)
        for number in numbers:
            for once in ((False, True) if number == errno.EIO else (False,)):
                what = f"{kind}: {errno.errorcode[number]}" + (" once" if once else "")
                for at in points:
                    with self.subTest(f"{what} at {at}"):
                        try:
                            self.attempt(kind, at, number, once, expected)
                        except AssertionError:
                            self.table.add(what, "WRONG")
                            raise
                        self.table.add(what, "exit 7, kept, resumed to the same bytes")

    def test_every_write(self):
        self.every("write", errno.ENOSPC, errno.EDQUOT, errno.EIO)

    def test_every_fsync(self):
        self.every("fsync", errno.EIO, errno.ENOSPC)

    def test_every_rename(self):
        self.every("rename", errno.EIO, errno.EROFS)

    def test_every_opening_for_writing(self):
        self.every("open", errno.EROFS, errno.ENOSPC, errno.EACCES)

    def test_a_limit_on_the_size_of_files(self):
        self.studies(12)
        expected = self.undisturbed_bytes()
        for limit in (1, 700, 3000, 6000, 9000):
            self.forget()
            set_limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            self.ends(self.infer(preexec_fn=set_limit), 7, os.strerror(errno.EFBIG))
            self.ends(self.infer(), 8)
            self.assertEqual(self.bytes_of("out"), expected)
            self.table.add("RLIMIT_FSIZE", "exit 7, resumed to the same bytes")

    def mounted(self, size):
        """A file system of that size at out, or a skipped test."""
        self.path("out").mkdir(exist_ok=True)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", self.path("out")],
                          capture_output=True).returncode:
            self.skipTest("mounting a small file system is not permitted here")
        self.addCleanup(subprocess.run, ["umount", "-l", self.path("out")], capture_output=True)

    def test_file_systems_of_every_small_size(self):
        self.studies(40)
        expected = self.undisturbed_bytes()
        for size in ("8k", "32k", "64k", "96k", "128k"):
            self.mounted(size)
            self.ends(self.infer(), 7, os.strerror(errno.ENOSPC))
            subprocess.run(["mount", "-o", "remount,size=16m", self.path("out")], check=True)
            self.ends(self.infer(), 8)
            self.assertEqual(self.bytes_of("out"), expected)
            subprocess.run(["umount", "-l", self.path("out")], check=True)
            self.table.add(f"tmpfs of {size}, then of 16m", "exit 7, resumed to the same bytes")

    def test_a_file_system_that_becomes_read_only(self):
        n = self.studies(12)
        self.mounted("16m")
        self.ends(self.infer("--stop-after", "0.001s"), 10)
        subprocess.run(["mount", "-o", "remount,ro", self.path("out")], check=True)
        self.ends(self.infer(), 7, os.strerror(errno.EROFS))
        subprocess.run(["mount", "-o", "remount,rw", self.path("out")], check=True)
        self.ends(self.infer(), 8)
        self.assertEqual(len(self.rows_once()), n)
        self.table.add("read-only for one try", "exit 7, then complete")


if __name__ == "__main__":
    tries.main()
