#!/usr/bin/env python3
"""Runs the real MONAI, torchvision, TorchXRayVision and pydicom on small generated images and writes what the plan executor must reproduce.

    python make_golden.py [--output ../data/parity] [--check]

Needs monai (which brings torch, numpy), nibabel, itk, pillow, scipy, pydicom, torchvision and torchxrayvision. Inputs come from a formula that
tests/unit/prepare/parity_test.cpp shares; outputs are stored as base64 of little-endian float32.
--check writes nothing and fails when a file would change by more than its tolerance.
"""
import argparse
import base64
import functools
import json
import pathlib
import tempfile
import warnings

import monai
import nibabel
import numpy as np
import PIL
import pydicom
import scipy
import torch
import torchvision
import torchvision.transforms.v2
import torchxrayvision
from monai.data import MetaTensor
from PIL import Image
from pydicom.pixels import apply_windowing

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
    "flat": dict(shape=[1, 9, 8, 1], type="int16", values=dict(modulus=1500, scale=1, offset=0),
                 affine=affine(np.diag([-0.75, 0.9, 5.0]), [1, 2, 3])),
    "box": dict(shape=[2, 9, 8, 7], type="float32", values=dict(modulus=97, scale=1, offset=-3, box=[[3, 6], [2, 7], [1, 3]]),
                affine=affine(np.diag([1.0, 1.5, -2.0]), [5, 6, 7])),
    "photograph": dict(shape=[3, 130, 97], type="uint8", values=dict(modulus=256, scale=1, offset=0)),
    "negative": dict(shape=[1, 13, 8], type="float32", values=dict(modulus=50, scale=1, offset=-80)),
    # Three frames, not channels: a NIfTI of four dimensions.
    "film": dict(shape=[3, 5, 4, 6], type="int16", frames=True, values=dict(modulus=800, scale=1, offset=-90),
                 affine=affine(np.diag([-1.5, 1.5, 2.0]), [5, -6, 7])),
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
        if "box" in values:
            inside = [slice(None), *(slice(*bounds) for bounds in values["box"])]
            kept = np.zeros(spec["shape"], dtype=bool)
            kept[tuple(inside)] = True
            flat[~kept.reshape(-1)] = 0
    matrix = spec.get("affine")
    image = torch.from_numpy(flat.reshape(spec["shape"]).copy())
    return MetaTensor(image, affine=torch.from_numpy(np.eye(4) if matrix is None else matrix.copy()))


# ---- the steps that are ours ------------------------------------------------------------------------

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


def maximum_projection(image, axis=2, slab_mm=None):
    spacing = float(np.sqrt((image.affine.numpy()[:3, axis] ** 2).sum()))
    n = image.shape[axis + 1]
    slab = n if slab_mm is None else int(min(max(np.round(slab_mm / spacing), 1), n))
    parts = [part.amax(axis + 1, keepdim=True) for part in image.as_tensor().split(slab, axis + 1)]
    step = np.eye(4)
    step[axis, axis], step[axis, 3] = slab, (slab - 1) / 2
    return MetaTensor(torch.cat(parts, axis + 1), affine=image.affine @ torch.from_numpy(step))


# ---- readers, on files that hold the input ----------------------------------------------------------------------

def write_file(image, is_picture, folder):
    if is_picture:
        array = image.numpy().astype(np.uint8).transpose(2, 1, 0)  # rows, columns, channels
        Image.fromarray(array if array.shape[2] == 3 else array[..., 0]).save(folder / "image.png")
        return folder / "image.png"
    # As int16, which MONAI copies: of a float32 file ITKReader with reverse_indexing hands on memory that ITK frees.
    array = image.numpy().transpose(1, 2, 3, 0)
    array = array.astype(np.int16) if (array == array.round()).all() else array
    stored = nibabel.Nifti1Image(array if array.shape[3] > 1 else array[..., 0], image.affine.numpy())
    nibabel.save(stored, folder / "image.nii")
    return folder / "image.nii"


def read(plan, image):
    parameters = {entry["name"]: {key: value for key, value in entry.items() if key != "name"} for entry in plan}
    with tempfile.TemporaryDirectory() as folder:
        path = write_file(image, image.ndim == 3, pathlib.Path(folder))
        loaded = monai.transforms.LoadImage(**parameters.get("LoadImage", {}))(path)
        return monai.transforms.EnsureChannelFirst(**parameters.get("EnsureChannelFirst", {}))(loaded)


