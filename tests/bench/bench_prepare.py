#!/usr/bin/env python3
"""Preparing a volume that is in memory, ours beside the peers: medians and ratios, printed, never asserted.

usage: python tests/bench/bench_prepare.py [BUILD_FOLDER] [REPEATS] [CHAIN ...]       (default: build 10, all chains)

Needs `ninja -C BUILD_FOLDER bench-prepare` and a Python with monai, SimpleITK and torchio (1.2.1 was measured; without it
that peer is left out). CT300 is 512 x 512 x 300 int16 with noise, made here; torso-ct is taken where the data folder is.
Outputs are compared first. Every repeat runs all contenders, in turned order. On a shared machine compare the CPU seconds.
"""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import warnings

import monai.transforms as mt
import numpy
import SimpleITK
import torch
from monai.data import MetaTensor

try:
    import torchio
except ImportError:
    torchio = None

warnings.filterwarnings("ignore")
ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = pathlib.Path(os.environ.get("RADBATCH_DATA", ROOT / "../shared/data"))
SPACING, SIDE, LOW, HIGH = 1.5, 96, -1000, 400

ORIENT = {"name": "Orientation", "axcodes": "RAS"}
WINDOW = {"name": "ScaleIntensityRange", "a_min": LOW, "a_max": HIGH, "b_min": 0, "b_max": 1, "clip": True}
CROP = {"name": "ResizeWithPadOrCrop", "spatial_size": [SIDE] * 3}


def spacing(**more):
    return {"name": "Spacing", "pixdim": [SPACING] * 3, **more}


PLANS = {
    "window": [ORIENT, spacing(), WINDOW, CROP],
    "oblique": [ORIENT, spacing(diagonal=True), WINDOW, CROP],
    "zscore": [ORIENT, {"name": "NormalizeIntensity"}],
}


class Ours:
    """bench-prepare with one volume."""

    def __init__(self, build, folder, image):
        samples = folder / "samples.raw"
        SimpleITK.GetArrayViewFromImage(image).tofile(samples)
        lps = numpy.eye(4)
        lps[:3, :3] = numpy.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing()
        lps[:3, 3] = image.GetOrigin()
        types = {SimpleITK.sitkInt16: "int16", SimpleITK.sitkUInt8: "uint8", SimpleITK.sitkUInt16: "uint16",
                 SimpleITK.sitkFloat32: "float32", SimpleITK.sitkInt32: "int32"}
        facts = folder / "volume.json"
        facts.write_text(json.dumps({"samples": str(samples), "size": image.GetSize(), "type": types[image.GetPixelID()],
                                     "lps": lps.tolist(), "plans": PLANS}))
        self.lps, self.out = lps, folder / "tensor.raw"
        self.command = [build / "tests/bench-prepare", facts]
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, *words):
        print(*words, file=self.process.stdin, flush=True)
        return self.process.stdout.readline().strip()

    def peak_mib(self, chain):
        return float(subprocess.run(self.command, input=f"memory {chain}\n", capture_output=True, text=True).stdout)

    def tensor(self, chain):
        shape = json.loads(self.ask("write", chain, self.out))
        return numpy.fromfile(self.out, numpy.float32).reshape(shape)[0, 0]


def ct300(oblique=False):
    rng = numpy.random.default_rng(0)
    array = rng.normal(0, 20, (300, 512, 512)).astype(numpy.int16)
    array[:, 128:384, 128:384] += numpy.arange(300, dtype=numpy.int16)[:, None, None]
    image = SimpleITK.GetImageFromArray(array)
    image.SetSpacing((0.7, 0.7, 1.0))
    image.SetOrigin((-180.0, -180.0, 0.0))
    if oblique:
        image.SetDirection(SimpleITK.Euler3DTransform((0, 0, 0), 0.1, 0.0, 0.15).GetMatrix())
    return image


