#!/usr/bin/env python3
"""Runs the real MONAI on small generated images and writes what the plan executor must reproduce.

    python make_golden.py [--output ../data/parity] [--check]

Needs monai (which brings torch, numpy), nibabel and pillow. Inputs come from a formula that
tests/unit/prepare/parity_test.cpp shares; outputs are stored as base64 of little-endian float32.
--check writes nothing and fails when a file would change by more than its tolerance.
"""
import argparse
import base64
import json
import pathlib
import warnings

import monai
import numpy as np
import torch
from monai.data import MetaTensor
from PIL import Image

warnings.filterwarnings("ignore")
torch.set_num_threads(1)


# ---- inputs, by formula ---------------------------------------------------------------------------------------

def rotation(degrees_x, degrees_z):
    a, b = np.radians(degrees_x), np.radians(degrees_z)
    about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    about_z = np.array([[np.cos(b), -np.sin(b), 0], [np.sin(b), np.cos(b), 0], [0, 0, 1]])
    return about_x @ about_z


def affine(linear, origin):
    matrix = np.eye(4)
    matrix[:3, :3] = linear
    matrix[:3, 3] = origin
    return matrix.astype(np.float32).astype(np.float64)


INPUTS = {
    # name: shape (channels, i, j[, k]), sample type, values, affine in RAS mm (None: a picture without geometry)
    "picture": dict(shape=[1, 13, 8], type="uint8", values=dict(modulus=256, scale=1, offset=0)),
    "colour": dict(shape=[3, 10, 14], type="uint8", values=dict(modulus=256, scale=1, offset=0)),
    "distinct": dict(shape=[1, 2, 3, 4], type="int16", values=dict(count=True),
                     affine=affine(np.diag([1.0, 2.0, 3.0]), [10, 20, 30])),
    "oblique": dict(shape=[1, 11, 9, 7], type="float32", values=dict(modulus=4001, scale=0.0625, offset=-40),
                    affine=affine(rotation(17, -23) @ np.diag([-0.7, -0.9, 2.5]), [31.5, -12.25, 7])),
    "ct": dict(shape=[1, 12, 10, 6], type="int16", values=dict(modulus=3000, scale=1, offset=-1024),
               affine=affine(np.diag([-0.75, -0.75, 5.0]), [100, 90, -400])),
    "coronal": dict(shape=[1, 8, 9, 5], type="int16", values=dict(modulus=1500, scale=1, offset=0),
                    affine=affine([[0.9, 0, 0], [0, 0, 3.0], [0, -0.9, 0]], [-50, 40, 60])),
    "sagittal": dict(shape=[1, 6, 7, 5], type="uint16", values=dict(modulus=900, scale=1, offset=0),
                     affine=affine([[0, 0, -4.0], [1.1, 0, 0], [0, -1.1, 0]], [70, -80, 90])),
    "brain": dict(shape=[2, 8, 7, 6], type="float32", values=dict(modulus=997, scale=0.5, offset=1, zeros=True),
                  affine=affine(np.diag([1.0, 1.0, 1.0]), [0, 0, 0])),
    "constant": dict(shape=[1, 4, 4, 4], type="int16", values=dict(modulus=1, scale=1, offset=7),
                     affine=affine(np.diag([2.0, 2.0, 2.0]), [0, 0, 0])),
    # 20 voxels of 1.2 mm are 29.5 of 0.8 mm: the size hangs on the last bit.
    "half": dict(shape=[1, 4, 3, 20], type="int16", values=dict(modulus=100, scale=1, offset=0),
                 affine=np.diag([5.0, -0.8, -1.2, 1.0])),
    "large": dict(shape=[1, 101, 103, 99], type="int16", values=dict(modulus=3000, scale=1, offset=-1024),
                  affine=affine(np.diag([0.7, 0.7, 1.25]), [0, 0, 0])),
    # Two grids that overlap the brain's.
    "slab": dict(shape=[1, 6, 5, 4], type="int16", values=dict(modulus=500, scale=1, offset=0),
                 affine=affine(np.diag([1.5, 1.25, 2.0]), [-0.4, 0.3, -0.9])),
    "turned": dict(shape=[1, 7, 9, 5], type="float32", values=dict(modulus=701, scale=0.5, offset=-20),
                   affine=affine(rotation(9, -14) @ np.diag([1.1, -0.9, 1.6]), [-0.5, 6.5, 0.3])),
    "radiograph": dict(shape=[1, 512, 487], type="uint16", values=dict(modulus=4096, scale=1, offset=0)),
}


