#!/usr/bin/env python3
"""Raw CT in DICOM to scores: radbatch-infer beside the scripts that people write, with the same networks and processors.

    python tests/bench/bench_infer.py [--build build] [--studies 32] [--repeats 5] [--threads 1 2] [--nets resnet10 light]
                                      [--quick] [--keep FOLDER]

Makes the studies (64 slices of 256 x 256, make_ct.py), seeded networks (MONAI's resnet10 and a light one) and of each
TorchScript, .pt2 and, where the OpenVINO worker is built, an OpenVINO model. Every contender is a process of its own on the
same processors (taskset); scores are compared first. Printed: medians over the repeats of the whole process and of the loop
without imports and loading; processor seconds; the peak of the process tree's memory (Pss). "network alone" is the time that
the network takes for as many studies on a tensor that is ready; ours on ready tensors is infer --prepared as a whole process.
--quick: 4 studies, one repeat. Needs the environment of `tests/run.sh --oracles`. Timings decide nothing; on a shared machine
compare the processor seconds.
"""
import argparse
import csv
import hashlib
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import make_ct
import measure

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PLAN = [{"name": "Orientation", "axcodes": "RAS"}, {"name": "Spacing", "pixdim": [1.5] * 3},
        {"name": "ScaleIntensityRange", "a_min": -1000, "a_max": 400, "b_min": 0, "b_max": 1, "clip": True},
        {"name": "ResizeWithPadOrCrop", "spatial_size": [96] * 3}]
SHAPE = [1, 1, 96, 96, 96]
KINDS = {"torchscript": "TorchScript", "aotinductor": ".pt2", "openvino": "OpenVINO"}
PEERS = {"monai": "MONAI DataLoader, lazy, frozen jit", "sitk-openvino": "SimpleITK + OpenVINO", "sitk-pt2": "SimpleITK + .pt2"}
ALONE = {"alone-eager": "TorchScript as loaded", "alone-jit": "frozen jit", "alone-pt2": ".pt2", "alone-openvino": "OpenVINO"}
TOLERANCE = 1e-4  # of scores


def write_studies(folder, n):
    """Studies of 154 x 154 x 158 mm, each some HU brighter than the one before."""
    import pydicom
    make_ct.SLICES, make_ct.SIDE = 64, 256
    make_ct.write_study(folder / "base")
    images = [pydicom.dcmread(path) for path in sorted((folder / "base").iterdir())]
    shutil.rmtree(folder / "base")
    for number in range(n):
        study = folder / f"study-{number:03}"
        study.mkdir()
        for k, image in enumerate(images):
            image.PatientID, image.RescaleIntercept = f"patient-{number:03}", 10 * number
            image.StudyInstanceUID, image.SeriesInstanceUID = f"1.2.826.8.{number}", f"1.2.826.8.{number}.1"
            image.FrameOfReferenceUID, image.SOPInstanceUID = f"1.2.826.8.{number}.9", f"1.2.826.8.{number}.1.{k + 1}"
            image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
            image.ImagePositionPatient, image.SliceThickness = [-77, -77, 2.5 * k], 2.5
            image.save_as(study / f"{k:04}.dcm")


def network(name):
    import torch
    torch.manual_seed(0)
    if name == "resnet10":
        from monai.networks.nets import resnet10
        return resnet10(spatial_dims=3, n_input_channels=1, num_classes=2).eval()
    return torch.nn.Sequential(
        torch.nn.Conv3d(1, 8, 3, stride=2), torch.nn.ReLU(), torch.nn.Conv3d(8, 16, 3, stride=2), torch.nn.ReLU(),
        torch.nn.AdaptiveAvgPool3d(1), torch.nn.Flatten(), torch.nn.Linear(16, 2)).eval()


