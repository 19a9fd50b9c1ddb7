"""The scripts that bench_infer.py races against, each as a user would write it, and the network alone.

    python infer_peers.py PEER BUNDLE STUDIES THREADS

Prints one JSON object: seconds of the loop without imports and loading, and the scores of each study by its folder.
"""
import json
import os
import pathlib
import sys
import time

# Before anything that starts threads is imported.
THREADS = int(sys.argv[4]) if len(sys.argv) > 4 else 1
os.environ["OMP_NUM_THREADS"] = str(THREADS)
sys.modules["openvino_telemetry"] = None  # asks for a network

SIDE, SPACING, LOW, HIGH = 96, 1.5, -1000, 400
REPEATS = 5  # of the network alone, for each study


def load_network(kind, models):
    """A call from a [1, 1, 96, 96, 96] array to logits."""
    import numpy
    if kind == "openvino":
        import openvino
        hints = {"INFERENCE_NUM_THREADS": THREADS, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": "f32"}
        model = openvino.Core().compile_model(str(models / "model.xml"), "CPU", hints)
        return lambda array: model(array)[0]
    import torch
    torch.set_num_threads(THREADS)
    torch.set_grad_enabled(False)
    if kind == "pt2":
        network = torch._inductor.aoti_load_package(str(models / "model.pt2"))
    else:
        network = torch.jit.load(str(models / "model.ts")).eval()
        if kind == "jit":
            network = torch.jit.freeze(network)
    first = lambda output: output[0] if isinstance(output, (tuple, list)) else output
    return lambda array: numpy.asarray(first(network(torch.as_tensor(array))))


def one_resample(folder):
    """DICOM to the network's input in one interpolation; for axes along the patient's, as those that are made here."""
    import SimpleITK
    reader = SimpleITK.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    image = reader.Execute()
    size, spacing, origin = image.GetSize(), image.GetSpacing(), list(image.GetOrigin())
    for axis in (0, 1):  # LPS to RAS
        origin[axis] += (size[axis] - 1) * spacing[axis]
    for axis, sign in enumerate((-1, -1, 1)):
        cells = round((size[axis] - 1) * spacing[axis] / SPACING + 1)
        origin[axis] += sign * SPACING * (cells // 2 - SIDE // 2)
    image = SimpleITK.Resample(image, [SIDE] * 3, SimpleITK.Transform(), SimpleITK.sitkLinear, origin, [SPACING] * 3,
                               (-1, 0, 0, 0, -1, 0, 0, 0, 1), LOW, SimpleITK.sitkFloat32)
    image = SimpleITK.IntensityWindowing(image, LOW, HIGH, 0.0, 1.0)
    return SimpleITK.GetArrayFromImage(image).transpose(2, 1, 0)[None, None].copy()


def by_hand(kind, models, studies):
    """A loop with one thread that reads ahead of the network."""
    import concurrent.futures
    import SimpleITK
    SimpleITK.ProcessObject.SetGlobalDefaultNumberOfThreads(THREADS)
    network = load_network(kind, models)
    started = time.perf_counter()
    folders = sorted(studies.iterdir())
    with concurrent.futures.ThreadPoolExecutor(1) as ahead:
        arrays = ahead.map(one_resample, folders) if THREADS > 1 else map(one_resample, folders)
        logits = {folder.name: network(array) for folder, array in zip(folders, arrays)}
    return time.perf_counter() - started, logits


def monai(models, studies):
    """Lazy, the scaling last, a frozen network, as many workers as processors with one thread each."""
    import monai.transforms as mt
    import torch
    from monai.data import DataLoader, Dataset
    network = load_network("jit", models)
    chain = mt.Compose([
        mt.LoadImage(reader="ITKReader", image_only=True, ensure_channel_first=True), mt.Orientation("RAS", labels=None),
        mt.Spacing([SPACING] * 3), mt.ResizeWithPadOrCrop([SIDE] * 3),
        mt.ScaleIntensityRange(LOW, HIGH, 0, 1, clip=True)], lazy=True)
    started = time.perf_counter()
    folders = sorted(map(str, studies.iterdir()))
    loader = DataLoader(Dataset(folders, chain), batch_size=1, num_workers=THREADS,
                        worker_init_fn=lambda _: torch.set_num_threads(1))
    logits = {os.path.basename(folder): network(batch.as_tensor()) for folder, batch in zip(folders, loader)}
    return time.perf_counter() - started, logits


def alone(kind, models, studies):
    import numpy
    network = load_network(kind, models)
    array = numpy.random.default_rng(0).random((1, 1, SIDE, SIDE, SIDE), dtype=numpy.float32)
    for _ in range(2):
        network(array)
    n = len(list(studies.iterdir()))
    started = time.perf_counter()
    for _ in range(REPEATS):
        network(array)
    return (time.perf_counter() - started) / REPEATS * n, {}


def main():
    peer, bundle, studies = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    models = bundle / "models"
    if peer == "monai":
        seconds, logits = monai(models, studies)
    elif peer.startswith("alone-"):
        seconds, logits = alone(peer[6:], models, studies)
    else:
        seconds, logits = by_hand(peer.removeprefix("sitk-"), models, studies)
    import numpy
    scores = {}
    for name, values in logits.items():
        exps = numpy.exp(numpy.asarray(values, numpy.float64).ravel())
        scores[name] = (exps / exps.sum()).tolist()
    print(json.dumps({"seconds": seconds, "scores": scores}))


if __name__ == "__main__":
    main()
