#!/usr/bin/env python3
"""Milliseconds per slice of compressed DICOM, ours beside GDCM and dcm2niix. Measured and printed, never asserted.

usage: python3 tests/bench/bench_codecs.py [BUILD_FOLDER] [DATA_FOLDER]     (default: build ../shared/data)

Needs DCMTK's tools (dcmcrle, dcmcjpls, dcmcjpeg); dcm2niix where it is installed. 24 slices of 512x512 of the head MRI
are encoded in each syntax; JPEG 2000 comes from the abdominal CT, whose 20 slices are so. All read once before.
One thread and the peers are compared in processor time, which other load on the machine hardly changes; "speed-up" is
one thread's time on the wall by that of all cores, the fastest of 20 passes over 8 slices each. dcm2niix writes an uncompressed NIfTI too, its start-up
included: its figure is the time of the whole run per slice.
"""
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile

SLICES = 24
ENCODERS = {
    "RLE": ["dcmcrle"],
    "JPEG-LS": ["dcmcjpls", "+el"],
    "JPEG lossless": ["dcmcjpeg", "+e1"],
    "JPEG 12-bit": ["dcmcjpeg", "+ee"],
}


def encode(source, target, command):
    target.mkdir()
    for path in sorted(source.iterdir())[:SLICES]:
        subprocess.run([*command, path, target / path.name], check=True, capture_output=True)


def dcm2niix_ms(folder, work):
    if not shutil.which("dcm2niix"):
        return None
    times = []
    for i in range(4):
        out = work / f"nii-{folder.name}-{i}"
        out.mkdir()
        begin = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(["dcm2niix", "-z", "n", "-b", "n", "-o", out, folder], capture_output=True, text=True)
        end = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(end.ru_utime + end.ru_stime - begin.ru_utime - begin.ru_stime)
        if done.returncode or not any(out.iterdir()):
            return None
    return min(times) / len(list(folder.iterdir())) * 1e3


def main():
    build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build").resolve()
    data = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else "../shared/data").resolve()
    dictionary = next(line.split("=", 1)[1] for line in (build / "CMakeCache.txt").read_text().splitlines()
                      if line.startswith("RADBATCH_DICOM_DICTIONARY:"))
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        folders = []
        for label, command in ENCODERS.items():
            encode(data / "dicom/head-mri-t1-120", work / label, command)
            folders.append(work / label)
        shutil.copytree(data / "dicom/abdomen-ct-j2k-20", work / "JPEG 2000")
        folders.append(work / "JPEG 2000")
        shutil.copytree(data / "dicom/head-mri-t1-120", work / "raw",
                        ignore=lambda d, names: sorted(names)[SLICES:] if d.endswith("120") else [])
        folders.append(work / "raw")
        lines = subprocess.run([build / "tests/bench-codecs", dictionary, *folders], check=True, capture_output=True,
                               text=True).stdout.splitlines()
        print(f"{'ms per slice':16}{'ours':>9}{'GDCM':>9}{'dcm2niix':>10}{'GDCM/ours':>11}{'dcm2niix/ours':>15}"
              f"{'speed-up':>10}")
        for line, folder in zip(lines, folders):
            label, _, cores, one, speed_up, gdcm = line.split("\t")
            one, gdcm = float(one), float(gdcm)
            peer = dcm2niix_ms(folder, work)
            show = lambda v, unit="": f"{v:.2f}{unit}" if v else "-"
            print(f"{label:16}{one:9.2f}{show(gdcm):>9}{show(peer):>10}{show(gdcm / one, 'x'):>11}"
                  f"{show(peer / one if peer else None, 'x'):>15}{speed_up:>9}x")
        print(f"{cores} cores; 512x512 slices, files in the page cache, medians of 5")


if __name__ == "__main__":
    main()