def generate(spec):
    n = np.arange(np.prod(spec["shape"]), dtype=np.uint64)
    values = spec["values"]
    if values.get("count"):
        flat = n.astype(np.float32)
    else:
        mixed = (n * np.uint64(2654435761) + np.uint64(12345)) % np.uint64(2**32)
        flat = ((mixed >> np.uint64(12)) % np.uint64(values["modulus"])).astype(np.float32)
        flat = flat * np.float32(values["scale"]) + np.float32(values["offset"])
        if values.get("zeros"):
            flat[(mixed >> np.uint64(7)) % np.uint64(3) == 0] = 0
    matrix = spec.get("affine")
    image = torch.from_numpy(flat.reshape(spec["shape"]).copy())
    return MetaTensor(image, affine=torch.from_numpy(np.eye(4) if matrix is None else matrix.copy()))


# ---- the two steps that are not MONAI's ------------------------------------------------------------------------

def extract_slices(image, axis=2, start=0, to=None):
    if image.ndim == 3:
        return [image]
    spacing = np.sqrt((image.affine.numpy()[:3, :3] ** 2).sum(axis=0))
    plane = [a for a in range(3) if a != axis]
    matrix = np.diag([*spacing[plane], 1.0, 1.0])
    plain = image.as_tensor()
    stop = plain.shape[axis + 1] if to is None else min(to, plain.shape[axis + 1])
    return [MetaTensor(plain.select(axis + 1, index).clone(), affine=torch.from_numpy(matrix))
            for index in range(start, stop)]


def grayscale(image):
    if image.shape[0] == 1:
        return image
    rgb = image.numpy().astype(np.uint8).transpose(1, 2, 0)
    gray = np.array(Image.fromarray(rgb, "RGB").convert("L"), dtype=np.float32)
    return MetaTensor(torch.from_numpy(gray[None]), affine=image.affine)


def run(plan, image):
    items = [image]
    for entry in plan:
        parameters = {key: value for key, value in entry.items() if key != "name"}
        if entry["name"] == "ExtractSlices":
            start = parameters.pop("from", 0)
            items = [part for item in items for part in extract_slices(item, start=start, **parameters)]
        elif entry["name"] == "Grayscale":
            items = [grayscale(item) for item in items]
        elif entry["name"] not in ("LoadImage", "EnsureChannelFirst"):
            transform = getattr(monai.transforms, entry["name"])(**parameters)
            items = [transform(item) for item in items]
    return items


def run_several(plan, images):
    """MONAI's dictionary transforms over named images; the last output, or the one that is left."""
    data, output = dict(images), None
    for entry in plan:
        parameters = {key: value for key, value in entry.items() if key not in ("name", "output")}
        if "output" in entry:
            output = parameters["name"] = entry["output"]
        elif entry["name"] == "SelectItems":
            output, = entry["keys"]
        data = getattr(monai.transforms, entry["name"] + "d")(**parameters)(data)
    return data[output]


# ---- cases -----------------------------------------------------------------------------------------------------

def step(name, **parameters):
    return {"name": name, **parameters}


EXACT, CLOSE = 0.0, 1e-6