def monai_chains(image, ours):
    """In memory as MONAI's reader leaves it: float32, channel first, affine in RAS."""
    ras = numpy.diag([-1.0, -1.0, 1.0, 1.0]) @ ours.lps
    array = SimpleITK.GetArrayViewFromImage(image).transpose(2, 1, 0)[None].astype(numpy.float32)
    volume = MetaTensor(torch.from_numpy(numpy.ascontiguousarray(array)), affine=torch.from_numpy(ras))
    window = mt.ScaleIntensityRange(LOW, HIGH, 0, 1, clip=True)
    orient, crop = mt.Orientation("RAS", labels=None), mt.ResizeWithPadOrCrop([SIDE] * 3)

    def chain(steps, lazy=False):
        composed = mt.Compose(steps, lazy=lazy)
        # A fresh wrapper around the same memory: lazy steps are noted in the image that comes in.
        return lambda: composed(MetaTensor(volume.as_tensor(), affine=volume.affine))

    resample = lambda diagonal: mt.Spacing([SPACING] * 3, diagonal=diagonal)
    return {
        "window": {"MONAI eager": chain([orient, resample(False), window, crop]),
                   "MONAI lazy, scaling last": chain([orient, resample(False), crop, window], True)},
        "oblique": {"MONAI eager": chain([orient, resample(True), window, crop]),
                    "MONAI lazy, scaling last": chain([orient, resample(True), crop, window], True)},
        "zscore": {"MONAI eager": chain([orient, mt.NormalizeIntensity()])},
    }


def torchio_chains(image):
    if torchio is None:
        return {}
    subject = torchio.ScalarImage.from_sitk(image)
    window = torchio.Compose([torchio.ToCanonical(), torchio.Resample(SPACING), torchio.Clamp(LOW, HIGH),
                              torchio.RescaleIntensity((0, 1), in_min_max=(LOW, HIGH)), torchio.CropOrPad(SIDE)])
    zscore = torchio.Compose([torchio.ToCanonical(), torchio.ZNormalization()])
    return {"window": {"TorchIO": lambda: window(subject).data},
            "zscore": {"TorchIO": lambda: zscore(subject).data}}


def oriented(image):
    """Sizes, spacing, origin and direction after DICOMOrient to RAS, from the corners alone."""
    sizes = image.GetSize()
    corners = SimpleITK.DICOMOrient(image[::sizes[0] - 1, ::sizes[1] - 1, ::sizes[2] - 1], "RAS")
    before, after = (numpy.reshape(one.GetDirection(), (3, 3)) for one in (image, corners))
    axes = [int(numpy.argmax(numpy.abs(before.T @ after[:, a]))) for a in range(3)]
    return [sizes[a] for a in axes], [image.GetSpacing()[a] for a in axes], corners.GetOrigin(), corners.GetDirection()


def grid_of(geometry, diagonal):
    """The grid of Spacing over an oriented image: size, origin (LPS) and direction."""
    sizes, spacings, origin, direction = geometry
    if not diagonal:
        return [round((n - 1) * s / SPACING + 1) for n, s in zip(sizes, spacings)], origin, direction
    turned = numpy.reshape(direction, (3, 3)) * spacings
    straight = numpy.diag([-1.0, -1.0, 1.0])
    corners = [straight @ turned @ [int(n - 1) if c >> a & 1 else 0 for a, n in enumerate(sizes)] for c in range(8)]
    size = [round(e / SPACING + 1) for e in numpy.ptp(corners, axis=0)]
    # No corner is lowest along all axes: the middles of both grids meet.
    middle = numpy.array(origin) + turned @ (numpy.array(sizes) / 2)
    return size, tuple(middle - straight @ (SPACING * numpy.array(size) / 2)), tuple(straight.ravel())


def sitk_resample(image, size, origin, direction):
    return SimpleITK.Resample(image, [int(n) for n in size], SimpleITK.Transform(), SimpleITK.sitkLinear, origin,
                              [SPACING] * 3, direction, LOW, SimpleITK.sitkFloat32)


def sitk_window(image):
    return SimpleITK.IntensityWindowing(image, LOW, HIGH, 0.0, 1.0)


