"""Small real studies, written by pydicom, nibabel, Pillow or by hand, and the real workers over the shipped model.

A ctest whose Python lacks one of these modules is shown as skipped (exit 77).
"""

import gzip
import hashlib
import json
import os
import random
import subprocess
import sys
import textwrap

import harness

try:
    import h5py  # noqa: F401  the tests that import this module use it
    import nibabel
    import numpy
    import pydicom
    from PIL import Image
    from pydicom.uid import CTImageStorage, ComputedRadiographyImageStorage, ExplicitVRLittleEndian
except ImportError as error:
    print(f"skipped: {error}; bash cmake/install-dependencies.sh --test installs it")
    sys.exit(77)

MODEL = str(harness.ROOT / "models/body-region")
ROWS, COLUMNS, SLICES = 24, 32, 6
SLOPE, INTERCEPT = 2, -1024
SPACING, STEP = (0.75, 1.25), 2.5  # between rows, between columns, between slices, in mm
AXES = numpy.array([[0.96, 0.28, 0], [-0.28, 0.96, 0]])  # of a row and of a column, turned by 16 degrees
NORMAL = numpy.cross(*AXES)
ORIGIN = numpy.array([-12.5, 7.25, 100])


def picture(seed, shape=(ROWS, COLUMNS)):
    """A bright ellipse on a dark ground with some texture, 12 bits."""
    y, x = numpy.mgrid[-1:1:shape[0] * 1j, -1:1:shape[1] * 1j]
    body = 1000 * (x ** 2 / 0.6 + y ** 2 / (0.4 + 0.05 * seed) < 1)
    return (200 + body + numpy.random.default_rng(seed).integers(0, 300, shape)).astype(numpy.uint16)


def dataset(pixels, uid, modality="CT", sop_class=CTImageStorage, **header):
    """One image of a study `uid` with one series; more attributes replace what is set here."""
    image = pydicom.Dataset()
    image.file_meta = pydicom.dataset.FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image.is_little_endian, image.is_implicit_VR = True, False
    image.SOPClassUID, image.SOPInstanceUID = sop_class, f"{uid}.1.{header.get('InstanceNumber', 1)}"
    image.file_meta.MediaStorageSOPClassUID, image.file_meta.MediaStorageSOPInstanceUID = sop_class, image.SOPInstanceUID
    image.StudyInstanceUID, image.SeriesInstanceUID, image.FrameOfReferenceUID = uid, f"{uid}.1", f"{uid}.9"
    image.PatientID, image.PatientName, image.Modality, image.SeriesNumber = f"P{uid[-1]}", "Anon", modality, 1
    image.Rows, image.Columns, image.PixelData = *pixels.shape, pixels.tobytes()
    image.SamplesPerPixel, image.PhotometricInterpretation, image.PixelRepresentation = 1, "MONOCHROME2", 0
    image.BitsAllocated, image.BitsStored, image.HighBit = 16, 12, 11
    for keyword, value in header.items():
        if isinstance(value, bytes):  # text in whatever encoding, with no tag that would say so
            image.add(pydicom.DataElement(keyword, pydicom.datadict.dictionary_VR(keyword), value))
        else:
            setattr(image, keyword, value)
    return image


def ct_slice(index, uid="1.2.826.1", **header):
    """Slice `index` of a stack, counted along the normal. InstanceNumber runs against the positions."""
    return dataset(picture(index), uid, **{
        "InstanceNumber": SLICES - index, "ImageOrientationPatient": [*AXES.flatten()], "PixelSpacing": [*SPACING],
        "ImagePositionPatient": [*(ORIGIN + index * STEP * NORMAL)], "SliceThickness": STEP, "RescaleSlope": SLOPE,
        "RescaleIntercept": INTERCEPT, "RescaleType": "HU", "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"]} | header)


def radiograph(uid="1.2.826.2", **header):
    return dataset(picture(3, (40, 32)), uid, "CR", ComputedRadiographyImageStorage,
                   **{"ImagerPixelSpacing": [1, 1], "InstanceNumber": 1} | header)


