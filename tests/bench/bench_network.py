#!/usr/bin/env python3
"""The network alone: radbatch's classify worker beside PyTorch's own ways of running the same network.

    python tests/bench/bench_network.py [BUILD_FOLDER] [--repeats N] [--threads N] [--only NAME] [--bf16]

Needs torch in the version of radbatch's LibTorch and MONAI; ONNX Runtime and OpenVINO join in where they are
installed. Ours runs through the real worker protocol, in a process of its own; peers run in this one. Outputs are
compared first. All are interleaved; the best and the median of CPU milliseconds (all threads) and of wall
milliseconds are printed, and the ratio of the best peer's to ours. On a shared machine compare the CPU times.
"""

import argparse
import os
import pathlib
import statistics
import sys
import tempfile
import time
import warnings

os.environ["TORCHINDUCTOR_FREEZING"] = "1"  # read at import: torch.compile at its best

import torch  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
import classify_client  # noqa: E402

warnings.filterwarnings("ignore")


def networks():
    from monai.networks.nets import DenseNet121, resnet10
    return {"resnet10 3-D 96^3": (lambda: resnet10(spatial_dims=3, n_input_channels=1, num_classes=2), (1, 1, 96, 96, 96)),
            "DenseNet-121 3-D 96^3": (lambda: DenseNet121(spatial_dims=3, in_channels=1, out_channels=2), (1, 1, 96, 96, 96)),
            "DenseNet-121 2-D 224^2": (lambda: DenseNet121(spatial_dims=2, in_channels=1, out_channels=2), (1, 1, 224, 224))}


def with_statistics(network):
    """Batch norms as after a training: those of a fresh network do nothing."""
    for module in network.modules():
        if isinstance(module, (torch.nn.BatchNorm2d, torch.nn.BatchNorm3d)):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
    return network.eval()


def peers(network, x, bf16):
    """name -> something to call"""
    last = torch.channels_last_3d if x.dim() == 5 else torch.channels_last
    moved = with_copy(network).to(memory_format=last)
    scripted = torch.jit.freeze(torch.jit.script(network))
    compiled = torch.compile(with_copy(network))
    ways = {"eager": lambda: network(x), "channels_last": lambda: moved(x), "frozen jit": lambda: scripted(x),
            "torch.compile, frozen": lambda: compiled(x)}
    if bf16:
        half = torch.compile(with_copy(network))

        def autocast():
            with torch.autocast("cpu", torch.bfloat16):
                return half(x).float()
        ways = {"bf16 autocast + compile": autocast}
    return ways | onnx_runtime(network, x) | openvino(network, x, bf16)


def with_copy(network):
    import copy
    return copy.deepcopy(network)


def onnx_runtime(network, x):
    try:
        import onnxruntime
        path = tempfile.mktemp(suffix=".onnx")
        torch.onnx.export(network, (x,), path, dynamo=False)
    except ImportError:
        return {}
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(path, options)
    name, values = session.get_inputs()[0].name, x.numpy()
    return {"ONNX Runtime": lambda: torch.from_numpy(session.run(None, {name: values})[0])}


def openvino(network, x, bf16):
    try:
        import openvino as ov
    except ImportError:
        return {}
    model = ov.convert_model(network, example_input=x)
    model.reshape(list(x.shape))
    settings = {"INFERENCE_NUM_THREADS": torch.get_num_threads(), "INFERENCE_PRECISION_HINT": "bf16" if bf16 else "f32"}
    compiled, values = ov.compile_model(model, "CPU", settings), x.numpy()
    return {"OpenVINO": lambda: torch.from_numpy(next(iter(compiled(values).values())).copy())}


def bench(name, make, shape, arguments, folder):
    torch.manual_seed(0)
    network = with_statistics(make())
    x = torch.rand(shape)
    expected = network(x)
    script = folder / "model.ts"
    torch.jit.script(network).save(script)
    bundle = classify_client.write_bundle(folder / "bundle", script, x.numpy(), {"0": expected.numpy()})
    worker = classify_client.Worker(arguments.build / "libexec/radbatch/radbatch-classify-worker", bundle, folder / "cache",
                                    threads=arguments.threads, precision="bf16" if arguments.bf16 else "fp32")
    tensor = x.numpy()
    ways = {"radbatch": lambda: torch.from_numpy(worker.classify(tensor)["0"].copy())} | peers(network, x, arguments.bf16)
    print(f"\n{name}, {arguments.threads} thread(s), {'bf16' if arguments.bf16 else 'fp32'}; ours: {worker.facts['classifier']}")
    tolerance = 5e-3 if arguments.bf16 else 1e-4
    for way, call in ways.items():
        difference = float((call().softmax(1) - expected.softmax(1)).abs().max())
        print(f"  {way:<26} probabilities differ by {difference:.1e} from eager" + ("" if difference <= tolerance else "  TOO MUCH"))
    cpu, wall = {way: [] for way in ways}, {way: [] for way in ways}
    for _ in range(arguments.repeats):
        for way, call in ways.items():
            clock = worker.cpu_seconds if way == "radbatch" else time.process_time
            begin, began = clock(), time.perf_counter()
            call()
            wall[way].append(1e3 * (time.perf_counter() - began))
            cpu[way].append(1e3 * (clock() - begin))
    worker.__exit__()
    print(f"  {'':<26} {'CPU ms: best':>13} {'median':>8} {'wall ms: best':>14} {'median':>8}")
    for way in ways:
        print(f"  {way:<26} {min(cpu[way]):>13.1f} {statistics.median(cpu[way]):>8.1f} {min(wall[way]):>14.1f} "
              f"{statistics.median(wall[way]):>8.1f}")
    torch_ways = [way for way in ways if way not in ("radbatch", "ONNX Runtime", "OpenVINO")]
    best = min(torch_ways, key=lambda way: statistics.median(cpu[way]))
    ratio = statistics.median(cpu[best]) / statistics.median(cpu["radbatch"])
    print(f"  best of PyTorch ({best}) / ours, median CPU: {ratio:.2f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", nargs="?", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", default="", help="part of a network's name")
    parser.add_argument("--bf16", action="store_true")
    arguments = parser.parse_args()
    arguments.build = arguments.build.resolve()
    torch.set_num_threads(arguments.threads)
    for name, (make, shape) in networks().items():
        if arguments.only not in name:
            continue
        with tempfile.TemporaryDirectory() as folder, torch.no_grad():
            bench(name, make, shape, arguments, pathlib.Path(folder))


if __name__ == "__main__":
    main()
