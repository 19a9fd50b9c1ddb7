#!/usr/bin/env python3
"""Raw DICOM to prepared tensors in HDF5: radbatch-preprocess beside a MONAI DataLoader with as many workers as cores.

    python bench_preprocess.py [BUILD_FOLDER] [STUDIES] [REPEATS]        (default: build 6 3)

STUDIES copies of CT300 (make_ct.py, 157 MB each) are prepared by orientation, 1.5 mm, a window and a 96^3 crop. MONAI runs in
its best form that we know: lazy, the scaling last, readers pydicom and ITK apart, one tensor a case written by h5py. Printed:
medians in seconds of the whole process and, for MONAI, of the loop without imports; the largest difference of the tensors.
Needs the environment of `tests/run.sh --oracles`. Timings decide nothing.
"""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
PLAN = [{"name": "Orientation", "axcodes": "RAS"}, {"name": "Spacing", "pixdim": [1.5, 1.5, 1.5]},
        {"name": "ScaleIntensityRange", "a_min": -1000, "a_max": 400, "b_min": 0, "b_max": 1, "clip": True},
        {"name": "ResizeWithPadOrCrop", "spatial_size": [96, 96, 96]}]


def monai_loop(studies, out, reader):
    """Runs in a process of its own: what a user's script does."""
    import h5py
    import monai.transforms as mt
    import torch
    from monai.data import DataLoader, Dataset
    torch.set_num_threads(1)
    chain = mt.Compose([
        mt.LoadImage(reader=reader, image_only=True, ensure_channel_first=True),
        mt.Orientation(axcodes="RAS"), mt.Spacing(pixdim=[1.5] * 3), mt.ResizeWithPadOrCrop([96, 96, 96]),
        mt.ScaleIntensityRange(-1000, 400, 0, 1, clip=True)], lazy=True)
    started = time.perf_counter()
    loader = DataLoader(Dataset(sorted(map(str, pathlib.Path(studies).iterdir())), chain), batch_size=1,
                        num_workers=os.cpu_count())
    for n, batch in enumerate(loader):
        with h5py.File(pathlib.Path(out) / f"{n}.h5", "w") as file:
            file["image"] = batch.numpy()
    print(time.perf_counter() - started)


def copy_study(source, target, number):
    """The same pixels as another patient's study."""
    import pydicom
    target.mkdir()
    for path in source.iterdir():
        image = pydicom.dcmread(path)
        image.PatientID = f"copy-{number}"
        for name in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID"):
            if name in image:
                setattr(image, name, f"{getattr(image, name)}.{number}")
        image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
        image.save_as(target / path.name)


def timed(command):
    started = time.perf_counter()
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    seconds = time.perf_counter() - started
    if done.returncode:
        raise SystemExit(f"{command[0]} ended with {done.returncode}: {done.stderr}")
    return seconds, done.stdout


def tensor(folder):
    import h5py
    import numpy as np
    path = sorted(pathlib.Path(folder).rglob("*.h5"))[0]
    found = []
    with h5py.File(path) as file:
        file.visititems(lambda _, node: found.append(node[()]) if isinstance(node, h5py.Dataset) and node.ndim >= 4 else None)
    return np.squeeze(found[0])


def main():
    if sys.argv[1:2] == ["--monai"]:
        return monai_loop(*sys.argv[2:])
    build, n, repeats = (sys.argv[1:] + ["build", "6", "3"][len(sys.argv) - 1:])[:3]
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "studies").mkdir()
        (root / "plan.json").write_text(json.dumps(PLAN))
        subprocess.run(["/usr/bin/python3", HERE / "make_ct.py", root / "studies/0"], check=True)
        for i in range(1, int(n)):
            copy_study(root / "studies/0", root / f"studies/{i}", i)
        ours = [pathlib.Path(build) / "bin/radbatch-preprocess", root / "studies", "--plan", root / "plan.json", "-q"]
        figures = {"radbatch": [], "MONAI, ITKReader": [], "MONAI, PydicomReader": []}
        loops = {name: [] for name in figures}
        for repeat in range(int(repeats)):
            figures["radbatch"].append(timed([*ours, "-o", root / f"ours-{repeat}"])[0])
            for reader in ("ITKReader", "PydicomReader"):
                out = root / f"{reader}-{repeat}"
                out.mkdir()
                seconds, inside = timed([sys.executable, __file__, "--monai", root / "studies", out, reader])
                figures[f"MONAI, {reader}"].append(seconds)
                loops[f"MONAI, {reader}"].append(float(inside.split()[-1]))
        import numpy as np
        difference = np.abs(tensor(root / "ours-0") - tensor(root / "ITKReader-0")).max()
        print(f"{n} studies of 300 slices, {os.cpu_count()} processors, medians of {repeats}; largest difference {difference:.1e}")
        base = statistics.median(figures["radbatch"])
        for name, all_seconds in figures.items():
            line = f"{name:22} {statistics.median(all_seconds):7.2f} s   {statistics.median(all_seconds) / base:6.1f}x"
            if loops[name]:
                line += f"   without imports {statistics.median(loops[name]):7.2f} s   {statistics.median(loops[name]) / base:6.1f}x"
            print(line)


if __name__ == "__main__":
    main()
