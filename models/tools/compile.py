#!/usr/bin/env python3
"""Compile a PyTorch model: TorchScript or exported program -> AOTInductor package (.pt2) or OpenVINO model (.xml, .bin).

    python3 compile.py models/body-region/models/model.ts --shape 8,1,64,64 --bundle models/body-region

A .pt2 holds machine code, so it is made where it is used and never shipped; an OpenVINO model is compiled by each
machine when it loads it. What was made is run against its source before it is kept, and the entry that radbatch.json
needs under "backends" is printed, or written with --bundle. A .pt2 needs Python with torch in the version that radbatch
runs, and g++; --backend openvino needs torch and openvino.
"""

import argparse
import hashlib
import json
import os
import platform
import sys
import tempfile
import warnings
import zipfile
from pathlib import Path

# The weights become constants of the compiled code (folded and prepacked): twice as fast on CPU. Read at import.
os.environ["TORCHINDUCTOR_FREEZING"] = "1"

# What radbatch calls an instruction set, and the smallest set of CPU features a compiler may use for it. Without
# -march the compiler would take everything this very CPU has, and the name would promise too little.
ISAS = {"avx512": "x86-64-v4", "avx2": "x86-64-v3"}


warnings.filterwarnings("ignore")  # TorchScript is deprecated: known, and said in models/tools/README.md


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, help="TorchScript file, or program saved with torch.export.save")
    parser.add_argument("--shape", required=True, type=lambda text: [int(n) for n in text.split(",")],
                        help="shape of the input with the batch that the bundle declares, e.g. 16,1,64,64")
    parser.add_argument("--backend", choices=["aotinductor", "openvino"], default="aotinductor")
    parser.add_argument("--isa", choices=sorted(ISAS), help="of a .pt2; default: the best that this CPU has")
    parser.add_argument("-o", "--output", type=Path, help="default: beside the source, ending in .pt2 or .xml")
    parser.add_argument("--bundle", type=Path, help="bundle folder whose radbatch.json gets the backend, put first")
    parser.add_argument("--tolerance", type=float, default=1e-4, help="largest difference from the source's outputs")
    return parser.parse_args()


def choose_isa(wanted):
    """The instruction set to compile for: radbatch compares the same name with the CPU it runs on."""
    import torch

    has = torch.backends.cpu.get_cpu_capability().lower()
    if platform.machine() != "x86_64" or has not in ISAS:
        sys.exit(f"compile.py: error: {platform.machine()} with {has} is not an instruction set radbatch compares")
    if wanted == "avx512" and has == "avx2":
        sys.exit("compile.py: error: this CPU has avx2 only: the package could not be checked here")
    return wanted or has


def zip_names(path):
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except (OSError, zipfile.BadZipFile) as error:
        sys.exit(f"compile.py: error: cannot read {path}: {error}")


def load_module(source):
    """The source as something to call, and whether it is TorchScript."""
    import torch

    names = zip_names(source)
    if any(name.endswith("/constants.pkl") for name in names):
        return torch.jit.load(source, map_location="cpu").eval(), True
    if any("/models/" in name and name.endswith(".json") for name in names):
        with source.open("rb") as stream:
            return torch.export.load(stream).module(), False
    sys.exit(f"compile.py: error: {source} is neither a TorchScript file nor a program of torch.export.save")


def export(module, is_script, example):
    """The module exported for exactly the example's shape.

    A fixed shape is what radbatch runs (it pads), and lets the compiler lay out every buffer beforehand.
    """
    import torch
    from torch._export.converter import TS2EPConverter

    callable_program = TS2EPConverter(module, (example,)).convert().module() if is_script else module
    return torch.export.export(callable_program, (example,))


def named(outputs):
    """Outputs by the names that radbatch gives them."""
    if isinstance(outputs, dict):
        return outputs
    parts = outputs if isinstance(outputs, (tuple, list)) else [outputs]
    return {str(i): part for i, part in enumerate(parts)}


def compile_package(program, isa, output):
    import torch
    from torch._inductor import cpu_vec_isa

    # Left alone, Inductor adds what else this CPU has (VNNI, AMX, bf16): the package would be bound to that too.
    base = {"avx512": cpu_vec_isa.VecAVX512, "avx2": cpu_vec_isa.VecAVX2}[isa]

    class ExactIsa(base):
        __hash__ = base.__hash__

        def build_arch_flags(self):
            return self._arch_flags

    cpu_vec_isa.supported_vec_isa_list = [ExactIsa()]
    cpu_vec_isa.valid_vec_isa_list.cache_clear()
    if str(cpu_vec_isa.pick_vec_isa()) != isa:
        sys.exit(f"compile.py: error: no compiler that makes {isa} code was found: install g++")
    with torch.no_grad():
        torch._inductor.aoti_compile_and_package(
            program, package_path=str(output),
            inductor_configs={"cpp.march": ISAS[isa], "cpp.dynamic_threads": True})  # threads: chosen by radbatch