GROUPS = {
    "arrange": [
        ("distinct", EXACT, [step("Orientation", axcodes=codes)]) for codes in ("RAS", "LPS", "ARS", "SRA", "ILP")
    ] + [(name, EXACT, [step("Orientation", axcodes="RAS")]) for name in ("ct", "coronal", "sagittal", "oblique")] + [
        ("picture", EXACT, [step("Orientation", axcodes="RA")]),
        ("oblique", EXACT, [step("CenterSpatialCrop", roi_size=[5, 4, -1])]),
        ("oblique", EXACT, [step("CenterSpatialCrop", roi_size=6)]),
        ("picture", EXACT, [step("CenterSpatialCrop", roi_size=[20, 5])]),
        ("oblique", EXACT, [step("SpatialPad", spatial_size=[14, 9, 12])]),
        ("ct", EXACT, [step("SpatialPad", spatial_size=[15, 12, 6], value=-1024)]),
        ("ct", EXACT, [step("SpatialPad", spatial_size=[15, 12, 9], method="end", mode="edge")]),
        ("distinct", EXACT, [step("SpatialPad", spatial_size=[3, 6, 7], mode="reflect")]),
        ("distinct", EXACT, [step("SpatialPad", spatial_size=[9, 8, 9], mode="symmetric")]),
        ("distinct", EXACT, [step("SpatialPad", spatial_size=[5, 6, 7], mode="wrap")]),
        ("ct", EXACT, [step("ResizeWithPadOrCrop", spatial_size=[9, 13, 6])]),
        ("ct", EXACT, [step("ResizeWithPadOrCrop", spatial_size=[7, 15, 9], mode="edge")]),
        ("colour", EXACT, [step("ResizeWithPadOrCrop", spatial_size=[16, 9])]),
        ("picture", EXACT, [step("RepeatChannel", repeats=3)]),
        ("colour", EXACT, [step("RepeatChannel", repeats=2)]),
        ("picture", EXACT, [step("Transpose", indices=[0, 2, 1])]),
        ("distinct", EXACT, [step("ExtractSlices", axis=1)]),
        ("ct", EXACT, [step("ExtractSlices", axis=2, **{"from": 2, "to": 4})]),
        ("ct", EXACT, [step("CenterSpatialCrop", roi_size=[-1, -1, 1]), step("SqueezeDim", dim=-1)]),
        ("colour", EXACT, [step("Grayscale")]),
    ],
    "intensity": [
        ("ct", CLOSE, [step("ScaleIntensityRange", a_min=-57, a_max=164, b_min=0, b_max=1, clip=True)]),
        ("ct", CLOSE, [step("ScaleIntensityRange", a_min=-1000, a_max=400, b_min=-1, b_max=1)]),
        ("ct", CLOSE, [step("ScaleIntensityRange", a_min=-1000, a_max=400)]),
        ("ct", CLOSE, [step("ScaleIntensityRange", a_min=100, a_max=100, b_min=3, b_max=4, clip=True)]),
        ("oblique", CLOSE, [step("ScaleIntensityRangePercentiles", lower=5, upper=95, b_min=0, b_max=1)]),
        ("oblique", CLOSE, [step("ScaleIntensityRangePercentiles", lower=0.5, upper=99.5, b_min=0, b_max=1, clip=True)]),
        ("ct", CLOSE, [step("ScaleIntensityRangePercentiles", lower=10, upper=90, b_min=0, b_max=200, relative=True)]),
        ("brain", CLOSE, [step("ScaleIntensityRangePercentiles", lower=1, upper=99, b_min=0, b_max=1,
                               channel_wise=True)]),
        ("large", CLOSE, [step("ScaleIntensityRangePercentiles", lower=0.05, upper=99.95, b_min=0, b_max=1)]),
        ("radiograph", CLOSE, [step("ScaleIntensityRangePercentiles", lower=0.05, upper=99.95, b_min=0, b_max=1)]),
        ("constant", CLOSE, [step("ScaleIntensityRangePercentiles", lower=5, upper=95, b_min=0, b_max=1)]),
        ("oblique", CLOSE, [step("ScaleIntensity")]),
        ("colour", CLOSE, [step("ScaleIntensity", minv=-1, maxv=1, channel_wise=True)]),
        ("oblique", CLOSE, [step("ScaleIntensity", minv=None, maxv=None, factor=0.25)]),
        ("oblique", CLOSE, [step("ScaleIntensity", minv=2, maxv=None)]),
        ("constant", CLOSE, [step("ScaleIntensity", minv=0.5, maxv=1)]),
        ("constant", CLOSE, [step("ScaleIntensity")]),
        ("oblique", CLOSE, [step("NormalizeIntensity")]),
        ("constant", CLOSE, [step("NormalizeIntensity")]),
        ("brain", CLOSE, [step("NormalizeIntensity", nonzero=True)]),
        ("brain", CLOSE, [step("NormalizeIntensity", nonzero=True, channel_wise=True)]),
        ("brain", CLOSE, [step("NormalizeIntensity", subtrahend=[10, 20], divisor=[3, 0], channel_wise=True)]),
        ("ct", CLOSE, [step("NormalizeIntensity", subtrahend=100, divisor=7)]),
    ],
    "spacing": [
        ("oblique", CLOSE, [step("Spacing", pixdim=[1, 1, 1])]),
        ("oblique", CLOSE, [step("Spacing", pixdim=[1.5, 1.5, 2])]),
        ("oblique", CLOSE, [step("Spacing", pixdim=[0.7, 0.9, 1.3], padding_mode="zeros")]),
        ("oblique", CLOSE, [step("Spacing", pixdim=[1.1, -1, 1.7], mode="nearest")]),
        ("oblique", CLOSE, [step("Spacing", pixdim=[2.3, 0.8, 0], align_corners=True)]),
        ("oblique", CLOSE, [step("Spacing", pixdim=[1.5, 1.5, 2], diagonal=True)]),
        ("oblique", CLOSE, [step("Spacing", pixdim=2, diagonal=True, padding_mode="zeros")]),
        ("oblique", CLOSE, [step("Spacing", pixdim=[40, 1, 1], align_corners=True)]),
        ("ct", CLOSE, [step("Spacing", pixdim=1.5)]),
        ("ct", CLOSE, [step("Spacing", pixdim=[0.5, 1])]),
        ("ct", EXACT, [step("Spacing", pixdim=[0.7505, 0.7495, 5])]),
        ("ct", CLOSE, [step("Spacing", pixdim=[0.703125, 0.703125, 1.25])]),
        ("coronal", CLOSE, [step("Spacing", pixdim=[1, 2, 1])]),
        ("coronal", CLOSE, [step("Spacing", pixdim=[1, 2, 1], diagonal=True)]),
        ("sagittal", CLOSE, [step("Spacing", pixdim=[1.5, 1, 2])]),
        ("half", CLOSE, [step("Spacing", pixdim=[1.666667, 0.533333, 0.8])]),
        ("picture", CLOSE, [step("Spacing", pixdim=[0.7, 1.3])]),
        ("large", CLOSE, [step("Spacing", pixdim=[1.1, 0.9, 2])]),
    ],
    "resize": [
        (name, CLOSE, [step("Resize", spatial_size=size, mode=mode)])
        for name, size in (("picture", [7, 11]), ("radiograph", [224, 300]))
        for mode in ("area", "nearest", "nearest-exact", "bilinear", "bicubic")
    ] + [
        (name, CLOSE, [step("Resize", spatial_size=size, mode=mode)])
        for name, size in (("oblique", [6, 13, 7]), ("large", [64, 51, 120]))
        for mode in ("area", "nearest", "nearest-exact", "trilinear")
    ] + [
        ("oblique", CLOSE, [step("Resize", spatial_size=[-1, 5, 0])]),
        ("oblique", EXACT, [step("Resize", spatial_size=[11, 9, 7])]),
        ("oblique", CLOSE, [step("Resize", spatial_size=[5, 14, 1], mode="trilinear", align_corners=True)]),
        ("picture", CLOSE, [step("Resize", spatial_size=[30, 5], mode="bilinear", align_corners=True)]),
        ("colour", CLOSE, [step("Resize", spatial_size=[19, 5], mode="bicubic", align_corners=True)]),
        ("colour", CLOSE, [step("Resize", spatial_size=9, size_mode="longest")]),
        ("oblique", CLOSE, [step("Resize", spatial_size=15, size_mode="longest", mode="bilinear")]),
        ("picture", CLOSE, [step("Resize", spatial_size=[1, 1])]),
        ("oblique", CLOSE, [step("Resize", spatial_size=[1, 1, 1])]),
    ],
    "chains": [
        # As in the model zoo's inference configurations, with sizes that fit these images.
        ("ct", CLOSE, [step("LoadImage"), step("EnsureChannelFirst"), step("Orientation", axcodes="RAS"),
                       step("Spacing", pixdim=[1.5, 1.5, 2.0], mode="bilinear"),
                       step("ScaleIntensityRange", a_min=-57, a_max=164, b_min=0, b_max=1, clip=True),
                       step("EnsureType")]),
        ("oblique", CLOSE, [step("Orientation", axcodes="RAS"),
                            step("Spacing", pixdim=[0.703125, 0.703125, 1.25], padding_mode="border"),
                            step("ScaleIntensityRange", a_min=-40, a_max=200, b_min=0, b_max=1, clip=True),
                            step("CenterSpatialCrop", roi_size=[8, 8, 8])]),
        ("brain", CLOSE, [step("NormalizeIntensity", nonzero=True, channel_wise=True),
                          step("Orientation", axcodes="LPS"), step("Spacing", pixdim=[1.3, 0.8, 1]),
                          step("SpatialPad", spatial_size=[8, 12, 8])]),
        ("coronal", CLOSE, [step("Orientation", axcodes="RAS"),
                            step("ScaleIntensityRangePercentiles", lower=2, upper=98, b_min=0, b_max=1, clip=True),
                            step("Spacing", pixdim=1.7), step("ResizeWithPadOrCrop", spatial_size=[6, 6, 6])]),
        ("sagittal", CLOSE, [step("Orientation", axcodes="RAS"), step("Resize", spatial_size=[9, 8, 7]),
                             step("NormalizeIntensity")]),
        ("colour", CLOSE, [step("Resize", spatial_size=[12, 12], mode="bilinear"), step("ScaleIntensity"),
                           step("NormalizeIntensity", nonzero=True, channel_wise=True)]),
        ("colour", CLOSE, [step("Grayscale"), step("ResizeWithPadOrCrop", spatial_size=[14, 14]),
                           step("Resize", spatial_size=[8, 8]), step("ScaleIntensity"),
                           step("RepeatChannel", repeats=3)]),
        ("ct", CLOSE, [step("Orientation", axcodes="RAS"),
                       step("ScaleIntensityRange", a_min=-160, a_max=240, b_min=0, b_max=1, clip=True),
                       step("ExtractSlices", axis=2), step("Resize", spatial_size=[8, 8], mode="bilinear")]),
        ("oblique", CLOSE, [step("Orientation", axcodes="RAS"), step("ExtractSlices", axis=0, **{"from": 1, "to": 6}),
                            step("Spacing", pixdim=[1.1, 2.9]), step("ScaleIntensity"),
                            step("RepeatChannel", repeats=3)]),
    ],
}