def make_bundle(folder, name, kinds):
    import torch
    (folder / "models").mkdir(parents=True)
    module, example = network(name), torch.zeros(SHAPE)
    script, program = folder / "models/model.ts", folder / "program.pt2"
    torch.jit.trace(module, example).save(str(script))
    torch.export.save(torch.export.export(module, (example,)), program)
    sidecar = {
        "format_version": "1.0", "name": f"bench-{name}", "version": "1.0", "task": "none", "plan": PLAN, "batch": 1,
        "backends": [{"file": "models/model.ts", "kind": "torchscript",
                      "sha256": hashlib.sha256(script.read_bytes()).hexdigest(), "bytes": script.stat().st_size}],
        "inputs": [{"name": "image", "dims": [3], "channels": [1]}],
        "heads": [{"name": "scores", "kind": "multi-class", "activation": "softmax", "findings": [{"name": "A"}, {"name": "B"}]}],
        "intended_use": "benchmarks", "licence": "CC0-1.0"}
    (folder / "radbatch.json").write_text(json.dumps(sidecar))
    for kind, ending in (("aotinductor", "pt2"), ("openvino", "xml")):
        if kind not in kinds:
            continue
        more = ["--backend", "openvino"] if kind == "openvino" else []
        subprocess.run([sys.executable, ROOT / "models/tools/compile.py", program, "--shape", ",".join(map(str, SHAPE)),
                        "-o", folder / f"models/model.{ending}", "--bundle", folder, *more], check=True, stdout=subprocess.DEVNULL)


class Watched:
    """A command on some processors: seconds, processor seconds and peak Pss of its process tree."""

    def __init__(self, command, threads, accepted=(0,)):
        cores = ",".join(map(str, sorted(os.sched_getaffinity(0))[:threads]))
        started = time.monotonic()
        with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as complaint:
            process = subprocess.Popen(["taskset", "-c", cores, *map(str, command)], stdout=said, stderr=complaint)
            self.peak_mib, over = 0.0, threading.Event()
            watcher = threading.Thread(target=self.watch, args=(process.pid, over))
            watcher.start()
            _, status, usage = os.wait4(process.pid, 0)
            self.seconds = time.monotonic() - started
            over.set()
            watcher.join()
            process.returncode = os.waitstatus_to_exitcode(status)
            said.seek(0), complaint.seek(0)
            self.stdout = said.read()
            if process.returncode not in accepted:
                raise SystemExit(f"{command} ended with {process.returncode}: {complaint.read()}")
        self.cpu = usage.ru_utime + usage.ru_stime

    def watch(self, pid, over):
        while not over.wait(0.1):
            self.peak_mib = max(self.peak_mib, measure.pss_mib(pid))


def scores_of(out):
    """By study folder: the tool's ids are hashes, so the linkage says which is which."""
    with (out / "private/linkage.csv").open() as file:
        patients = {row["case_id"]: row["PatientID"] for row in csv.DictReader(file)}
    with (out / "predictions.csv").open() as file:
        return {patients[row["case_id"]].replace("patient", "study"): [float(row["p_a"]), float(row["p_b"])]
                for row in csv.DictReader(file)}