def import_openvino():
    # Its converter tells its makers what was converted, where this module is installed: nothing here calls home.
    sys.modules["openvino_telemetry"] = None
    try:
        import openvino
    except ImportError as error:
        sys.exit(f"compile.py: error: {error}: install it with pip install openvino")
    return openvino


def make_openvino(module, is_script, example, names, output):
    """Writes the graph to `output` and its values beside it, ending in .bin, in the source's own float32."""
    openvino = import_openvino()
    source = module if is_script else export(module, is_script, example)
    model = openvino.convert_model(source, example_input=example, input=[openvino.PartialShape(list(example.shape))])
    if len(model.outputs) != len(names):
        sys.exit(f"compile.py: error: OpenVINO made {len(model.outputs)} outputs of {len(names)}")
    for part, name in zip(model.outputs, names):
        part.get_tensor().set_names({name})
    openvino.save_model(model, str(output), compress_to_fp16=False)


def run_openvino(output, example):
    """The outputs as radbatch computes them: in float32, also where the CPU has something shorter."""
    import torch

    core = import_openvino().Core()
    model = core.read_model(str(output))
    run = core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32", "EXECUTION_MODE_HINT": "ACCURACY"})
    run = run.create_infer_request()
    run.infer([example.numpy()])
    # The names of the graph: those of the compiled network are of tensors, which two outputs may share.
    return {"".join(part.get_names()): torch.from_numpy(run.get_output_tensor(i).data.copy())
            for i, part in enumerate(model.outputs)}


def run_package(output, example):
    import torch

    with torch.no_grad():
        return named(torch._inductor.aoti_load_package(str(output))(example))


def largest_difference(expected, actual):
    if {name: part.shape for name, part in expected.items()} != {name: part.shape for name, part in actual.items()}:
        sys.exit("compile.py: error: what was made has other outputs than its source")
    return max(float((part.float() - actual[name].float()).abs().max()) for name, part in expected.items())


def digest_of(path, folder):
    data = path.read_bytes()
    return {"file": path.resolve().relative_to(folder.resolve()).as_posix(),
            "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}


def entry_of(output, folder, isa):
    import torch

    entry = {"file": None, "kind": "aotinductor"} | digest_of(output, folder) | {"torch": torch.__version__.split("+")[0]}
    if isa:
        return entry | {"isa": isa}
    version = import_openvino().get_version().split("-")[0]
    return entry | {"kind": "openvino", "openvino": version, "weights": digest_of(output.with_suffix(".bin"), folder)}


def write_entry(bundle, entry):
    """Puts the backend first in the sidecar; an older entry for the same file goes."""
    path = bundle / "radbatch.json"
    sidecar = json.loads(path.read_text(encoding="utf-8"))
    others = [backend for backend in sidecar["backends"] if backend["file"] != entry["file"]]
    sidecar["backends"] = [entry] + others
    temporary = path.with_suffix(".json.tmp")
    temporary.write_text(json.dumps(sidecar, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    temporary.replace(path)


def main():
    arguments = parse_arguments()
    import torch

    in_openvino = arguments.backend == "openvino"
    ending = ".xml" if in_openvino else ".pt2"
    output = arguments.output or arguments.source.with_suffix(ending)
    folder = arguments.bundle or output.parent
    if output.resolve() == arguments.source.resolve():
        sys.exit("compile.py: error: the output would replace the source: name another with -o")
    if not output.resolve().is_relative_to(folder.resolve()):
        sys.exit(f"compile.py: error: {output} is not in the bundle {folder}: name a file there with -o")
    if in_openvino and (arguments.isa or output.suffix != ending):
        sys.exit("compile.py: error: an OpenVINO model has no --isa, and its graph ends in .xml")
    isa = None if in_openvino else choose_isa(arguments.isa)
    example = torch.rand(arguments.shape, generator=torch.Generator().manual_seed(0))
    module, is_script = load_module(arguments.source)
    with torch.no_grad():
        expected = named(module(example))
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=".compile-") as scratch:
        made = Path(scratch) / output.name
        if in_openvino:
            make_openvino(module, is_script, example, list(expected), made)
        else:
            compile_package(export(module, is_script, example), isa, made)
        difference = largest_difference(expected, (run_openvino if in_openvino else run_package)(made, example))
        if not difference <= arguments.tolerance:
            sys.exit(f"compile.py: error: outputs differ from the source's by {difference:g}, "
                     f"more than {arguments.tolerance:g}")
        if in_openvino:
            made.with_suffix(".bin").replace(output.with_suffix(".bin"))
        made.replace(output)
    print(f"compile.py: {output}: outputs equal the source's to {difference:.1e}", file=sys.stderr)
    entry = entry_of(output, folder, isa)
    if arguments.bundle:
        write_entry(arguments.bundle, entry)
    print(json.dumps(entry))


if __name__ == "__main__":
    main()