def centre(size):
    return [max(n // 2 - SIDE // 2, 0) for n in size]


def sitk_steps(image, diagonal):
    image = SimpleITK.DICOMOrient(image, "RAS")
    image = sitk_window(sitk_resample(image, *grid_of(oriented(image), diagonal)))
    start = centre(image.GetSize())
    stop = [min(a + SIDE, n) for a, n in zip(start, image.GetSize())]
    image = image[start[0]:stop[0], start[1]:stop[1], start[2]:stop[2]]
    missing = [SIDE - n for n in image.GetSize()]
    return SimpleITK.ConstantPad(image, [m // 2 for m in missing], [m - m // 2 for m in missing], 0.0)


def sitk_once(image, diagonal):
    """Onto the last grid at once. Orienting moves no value, so it is left out: the grid says where axes point."""
    size, origin, direction = grid_of(oriented(image), diagonal)
    axes = numpy.reshape(direction, (3, 3))
    start = [n // 2 - SIDE // 2 if n >= SIDE else -((SIDE - n) // 2) for n in size]
    origin = numpy.array(origin) + axes @ (SPACING * numpy.array(start))
    return sitk_window(sitk_resample(image, [SIDE] * 3, tuple(origin), direction))


def sitk_chains(image):
    return {
        "window": {"SimpleITK step by step": lambda: sitk_steps(image, False),
                   "SimpleITK one resample": lambda: sitk_once(image, False)},
        "oblique": {"SimpleITK step by step": lambda: sitk_steps(image, True),
                    "SimpleITK one resample": lambda: sitk_once(image, True)},
        "zscore": {"SimpleITK step by step": lambda: SimpleITK.Normalize(
            SimpleITK.Cast(SimpleITK.DICOMOrient(image, "RAS"), SimpleITK.sitkFloat32))},
    }


def as_array(result):
    if isinstance(result, SimpleITK.Image):
        return SimpleITK.GetArrayFromImage(result).transpose(2, 1, 0)
    return numpy.asarray(result)[0]


def timed(work):
    cpu, started = time.process_time(), time.perf_counter()
    work()
    return time.perf_counter() - started, time.process_time() - cpu


def bench(title, build, image, chains, repeats):
    with tempfile.TemporaryDirectory() as folder:
        ours = Ours(build, pathlib.Path(folder), image)
        peers = {}
        for found in (monai_chains(image, ours), torchio_chains(image), sitk_chains(image)):
            for chain, works in found.items():
                peers.setdefault(chain, {}).update(works)
        for chain in chains:
            compare_and_race(title, chain, ours, peers[chain], repeats)
        ours.process.stdin.close()
        ours.process.wait()


def compare_and_race(title, chain, ours, peers, repeats):
    wanted = ours.tensor(chain)
    print(f"\n{title}, {chain}: {wanted.shape}; peak memory beside the tensor {ours.peak_mib(chain):.1f} MiB")
    for name, work in peers.items():
        found = as_array(work())
        same = f"largest difference {numpy.abs(found - wanted).max():.1e}" if found.shape == wanted.shape else found.shape
        print(f"  {name}: {same}")
    for threads in (1, 2):
        torch.set_num_threads(threads)
        SimpleITK.ProcessObject.SetGlobalDefaultNumberOfThreads(threads)
        runs, rate = {"ours": []}, []
        order = ["ours", *peers]
        for repeat in range(repeats):
            for name in order if repeat % 2 else reversed(order):
                if name == "ours":
                    runs["ours"] += [tuple(map(float, ours.ask("run", chain, threads).split())) for _ in range(3)]
                else:
                    runs.setdefault(name, []).append(timed(peers[name]))
            rate.append(float(ours.ask("memcpy", threads)))
        table(runs, threads)
        print(f"    memcpy: {statistics.median(rate) / 1e9:.1f} GB/s read and written")


def table(runs, threads):
    middle = lambda name, column: statistics.median(run[column] for run in runs[name])
    print(f"  {threads} threads{'':26s}{'median ms':>10s}{'best':>9s}{'ratio':>8s}{'CPU ms':>9s}{'ratio':>8s}")
    for name in runs:
        print(f"    {name:31s}{1000 * middle(name, 0):10.1f}{1000 * min(r[0] for r in runs[name]):9.1f}"
              f"{middle(name, 0) / middle('ours', 0):8.1f}{1000 * middle(name, 1):9.1f}"
              f"{middle(name, 1) / middle('ours', 1):8.1f}")


def main():
    build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build").resolve()
    repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    chains = sys.argv[3:] or list(PLANS)
    print(f"MONAI {mt.__version__ if hasattr(mt, '__version__') else __import__('monai').__version__}, torch "
          f"{torch.__version__}, SimpleITK {SimpleITK.Version_VersionString()}, "
          f"TorchIO {torchio.__version__ if torchio else 'absent'}")
    straight = [chain for chain in chains if chain != "oblique"]
    if straight:
        bench("CT300", build, ct300(), straight, repeats)
    if "oblique" in chains:
        bench("CT300 turned", build, ct300(oblique=True), ["oblique"], repeats)
    torso = DATA / "volumes/torso-ct.nii.gz"
    if straight and torso.exists():
        bench("torso-ct", build, SimpleITK.ReadImage(str(torso)), straight, repeats)


if __name__ == "__main__":
    main()
