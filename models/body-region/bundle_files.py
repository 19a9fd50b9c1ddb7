"""radbatch.json and configs/metadata.json of the bundle: what is declared, in one place."""

import hashlib
import json

import torch

from pictures import CLASSES

VERSION = "1.0.0"

# Negative values are cut first: MedNIST's CT pictures show nothing below water either, and no other modality has
# any. The upper limit only makes the step linear for everything a scanner stores.
PLAN = [
    {"name": "Orientation", "axcodes": "RAS"},
    {"name": "Grayscale"},
    {"name": "ExtractSlices", "axis": 2},
    {"name": "ScaleIntensityRange", "a_min": 0.0, "a_max": 65535.0, "b_min": 0.0, "b_max": 1.0, "clip": True},
    {"name": "Resize", "spatial_size": 64, "size_mode": "longest", "mode": "area"},
    {"name": "ResizeWithPadOrCrop", "spatial_size": [64, 64]},
    {"name": "NormalizeIntensity"},
]
INTENDED_USE = ("Research and teaching: sorting folders of images by body region and as the model that radbatch's own tests "
                "and quickstart run. Not for clinical use.")
NOT_FOR = ("Diagnosis or any decision about a patient; routing in a clinic; images of other regions or modalities, which it "
           "also puts into one of its six classes.")
SLUGS = {"AbdomenCT": "abdomen_ct", "BreastMRI": "breast_mri", "CXR": "cxr", "ChestCT": "chest_ct", "Hand": "hand",
         "HeadCT": "head_ct"}


def sidecar(weights, golden, trained_on, metrics):
    content = weights.read_bytes()
    return {
        "format_version": "1.0", "name": "body-region", "version": VERSION, "task": "Body region of an image, six classes",
        "backends": [{"file": "models/model.ts", "kind": "torchscript", "sha256": hashlib.sha256(content).hexdigest(),
                      "bytes": len(content), "torch": torch.__version__.split("+")[0]}],
        "inputs": [{"name": "image", "modality": ["CT", "MR", "CR", "DX", "RF", "XA"], "body_part": [], "dims": [2, 3],
                    "channels": [1, 3], "required": True, "if_missing": "refuse",
                    "select": {"on_many": "most-slices"}, "uneven_slices": "accept"}],
        "plan": PLAN,
        "heads": [{"name": "region", "kind": "multi-class", "activation": "softmax", "output": "0",
                   "findings": [{"name": name, "slug": SLUGS[name]} for name in CLASSES]}],
        "pooling": {"slices": "mean", "frames": "mean"},
        "batch": 8,
        "golden": golden,
        "intended_use": INTENDED_USE, "not_for": NOT_FOR,
        "training_data": [{"name": "MedNIST (B. J. Erickson, Mayo Clinic), random 2,000 of each class", "licence": "CC BY-SA 4.0",
                           "n": trained_on}],
        "metrics": metrics,
        "licence": "CC-BY-SA-4.0",
        "citation": "MedNIST was assembled by B. J. Erickson (Department of Radiology, Mayo Clinic) from TCIA, the RSNA Bone "
                    "Age Challenge and the NIH Chest X-ray set.",
    }


def metadata():
    """MONAI's metadata.json, schema 20240725."""
    return {
        "schema": "https://github.com/Project-MONAI/MONAI-extra-test-data/releases/download/0.8.1/meta_schema_20240725.json",
        "version": VERSION, "changelog": {VERSION: "first release"},
        "monai_version": "1.6.1", "pytorch_version": torch.__version__.split("+")[0], "numpy_version": "2.4.6",
        "required_packages_version": {},
        "name": "Body region", "task": "Body region of an image, six classes",
        "description": "Small convolutional network that tells AbdomenCT, BreastMRI, CXR, ChestCT, Hand and HeadCT apart.",
        "authors": "the radbatch authors", "copyright": "CC BY-SA 4.0; trained on MedNIST",
        "data_source": "MedNIST", "data_type": "jpeg", "image_classes": "one grey channel, 64 x 64",
        "pred_classes": ", ".join(CLASSES), "intended_use": INTENDED_USE,
        "network_data_format": {
            "inputs": {"image": {"type": "image", "format": "magnitude", "modality": "CT, MR, CR", "num_channels": 1,
                                 "spatial_shape": [64, 64], "dtype": "float32", "value_range": [], "is_patch_data": False,
                                 "channel_def": {"0": "image"}}},
            "outputs": {"pred": {"type": "probabilities", "format": "classification", "num_channels": 6,
                                 "spatial_shape": [], "dtype": "float32", "value_range": [], "is_patch_data": False,
                                 "channel_def": {str(i): name for i, name in enumerate(CLASSES)}}}},
    }


def write(out, weights, golden, trained_on, metrics=()):
    for path, content in ((out / "radbatch.json", sidecar(weights, golden, trained_on, list(metrics))),
                          (out / "configs" / "metadata.json", metadata())):
        path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
