#!/usr/bin/env python3
"""CT300, the study that the benchmarks convert: python3 make_ct.py FOLDER

300 slices of 512 x 512 int16 with noise, in explicit little endian, the same bytes each time; all dates and times constant,
because dcm2niix splits a series whose times differ. Wants numpy and pydicom.
"""
import pathlib
import sys

import numpy
import pydicom
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

SLICES, SIDE = 300, 512


def voxels():
    """A body of 40 HU in air, with the noise of a thin slice."""
    rng = numpy.random.default_rng(1)
    y, x = numpy.mgrid[0:SIDE, 0:SIDE]
    body = ((x - 256) / 200) ** 2 + ((y - 256) / 160) ** 2 < 1
    for _ in range(SLICES):
        noisy = numpy.where(body, 40, -1000) + rng.normal(0, 20, body.shape)
        yield numpy.clip(noisy.round(), -1024, 3071).astype(numpy.int16)


def write_study(folder):
    folder.mkdir()
    for k, pixels in enumerate(voxels()):
        image = pydicom.Dataset()
        image.file_meta = pydicom.dataset.FileMetaDataset()
        image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        image.is_little_endian, image.is_implicit_VR = True, False
        image.SOPClassUID, image.SOPInstanceUID = CTImageStorage, f"1.2.826.7.1.{k + 1}"
        image.file_meta.MediaStorageSOPClassUID, image.file_meta.MediaStorageSOPInstanceUID = CTImageStorage, image.SOPInstanceUID
        image.StudyInstanceUID, image.SeriesInstanceUID, image.FrameOfReferenceUID = "1.2.826.7", "1.2.826.7.1", "1.2.826.7.9"
        image.PatientID, image.PatientName, image.Modality, image.Manufacturer = "CT300", "CT300", "CT", "SIEMENS"
        image.StudyDate = image.SeriesDate = image.AcquisitionDate = image.ContentDate = "20200101"
        image.StudyTime = image.SeriesTime = image.AcquisitionTime = image.ContentTime = "120000"
        image.SeriesNumber, image.AcquisitionNumber, image.InstanceNumber = 1, 1, k + 1
        image.ImagePositionPatient, image.ImageOrientationPatient = [-150, -150, float(k)], [1, 0, 0, 0, 1, 0]
        image.PixelSpacing, image.SliceThickness, image.SeriesDescription = [0.6, 0.6], 1, "thin"
        image.Rows = image.Columns = SIDE
        image.SamplesPerPixel, image.PhotometricInterpretation, image.PixelRepresentation = 1, "MONOCHROME2", 1
        image.BitsAllocated, image.BitsStored, image.HighBit = 16, 16, 15
        image.RescaleSlope, image.RescaleIntercept = 1, 0
        image.PixelData = pixels.tobytes()
        pydicom.dcmwrite(folder / f"{k:04d}.dcm", image, write_like_original=False)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    write_study(pathlib.Path(sys.argv[1]))
