"""What the tests of the command line share: a fresh folder, fake images, the tools, and the tables they write.

A fake image is a small JSON text that tests/support/fake_worker.cpp understands. `value` decides its score;
`behaviour` ({"prepare": "crash"}) makes the image worker misbehave in that stage; a value from CLASSIFY makes the
classify worker misbehave. RADBATCH_BIN and RADBATCH_WORKERS say what is tested; ctest sets both.
"""

import contextlib
import csv
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest
import zipfile

BIN = pathlib.Path(os.environ.get("RADBATCH_BIN", "build-core/bin")).absolute()
WORKERS = pathlib.Path(os.environ.get("RADBATCH_WORKERS", "build-core/tests/fake-workers")).absolute()
ROOT = pathlib.Path(__file__).absolute().parents[2]

# Means of a tensor for which the fake model misbehaves; the same list as in fake_worker.cpp.
CLASSIFY = {"crash": -1001, "hang": -1002, "abort": -1003, "exit": -1004, "memory": -1005, "garbage": -1006,
            "bad-frame": -1007, "try:create": -1008, "crash-once": -1009, "huge-frame": -1010, "slow": -1011,
            "fault": -1012, "nan": -1099}

SIDECAR = {
    "format_version": "1.0", "name": "fake", "version": "1.0", "task": "three classes",
    "backends": [{"file": "models/model.ts", "kind": "torchscript"}],
    "inputs": [{"name": "image", "dims": [2, 3], "channels": [1, 3]}],
    "plan": [{"name": "ExtractSlices", "axis": 2}],
    "heads": [{"name": "organ", "kind": "multi-class", "activation": "softmax",
               "findings": [{"name": "Hand"}, {"name": "Lung Opacity"}, {"name": "气胸", "slug": "pneumothorax"}],
               "thresholds": {"pneumothorax": 0.5}}],
    "pooling": {"slices": "mean"}, "intended_use": "tests", "licence": "CC0-1.0",
}


class Result:
    def __init__(self, code, stdout, stderr):
        self.code, self.stdout, self.stderr = code, stdout, stderr

    def lines(self):
        return [json.loads(line) for line in self.stdout.splitlines()]


