#!/usr/bin/env python3
"""Compile a PyTorch model for this CPU: TorchScript or exported program -> AOTInductor package (.pt2).

    python3 compile.py models/body-region/models/model.ts --shape 8,1,64,64 --bundle models/body-region

A .pt2 holds machine code, so it is made where it is used and never shipped. The package is run against its source
before it is kept, and the entry that radbatch.json needs under "backends" is printed, or written with --bundle.
Needs Python with torch in the version that radbatch runs, and g++.
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
    parser.add_argument("--isa", choices=sorted(ISAS), help="default: the best that this CPU has")
    parser.add_argument("-o", "--output", type=Path, help="default: beside the source, ending in .pt2")
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


def load_program(source, example):
    """The source exported for exactly the example's shape, and the source as something to call.

    A fixed shape is what radbatch runs (it pads), and lets the compiler lay out every buffer beforehand.
    """
    import torch
    from torch._export.converter import TS2EPConverter

    names = zip_names(source)
    if any(name.endswith("/constants.pkl") for name in names):
        module = torch.jit.load(source, map_location="cpu").eval()
        callable_program = TS2EPConverter(module, (example,)).convert().module()
    elif any("/models/" in name and name.endswith(".json") for name in names):
        with source.open("rb") as stream:
            module = callable_program = torch.export.load(stream).module()
    else:
        sys.exit(f"compile.py: error: {source} is neither a TorchScript file nor a program of torch.export.save")
    return torch.export.export(callable_program, (example,)), module


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


def largest_difference(output, module, example):
    import torch

    with torch.no_grad():
        expected = named(module(example))
        actual = named(torch._inductor.aoti_load_package(str(output))(example))
    if {name: part.shape for name, part in expected.items()} != {name: part.shape for name, part in actual.items()}:
        sys.exit("compile.py: error: the package has other outputs than its source")
    return max(float((part.float() - actual[name].float()).abs().max()) for name, part in expected.items())


def entry_of(output, folder, isa):
    import torch

    data = output.read_bytes()
    return {"file": output.resolve().relative_to(folder.resolve()).as_posix(), "kind": "aotinductor",
            "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data),
            "torch": torch.__version__.split("+")[0], "isa": isa}


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

    output = arguments.output or arguments.source.with_suffix(".pt2")
    folder = arguments.bundle or output.parent
    if output.resolve() == arguments.source.resolve():
        sys.exit("compile.py: error: the output would replace the source: name another with -o")
    if not output.resolve().is_relative_to(folder.resolve()):
        sys.exit(f"compile.py: error: {output} is not in the bundle {folder}: name a file there with -o")
    isa = choose_isa(arguments.isa)
    example = torch.rand(arguments.shape, generator=torch.Generator().manual_seed(0))
    program, module = load_program(arguments.source, example)
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=".compile-") as scratch:
        package = Path(scratch) / output.name
        compile_package(program, isa, package)
        difference = largest_difference(package, module, example)
        if not difference <= arguments.tolerance:
            sys.exit(f"compile.py: error: outputs differ from the source's by {difference:g}, "
                     f"more than {arguments.tolerance:g}")
        package.replace(output)
    print(f"compile.py: {output}: outputs equal the source's to {difference:.1e}", file=sys.stderr)
    entry = entry_of(output, folder, isa)
    if arguments.bundle:
        write_entry(arguments.bundle, entry)
    print(json.dumps(entry))


if __name__ == "__main__":
    main()
