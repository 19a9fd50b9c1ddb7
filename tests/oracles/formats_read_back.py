#!/usr/bin/env python3
"""Every format of radbatch-convert read back by the software it is for: voxels and affine equal those of nibabel.

usage: formats_read_back.py RADBATCH_CONVERT INPUT      Wants nibabel, SimpleITK, pynrrd, h5py, Pillow.

INPUT is one image (or a folder that is one case). Prints a line per format and reader; ends with 1 where one differs.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import h5py
import nibabel
import nrrd
import numpy
import SimpleITK
from PIL import Image

RAS = numpy.diag([-1.0, -1.0, 1.0, 1.0])


def lps_of_sitk(image):
    affine = numpy.eye(4)
    direction = numpy.array(image.GetDirection()).reshape(3, 3)
    affine[:3, :3] = direction * numpy.array(image.GetSpacing())
    affine[:3, 3] = image.GetOrigin()
    return affine


def by_sitk(path):
    image = SimpleITK.ReadImage(str(path))
    return SimpleITK.GetArrayFromImage(image).transpose(2, 1, 0), lps_of_sitk(image)


def by_nibabel(path):
    image = nibabel.load(path)
    return numpy.asanyarray(image.dataobj), RAS @ image.affine


def by_pynrrd(path):
    voxels, header = nrrd.read(str(path))
    affine = numpy.eye(4)
    affine[:3, :3] = header["space directions"].T
    affine[:3, 3] = header["space origin"]
    return voxels, affine


def by_h5py(path):
    with h5py.File(path) as file:
        case = next(iter(file["volumes"].values()))
        dataset = next(iter(case.values()))
        affine = numpy.eye(4)
        affine[:3, :3] = dataset.attrs["direction"] * dataset.attrs["spacing_mm"]
        affine[:3, 3] = dataset.attrs["origin_mm"]
        assert dataset.attrs["axes"] == "k,j,i" and dataset.attrs["space"] == "LPS"
        return dataset[:].transpose(2, 1, 0), affine


def by_pillow(path):
    pictures = sorted(path.glob("*.png"))
    voxels = numpy.stack([numpy.array(Image.open(picture)).T for picture in pictures], axis=2).astype(numpy.float64)
    sidecar = json.loads(path.with_suffix(".json").read_text())
    return voxels * sidecar.get("PNGSlope", 1) + sidecar.get("PNGIntercept", 0), None


READERS = {"nii": [("nibabel", by_nibabel), ("ITK", by_sitk)], "nii.gz": [("nibabel", by_nibabel), ("ITK", by_sitk)],
           "nrrd": [("pynrrd", by_pynrrd), ("ITK", by_sitk)], "mha": [("ITK", by_sitk)], "h5": [("h5py", by_h5py)],
           "png": [("Pillow", by_pillow)]}


def converted(tool, source, form, folder):
    out = folder / form
    subprocess.run([tool, source, "-o", out, "--format", form, "-q"], check=True)
    case = json.loads((out / "manifest.jsonl").read_text().splitlines()[0])
    path = out / case["inputs"][0]["path"]
    return path.parent if form == "png" else path


def main():
    tool, source = sys.argv[1:3]
    wrong = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        reference, affine = by_nibabel(converted(tool, source, "nii", folder))
        for form, readers in READERS.items():
            path = folder / "nii" if form == "nii" else converted(tool, source, form, folder)
            if form == "nii":
                path = next(path.rglob("*.nii"))
            for reader, read in readers:
                try:
                    voxels, theirs = read(path)
                except RuntimeError as problem:  # ITK refuses shear in NIfTI
                    print(f"{form:7} {reader:8} refuses: {str(problem).splitlines()[-1][:90]}")
                    continue
                equal = voxels.shape == reference.shape and bool((voxels == reference).all())
                off = 0.0 if theirs is None else float(abs(theirs - affine).max())
                fine = equal and off < 1e-3
                wrong += not fine
                print(f"{form:7} {reader:8} voxels {'equal' if equal else 'DIFFER'}, affine off by {off:.1e} mm")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