KEYS = ["moving", "target"]
MATCH, MOVED = dict(keys=["moving"], key_dst="target"), step("SelectItems", keys=["moving"])
JOIN = step("ConcatItems", keys=KEYS, output="both")
SEVERAL = {
    "several": [
        (pair, CLOSE, [step("ResampleToMatch", **MATCH, **options), MOVED])
        for pair in (("slab", "brain"), ("brain", "slab"), ("turned", "brain"), ("slab", "turned"), ("ct", "ct"))
        for options in ({}, dict(mode="nearest"), dict(padding_mode="zeros"), dict(align_corners=True))
    ] + [
        (("picture", "colour"), CLOSE, [step("ResampleToMatch", **MATCH), MOVED]),
        (("turned", "brain"), CLOSE, [
            step("Spacing", keys=["target"], pixdim=[0.8, 0.8, 1.4]), step("ResampleToMatch", **MATCH),
            step("NormalizeIntensity", keys=KEYS, nonzero=True, channel_wise=True), JOIN]),
        (("ct", "coronal"), CLOSE, [
            step("Orientation", keys=KEYS, axcodes="RAS"), step("ScaleIntensity", keys=KEYS),
            step("ResampleToMatch", **MATCH, padding_mode="zeros"), JOIN]),
    ],
}

