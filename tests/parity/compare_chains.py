#!/usr/bin/env python3
"""Whole preparation chains on real images: radbatch-preprocess against the libraries that training code uses.

    RADBATCH_BIN=build/bin python compare_chains.py [--data DIR] [--only WORD] [--reference]

Where a chain normalises the voxels that are not 0 after an interpolation (`NormalizeIntensity` with `nonzero` after
`Spacing`), MONAI's own rounding noise decides what is 0: voxels between two of opposite sign come out as 0 or as 1e-13.
Voxels within 1e-3 of 0 before that step are counted and left out there, and 1e-4 is allowed for the shifted statistics.

Each chain is prepared twice: by `radbatch-preprocess --plan` and by its peer (MONAI with its own reader, torchvision,
TorchXRayVision, nibabel), run here as a user would run it. Printed: the largest difference as a fraction of the peer's
value range, and whether shapes and affines are equal. Exit 1 when a chain passes its tolerance, 77 when there is no data.

Needs the environment of `tests/run.sh --oracles`.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import warnings

import h5py
import monai
import nibabel
import numpy as np
import torch
from monai.data import MetaTensor

warnings.filterwarnings("ignore")
torch.set_num_threads(1)

HERE = pathlib.Path(__file__).resolve().parent
BIN = pathlib.Path(os.environ.get("RADBATCH_BIN", HERE.parents[1] / "build/bin"))
DATA = pathlib.Path(os.environ.get("RADBATCH_DATA", HERE.parents[2] / "shared/data"))
NOISY_ZEROS = 1e-4
LINEAR = 1e-5  # of the value range: the project's promise for chains of linear steps


def step(name, **parameters):
    return {"name": name, **parameters}


RAS = step("Orientation", axcodes="RAS")


def window(low, high, b_min=0.0, b_max=1.0):
    return step("ScaleIntensityRange", a_min=low, a_max=high, b_min=b_min, b_max=b_max, clip=True)


# ---- peers ---------------------------------------------------------------------------------------------------------

def by_monai(path, plan, reader=None):
    """MONAI's own transforms of those names, after MONAI's own reader."""
    image = monai.transforms.LoadImage(reader=reader, image_only=True, ensure_channel_first=True)(path)
    for entry in plan:
        if entry["name"] == "EnsureChannelFirst":  # done by ensure_channel_first
            continue
        parameters = {key: value for key, value in entry.items() if key != "name"}
        image = getattr(monai.transforms, entry["name"])(**parameters)(image)
    return image


def by_torchvision(path, _plan):
    from PIL import Image
    from torchvision import transforms
    chain = transforms.Compose([
        transforms.ToTensor(), transforms.Resize(256, antialias=True), transforms.CenterCrop(224),
        transforms.Normalize(mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225])])
    return chain(Image.open(path).convert("RGB"))


def xray_array(path):
    import skimage.io
    import torchxrayvision
    image = skimage.io.imread(path)
    if image.ndim > 2:
        image = image[:, :, 0]
    return torchxrayvision.datasets.normalize(image, 255)[None]


def by_torchxrayvision(path, _plan):
    """Its scripts' path: centre crop, then the resizer of scikit-image."""
    import torchxrayvision
    crop = torchxrayvision.datasets.XRayCenterCrop()
    resize = torchxrayvision.datasets.XRayResizer(224, engine="skimage")
    return resize(crop(xray_array(path)))


def by_torchxrayvision_model(path, _plan):
    """The path inside its models: centre crop, then torch's antialiased bilinear resize."""
    import torchxrayvision
    crop = torchxrayvision.datasets.XRayCenterCrop()
    tensor = torch.from_numpy(crop(xray_array(path)).astype(np.float32))[None]
    resized = torch.nn.functional.interpolate(tensor, size=(224, 224), mode="bilinear", antialias=True)
    return resized[0]


def by_nibabel(path, _plan):
    """as_closest_canonical, then a z-score: what numpy users write."""
    image = nibabel.as_closest_canonical(nibabel.load(path))
    values = image.get_fdata(dtype=np.float32)
    values = (values - values.mean(dtype=np.float64)) / values.std(dtype=np.float64)
    return MetaTensor(torch.from_numpy(values.astype(np.float32))[None], affine=torch.from_numpy(image.affine))


# ---- chains --------------------------------------------------------------------------------------------------------