def save(image, path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    image.save_as(path, write_like_original=False)


class RealTest(harness.CliTest):
    """A folder `studies`, the workers of the build instead of the fake ones, the model body-region."""

    def setUp(self):
        super().setUp()
        del self.environment["RADBATCH_WORKERS"]

    def infer(self, *words, model=MODEL, **options):
        return super().infer(*words, model=model, **options)

    def start_infer(self, *words, inputs=("studies",), out="out", **options):
        return self.start("radbatch-infer", "--model", MODEL, *inputs, "-o", out, *words, **options)

    def script_model(self, source, name="model", **sidecar):
        """A bundle whose TorchScript network is made of this source: methods of a module, forward() among them."""
        folder = self.path(self.bundle(name, **sidecar))
        weights = folder / "models/model.ts"
        made = subprocess.run([os.environ.get("RADBATCH_MAKE_SCRIPT", "build/tests/radbatch-make-script"), weights],
                              input=textwrap.dedent(source).encode(), capture_output=True)
        self.assertEqual(made.returncode, 0, made.stderr.decode())
        card = json.loads((folder / "radbatch.json").read_text(encoding="utf-8"))
        card["backends"][0] |= {"sha256": hashlib.sha256(weights.read_bytes()).hexdigest(), "bytes": weights.stat().st_size}
        (folder / "radbatch.json").write_text(json.dumps(card), encoding="utf-8")
        return name

    def ct(self, uid="1.2.826.1", folder="ct", slices=SLICES, **header):
        """A stack in files whose names say nothing, in folders of folders."""
        names = random.Random(uid).sample(range(1000), slices)
        for index, name in enumerate(names):
            save(ct_slice(index, uid, **header), self.path(f"studies/{folder}/{name % 3}/deep/{name}"))

    def cr(self, uid="1.2.826.2", file="cr/IM0", **header):
        save(radiograph(uid, **header), self.path(f"studies/{file}"))

    def nifti(self, name="volume.nii.gz"):
        voxels = numpy.stack([picture(i) for i in range(SLICES)], axis=2).astype(numpy.int16)
        nibabel.save(nibabel.Nifti1Image(voxels, numpy.diag([-1, -1, 2, 1])), self.path(f"studies/{name}"))

    def nrrd(self, name="volume.nrrd"):
        header = (f"NRRD0004\ntype: uint16\ndimension: 3\nspace: left-posterior-superior\nsizes: {COLUMNS} {ROWS} {SLICES}\n"
                  "space directions: (1,0,0) (0,1,0) (0,0,2)\nkinds: domain domain domain\nendian: little\n"
                  "encoding: gzip\nspace origin: (0,0,0)\n\n")
        voxels = b"".join(picture(i).tobytes() for i in range(SLICES))
        self.path(f"studies/{name}").write_bytes(header.encode() + gzip.compress(voxels))

    def meta_image(self, name="volume.mha"):
        header = (f"ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\nCompressedData = False\n"
                  f"TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 0 0 0\nElementSpacing = 1 1 2\n"
                  f"DimSize = {COLUMNS} {ROWS} {SLICES}\nElementType = MET_USHORT\nElementDataFile = LOCAL\n")
        voxels = b"".join(picture(i).tobytes() for i in range(SLICES))
        self.path(f"studies/{name}").write_bytes(header.encode() + voxels)

    def photographs(self):
        grey = Image.fromarray((picture(1) // 8).astype(numpy.uint8))
        grey.save(self.path("studies/grey.png"))
        grey.convert("RGB").save(self.path("studies/colour.jpg"))
        Image.fromarray(picture(2)).save(self.path("studies/deep.tif"))

    def cohort(self):
        """Every format that radbatch reads, one case each."""
        self.ct()
        self.cr()
        self.nifti()
        self.nrrd()
        self.meta_image()
        self.photographs()
        return 8