def is_read(plan):
    return any(len(entry) > 1 for entry in plan if entry["name"] in ("LoadImage", "EnsureChannelFirst"))


# ---- steps of other libraries ----------------------------------------------------------------------------------

def with_values(image, values):
    values = np.ascontiguousarray(values, dtype=np.float32)
    return MetaTensor(torch.from_numpy(values), affine=image.affine)


def window_level(image, windows, function="LINEAR", b_min=0, b_max=1):
    """By pydicom, whose output is the range of 16 unsigned bits."""
    channels = []
    for window in windows:
        header = pydicom.Dataset()
        header.PhotometricInterpretation, header.BitsStored, header.PixelRepresentation = "MONOCHROME2", 16, 0
        header.WindowCenter, header.WindowWidth = window["center"], window["width"]
        header.VOILUTFunction = function.upper()
        shown = apply_windowing(image.numpy().astype(np.float64), header)
        channels.append(shown / 65535 * (b_max - b_min) + b_min)
    return with_values(image, np.concatenate(channels))


def torchvision_step(name, image, **parameters):
    plain = image.as_tensor()
    if name == "ToTensor":
        return with_values(image, torchvision.transforms.ToTensor()(plain.numpy().astype(np.uint8).transpose(1, 2, 0)))
    if name == "ConvertImageDtype":
        return with_values(image, torchvision.transforms.ConvertImageDtype(torch.float32)(plain.to(torch.uint8)))
    if name == "ToDtype":
        return with_values(image, torchvision.transforms.v2.ToDtype(torch.float32, **parameters)(plain.to(torch.uint8)))
    return with_values(image, getattr(torchvision.transforms, name)(**parameters)(plain))


def torchxrayvision_normalize(image, maxval, colour="keep"):
    scaled = torchxrayvision.datasets.normalize(image.numpy().transpose(1, 2, 0), maxval)
    by_channel = {"keep": scaled.transpose(2, 0, 1), "first": scaled[None, ..., 0], "mean": scaled.mean(2)[None]}
    return with_values(image, by_channel[colour])


def torchvision_resize(image, size=None, max_size=None, interpolation="bilinear", antialias=True, of="tensor"):
    mode = torchvision.transforms.InterpolationMode(interpolation)
    # torchvision.transforms takes no size of None; v2, whose numbers are the same, does.
    resize = torchvision.transforms.v2.Resize(size, interpolation=mode, max_size=max_size, antialias=antialias)
    if of == "tensor":
        return resize(image.as_tensor())
    planes = [Image.fromarray(plane.astype(np.uint8)) for plane in image.numpy()]
    picture = planes[0] if len(planes) == 1 else Image.merge("RGB", planes)
    return torchvision.transforms.functional.pil_to_tensor(resize(picture)).float()


OTHERS = {
    "WindowLevel": window_level,
    "MaximumProjection": maximum_projection,
    **{f"torchvision.{name}": functools.partial(torchvision_step, name)
       for name in ("ToTensor", "ConvertImageDtype", "ToDtype", "Normalize", "Grayscale")},
    "torchxrayvision.normalize": torchxrayvision_normalize,
    "torchvision.Resize": torchvision_resize,
    "torchvision.CenterCrop": lambda image, size: torchvision.transforms.CenterCrop(size)(image.as_tensor()),
    "torchxrayvision.XRayCenterCrop":
        lambda image: torch.from_numpy(torchxrayvision.datasets.XRayCenterCrop()(image.numpy())),
    "torchxrayvision.XRayResizer":
        lambda image, size: torch.from_numpy(torchxrayvision.datasets.XRayResizer(size)(image.numpy())),
}

# What stands in a plan for the functions that MONAI's CropForeground takes.
FOREGROUND = {
    "above": lambda threshold: (lambda values: values > threshold),
    "below": lambda threshold: (lambda values: values < threshold),
    "nonzero": lambda threshold: (lambda values: values != 0),
}


def crop_foreground(parameters):
    name, threshold = parameters.pop("select_fn", None), parameters.pop("threshold", None)
    chosen = {} if name is None else {"select_fn": FOREGROUND[name](threshold)}
    return monai.transforms.CropForeground(**chosen, **parameters)


def as_image(values, like):
    return values if isinstance(values, MetaTensor) else MetaTensor(values, affine=like.affine)


def transform_of(name, parameters):
    if name in OTHERS:
        return lambda image: as_image(OTHERS[name](image, **parameters), image)
    if name == "CropForeground":
        return crop_foreground(parameters)
    return getattr(monai.transforms, name)(**parameters)


