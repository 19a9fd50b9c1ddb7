#!/usr/bin/env python3
"""A run over very many generated cases with fake workers: what the tool itself costs. Measured and printed, never asserted.

usage: python3 tests/bench/large_cohort.py [BUILD_FOLDER] [--cases N] [--rows N] [--files N] [--jobs N]

--cases: images classified, rerun, and the memory of the tool meanwhile (its resident set, twice a second). Growth is taken
from a tenth of the cases to the last commit; making the tables comes after and is told apart. --rows: rows of a manifest, of
which ten cases are run. --files: files that radbatch scan reads, all hard links of some. Standard library only.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/cli"))
LINKS_PER_FILE = 30_000  # ext4 allows 65,000


def fake_image(value):
    header = {"size": [2, 2, 1], "dims": 2, "spacing_mm": [1, 1, 1], "Rows": 2, "Columns": 2, "is_image": True}
    return json.dumps({"kind": "png", "attributes": header, "value": value, "items": 1, "side": 2, "behaviour": {}})


def resident_kib(pid):
    try:
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


class Bench:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        build = pathlib.Path(options.build).absolute()
        self.bin = build / "bin"
        self.environment = os.environ | {"RADBATCH_WORKERS": str(build / "tests/fake-workers")}
        os.environ["RADBATCH_BIN"], os.environ["RADBATCH_WORKERS"] = str(self.bin), self.environment["RADBATCH_WORKERS"]
        import harness
        helper = harness.CliTest()
        helper.folder = folder
        helper.bundle()

    def watched(self, words, out="out"):
        """Runs a tool; returns wall and CPU seconds, and samples (seconds, bytes in the journals, KiB resident)."""
        before, started, samples = os.times(), time.monotonic(), []
        process = subprocess.Popen([str(word) for word in words], cwd=self.folder, env=self.environment,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        while process.poll() is None:
            journals = sum(path.stat().st_size for path in (self.folder / out / "journal").glob("*.ndjson"))
            samples.append((time.monotonic() - started, journals, resident_kib(process.pid)))
            time.sleep(0.25)
        after = os.times()
        if process.returncode != 0:
            sys.exit(process.stderr.read().decode()[-2000:])
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
        return time.monotonic() - started, cpu, samples

    def infer(self, *words):
        return [self.bin / "radbatch-infer", "--model", "model", "-o", "out", "--jobs", self.options.jobs,
                "--progress", "never", *words]

    def cases(self, n):
        (self.folder / "studies").mkdir()
        for i in range(n):
            folder = self.folder / f"studies/{i // 1000:04}"
            folder.mkdir(exist_ok=True)
            (folder / f"case{i:07}.fake").write_text(fake_image(i % 1000 / 1000))
        wall, cpu, samples = self.watched(self.infer("studies"))
        whole = max(size for _, size, _ in samples)
        first = next(t for t, size, _ in samples if size > 0)
        last = next(t for t, size, _ in samples if size == whole)
        run = [(size, kib) for t, size, kib in samples if first <= t <= last]
        warm = next(kib for size, kib in run if size >= whole / 10)
        most = max(kib for size, kib in run if size >= whole / 10)
        print(f"{n} cases: {wall:.0f} s wall, {cpu:.0f} s CPU of all processes; until the first commit {first:.1f} s, "
              f"{(n / max(last - first, 1e-9)):.0f} cases/s, tables {wall - last:.1f} s")
        print(f"  resident: {warm / 1024:.0f} MiB after a tenth, at most {most / 1024:.0f} MiB until the last commit "
              f"({100 * (most - warm) / warm:+.1f} %), {max(kib for _, _, kib in samples) / 1024:.0f} MiB with the tables")
        wall, cpu, samples = self.watched(self.infer("studies"))
        print(f"  rerun: {wall:.1f} s wall, {cpu:.1f} s CPU: {1000 * wall / n:.2f} s per 1,000, at most "
              f"{max(kib for _, _, kib in samples) / 1024:.0f} MiB")
        shutil.rmtree(self.folder / "out")
        shutil.rmtree(self.folder / "studies")

    def rows(self, n):
        (self.folder / "few").mkdir()
        (self.folder / "few/one.fake").write_text(fake_image(0.5))
        with open(self.folder / "list.csv", "w", encoding="utf-8") as file:
            file.write("case_id,path,site\n")
            file.writelines(f"case{i:07},few/one.fake,site {i % 7}\n" for i in range(n))
        wall, cpu, samples = self.watched(self.infer("list.csv", "--limit", "10"))
        print(f"manifest of {n} rows, 10 cases run: {wall:.0f} s wall, {cpu:.0f} s CPU, at most "
              f"{max(kib for _, _, kib in samples) / 1024:.0f} MiB")
        shutil.rmtree(self.folder / "out")

    def files(self, n):
        (self.folder / "base").mkdir()
        for i in range(n):
            folder = self.folder / f"many/{i // 1000:05}"
            base = self.folder / f"base/{i // LINKS_PER_FILE}"
            if i % 1000 == 0:
                folder.mkdir(parents=True)
            if not base.exists():
                base.write_text(fake_image(0.5))
            os.link(base, folder / f"{i:07}.fake")
        wall, cpu, samples = self.watched([self.bin / "radbatch-scan", "many", "-o", "scanned"], out="scanned")
        print(f"scan of {n} files: {wall:.0f} s wall, {cpu:.0f} s CPU, {n / wall:.0f} files/s, at most "
              f"{max(kib for _, _, kib in samples) / 1024:.0f} MiB")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", nargs="?", default="build")
    parser.add_argument("--cases", type=int, default=0)
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--files", type=int, default=0)
    parser.add_argument("--jobs", default="2")
    options = parser.parse_args()
    for name in ("cases", "rows", "files"):
        if getattr(options, name):
            with tempfile.TemporaryDirectory(prefix="radbatch-bench-") as folder:
                getattr(Bench(options, pathlib.Path(folder)), name)(getattr(options, name))


if __name__ == "__main__":
    main()