def chains(data, made):
    """(title, image, plan, peer, tolerance): the model zoo's inference configurations, TorchXRayVision's two paths,
    torchvision's, nnU-Net-like ones; 2-D non-square, oblique, anisotropic, 4-D and several channels."""
    volumes, sets, dicom = data / "volumes", data / "sets", data / "dicom"
    torso, abdomen, lung = volumes / "torso-ct.nii.gz", volumes / "abdomen-ct-small.nii.gz", volumes / "lung-ct.mha"
    brain, mr, head = volumes / "brain-mr.nrrd", volumes / "abdomen-mr-small.nii.gz", volumes / "head-ct-atlas.nii.gz"
    radiograph = sorted((sets / "chest-xray-nih").rglob("*.png"))[0]
    ultrasound = sorted((sets / "breast-ultrasound").rglob("*.[pj][np]g"))[0]
    oblique, channels = made / "oblique.nii.gz", made / "channels.nii.gz"
    rows_first = step("LoadImage", reader="PILReader", reverse_indexing=False)
    spline3 = dict(mode=3, padding_mode="nearest")
    yield "zoo: spleen CT", torso, [RAS, step("Spacing", pixdim=[1.5, 1.5, 2.0]), window(-57, 164)], by_monai, LINEAR
    yield "zoo: multi-organ CT, BTCV", abdomen, [RAS, step("Spacing", pixdim=[1.5, 1.5, 2.0]), window(-175, 250)], by_monai, LINEAR
    yield "zoo: lung nodule CT", lung, [RAS, step("Spacing", pixdim=[0.703125, 0.703125, 1.25]), window(-1024, 300)], by_monai, LINEAR
    yield "zoo: pancreas CT", abdomen, [RAS, step("Spacing", pixdim=[1.0, 1.0, 1.0]), window(-87, 199)], by_monai, LINEAR
    yield "zoo: whole body CT", torso, [RAS, step("Spacing", pixdim=[1.5] * 3), step("NormalizeIntensity", nonzero=True), step("ScaleIntensity", minv=-1.0, maxv=1.0)], by_monai, NOISY_ZEROS
    yield "zoo: brain tumours MR", brain, [step("NormalizeIntensity", nonzero=True, channel_wise=True)], by_monai, LINEAR
    yield "zoo: whole brain MR", brain, [RAS, step("Spacing", pixdim=[1.0] * 3), step("NormalizeIntensity", nonzero=True), step("CenterSpatialCrop", roi_size=[96, 96, 96])], by_monai, NOISY_ZEROS
    yield "zoo: prostate MR", mr, [step("Spacing", pixdim=[0.8, 0.8, 1.5]), RAS, step("ScaleIntensity", minv=0.0, maxv=1.0), step("NormalizeIntensity")], by_monai, LINEAR
    yield "zoo: endoscopy in/out of body", ultrasound, [step("Resize", spatial_size=[256, 256], mode="bilinear"), step("NormalizeIntensity", nonzero=True, channel_wise=True)], by_monai, LINEAR
    yield "zoo: breast density", radiograph, [step("Resize", spatial_size=[299, 299]), step("ScaleIntensity", minv=0.0, maxv=1.0), step("RepeatChannel", repeats=3)], by_monai, LINEAR
    yield "zoo: pathology patch", ultrasound, [step("ScaleIntensityRange", a_min=0.0, a_max=255.0, b_min=-1.0, b_max=1.0), step("ResizeWithPadOrCrop", spatial_size=[224, 224])], by_monai, LINEAR
    yield "window before spacing", torso, [RAS, window(-1000, 400), step("Spacing", pixdim=[2.0] * 3), step("ResizeWithPadOrCrop", spatial_size=[96, 96, 96])], by_monai, LINEAR
    yield "head CT, resized", head, [RAS, window(0, 80), step("Resize", spatial_size=[128, 128, 64], mode="trilinear")], by_monai, LINEAR
    yield "spacing then area resize", abdomen, [RAS, step("Spacing", pixdim=[1.5] * 3), step("Resize", spatial_size=[64, 64, 64], mode="area"), step("ScaleIntensity")], by_monai, LINEAR
    yield "nnU-Net-like CT", torso, [RAS, step("Spacing", pixdim=[1.6, 1.6, 3.0], **spline3), window(-958, 827, -958.0, 827.0), step("NormalizeIntensity", subtrahend=77.6, divisor=131.5)], by_monai, LINEAR
    yield "nnU-Net-like MR", mr, [RAS, step("CropForeground"), step("Spacing", pixdim=[1.2, 1.2, 2.5], **spline3), step("NormalizeIntensity", channel_wise=True)], by_monai, LINEAR
    yield "float32 spacing", torso, [RAS, step("Spacing", pixdim=[1.5] * 3, dtype="float32"), window(-160, 240)], by_monai, 1e-4
    yield "MR percentiles", mr, [RAS, step("ScaleIntensityRangePercentiles", lower=1, upper=99, b_min=0, b_max=1, clip=True), step("DivisiblePad", k=16)], by_monai, LINEAR
    yield "MR clipped percentiles", brain, [RAS, step("ClipIntensityPercentiles", lower=0.5, upper=99.5), step("NormalizeIntensity", channel_wise=True), step("SpatialPad", spatial_size=[200, 200, 200])], by_monai, LINEAR
    yield "anti-aliased resize", torso, [RAS, step("Resize", spatial_size=[48, 48, 48], mode="trilinear", anti_aliasing=True), window(-1000, 1000, -1.0, 1.0)], by_monai, LINEAR
    yield "oblique, spacing", oblique, [RAS, step("Spacing", pixdim=[1.3, 1.3, 2.1]), step("NormalizeIntensity")], by_monai, LINEAR
    yield "oblique, diagonal spacing", oblique, [step("Spacing", pixdim=[1.5] * 3, diagonal=True, padding_mode="zeros"), step("CenterSpatialCrop", roi_size=[20, 20, 20])], by_monai, LINEAR
    yield "labels, nearest", oblique, [RAS, step("Spacing", pixdim=[1.3, 1.7, 2.1], mode="nearest")], by_monai, 0.0
    yield "anisotropic, cropped", lung, [RAS, step("CenterSpatialCrop", roi_size=[40, 40, 20]), step("Spacing", pixdim=[1.0, 1.0, 5.0]), window(-1000, 400)], by_monai, LINEAR
    yield "4-D as channels", channels, [step("EnsureChannelFirst", channel_dim=-1), RAS, step("Spacing", pixdim=[2.0] * 3), step("NormalizeIntensity", nonzero=True, channel_wise=True)], by_monai, LINEAR
    yield "DICOM series, brain MR", dicom / "head-mri-t1-120", [RAS, step("Spacing", pixdim=[1.0] * 3), step("CropForeground"), step("ResizeWithPadOrCrop", spatial_size=[160, 160, 120]), step("NormalizeIntensity", nonzero=True)], by_monai, LINEAR
    yield "DICOM series, JPEG 2000 CT", dicom / "abdomen-ct-j2k-20", [RAS, step("Spacing", pixdim=[1.5, 1.5, 3.0]), window(-160, 240), step("ResizeWithPadOrCrop", spatial_size=[192, 192, 32])], by_monai, LINEAR
    yield "picture, non-square", radiograph, [step("Resize", spatial_size=[224, 192], mode="bilinear"), step("ScaleIntensity")], by_monai, LINEAR
    yield "picture, histogram", radiograph, [step("HistogramNormalize", num_bins=256, min=0, max=255), step("ScaleIntensityRange", a_min=0, a_max=255, b_min=0, b_max=1)], by_monai, LINEAR
    yield "nibabel canonical, z-score", mr, [RAS, step("NormalizeIntensity")], by_nibabel, LINEAR
    yield "torchvision, ImageNet", ultrasound, [rows_first, step("RepeatChannel", repeats=3), step("torchvision.ToTensor"), step("torchvision.Resize", size=256, antialias=True), step("torchvision.CenterCrop", size=224), step("torchvision.Normalize", mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225])], by_torchvision, LINEAR
    yield "TorchXRayVision, scripts", radiograph, [rows_first, step("torchxrayvision.normalize", maxval=255), step("torchxrayvision.XRayCenterCrop"), step("torchxrayvision.XRayResizer", size=224)], by_torchxrayvision, LINEAR
    yield "TorchXRayVision, in the model", radiograph, [rows_first, step("torchxrayvision.normalize", maxval=255), step("torchxrayvision.XRayCenterCrop"), step("torchvision.Resize", size=[224, 224], antialias=True)], by_torchxrayvision_model, LINEAR