def run(plan, image):
    items = [read(plan, image) if is_read(plan) else image]
    for entry in plan:
        parameters = {key: value for key, value in entry.items() if key != "name"}
        if "dtype" in parameters:
            parameters["dtype"] = getattr(torch, parameters["dtype"])
        if entry["name"] == "ExtractSlices":
            start = parameters.pop("from", 0)
            items = [part for item in items for part in extract_slices(item, start=start, **parameters)]
        elif entry["name"] == "Grayscale":
            items = [grayscale(item) for item in items]
        elif entry["name"] not in ("LoadImage", "EnsureChannelFirst"):
            transform = transform_of(entry["name"], parameters)
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
# Where MONAI computes in float32 what radbatch computes in float64.
SINGLE = 1e-4
# What the differences of several steps may add up to.
CHAIN = 1e-5

ROWS_FIRST = step("Transpose", indices=[0, 2, 1])
FLOAT32 = step("EnsureType", dtype="float32")

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
    "values": [
        ("oblique", EXACT, [step("ThresholdIntensity", threshold=60)]),
        ("oblique", EXACT, [step("ThresholdIntensity", threshold=60.5, above=False, cval=-7)]),
        ("oblique", CLOSE, [step("ClipIntensityPercentiles", lower=5, upper=90)]),
        ("oblique", CLOSE, [step("ClipIntensityPercentiles", lower=None, upper=70)]),
        ("brain", CLOSE, [step("ClipIntensityPercentiles", lower=20, upper=None, channel_wise=True)]),
        ("oblique", CLOSE, [step("ClipIntensityPercentiles", lower=10, upper=90, sharpness_factor=0.3)]),
        ("oblique", CLOSE, [step("ClipIntensityPercentiles", lower=None, upper=90, sharpness_factor=10)]),
        ("large", CLOSE, [step("ClipIntensityPercentiles", lower=0.05, upper=99.95)]),
        ("constant", CLOSE, [step("ClipIntensityPercentiles", lower=5, upper=95)]),
        ("constant", CLOSE, [step("ClipIntensityPercentiles", lower=5, upper=95, sharpness_factor=2)]),
        ("oblique", CLOSE, [step("HistogramNormalize")]),
        ("ct", CLOSE, [step("HistogramNormalize", num_bins=64, min=-1, max=1)]),
        ("large", CLOSE, [step("HistogramNormalize", num_bins=1000)]),
        ("colour", CLOSE, [step("HistogramNormalize", num_bins=7)]),
        ("constant", CLOSE, [step("HistogramNormalize")]),
        ("constant", CLOSE, [step("HistogramNormalize", num_bins=1, min=3)]),
        ("ct", CLOSE, [step("ShiftIntensity", offset=0.3)]),
        ("oblique", CLOSE, [step("AdjustContrast", gamma=1.5)]),
        ("oblique", CLOSE, [step("AdjustContrast", gamma=0.5, invert_image=True)]),
        ("brain", CLOSE, [step("AdjustContrast", gamma=2, retain_stats=True)]),
        ("oblique", CLOSE, [step("AdjustContrast", gamma=0.7, invert_image=True, retain_stats=True)]),
        ("constant", CLOSE, [step("AdjustContrast", gamma=2)]),
        ("oblique", EXACT, [step("CastToType", dtype="uint8"), FLOAT32]),
        ("ct", EXACT, [step("CastToType", dtype="uint8"), FLOAT32]),
        ("large", EXACT, [step("ShiftIntensity", offset=32000), step("CastToType", dtype="int16"), FLOAT32]),
        ("oblique", EXACT, [step("EnsureType", dtype="int32"), FLOAT32]),
        ("oblique", EXACT, [step("CastToType", dtype="int64"), FLOAT32]),
        ("oblique", EXACT, [step("CastToType", dtype="float16"), FLOAT32]),
        ("large", EXACT, [step("ToTensor", dtype="float16"), FLOAT32]),
        ("oblique", EXACT, [step("CastToType", dtype="bfloat16"), FLOAT32]),
        ("ct", CLOSE, [step("CastToType", dtype="int16"), step("NormalizeIntensity")]),
        ("ct", CLOSE, [step("CastToType", dtype="uint8"), step("ScaleIntensity", minv=-1)]),
        ("ct", CLOSE, [step("ScaleIntensityRange", a_min=-160, a_max=240, b_min=0, b_max=255, clip=True, dtype="uint8"),
                       FLOAT32]),
    ],
    "readers": [
        ("picture", EXACT, [step("LoadImage", reader="PILReader", reverse_indexing=False)]),
        ("colour", EXACT, [step("LoadImage", reader="PILReader", reverse_indexing=False)]),
        ("colour", EXACT, [step("LoadImage", reader="PILReader")]),
        ("picture", EXACT, [step("LoadImage", reader="ITKReader"), step("Orientation", axcodes="RA")]),
        ("picture", EXACT, [step("LoadImage", reader="PILReader"), step("Orientation", axcodes="RA")]),
        ("colour", EXACT, [step("LoadImage", reader="ITKReader", reverse_indexing=True)]),
        ("colour", EXACT, [step("EnsureChannelFirst", channel_dim=2)]),
        ("ct", EXACT, [step("LoadImage", reader="ITKReader", reverse_indexing=True)]),
        ("ct", EXACT, [step("LoadImage", reader="ITKReader")]),
        ("coronal", EXACT, [step("LoadImage", reader="NibabelReader", as_closest_canonical=True)]),
        ("oblique", EXACT, [step("LoadImage", reader="NibabelReader", as_closest_canonical=True)]),
        ("film", EXACT, [step("EnsureChannelFirst", channel_dim=-1)]),
        ("film", CLOSE, [step("EnsureChannelFirst", channel_dim=3), step("Orientation", axcodes="RAS"),
                         step("NormalizeIntensity", channel_wise=True)]),
    ],
    "libraries": [
        ("colour", EXACT, [step("torchvision.ToTensor")]),
        ("picture", EXACT, [step("torchvision.ConvertImageDtype")]),
        ("colour", EXACT, [step("torchvision.ToDtype", scale=True)]),
        ("colour", EXACT, [step("torchvision.ToTensor"),
                           step("torchvision.Normalize", mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225])]),
        ("colour", CLOSE, [step("torchvision.ToTensor"), step("torchvision.Grayscale")]),
        ("colour", CLOSE, [step("torchvision.ToTensor"), step("torchvision.Grayscale", num_output_channels=3)]),
        ("radiograph", CLOSE, [step("torchxrayvision.normalize", maxval=4095)]),
        ("picture", CLOSE, [step("torchxrayvision.normalize", maxval=255)]),
        ("colour", CLOSE, [step("torchxrayvision.normalize", maxval=255, colour="first")]),
        ("colour", CLOSE, [step("torchxrayvision.normalize", maxval=255, colour="mean")]),
        ("colour", CLOSE, [step("torchxrayvision.normalize", maxval=255)]),
        ("ct", CLOSE, [step("WindowLevel", windows=[dict(center=40, width=80)])]),
        ("ct", CLOSE, [step("WindowLevel", windows=[dict(center=40, width=400)], function="linear_exact", b_max=255)]),
        ("ct", CLOSE, [step("WindowLevel", windows=[dict(center=50, width=350)], function="sigmoid", b_min=-1)]),
        ("ct", CLOSE, [step("WindowLevel", windows=[dict(center=40, width=80), dict(center=80, width=200),
                                                    dict(center=600, width=2800)])]),
        ("radiograph", CLOSE, [step("WindowLevel", windows=[dict(center=2048, width=1)])]),
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
    "spline": [
        (name, CLOSE, [step("Spacing", pixdim=pixdim, mode=order, padding_mode=padding)])
        for name, pixdim, orders in (("oblique", [1.3, 0.8, 1.9], (0, 1, 3)), ("oblique", [0.5, 2.1, 3.3], (1, 3)))
        for order in orders
        for padding in ("border", "reflection")
    ] + [
        ("ct", CLOSE, [step("Spacing", pixdim=[1.1, 0.6, 2.2], mode=order, padding_mode="zeros")])
        for order in (0, 1, 3)
    ] + [
        ("oblique", CLOSE, [step("Spacing", pixdim=[1.3, 0.8, 1.9], mode=order, padding_mode="zeros", diagonal=True)])
        for order in (1, 3)
    ] + [
        ("oblique", CLOSE, [step("Spacing", pixdim=[1.3, 0.8, 1.9], mode=3, padding_mode=padding, diagonal=True)])
        for padding in ("nearest", "constant", "reflect", "mirror", "wrap", "grid-constant", "grid-mirror", "grid-wrap")
    ] + [
        ("oblique", CLOSE, [step("Spacing", pixdim=[1.3, 0.8, 1.9], mode=1, padding_mode=padding, diagonal=True)])
        for padding in ("mirror", "wrap", "grid-constant", "grid-wrap")
    ] + [
        ("ct", CLOSE, [step("Spacing", pixdim=[1.1, 0.6, 2.2], mode=3, align_corners=True)]),
        ("ct", CLOSE, [step("Spacing", pixdim=[1.1, 0.6, 2.2], mode=1, align_corners=True, padding_mode="zeros")]),
        ("ct", CLOSE, [step("Spacing", pixdim=[40, 0.6, 2.2], mode=3, align_corners=True)]),
        ("coronal", CLOSE, [step("Spacing", pixdim=[1.7, 1.1, 2.3], mode=3)]),
        ("picture", CLOSE, [step("Spacing", pixdim=[0.7, 1.3], mode=3)]),
        ("picture", CLOSE, [step("Spacing", pixdim=[0.7, 1.3], mode=3, padding_mode="grid-constant")]),
        ("picture", CLOSE, [step("Spacing", pixdim=[0.7, 1.3], mode=1, align_corners=True)]),
        ("flat", CLOSE, [step("Spacing", pixdim=[1.3, 0.8, 1.9], mode=3)]),
        ("flat", CLOSE, [step("Spacing", pixdim=[1.3, 0.8, 1.9], mode=3, padding_mode="reflect")]),
        ("flat", CLOSE, [step("Spacing", pixdim=[1.3, 0.8, 1.9])]),
        ("large", CLOSE, [step("Spacing", pixdim=[1.1, 0.9, 2], mode=3)]),
        ("oblique", SINGLE, [step("Spacing", pixdim=[1.3, 0.8, 1.9], mode=3, dtype="float32")]),
    ],
    "spacing_more": [
        ("oblique", CLOSE, [step("Spacing", pixdim=[0.7, 0.9, 1.3], padding_mode="reflection")]),
        ("oblique", CLOSE, [step("Spacing", pixdim=[2.1, 0.9, 1.3], padding_mode="reflection", diagonal=True)]),
        ("oblique", CLOSE, [step("Spacing", pixdim=[2.1, 0.9, 1.3], padding_mode="reflection", diagonal=True,
                                 align_corners=True)]),
        ("oblique", SINGLE, [step("Spacing", pixdim=[1.5, 1.5, 2], dtype="float32")]),
        ("oblique", SINGLE, [step("Spacing", pixdim=2, diagonal=True, padding_mode="zeros", dtype="float32")]),
        ("oblique", SINGLE, [step("Spacing", pixdim=[1.1, -1, 1.7], mode="nearest", dtype="float32")]),
        ("large", SINGLE, [step("Spacing", pixdim=[1.1, 0.9, 2], dtype="float32")]),
        ("oblique", CLOSE, [step("Spacing", pixdim=[1.5, 1.5, 2], scale_extent=True, align_corners=True)]),
        ("ct", CLOSE, [step("Spacing", pixdim=[1.5, 1.5, 2], scale_extent=True)]),
        ("coronal", CLOSE, [step("Spacing", pixdim=[0.6, 1.4, 2], scale_extent=True, align_corners=True)]),
        ("picture", CLOSE, [step("Spacing", pixdim=[0.7, 1.3], scale_extent=True)]),
        ("oblique", CLOSE, [step("Spacing", pixdim=[1.5, 1.5, 2], recompute_affine=True)]),
        ("oblique", CLOSE, [step("Spacing", pixdim=[1.5, 1.5, 2], recompute_affine=True, align_corners=True),
                            step("Orientation", axcodes="LPS")]),
        ("oblique", EXACT, [step("Spacing", pixdim=[0.7, 0.9, 2.5], recompute_affine=True)]),
        ("oblique", CLOSE, [step("Spacing", pixdim=[1, 1, 1], min_pixdim=[0.5, 0.95], max_pixdim=[1.2, 1.2, 2])]),
        ("oblique", CLOSE, [step("Spacing", pixdim=[1, 1, 1], max_pixdim=[1.2, 1.2, 3])]),
        ("oblique", CLOSE, [step("Spacing", pixdim=1, min_pixdim=0.5)]),
    ],
    "resize_more": [
        (name, CLOSE, [step("Resize", spatial_size=size, mode=mode, anti_aliasing=True)])
        for name, size, mode in (("picture", [5, 3], "area"), ("colour", [5, 20], "bilinear"),
                                 ("radiograph", [61, 90], "bilinear"), ("oblique", [4, 3, 7], "trilinear"),
                                 ("brain", [3, 7, 2], "nearest"), ("colour", [20, 28], "bilinear"))
    ] + [
        ("oblique", CLOSE, [step("Resize", spatial_size=[4, 12, 3], mode="trilinear", anti_aliasing=True,
                                 anti_aliasing_sigma=1.3)]),
        ("oblique", CLOSE, [step("Resize", spatial_size=[4, 4, 3], anti_aliasing=True,
                                 anti_aliasing_sigma=[0.4, 0, 2])]),
        ("colour", CLOSE, [step("Resize", spatial_size=6, size_mode="longest", mode="bicubic", anti_aliasing=True)]),
    ] + [
        (name, CLOSE, [step("Resize", spatial_size=size, mode=mode, dtype="float64")])
        for name, size in (("radiograph", [224, 300]),)
        for mode in ("area", "nearest", "nearest-exact", "bilinear", "bicubic")
    ] + [
        ("oblique", CLOSE, [step("Resize", spatial_size=[6, 13, 7], mode="trilinear", dtype="float64",
                                 align_corners=True)]),
        ("oblique", CLOSE, [step("Resize", spatial_size=[6, 5, 7], mode="trilinear", dtype="float64",
                                 anti_aliasing=True)]),
        ("oblique", CLOSE, [step("Resize", spatial_size=[6, 5, 7], mode="linear")]),
        ("oblique", CLOSE, [step("Zoom", zoom=1.3)]),
        ("oblique", CLOSE, [step("Zoom", zoom=[0.6, 1.5, 1.0], mode="trilinear")]),
        ("oblique", CLOSE, [step("Zoom", zoom=[0.6, 1.5, 1.0], mode="nearest", keep_size=False)]),
        ("oblique", CLOSE, [step("Zoom", zoom=[0.6, 1.5, 0.5], mode="trilinear", keep_size=False, align_corners=True)]),
        ("colour", CLOSE, [step("Zoom", zoom=0.7, mode="bicubic", padding_mode="reflect")]),
        ("colour", CLOSE, [step("Zoom", zoom=0.7, mode="bilinear", padding_mode="constant", value=-3)]),
        ("colour", CLOSE, [step("Zoom", zoom=[1.7, 0.7], mode="nearest-exact", dtype="float64")]),
    ],
    "arrange_more": [
        (name, EXACT, [step("Orientation", as_closest_canonical=True)])
        for name in ("ct", "coronal", "sagittal", "oblique", "distinct", "picture")
    ] + [
        ("coronal", EXACT, [step("Orientation", axcodes="LPS", labels=[["R", "L"], ["A", "P"], ["I", "S"]])]),
        ("coronal", EXACT, [step("Orientation", axcodes="SLP", labels=[["L", "R"], ["A", "P"], ["S", "I"]])]),
        ("oblique", EXACT, [step("Flip")]),
        ("oblique", EXACT, [step("Flip", spatial_axis=1)]),
        ("oblique", EXACT, [step("Flip", spatial_axis=[0, -1])]),
        ("colour", EXACT, [step("Flip", spatial_axis=0)]),
        ("colour", EXACT, [step("Rotate90")]),
    ] + [
        ("oblique", EXACT, [step("Rotate90", k=k, spatial_axes=axes)])
        for k, axes in ((1, [0, 1]), (2, [0, 2]), (3, [1, 2]), (-1, [2, 0]), (1, [-1, 0]), (4, [0, 1]))
    ] + [
        ("oblique", EXACT, [step("BorderPad", spatial_border=2)]),
        ("oblique", EXACT, [step("BorderPad", spatial_border=[1, 0, -2], mode="edge")]),
        ("oblique", EXACT, [step("BorderPad", spatial_border=[1, 2, 0, 3, 4, 0], value=-7)]),
        ("colour", EXACT, [step("BorderPad", spatial_border=[1, 2, 0, 3], mode="reflect")]),
        ("oblique", EXACT, [step("DivisiblePad", k=4)]),
        ("oblique", EXACT, [step("DivisiblePad", k=[5, 0, 3], mode="wrap", method="end")]),
        ("oblique", EXACT, [step("CenterScaleCrop", roi_scale=0.5)]),
        ("oblique", EXACT, [step("CenterScaleCrop", roi_scale=[0.3, -1, 1.4])]),
        ("oblique", EXACT, [step("SpatialCrop", roi_center=[5, 4, 3], roi_size=[4, 3, 20])]),
        ("oblique", EXACT, [step("SpatialCrop", roi_center=[1, 8], roi_size=[6, 4])]),
        ("oblique", EXACT, [step("SpatialCrop", roi_center=4, roi_size=3)]),
        ("oblique", EXACT, [step("SpatialCrop", roi_center=[4, 3, 2], roi_size=3)]),
        ("oblique", EXACT, [step("SpatialCrop", roi_start=[-2, 1, 3], roi_end=[4, 99, 5])]),
        ("colour", EXACT, [step("SpatialCrop", roi_start=[2, 3, 1], roi_end=[9, 5, 2])]),
        ("box", EXACT, [step("CropForeground")]),
        ("box", EXACT, [step("CropForeground", margin=2)]),
        ("box", EXACT, [step("CropForeground", margin=[4, 0, 3], allow_smaller=True)]),
        ("box", EXACT, [step("CropForeground", margin=3, mode="edge")]),
        ("box", EXACT, [step("CropForeground", k_divisible=4, value=9)]),
        ("box", EXACT, [step("CropForeground", k_divisible=[5, 1, 4], margin=1)]),
        ("box", EXACT, [step("CropForeground", channel_indices=[1])]),
        ("box", EXACT, [step("CropForeground", channel_indices=-2, select_fn="above", threshold=60)]),
        ("box", EXACT, [step("CropForeground", select_fn="below", threshold=0)]),
        ("box", EXACT, [step("CropForeground", select_fn="nonzero")]),
        ("ct", EXACT, [step("MaximumProjection")]),
        ("ct", EXACT, [step("MaximumProjection", axis=0, slab_mm=3.1)]),
        ("brain", EXACT, [step("MaximumProjection", axis=1, slab_mm=4)]),
    ],
    "pictures": [
        (name, CLOSE, [ROWS_FIRST, step("torchvision.Resize", size=size, interpolation=mode)])
        for name, size in (("colour", 7), ("picture", [5, 20]), ("radiograph", 224))
        for mode in ("bilinear", "bicubic", "nearest", "nearest-exact")
    ] + [
        ("colour", CLOSE, [ROWS_FIRST, step("torchvision.Resize", size=size, antialias=False, interpolation=mode)])
        for size in (7, [25, 9]) for mode in ("bilinear", "bicubic")
    ] + [
        ("radiograph", CLOSE, [ROWS_FIRST, step("torchvision.Resize", size=200, max_size=205)]),
        ("picture", CLOSE, [ROWS_FIRST, step("torchvision.Resize", max_size=9)]),
        ("picture", CLOSE, [ROWS_FIRST, step("torchvision.Resize", size=8)]),
    ] + [
        (name, EXACT, [ROWS_FIRST, step("torchvision.Resize", size=size, interpolation=mode, of="pil")])
        for name, size in (("colour", 7), ("colour", [25, 9]), ("picture", [5, 20]), ("photograph", 56))
        for mode in ("bilinear", "bicubic")
    ] + [
        ("colour", EXACT, [ROWS_FIRST, step("torchvision.CenterCrop", size=size)])
        for size in (7, [6, 9], [9, 6], 12, [20, 5], [14, 10], 21)
    ] + [
        ("radiograph", EXACT, [ROWS_FIRST, step("torchxrayvision.XRayCenterCrop")]),
        ("picture", EXACT, [ROWS_FIRST, step("torchxrayvision.XRayCenterCrop")]),
        ("radiograph", CLOSE, [ROWS_FIRST, step("torchxrayvision.XRayCenterCrop"),
                               step("torchxrayvision.XRayResizer", size=224)]),
        ("radiograph", CLOSE, [ROWS_FIRST, step("torchxrayvision.XRayResizer", size=60)]),
        ("picture", CLOSE, [ROWS_FIRST, step("torchxrayvision.XRayResizer", size=10)]),
        ("negative", CLOSE, [ROWS_FIRST, step("torchxrayvision.XRayResizer", size=30)]),
        ("negative", CLOSE, [ROWS_FIRST, step("torchxrayvision.XRayResizer", size=5)]),
        # The two ways of a TorchXRayVision model, whose input is 224 x 224.
        ("radiograph", CLOSE, [ROWS_FIRST, step("torchxrayvision.XRayCenterCrop"),
                               step("torchvision.Resize", size=[224, 224]), step("ScaleIntensity", minv=-1024, maxv=1024)]),
        ("photograph", CLOSE, [ROWS_FIRST, step("torchvision.Resize", size=64, of="pil"),
                               step("torchvision.CenterCrop", size=56), step("ScaleIntensityRange", a_min=0, a_max=255,
                                                                              b_min=0, b_max=1)]),
    ],
    "chains_more": [
        # As nnU-Net prepares CT and MR: the foreground's box, a cubic spline, clipped or whitened values.
        ("ct", CHAIN, [step("Orientation", axcodes="RAS"), step("CropForeground", select_fn="above", threshold=1200),
                       step("Spacing", pixdim=[1.1, 1.1, 2.5], mode=3),
                       step("ScaleIntensityRange", a_min=-200, a_max=900, b_min=-1, b_max=1, clip=True),
                       step("NormalizeIntensity"), step("ResizeWithPadOrCrop", spatial_size=[8, 8, 8])]),
        ("box", CHAIN, [step("CropForeground", select_fn="nonzero", margin=1),
                        step("Spacing", pixdim=[0.8, 1.1, 1.3], mode=3),
                        step("NormalizeIntensity", nonzero=True, channel_wise=True), step("DivisiblePad", k=8)]),
        ("oblique", CHAIN, [step("Orientation", as_closest_canonical=True),
                            step("Spacing", pixdim=1.2, padding_mode="reflection"),
                            step("ScaleIntensityRangePercentiles", lower=1, upper=99, b_min=0, b_max=1, clip=True),
                            step("CenterScaleCrop", roi_scale=0.8), step("DivisiblePad", k=4, method="end")]),
        ("sagittal", CHAIN, [step("Orientation", axcodes="RAS"), step("Zoom", zoom=1.4, mode="trilinear"),
                             step("BorderPad", spatial_border=1), step("Flip", spatial_axis=0),
                             step("Rotate90", spatial_axes=[0, 1]), step("ScaleIntensity")]),
        ("coronal", CHAIN, [step("Orientation", axcodes="LPS"), step("MaximumProjection", axis=1),
                            step("Resize", spatial_size=[6, 1, 4], mode="trilinear", anti_aliasing=True),
                            step("SqueezeDim", dim=2), step("ScaleIntensity", minv=-1, maxv=1)]),
        ("ct", CHAIN, [step("Orientation", axcodes="RAS"), step("Spacing", pixdim=[1, 1, 3], scale_extent=True,
                                                                 align_corners=True),
                       step("Resize", spatial_size=[6, 7, 5], mode="trilinear", dtype="float64"),
                       step("SpatialCrop", roi_start=[1, 0, 1], roi_end=[6, 6, 5]), step("NormalizeIntensity")]),
        # As torchvision's and TorchXRayVision's own transforms.
        ("photograph", CHAIN, [ROWS_FIRST, step("torchvision.Resize", size=[64, 64], of="pil", interpolation="bicubic"),
                               step("ScaleIntensityRange", a_min=0, a_max=255, b_min=0, b_max=1),
                               step("NormalizeIntensity", subtrahend=[0.485, 0.456, 0.406],
                                    divisor=[0.229, 0.224, 0.225], channel_wise=True)]),
        ("radiograph", CHAIN, [ROWS_FIRST, step("ScaleIntensityRange", a_min=0, a_max=4095, b_min=-1024, b_max=1024),
                               step("torchxrayvision.XRayCenterCrop"), step("torchxrayvision.XRayResizer", size=224)]),
        ("radiograph", CHAIN, [ROWS_FIRST, step("ScaleIntensityRange", a_min=0, a_max=4095, b_min=-1024, b_max=1024),
                               step("torchxrayvision.XRayCenterCrop"),
                               step("torchvision.Resize", size=[224, 224])]),
        ("ct", CHAIN, [step("Orientation", axcodes="RAS"), step("ExtractSlices", axis=2),
                       step("torchvision.Resize", size=[9, 16]), step("torchvision.CenterCrop", size=8),
                       step("ScaleIntensity"), step("RepeatChannel", repeats=3)]),
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
    # MONAI leaves the affine as it was where axes are transposed or read in reverse.
    is_turned = any(entry["name"] == "Transpose" or entry.get("reverse_indexing") for entry in plan)
    known_affine = values.ndim == 5 and not is_turned
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
    versions = {module.__name__: module.__version__ for module in (monai, torch, np, scipy, torchvision, torchxrayvision, PIL,
                                                                      pydicom, nibabel)}
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