class Bench:
    def __init__(self, options, folder):
        self.options, self.folder, self.studies = options, folder, folder / "studies"
        self.tool = options.build / "bin/radbatch-infer"
        has_openvino = (options.build / "libexec/radbatch/radbatch-classify-worker-openvino").exists()
        self.kinds = [kind for kind in KINDS if kind != "openvino" or has_openvino]
        self.runs = 0

    def ours(self, bundle, kind, threads, inputs, *more):
        out = self.folder / f"out-{self.runs}"
        self.runs += 1
        run = Watched([self.tool, "--model", bundle, "--backend", kind, inputs, "-o", out, "--cpus", threads, "-q",
                       "--thumbnails", "none", *more], threads)
        run.scores = scores_of(out) if not more else {}
        run.loop = None
        shutil.rmtree(out)
        return run

    def peer(self, bundle, name, threads):
        run = Watched([sys.executable, HERE / "infer_peers.py", name, bundle, self.studies, threads], threads)
        answer = json.loads(run.stdout.splitlines()[-1])
        run.loop, run.scores = answer["seconds"], answer["scores"]
        return run

    def contenders(self, bundle, threads):
        ready = self.folder / "ready"
        found = {f"radbatch, {KINDS[kind]}": lambda kind=kind: self.ours(bundle, kind, threads, self.studies) for kind in self.kinds}
        can = lambda name: (name.split("-")[-1] != "openvino" or (bundle / "models/model.xml").exists())
        found |= {title: lambda name=name: self.peer(bundle, name, threads) for name, title in PEERS.items() if can(name)}
        found |= {f"radbatch on ready tensors, {KINDS[kind]}": lambda kind=kind: self.ours(bundle, kind, threads, ready, "--prepared")
                  for kind in self.kinds}
        found |= {f"network alone, {title}": lambda name=name: self.peer(bundle, name, threads) for name, title in ALONE.items() if can(name)}
        return found

    def race(self, net, threads):
        bundle = self.folder / net
        contenders = self.contenders(bundle, threads)
        runs = {name: [] for name in contenders}
        for repeat in range(self.options.repeats):
            for name in contenders if repeat % 2 == 0 else reversed(contenders):
                runs[name].append(contenders[name]())
            if repeat == 0:
                self.compare(runs)
        self.table(net, threads, runs)

    @staticmethod
    def compare(runs):
        wanted = next(iter(runs.values()))[0].scores
        for name, (run,) in runs.items():
            if not run.scores:
                continue
            worst = max(abs(a - b) for study in wanted for a, b in zip(wanted[study], run.scores[study]))
            print(f"  {name}: largest difference of a score {worst:.1e}" + ("  NOT EQUAL" if worst > TOLERANCE else ""))

    def table(self, net, threads, runs):
        middle = lambda name, fact: statistics.median(getattr(run, fact) for run in runs[name])
        base = next(iter(runs))
        print(f"\n{net}, {threads} thread{'s' if threads > 1 else ''}, {self.options.studies} studies, medians of {self.options.repeats}")
        print(f"  {'':44s}{'seconds':>9s}{'ratio':>7s}{'loop':>9s}{'CPU s':>9s}{'ratio':>7s}{'peak MiB':>10s}")
        for name in runs:
            loop = f"{middle(name, 'loop'):9.2f}" if runs[name][0].loop is not None else f"{'':9s}"
            print(f"  {name:44s}{middle(name, 'seconds'):9.2f}{middle(name, 'seconds') / middle(base, 'seconds'):7.2f}{loop}"
                  f"{middle(name, 'cpu'):9.2f}{middle(name, 'cpu') / middle(base, 'cpu'):7.2f}{middle(name, 'peak_mib'):10.0f}")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--studies", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--nets", nargs="+", choices=["resnet10", "light"], default=["resnet10", "light"])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--keep", type=pathlib.Path, help="work here, and take what an earlier call left")
    options = parser.parse_args()
    options.build = options.build.resolve()
    if options.quick:
        options.studies, options.repeats = 4, 1
    return options


def prepare(bench):
    import numpy
    if not bench.studies.exists():
        bench.studies.mkdir(parents=True)
        write_studies(bench.studies, bench.options.studies)
        (bench.folder / "ready").mkdir()
        rng = numpy.random.default_rng(0)
        for number in range(bench.options.studies):
            numpy.save(bench.folder / f"ready/study-{number:03}.npy", rng.random(SHAPE, dtype=numpy.float32))
    for net in bench.options.nets:
        if not (bench.folder / net).exists():
            make_bundle(bench.folder / net, net, bench.kinds)


def main():
    sys.stdout.reconfigure(line_buffering=True)  # an hour into a file is otherwise an hour of silence
    options = parse_arguments()
    with tempfile.TemporaryDirectory() as temporary:
        bench = Bench(options, options.keep.resolve() if options.keep else pathlib.Path(temporary))
        prepare(bench)
        for net in options.nets:
            for threads in options.threads:
                bench.race(net, threads)


if __name__ == "__main__":
    main()