def make_inputs(data, made):
    """A turned MR, and one with three channels, from a small real one."""
    small = nibabel.load(data / "volumes/anatomical-mr.nii")
    values = np.asarray(small.dataobj).squeeze()
    a, b = np.radians([17.0, -23.0])
    turn = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]]) @ np.array(
        [[np.cos(b), -np.sin(b), 0], [np.sin(b), np.cos(b), 0], [0, 0, 1]])
    affine = np.eye(4)
    affine[:3, :3] = turn @ np.diag([-1.1, 1.4, 2.3])
    affine[:3, 3] = [12.5, -30.25, 7]
    nibabel.save(nibabel.Nifti1Image(values, affine), made / "oblique.nii.gz")
    stacked = np.stack([values, values[::-1], values // 2], axis=-1)
    nibabel.save(nibabel.Nifti1Image(stacked, np.diag([1.1, 1.4, 2.3, 1.0])), made / "channels.nii.gz")


# ---- comparison ----------------------------------------------------------------------------------------------------

def ours(image, plan, folder, more):
    (folder / "plan.json").write_text(json.dumps(plan))
    command = [BIN / "radbatch-preprocess", "--plan", folder / "plan.json", image, "-o", folder / "out", "-q", *more]
    done = subprocess.run(command, capture_output=True, text=True)
    tensors = sorted((folder / "out" / "tensors").glob("*.h5"))
    if done.returncode or len(tensors) != 1:
        reason = subprocess.run(["cut", "-d,", "-f2-4", folder / "out" / "cases.csv"], capture_output=True, text=True).stdout
        raise RuntimeError(f"exit {done.returncode}: {done.stderr.strip()} {reason.strip()}")
    with h5py.File(tensors[0]) as file:
        (case,) = file["tensors"].values()
        (tensor,) = case.values()
        return tensor[()], np.array(tensor.attrs["affine_ras"]).reshape(4, 4)


def compare(title, image, plan, peer, tolerance, more):
    with tempfile.TemporaryDirectory() as folder:
        found, affine = ours(image, plan, pathlib.Path(folder), more)
    wanted = peer(image, plan)
    wanted_affine = wanted.affine.numpy() if isinstance(wanted, MetaTensor) and wanted.ndim == 4 else None
    wanted = np.asarray(wanted, dtype=np.float32)
    if found.shape[0] == 1 and found.ndim == wanted.ndim + 1:
        found = found[0]
    if found.shape != wanted.shape:
        return f"shape {found.shape}, the peer's {wanted.shape}", False
    spread = float(np.ptp(wanted)) or 1.0
    differences = np.abs(found.astype(np.float64) - wanted)
    left_out = ""
    if tolerance == NOISY_ZEROS and differences.max() > tolerance * spread:
        before = np.abs(np.asarray(by_monai(image, plan[:2]))) < 1e-3
        left_out = f"   {before.sum()} voxels near 0 left out"
        differences = differences[~before]
    difference = float(differences.max()) / spread
    moved = 0.0 if wanted_affine is None else float(np.abs(affine - wanted_affine).max())
    good = difference <= tolerance and moved < 1e-4
    return f"{difference:9.2e}   {tolerance:7.0e}   affine {moved:7.1e}   {wanted.shape}{left_out}", good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, default=DATA)
    parser.add_argument("--only", default="", help="chains whose title has this word")
    parser.add_argument("--reference", action="store_true", help="ours by the step-by-step executor")
    options = parser.parse_args()
    if not options.data.exists():
        print(f"no data at {options.data}: nothing compared")
        raise SystemExit(77)
    more = ["--reference"] if options.reference else []
    failed = count = 0
    print(f"{'chain':32} {'of range':>9}   {'allowed':>7}")
    with tempfile.TemporaryDirectory() as made:
        make_inputs(options.data, pathlib.Path(made))
        for title, image, plan, peer, tolerance in chains(options.data, pathlib.Path(made)):
            if options.only not in title:
                continue
            count += 1
            try:
                line, good = compare(title, image, plan, peer, tolerance, more)
            except Exception as problem:  # one chain that cannot run must not hide the others
                line, good = f"{type(problem).__name__}: {problem}", False
            failed += not good
            print(f"{title:32} {line}{'' if good else '   DIFFERENT'}", flush=True)
    print(f"{count} chains, {failed} differ")
    raise SystemExit(1 if failed or not count else 0)


if __name__ == "__main__":
    main()
