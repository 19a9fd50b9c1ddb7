#!/usr/bin/env python3
"""Reading DICOM, ours beside the peers: medians and ratios, printed, never asserted.

usage: python3 tests/bench/bench_reading.py [BUILD_FOLDER] [REPEATS]       (default: build 10)

Needs `ninja -C BUILD_FOLDER bench-reading radbatch-convert radbatch-image-worker`, and a Python that has pydicom, numpy and
SimpleITK (a virtual environment; they are no dependencies of radbatch). The files are made here, in a temporary folder: 10,000
small CT files (4 studies, 100 series) from one real header where ../shared/data is there, and one series of 300 slices of
512 x 512 int16 with noise, the times of study, series and acquisition constant, as one scanner writes them. Warm cache.
"""
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy
import pydicom
import SimpleITK
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = pathlib.Path(os.environ.get("RADBATCH_DATA", ROOT / "../shared/data"))
UID = "1.2.826.0.1.3680043.8.498.77"


def template():
    """The header of a real slice, without its pixels; a plain one where there is no data."""
    real = DATA / "dicom/head-ct-ge-28/01.dcm"
    if real.exists():
        return pydicom.dcmread(real)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    header = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    header.SOPClassUID, header.Modality, header.PatientID = meta.MediaStorageSOPClassUID, "CT", "P1"
    header.ImageOrientationPatient, header.PixelSpacing, header.SliceThickness = [1, 0, 0, 0, 1, 0], [0.7, 0.7], 1
    header.PhotometricInterpretation, header.SamplesPerPixel = "MONOCHROME2", 1
    return header


def write_slice(header, path, study, series, k, pixels):
    header.file_meta.MediaStorageSOPInstanceUID = header.SOPInstanceUID = f"{UID}.3.{series}.{k}"
    header.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    header.StudyInstanceUID, header.SeriesInstanceUID = f"{UID}.1.{study}", f"{UID}.2.{series}"
    header.FrameOfReferenceUID = f"{UID}.4.{series}"
    header.PatientID, header.InstanceNumber, header.SeriesNumber = f"P{study}", k + 1, series + 1
    header.StudyDate = header.SeriesDate = header.AcquisitionDate = header.ContentDate = "20200101"
    header.StudyTime = header.SeriesTime = header.AcquisitionTime = header.ContentTime = "120000"
    header.ImageOrientationPatient, header.ImagePositionPatient = [1, 0, 0, 0, 1, 0], [-180.0, -180.0, float(k)]
    header.Rows, header.Columns = pixels.shape
    header.BitsAllocated, header.BitsStored, header.HighBit, header.PixelRepresentation = 16, 16, 15, 1
    header.RescaleSlope, header.RescaleIntercept = 1, 0
    for keyword in ("PixelPaddingValue", "GantryDetectorTilt", "SmallestImagePixelValue", "LargestImagePixelValue"):
        if keyword in header:
            delattr(header, keyword)
    header.PixelData = pixels.tobytes()
    header.save_as(path, enforce_file_format=True)


def make_small(folder, n=10_000, per_series=100):
    header = template()
    pixels = numpy.arange(256, dtype="<i2").reshape(16, 16)
    for i in range(n):
        series, k = divmod(i, per_series)
        path = folder / f"study{series // 25}" / f"series{series:03d}" / f"{k:04d}"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_slice(header, path, series // 25, series, k, pixels)


def make_ct300(folder):
    header, rng = template(), numpy.random.default_rng(0)
    for k in range(300):
        pixels = rng.normal(0, 20, (512, 512)).astype("<i2")
        pixels[128:384, 128:384] += numpy.int16(k)
        write_slice(header, folder / f"{k:04d}.dcm", 0, 0, k, pixels)


def cpu_seconds():
    """Of this process and of those it has waited for."""
    now = os.times()
    return now.user + now.system + now.children_user + now.children_system


def timed(times, name, threads, work):
    cpu, started = cpu_seconds(), time.perf_counter()
    work()
    times.setdefault((name, threads), []).append((time.perf_counter() - started, cpu_seconds() - cpu))


def program(build, what, folder, repeats, times):
    text = subprocess.run([build / "tests/bench-reading", what, folder, str(repeats)], check=True, capture_output=True,
                          text=True).stdout
    for line in text.splitlines():
        name, threads, seconds, cpu = line.split("\t")
        times.setdefault((name, int(threads)), []).append((float(seconds), float(cpu)))


def dry_run(build, folder, jobs):
    with tempfile.TemporaryDirectory() as out:
        subprocess.run([build / "bin/radbatch-convert", folder, "-o", pathlib.Path(out) / "out", "--dry-run", "--jobs",
                        str(jobs)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def pydicom_headers(folder):
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            header = pydicom.dcmread(path, stop_before_pixels=True)
            _ = (header.StudyInstanceUID, header.SeriesInstanceUID, header.ImagePositionPatient)


def sitk_ids(folder):
    for series in sorted(folder.glob("*/*")):
        SimpleITK.ImageSeriesReader.GetGDCMSeriesIDs(str(series))


def sitk_read(files, threads):
    reader = SimpleITK.ImageSeriesReader()
    reader.SetNumberOfThreads(threads)
    reader.SetFileNames(files)
    return reader.Execute()


def pydicom_read(files):
    return numpy.stack([pydicom.dcmread(file).pixel_array for file in files])


def table(title, times, reference):
    """Ratios to the reference: by the clock, and by CPU seconds, which a shared machine disturbs less."""
    middle = lambda rows, column: statistics.median(row[column] for row in rows)
    print(f"\n{title}\n{'':52s}{'threads':>8s}{'median s':>10s}{'best s':>9s}{'ratio':>8s}{'CPU s':>9s}{'ratio':>8s}")
    for (name, threads), rows in times.items():
        clock, cpu = middle(rows, 0) / middle(times[reference], 0), middle(rows, 1) / middle(times[reference], 1)
        print(f"{name:52s}{threads:8d}{middle(rows, 0):10.4f}{min(row[0] for row in rows):9.4f}{clock:8.2f}"
              f"{middle(rows, 1):9.4f}{cpu:8.2f}")


def main():
    build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build").resolve()
    repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    SimpleITK.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    with tempfile.TemporaryDirectory() as made:
        small, ct300 = pathlib.Path(made) / "small", pathlib.Path(made) / "ct300"
        small.mkdir(), ct300.mkdir()
        make_small(small)
        make_ct300(ct300)
        times = {}
        program(build, "scan", small, repeats, times)
        slow = max(1, repeats // 4)
        for _ in range(slow):  # interleaved; the slow ones less often
            timed(times, "ours: radbatch-convert --dry-run, the whole program", 1, lambda: dry_run(build, small, 1))
            timed(times, "pydicom, stop_before_pixels", 1, lambda: pydicom_headers(small))
            timed(times, "SimpleITK GetGDCMSeriesIDs, per folder", 1, lambda: sitk_ids(small))
            timed(times, "ours: radbatch-convert --dry-run, the whole program", 2, lambda: dry_run(build, small, 2))
        table("10,000 headers", times, ("ours: headers as a worker answers them", 1))
        files = [str(path) for path in sorted(ct300.iterdir())]
        times = {}
        program(build, "read", ct300, repeats, times)
        for _ in range(max(1, repeats // 2)):
            for threads in (1, 2):
                timed(times, "SimpleITK ImageSeriesReader, files known", threads, lambda: sitk_read(files, threads))
            timed(times, "pydicom and numpy.stack", 1, lambda: pydicom_read(files))
        table("CT300 into memory", times, ("ours: pixels, headers known", 1))


if __name__ == "__main__":
    main()
