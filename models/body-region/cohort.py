"""Real images of the project's data folder as arrays for the plan, with the class they should get (None: none fits)."""

from pathlib import Path

import itk
import numpy as np
import pydicom
from PIL import Image

# name, where, expected class(es)
VOLUMES = [
    ("head CT, GE, 28 slices, tilted gantry", "dicom/head-ct-ge-28", "HeadCT"),
    ("abdominal CT, Siemens, 20 slices", "dicom/abdomen-ct-j2k-20", "AbdomenCT"),
    ("abdominal CT (abdomen-ct-small.nii.gz)", "volumes/abdomen-ct-small.nii.gz", "AbdomenCT"),
    ("lung CT (lung-ct.mha)", "volumes/lung-ct.mha", "ChestCT"),
    ("head CT atlas (head-ct-atlas.nii.gz)", "volumes/head-ct-atlas.nii.gz", "HeadCT"),
    ("torso CT (torso-ct.nii.gz)", "volumes/torso-ct.nii.gz", "ChestCT or AbdomenCT"),
    ("head MR, T1, 120 slices", "dicom/head-mri-t1-120", None),
    ("abdominal MR (abdomen-mr-small.nii.gz)", "volumes/abdomen-mr-small.nii.gz", None),
    ("brain MR (brain-mr.nrrd)", "volumes/brain-mr.nrrd", None),
]
DICOM_PICTURES = [
    ("chest CT slice (CTImage.dcm)", "dicom/transfer-syntaxes/CTImage.dcm", "ChestCT"),
    ("CT slice of one vertebra (CT_small.dcm)", "dicom/odd-files/CT_small.dcm", "AbdomenCT or ChestCT"),
    ("chest X-ray, CR (RG1_J2KI.dcm)", "dicom/odd-files/RG1_J2KI.dcm", "CXR"),
    ("lower leg, CR (RG3_J2KI.dcm)", "dicom/odd-files/RG3_J2KI.dcm", None),
    ("MR slice (MR_small.dcm)", "dicom/odd-files/MR_small.dcm", None),
    ("abdominal MR slice (MR-SIEMENS-DICOM-WithOverlays.dcm)", "dicom/odd-files/MR-SIEMENS-DICOM-WithOverlays.dcm", None),
]
PICTURE_SETS = [
    ("NIH chest X-rays", "sets/chest-xray-nih/images", "CXR"),
    ("head CT slices (head-ct-hemorrhage)", "sets/head-ct-hemorrhage/images", "HeadCT"),
    ("breast ultrasound (BUSI)", "sets/breast-ultrasound/images", None),
    ("lung ultrasound", "sets/lung-ultrasound/images", None),
]


def read_volume(path):
    """(array (1, i, j, k), RAS affine) as MONAI's ITKReader makes them."""
    if Path(path).is_dir():
        names = itk.GDCMSeriesFileNames.New(Directory=str(path))
        names.SetUseSeriesDetails(False)
        files = max((names.GetFileNames(uid) for uid in names.GetSeriesUIDs()), key=len)
        image = itk.imread(list(files))
    else:
        image = itk.imread(str(path))
    array = itk.array_from_image(image).astype(np.float32).transpose(2, 1, 0)[None]
    affine = np.eye(4)
    affine[:3, :3] = itk.array_from_matrix(image.GetDirection()) @ np.diag(list(image.GetSpacing()))
    affine[:3, 3] = list(image.GetOrigin())
    return array, np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine


def read_dicom_picture(path):
    """[y, x] real values: rescale applied, MONOCHROME1 turned so that more is brighter."""
    file = pydicom.dcmread(path)
    pixels = file.pixel_array.astype(np.float32)
    pixels = pixels * float(file.get("RescaleSlope", 1)) + float(file.get("RescaleIntercept", 0))
    return pixels.max() + pixels.min() - pixels if file.PhotometricInterpretation == "MONOCHROME1" else pixels


def read_picture(path):
    picture = Image.open(path)
    return np.asarray(picture if picture.mode in ("L", "RGB") else picture.convert("RGB"))
