"""What the tests of faults share: a cohort of fake studies, its undisturbed run, and a table of tries and outcomes.

Each test here runs in a short form among the other tests; by hand it takes the options

    --tries N     how often (what is counted says the test's own text)
    --studies N   size of the cohort
    --seed N      everything random comes from it

with RADBATCH_BIN and RADBATCH_WORKERS as tests/cli/harness.py wants them (default: build-core). The table goes to standard
output: what was done, how often, and what came of it.
"""

import argparse
import collections
import hashlib
import json
import pathlib
import random
import re
import shutil
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parents[1] / "cli"))
import harness  # noqa: E402

TABLES = ("predictions.csv", "predictions.h5", "cases.csv", "selection.csv", "studies.csv", "series.csv", "datapackage.json")

OPTIONS = argparse.Namespace(tries=None, studies=None, seed=1)


class Tries:
    """what was done -> outcome -> how often"""

    def __init__(self, title):
        self.title, self.counts = title, collections.defaultdict(collections.Counter)

    def add(self, what, outcome):
        self.counts[what][outcome] += 1

    def print(self):
        print(f"\n{self.title}")
        for what, outcomes in self.counts.items():
            told = ", ".join(f"{n} x {outcome}" for outcome, n in sorted(outcomes.items()))
            print(f"  {what:<44} {sum(outcomes.values()):>5}  {told}")
        sys.stdout.flush()


class FaultTest(harness.CliTest):
    def setUp(self):
        super().setUp()
        self.random = random.Random(OPTIONS.seed)
        self.table = Tries(self.id().split(".", 1)[1])
        self.addCleanup(self.table.print)
        self.bundle()

    def tries(self, default):
        return OPTIONS.tries or default

    def studies(self, default, *, slow_ms=0, slices=1):
        """DICOM studies; every seventh is refused, so that there is something to tell besides scores."""
        n = OPTIONS.studies or default
        for i in range(n):
            behaviour = {"prepare": f"sleep:{slow_ms}"} if slow_ms else {}
            if i % 7 == 3:
                behaviour = {"prepare": "error:E_SPACING"}
            self.study(f"P{i}", f"1.2.{i}", slices=slices, behaviour=behaviour)
        return n

    def study(self, patient, uid, slices=1, behaviour=None):
        """As harness.study, with a score of its own."""
        for i in range(slices):
            self.image(f"{uid}/{i}", int(hashlib.sha256(uid.encode()).hexdigest()[:4], 16) / 65536, kind="dicom",
                       behaviour=behaviour, PatientID=patient, StudyInstanceUID=uid, SeriesNumber=1, Modality="CT",
                       SeriesInstanceUID=uid + ".1", SOPInstanceUID=f"{uid}.1.{i}", InstanceNumber=i + 1,
                       PixelSpacing=[1, 1], ImagePositionPatient=[0, 0, 3 * i],
                       ImageOrientationPatient=[1, 0, 0, 0, 1, 0])

    def assert_same_bytes(self, threads, out="out"):
        """Of a run with as many threads, beside self.expected of one thread: another number is another identity, whose
        digest predictions.h5 carries. So that file is the same among the runs of as many threads."""
        found, expected = self.bytes_of(out), dict(self.expected)
        results = self.__dict__.setdefault("results_by_threads", {1: expected["predictions.h5"]})
        self.assertEqual(found["predictions.h5"], results.setdefault(threads, found["predictions.h5"]))
        self.assertEqual(found | {"predictions.h5": ""}, expected | {"predictions.h5": ""})

    def bytes_of(self, out, report=False):
        """name -> digest of what must not depend on what happened on the way"""
        found = {name: (self.path(out) / name).read_bytes() for name in TABLES}
        if report:
            self.ends(self.run_tool("radbatch-report", out, timeout=600), 0)
            page = (self.path(out) / "report.html").read_bytes()
            # How the page was made tells of each sitting, as run.json does.
            found["report.html"] = re.sub(rb'<section id="provenance">.*?</section>', b"", page, flags=re.S)
        return {name: hashlib.sha256(data).hexdigest() for name, data in found.items()}

    def undisturbed_bytes(self, *words, report=False, timeout=900):
        self.ends(self.infer(*words, out="undisturbed", timeout=timeout), 8)
        return self.bytes_of("undisturbed", report)

    def forget(self, out="out"):
        shutil.rmtree(self.path(out), ignore_errors=True)

    def rows_once(self, out="out"):
        """The case ids of the ledger, each once."""
        ids = [row["case_id"] for row in self.rows(f"{out}/cases.csv")]
        self.assertEqual(len(ids), len(set(ids)))
        return ids

    def records(self, out="out"):
        """case id -> outcome of its journal record without the times; a later record must say the same."""
        found = {}
        for journal in sorted((self.path(out) / "journal").glob("*.ndjson")):
            for line in journal.read_bytes().split(b"\n")[:-1]:
                record = json.loads(line)["record"]
                if "case_id" in record:
                    found[record.pop("case_id")] = {key: value for key, value in record.items() if key != "seconds"}
        return found


def main():
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__, add_help=True,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tries", type=int)
    parser.add_argument("--studies", type=int)
    parser.add_argument("--seed", type=int, default=1)
    _, rest = parser.parse_known_args(namespace=OPTIONS)
    unittest.main(argv=sys.argv[:1] + rest)