class CliTest(unittest.TestCase):
    """A test with a folder of its own, in which the tools run."""

    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="radbatch-cli-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("RADBATCH_")}
        self.environment |= {"RADBATCH_WORKERS": str(WORKERS), "LC_ALL": "C", "HOME": str(self.folder)}
        (self.folder / "studies").mkdir()

    # -- input

    def image(self, name, value=0.5, *, kind="png", behaviour=None, items=1, side=2, step=0, folder="studies",
              **attributes):
        """Writes one fake image, whose items differ by `step`; more attributes replace what its header says."""
        header = {"size": [side, side, items], "dims": 3 if items > 1 else 2, "spacing_mm": [1, 1, 1], "Rows": side,
                  "Columns": side, "is_image": True} | attributes
        path = os.path.join(os.fsencode(self.folder / folder), os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"kind": kind, "attributes": header, "value": value, "items": items, "side": side,
                       "step": step, "behaviour": behaviour or {}}, file)

    def images(self, n, **options):
        """`n` images, each with a value of its own: cases case000.fake, case001.fake ..."""
        for i in range(n):
            self.image(f"case{i:03}.fake", round(0.9 - i / 100, 3), **options)

    def study(self, patient, uid, slices=3, **header):
        """A DICOM study of one series, a folder of one file per slice."""
        for i in range(slices):
            self.image(f"{uid}/{i}", 0.3, kind="dicom", PatientID=patient, StudyInstanceUID=uid, SeriesNumber=1,
                       SeriesInstanceUID=uid + ".1", SOPInstanceUID=f"{uid}.1.{i}", Modality="CT", InstanceNumber=i + 1,
                       PixelSpacing=[1, 1], ImagePositionPatient=[0, 0, 3 * i],
                       ImageOrientationPatient=[1, 0, 0, 0, 1, 0], **header)

    def bundle(self, name="model", archive=("net/data.pkl", "net/code/__torch__.py", "net/constants.pkl"), **changes):
        """A model folder: a sidecar and an empty archive that has the names of a TorchScript file."""
        folder = self.folder / name
        (folder / "models").mkdir(parents=True)
        with zipfile.ZipFile(folder / "models/model.ts", "w") as weights:
            for member in archive:
                weights.writestr(zipfile.ZipInfo(member), "")
        sidecar = json.loads(json.dumps(SIDECAR))
        data = (folder / "models/model.ts").read_bytes()
        sidecar["backends"][0] |= {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        (folder / "radbatch.json").write_text(json.dumps(sidecar | changes), encoding="utf-8")
        return name

    # -- running

    def command(self, tool, *words):
        return [str(BIN / tool), *words]

    def start(self, tool, *words, **options):
        """Starts a tool and gives the process; it does not outlive the test."""
        environment = self.environment | options.pop("env", {})
        process = subprocess.Popen(self.command(tool, *words), cwd=self.folder, env=environment,
                                   stdin=options.pop("stdin", subprocess.DEVNULL), stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, **options)
        self.addCleanup(self.discard, process)
        return process

    @staticmethod
    def discard(process):
        if process.poll() is None:
            process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()

    def run_tool(self, tool, *words, stdin=None, timeout=60, env=None, **options):
        process = self.start(tool, *words, stdin=subprocess.PIPE, env=env or {}, **options)
        stdout, stderr = process.communicate(stdin, timeout=timeout)
        return Result(process.returncode, stdout.decode("utf-8", "surrogateescape"),
                      stderr.decode("utf-8", "surrogateescape"))

    def model_words(self, model="model"):
        if not (self.folder / model).exists():
            self.bundle(model)
        return ["--model", model]

    def infer(self, *words, inputs=("studies",), out="out", model="model", **options):
        return self.run_tool("radbatch-infer", *self.model_words(model), *inputs, "-o", out, *words, **options)

    def start_infer(self, *words, inputs=("studies",), out="out", **options):
        return self.start("radbatch-infer", *self.model_words(), *inputs, "-o", out, *words, **options)

    def shell(self, script, timeout=60):
        """Runs bash lines in which the tools are on the PATH; the exit status is that of the last part of a pipe."""
        done = subprocess.run(["bash", "-c", script], cwd=self.folder, capture_output=True, timeout=timeout,
                              env=self.environment | {"PATH": f"{BIN}:{os.environ['PATH']}"})
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    # -- looking

    def path(self, name):
        return self.folder / name

    def rows(self, table):
        with open(self.folder / table, newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def ledger(self, out="out"):
        """case_id -> "done" or the reason"""
        return {row["case_id"]: row["reason"] or row["status"] for row in self.rows(f"{out}/cases.csv")}

    def details(self, out="out"):
        return {row["case_id"]: row["detail"] for row in self.rows(f"{out}/cases.csv")}

    def scores(self, out="out"):
        return {row["case_id"]: row["p_hand"] for row in self.rows(f"{out}/predictions.csv")}

    def tables(self, out="out"):
        """The bytes that must not depend on what happened on the way."""
        return {name: (self.folder / out / name).read_bytes()
                for name in ("predictions.csv", "cases.csv", "predictions.h5", "selection.csv", "series.csv")}

    def committed(self, out="out"):
        """Case ids in the journals, in the order of their lines, whole lines only."""
        ids = []
        for journal in sorted((self.folder / out / "journal").glob("*.ndjson")):
            for line in journal.read_text().split("\n")[:-1]:
                with contextlib.suppress(ValueError):
                    record = json.loads(line)["record"]
                    ids += [record["case_id"]] if "case_id" in record else []
        return ids

    def times(self, out="out"):
        """Every file of a run folder with its mtime."""
        return {str(path): path.stat().st_mtime_ns for path in sorted((self.folder / out).rglob("*"))}

    def wait_for(self, condition, what, seconds=20):
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                self.fail(f"waited {seconds} s in vain for {what}")
            time.sleep(0.005)

    def wait_for_commits(self, n, out="out"):
        self.wait_for(lambda: len(self.committed(out)) >= n, f"{n} committed cases")

    # -- claims

    def ends(self, result, code, *texts):
        """The exit status, and texts that standard error must hold."""
        self.assertEqual(result.code, code, result.stderr)
        for text in texts:
            self.assertIn(text, result.stderr)
        return result

    def finish(self, process, timeout=60):
        stdout, stderr = process.communicate(timeout=timeout)
        return Result(process.returncode, stdout.decode(), stderr.decode())

    def undisturbed(self, *words):
        """Tables of a run of the same cohort that nothing disturbs."""
        self.ends(self.infer(*words, out="undisturbed"), 0)
        return self.tables("undisturbed")

    def leaves_nothing_behind(self, out="out"):
        """No temporaries in the run folder."""
        left = [str(path) for path in (self.folder / out).rglob("*") if ".tmp-" in path.name]
        self.assertEqual(left, [])


def processes():
    """pid -> (pid of the parent, name) of all live processes."""
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            stat = (entry / "stat").read_text()
            name, rest = stat[stat.index("(") + 1:stat.rindex(")")], stat[stat.rindex(")") + 2:].split()
            if rest[0] != "Z":
                found[int(entry.name)] = (int(rest[1]), name)
    return found


def children_of(pid, name="radbatch-"):
    """Process ids of the live children whose name begins so; the kernel keeps 15 characters of a name."""
    return [child for child, (parent, own) in processes().items() if parent == pid and own.startswith(name[:15])]


def workers_of(process, role=""):
    return children_of(process.pid, f"radbatch-{role}")


def is_running(pid):
    return pid in processes()
