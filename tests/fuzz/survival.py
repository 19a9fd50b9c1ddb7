"""Folders of damaged files beside good studies, given to radbatch-convert: nothing dies but a worker, every file is
accounted for under a code that `radbatch explain` knows, and the good studies come out as they do alone.

What the fuzzers of this folder share. A mutant is made from a seed and its number, so that any of them can be made
again: `--only NUMBER --keep FOLDER`.
"""

import argparse
import collections
import contextlib
import csv
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unicodedata

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parents[1] / "cli"))

import harness  # noqa: E402
import real_images  # noqa: E402

DATA = pathlib.Path(os.environ.get("RADBATCH_DATA") or harness.ROOT.parent / "shared/data")
PER_RUN = 500
RUN_LIMIT_S = 900
STATUSES = {"done", "skipped", "refused", "failed"}
MIB = 1 << 20


class Survival:
    """Runs of radbatch-convert over mutants, and what they showed."""

    def __init__(self, folder):
        self.folder = folder
        self.codes = set(self.radbatch("explain").split())
        self.clean = None
        self.ends = collections.Counter()
        self.faults = []
        self.deaths = []
        self.seconds = self.files = 0
        self.peak = 0

    def radbatch(self, *words):
        return subprocess.run([str(harness.BIN / "radbatch"), *words], check=True, capture_output=True, text=True).stdout

    def good_studies(self, to):
        """Studies whose rows must not change, written by pydicom."""
        for name, uid in (("ct", "1.2.826.777.1"), ("ct2", "1.2.826.777.2")):
            for index in range(real_images.SLICES):
                real_images.save(real_images.ct_slice(index, uid, SeriesDescription=f"good {name}"), to / f"good/{name}/{index}")
        real_images.save(real_images.radiograph("1.2.826.777.3"), to / "good/cr")

    def run(self, mutants):
        """One run over the good studies and `mutants`, a name -> bytes mapping."""
        shutil.rmtree(self.folder, ignore_errors=True)
        studies = self.folder / "studies"
        self.good_studies(studies)
        (studies / "mutants").mkdir()
        for name, content in mutants.items():
            (studies / "mutants" / name).write_bytes(content)
        started = time.monotonic()
        code, stderr = self.convert(studies)
        self.seconds += time.monotonic() - started
        self.files += len(mutants)
        if code not in (0, 8):
            self.faults.append(f"exit status {code}: {stderr[-500:]}")
            return
        self.check_accounting(len(mutants) + 2 * real_images.SLICES + 1)
        rows = self.rows_of_the_good()
        if self.clean is None:
            self.clean = rows
        elif rows != self.clean:
            self.faults.append("the rows of the good studies changed")

    def convert(self, studies):
        words = [str(harness.BIN / "radbatch-convert"), str(studies), "-o", str(self.folder / "out"), "--case-timeout", "20s",
                 "--max-ram", "1G", "--progress", "never"]
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        peak = threading.Thread(target=self.watch, args=(process,))
        peak.start()
        try:
            _, stderr = process.communicate(timeout=RUN_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            _, stderr = process.communicate()
        peak.join()
        return process.returncode, stderr.decode(errors="replace")

    def watch(self, process):
        """The largest resident size of the tool itself."""
        while process.poll() is None:
            with contextlib.suppress(OSError, IndexError, ValueError):
                status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
                self.peak = max(self.peak, int(status.split("VmHWM:")[1].split()[0]) * 1024)
            time.sleep(0.02)

    def table(self, name):
        with open(self.folder / "out" / name, newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def check_accounting(self, n_files):
        counts = json.loads((self.folder / "out/run.json").read_text())["files"]
        accounted = counts["in_cases"] + sum(counts["unassigned"].values())
        if (counts["found"], accounted) != (n_files, n_files):
            self.faults.append(f"{n_files} files, but found {counts['found']} and accounted for {accounted}")
        cases, strays = self.table("cases.csv"), self.table("private/unassigned.csv")
        for row in cases:
            self.ends[row["reason"] or row["status"]] += 1
            known = row["status"] in STATUSES and (row["status"] == "done") == (row["reason"] == "")
            self.check_words(row, known)
        for row in strays:
            self.ends["unassigned " + row["reason"]] += 1
            self.check_words(row, bool(row["reason"]))

    def check_words(self, row, is_sound):
        if not is_sound or (row["reason"] and row["reason"] not in self.codes):
            self.faults.append(f"no stable code: {row}")
        if any(unicodedata.category(letter) == "Cc" for letter in row["detail"]) or len(row["detail"]) > 1000:
            self.faults.append(f"a detail that a terminal should not see: {row}")
        if row["reason"] in ("E_DECODER_CRASH", "E_DECODER_TIMEOUT"):
            self.deaths.append(f"{row.get('path') or row['case_id']}: {row['reason']}: {row['detail']}")

    def rows_of_the_good(self):
        """Every row and every volume of the good studies."""
        series = [row for row in self.table("series.csv") if row["SeriesInstanceUID"].startswith("1.2.826.777.")]
        ids = {row["case_id"] for row in series}
        rows = [[row for row in self.table(name) if row["case_id"] in ids]
                for name in ("cases.csv", "studies.csv", "selection.csv")]
        volumes = {str(path.relative_to(self.folder)): path.read_bytes() for case in sorted(ids)
                   for path in sorted((self.folder / "out" / case).rglob("*"))}
        return series, rows, volumes


def options(description, n):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("n", type=int, nargs="?", default=n, help="how many mutants")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="make this one alone")
    parser.add_argument("--keep", type=pathlib.Path, help="folder in which the last run stays")
    return parser.parse_args()


def survive(chosen, make):
    """`make(random, number)` gives (name, bytes). Prints what came of it; returns the exit status."""
    folder = chosen.keep or pathlib.Path(tempfile.mkdtemp(prefix="radbatch-fuzz-"))
    survival = Survival(folder)
    numbers = [chosen.only] if chosen.only is not None else range(chosen.n)
    try:
        survival.run({})
        for start in range(0, len(numbers), PER_RUN):
            survival.run(dict(make(random.Random(f"{chosen.seed}-{number}"), number)
                              for number in numbers[start:start + PER_RUN]))
    finally:
        if not chosen.keep:
            shutil.rmtree(folder, ignore_errors=True)
    for end, count in survival.ends.most_common():
        print(f"{count:7}  {end}")
    print(f"{survival.files} mutants, {survival.seconds:.0f} s, {len(survival.deaths)} ended a worker, "
          f"the tool's largest resident size {survival.peak / MIB:.0f} MiB, {len(survival.faults)} faults")
    for death in survival.deaths[:30]:
        print("ended a worker:", death)
    for fault in survival.faults[:20]:
        print("FAULT:", fault)
    return 1 if survival.faults else 0