ALL_GROUPS = GROUPS | SEVERAL

MOST_VALUES = 1500  # of one case; longer outputs are thinned out evenly


def value_range(values):
    """What differences are measured against; the magnitude where all values are one."""
    return float(np.ptp(values)) or float(np.abs(values).max()) or 1.0


def record(name, tolerance, plan):
    if isinstance(name, tuple):
        names = dict(zip(KEYS, name))
        made = run_several(plan, {key: generate(INPUTS[one]) for key, one in names.items()})
        return encoded({"inputs": names}, tolerance, plan, [made])
    return encoded({"input": name}, tolerance, plan, run(plan, generate(INPUTS[name])))


def encoded(source, tolerance, plan, items):
    values = np.stack([item.numpy().astype("<f4") for item in items])
    stride = 1 if values.size <= MOST_VALUES else values.size // (MOST_VALUES // 2) * 2 + 1
    thinned = np.ascontiguousarray(values.reshape(-1)[::stride])
    known_affine = values.ndim == 5 and not any(entry["name"] == "Transpose" for entry in plan)
    return {
        **source, "plan": plan, "tolerance": tolerance, "shape": list(values.shape),
        "range": value_range(values),
        "stride": stride, "values": base64.b64encode(thinned.tobytes()).decode(),
        "affine_ras": items[0].affine.numpy().tolist() if known_affine else None,
    }


