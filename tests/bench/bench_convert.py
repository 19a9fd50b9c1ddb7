#!/usr/bin/env python3
"""DICOM to NIfTI against dcm2niix, and the writing alone against nibabel. Measured and printed, never asserted.

usage: bench_convert.py [--convert build/bin/radbatch-convert] [--repeats 5] [--cpus 1] [--dcm2niix PATH]...

The study is CT300 of make_ct.py. Every command runs in a fresh folder on a warm cache, interleaved (A B C, C B A, ...), under
taskset with --cpus processors. On a busy machine trust the CPU seconds. Sizes are of the image alone. First the volumes are compared: voxels equal by position.
Wants numpy, pydicom, nibabel; dcm2niix where it is to be compared (`pip install dcm2niix` is the current one).
"""
import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import make_ct
import nibabel
import numpy

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Bench:
    def __init__(self, folder, cpus):
        self.folder, self.prefix = folder, ["taskset", "-c", ",".join(map(str, range(cpus)))]

    def run(self, command, ending):
        """Wall and CPU seconds of one run in a fresh folder, and the image it wrote."""
        out = self.folder / "out"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        words = [str(word) for word in command(out)]
        started = time.perf_counter()
        process = subprocess.Popen(self.prefix + words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)  # its children's time is in it: the tools wait for their workers
        seconds, process.returncode = time.perf_counter() - started, os.waitstatus_to_exitcode(status)
        found = [path for path in out.rglob("*" + ending) if path.name.endswith(ending)]
        if process.returncode != 0 or len(found) != 1:
            sys.exit(f"{' '.join(words)}: exit status {process.returncode}, {len(found)} images")
        return seconds, used.ru_utime + used.ru_stime, found[0]

    def table(self, title, commands, ending, repeats):
        times, cpu, sizes = {name: [] for name in commands}, {name: [] for name in commands}, {}
        for turn in range(repeats):
            for name in list(commands)[::1 if turn % 2 == 0 else -1]:
                seconds, used, image = self.run(commands[name], ending)
                times[name].append(seconds)
                cpu[name].append(used)
                sizes[name] = image.stat().st_size
        ours, our_cpu = statistics.median(times["radbatch"]), statistics.median(cpu["radbatch"])
        print(f"\n{title}\n{'':34}{'median':>8}{'best':>8}{'worst':>8}{'ratio':>8}{'cpu s':>8}{'ratio':>8}{'MB':>8}")
        for name, seconds in times.items():
            median = statistics.median(seconds)
            print(f"{name:34}{median:8.2f}{min(seconds):8.2f}{max(seconds):8.2f}{median / ours:8.2f}"
                  f"{statistics.median(cpu[name]):8.2f}{statistics.median(cpu[name]) / our_cpu:8.2f}{sizes[name] / 1e6:8.1f}",
                  flush=True)


def same_volume(ours, theirs):
    ours, theirs = nibabel.as_closest_canonical(nibabel.load(ours)), nibabel.as_closest_canonical(nibabel.load(theirs))
    return (numpy.abs(ours.affine - theirs.affine).max() < 1e-3
            and numpy.array_equal(numpy.asanyarray(ours.dataobj), numpy.asanyarray(theirs.dataobj)))


WRITE = "import nibabel, sys\nfrom nibabel.openers import Opener\nOpener.default_compresslevel = 1\n" \
        "image = nibabel.load(sys.argv[1])\nnibabel.save(nibabel.Nifti1Image(image.dataobj[:], image.affine), sys.argv[2])\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--convert", default=ROOT / "build/bin/radbatch-convert")
    parser.add_argument("--dcm2niix", action="append", default=[])
    parser.add_argument("--python", default=sys.executable, help="one that has nibabel")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--cpus", type=int, default=1)
    parser.add_argument("--no-pigz", action="store_true", help="leave out the slowest")
    options = parser.parse_args()
    peers = options.dcm2niix or [path for path in [shutil.which("dcm2niix")] if path]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        make_ct.write_study(folder / "ct300")
        bench = Bench(folder, options.cpus)
        ours = lambda form, source=folder / "ct300": lambda out: [options.convert, source, "-o", out / "run", "--format", form, "-q"]
        peer = lambda tool, *words: lambda out: [tool, "-b", "y", *words, "-f", "x", "-o", out, folder / "ct300"]
        versions = {}
        for tool in peers:
            text = subprocess.run([tool, "--version"], capture_output=True, text=True).stdout
            versions[tool] = "dcm2niix " + text.strip().splitlines()[-1].removeprefix("v1.0.")
        volume = bench.run(ours("nii"), ".nii")[2]
        kept = folder / "volume.nii"
        shutil.copy(volume, kept)
        for tool in peers:
            equal = same_volume(kept, bench.run(peer(tool, "-z", "n"), ".nii")[2])
            print(f"{versions[tool]}: voxels and affine {'equal' if equal else 'DIFFER'}")
        bench.table(f"CT300 to .nii, {options.cpus} cpu", {"radbatch": ours("nii")} | {
            f"{versions[tool]} -z n": peer(tool, "-z", "n") for tool in peers}, ".nii", options.repeats)
        packers = {"-z i": ["-z", "i"], "-z i -1": ["-z", "i", "-1"]} | ({"-z y (pigz)": ["-z", "y"]} if shutil.which("pigz") and not options.no_pigz else {})
        bench.table(f"CT300 to .nii.gz, {options.cpus} cpu", {"radbatch": ours("nii.gz")} | {
            f"{versions[tool]} {label}": peer(tool, *words) for tool in peers for label, words in packers.items()},
            ".nii.gz", options.repeats)
        bench.table(f"the same volume, .nii to .nii.gz (reading included), {options.cpus} cpu", {
            "radbatch": ours("nii.gz", kept),
            f"nibabel {nibabel.__version__} level 1": lambda out: [options.python, "-c", WRITE, kept, out / "x.nii.gz"]},
            ".nii.gz", options.repeats)


if __name__ == "__main__":
    main()
