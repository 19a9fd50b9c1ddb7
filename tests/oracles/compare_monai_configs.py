"""The configurations of tests/data/monai_configs, run by MONAI and read by radbatch, on the same images.

MONAI's ConfigParser resolves and instantiates the chain and runs it; `radbatch-preprocess --plan` prepares the same files
with the same configuration. Prints per configuration the shape and the largest difference as a part of the range of
values, and ends with 1 when a shape or an affine differs, or the difference is more than 1e-5.

  RADBATCH_BIN=build/bin compare_monai_configs.py      (Python with monai, itk, nibabel, pillow and h5py)
"""

import copy
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import h5py
import nibabel
import numpy
from monai.bundle import ConfigParser
from PIL import Image

CONFIGS = pathlib.Path(__file__).absolute().parents[1] / "data/monai_configs"
# Which image each chain is for. pathology_patches is not run: its loader is not MONAI's; neither is mr_modalities, which
# takes four files as one image. AsChannelFirstd, which endoscopy_frames has, left MONAI with version 1.3.
IMAGES = {"ct_organ": "volume.nii.gz", "nodule_detection": "volume.nii.gz", "joined_lists": "volume.nii.gz", "mammogram_density": "colour.png", "endoscopy_frames": "colour.png"}


def write_images(folder):
    random = numpy.random.default_rng(5)
    turn = numpy.array([[0.98, 0.2, 0], [-0.2, 0.98, 0], [0, 0, 1]]) * [-0.8, -0.9, 2.5]
    affine = numpy.eye(4)
    affine[:3, :3], affine[:3, 3] = turn / numpy.linalg.norm(turn / [0.8, 0.9, 2.5], axis=0), (40, 30, -20)
    voxels = random.normal(40, 120, (61, 53, 17)).round().astype(numpy.int16)
    voxels[voxels < -150] = 0
    nibabel.save(nibabel.Nifti1Image(voxels, affine), folder / "volume.nii.gz")
    Image.fromarray(random.integers(0, 256, (70, 90, 3), dtype=numpy.uint8)).save(folder / "colour.png")


def by_monai(config, image):
    config = json.loads(json.dumps(config).replace("AsChannelFirstd", "EnsureChannelFirstd"))
    parser = ConfigParser({key: value for key, value in config.items() if key not in ("postprocessing", "initialize", "run")})
    name = next(name for name in ("preprocessing", "deterministic_transforms") if name in config)
    return parser.get_parsed_content(name)({"image": str(image), "label": str(image)})["image"]


def by_radbatch(binaries, config, image, folder):
    subprocess.run([binaries / "radbatch-preprocess", "--plan", config, image, "-o", folder, "-q"], check=True)
    with h5py.File(next((folder / "tensors").glob("*.h5"))) as file:
        return read_tensor(file)


def read_tensor(file):
    found = []
    file.visititems(lambda name, item: found.append(item) if isinstance(item, h5py.Dataset) and item.ndim >= 3 else None)
    return numpy.asarray(found[0]), dict(found[0].attrs)


def main():
    binaries = pathlib.Path(os.environ["RADBATCH_BIN"]).absolute()
    is_same = True
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        write_images(folder)
        for case, file in IMAGES.items():
            path = CONFIGS / f"{case}.json"
            theirs = by_monai(copy.deepcopy(json.loads(path.read_text())), folder / file)
            ours, attributes = by_radbatch(binaries, path, folder / file, folder / case)
            expected = theirs.numpy()
            same_shape = ours.shape[1:] == expected.shape
            part = numpy.abs(ours[0] - expected).max() / numpy.ptp(expected) if same_shape else numpy.nan
            affine = numpy.abs(numpy.reshape(attributes["affine_ras"], (4, 4)) - theirs.affine.numpy()).max()
            print(f"{case:20} {str(ours.shape):24} difference {part:.1e} of the range, affine {affine:.1e}")
            is_same = is_same and part <= 1e-5 and affine < 1e-4
    return 0 if is_same else 1


if __name__ == "__main__":
    sys.exit(main())