def described(name):
    spec = dict(INPUTS[name])
    matrix = spec.pop("affine", None)
    return {**spec, "affine_ras": None if matrix is None else matrix.tolist()}


def document(group):
    cases = [record(*case) for case in ALL_GROUPS[group]]
    used = sorted({name for case in cases for name in case.get("inputs", {"": case.get("input")}).values()})
    versions = {module.__name__: module.__version__ for module in (monai, torch, np)}
    return {"made_with": versions, "inputs": {name: described(name) for name in used}, "cases": cases}


def as_text(content):
    lines = [json.dumps(case) for case in content["cases"]]
    head = {key: value for key, value in content.items() if key != "cases"}
    return json.dumps(head)[:-1] + ', "cases": [\n' + ",\n".join(lines) + "\n]}\n"


def decode(case):
    return np.frombuffer(base64.b64decode(case["values"]), dtype="<f4")


def differences(old, new):
    for before, after in zip(old["cases"], new["cases"]):
        same = before["plan"] == after["plan"] and before["shape"] == after["shape"]
        if not same or np.abs(decode(before) - decode(after)).max() > 1e-6 * after["range"]:
            yield before["plan"]
    if len(old["cases"]) != len(new["cases"]):
        yield "number of cases"


def main():
    here = pathlib.Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=pathlib.Path, default=here.parent / "data" / "parity")
    parser.add_argument("--check", action="store_true", help="compare with the files that are there")
    options = parser.parse_args()
    failed = False
    for group in ALL_GROUPS:
        content = document(group)
        path = options.output / f"{group}.json"
        if options.check:
            wrong = list(differences(json.loads(path.read_text()), content))
            failed = failed or bool(wrong)
            print(f"{path.name}: {len(content['cases'])} cases, {len(wrong)} differ", *wrong, sep="\n  ")
        else:
            path.write_text(as_text(content))
            print(f"{path.name}: {len(content['cases'])} cases, {path.stat().st_size} bytes")
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
