"""What `radbatch model compile` makes gives the outputs of its source, and nothing that does not is ever entered.

    RADBATCH_BIN=build/bin RADBATCH_WORKERS=build/libexec/radbatch venv/bin/python tests/oracles/test_openvino.py

Needs torch in the version of radbatch's LibTorch, openvino, nibabel, pillow and g++.
"""

import hashlib
import json
import pathlib
import shutil
import sys
import unittest
import warnings

import nibabel
import numpy
import torch
from PIL import Image

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parents[1] / "cli"))
import harness  # noqa: E402

warnings.filterwarnings("ignore")  # TorchScript is deprecated upstream, and is what is tested here


class Several(torch.nn.Module):
    """Outputs in a dictionary, one of them the same tensor as another."""

    def __init__(self):
        super().__init__()
        self.last = torch.nn.Linear(64, 3)

    def forward(self, x):
        logits = self.last(torch.relu(x).flatten(1))
        return {"logits": logits, "features": x.flatten(1), "again": logits}


@unittest.skipUnless((harness.WORKERS / "radbatch-classify-worker-openvino").exists(), "this build has no OpenVINO")
class Compiled(harness.CliTest):
    def compile(self, bundle, *words, python=sys.executable):
        return self.run_tool("radbatch", "model", "compile", str(bundle), "--python", python, *words, timeout=600,
                             env={"TORCHINDUCTOR_CACHE_DIR": str(self.folder / "inductor")})

    def body_region(self, **changes):
        bundle = shutil.copytree(harness.ROOT / "models/body-region", self.folder / "model")
        path = bundle / "radbatch.json"
        if changes:
            path.write_text(json.dumps(json.loads(path.read_text()) | changes))
        return bundle

    def kinds(self, bundle):
        return [backend["kind"] for backend in json.loads((bundle / "radbatch.json").read_text())["backends"]]

    def files(self, bundle):
        return {str(path.relative_to(bundle)): hashlib.sha256(path.read_bytes()).hexdigest()
                for path in bundle.rglob("*") if path.is_file()}

    def write_images(self):
        """A volume of more slices than a batch holds, and a picture."""
        random = numpy.random.default_rng(0)
        volume = random.normal(100, 300, (40, 32, 21)).astype(numpy.int16)
        nibabel.save(nibabel.Nifti1Image(volume, numpy.diag([0.8, 0.8, 4, 1])), self.folder / "studies/volume.nii.gz")
        Image.fromarray(random.integers(0, 256, (70, 90), numpy.uint8)).save(self.folder / "studies/picture.png")

    def all_scores(self, out):
        rows = self.rows(f"{out}/predictions.csv")
        columns = [column for column in rows[0] if column.startswith("p_")]
        return {row["case_id"]: numpy.array([float(row[column]) for column in columns]) for row in rows}

    def test_both_backends_are_made_and_give_the_scores_of_the_shipped_model(self):
        bundle = self.body_region()
        self.ends(self.compile(bundle), 0)
        self.ends(self.compile(bundle, "--backend", "aotinductor", "--prefer"), 0)
        self.assertEqual(self.kinds(bundle), ["aotinductor", "torchscript", "openvino"])
        self.assertEqual([path.name for path in bundle.iterdir() if path.name.startswith(".")], [])
        self.write_images()
        for kind in ("torchscript", "aotinductor", "openvino"):
            self.ends(self.infer("--backend", kind, out=kind), 0, "2 cases: 2 done")
        expected = self.all_scores("torchscript")
        for kind in ("aotinductor", "openvino"):
            scores = self.all_scores(kind)
            difference = max(float(numpy.abs(scores[case] - expected[case]).max()) for case in expected)
            print(f"{kind}: largest difference of a score {difference:.1e}")
            self.assertLess(difference, 1e-5)

    def test_compiling_again_gives_the_same_bytes_and_one_entry(self):
        bundle = self.body_region()
        self.ends(self.compile(bundle), 0)
        before = self.files(bundle)
        self.ends(self.compile(bundle), 0)
        self.assertEqual(self.files(bundle), before)
        self.ends(self.compile(bundle, "--prefer"), 0)
        self.assertEqual(self.kinds(bundle), ["openvino", "torchscript"])

    def test_what_does_not_reproduce_the_known_answers_is_not_entered(self):
        golden = json.loads((harness.ROOT / "models/body-region/radbatch.json").read_text())["golden"]
        golden[2]["output"]["0"][0][1] += 0.5
        bundle = self.body_region(golden=golden)
        before = self.files(bundle)
        self.ends(self.compile(bundle), 4, "golden 'cxr': output '0' value 1 is")
        self.assertEqual(self.files(bundle), before)

    def test_a_python_without_what_is_needed_says_what_to_install(self):
        bundle = self.body_region()
        before = self.files(bundle)
        self.ends(self.compile(bundle, python="/nowhere/python"), 2,
                  "no Python with torch and openvino: /nowhere/python cannot be started", "hint: python3 -m venv venv")
        self.path("python").write_text("#!/bin/sh\necho openvino\n")
        self.path("python").chmod(0o755)
        self.ends(self.compile(bundle, python="./python"), 2, "./python lacks openvino")
        self.path("python").write_text('#!/bin/sh\ncase "$*" in *compile.py*) exit 3;; esac\n')
        self.ends(self.compile(bundle, python="./python"), 4, "could not be compiled: ./python ended with status 3")
        self.assertEqual(self.files(bundle), before)

    def test_names_of_a_dictionary_are_kept_and_an_output_may_be_two(self):
        torch.manual_seed(0)
        network = Several().eval()
        known = torch.rand(2, 1, 8, 8)
        bundle = self.path(self.bundle("several"))
        torch.jit.script(network).save(str(bundle / "models/model.ts"))
        numpy.save(bundle / "known.npy", known.numpy())
        data = (bundle / "models/model.ts").read_bytes()
        sidecar = json.loads((bundle / "radbatch.json").read_text())
        sidecar["backends"][0] |= {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        sidecar["golden"] = [{"tensor": "known.npy", "tolerance": 1e-5,
                              "tensor_sha256": hashlib.sha256((bundle / "known.npy").read_bytes()).hexdigest(),
                              "output": {name: part.tolist() for name, part in network(known).items()}}]
        (bundle / "radbatch.json").write_text(json.dumps(sidecar))
        self.ends(self.compile(bundle), 0)
        self.assertEqual(self.kinds(bundle), ["torchscript", "openvino"])


if __name__ == "__main__":
    unittest.main()
