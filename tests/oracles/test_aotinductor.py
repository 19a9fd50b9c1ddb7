"""What models/tools/compile.py makes gives the outputs of its source, in the library and through the tools.

    RADBATCH_BIN=build/bin RADBATCH_WORKERS=build/libexec/radbatch RADBATCH_UNIT_TORCH=build/tests/unit-torch \\
        venv/bin/python tests/oracles/test_aotinductor.py

Needs torch in the version of radbatch's LibTorch, nibabel, pillow and g++.
"""

import json
import os
import pathlib
import shutil
import subprocess
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


def network():
    torch.manual_seed(0)
    return torch.nn.Sequential(
        torch.nn.Conv2d(1, 16, 3, padding=1), torch.nn.BatchNorm2d(16), torch.nn.ReLU(), torch.nn.MaxPool2d(2),
        torch.nn.Conv2d(16, 32, 3, padding=1), torch.nn.BatchNorm2d(32), torch.nn.ReLU(),
        torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(32, 6)).eval()


class Compiled(harness.CliTest):
    def compile(self, source, shape, *words):
        """The entry for radbatch.json that compile.py prints."""
        done = subprocess.run(
            [sys.executable, "-B", str(harness.ROOT / "models/tools/compile.py"), str(source), "--shape", shape, *words],
            capture_output=True, text=True, env=os.environ | {"TORCHINDUCTOR_CACHE_DIR": str(self.folder / "inductor")})
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_the_classifier_runs_the_package_like_its_source(self):
        script, package = self.folder / "model.ts", self.folder / "model.pt2"
        torch.jit.script(network()).save(script)
        self.compile(script, "16,1,64,64")
        done = subprocess.run(
            [os.environ["RADBATCH_UNIT_TORCH"], "--test-case=a compiled package*"], capture_output=True, text=True,
            env=os.environ | {"RADBATCH_TEST_TS": str(script), "RADBATCH_TEST_PT2": str(package)})
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertRegex(done.stdout, r"test cases: +3 +\| +3 passed")
        self.assertNotIn("skipped: ", done.stdout)

    def test_infer_gives_the_scores_of_the_shipped_model(self):
        bundle = shutil.copytree(harness.ROOT / "models/body-region", self.folder / "model")
        batch = json.loads((bundle / "radbatch.json").read_text(encoding="utf-8"))["batch"]
        self.compile(bundle / "models/model.ts", f"{batch},1,64,64", "--bundle", str(bundle))
        self.write_images()
        self.ends(self.infer("--backend", "torchscript", out="script"), 0)
        self.ends(self.infer("--backend", "aotinductor", out="package"), 0)
        script, package = self.all_scores("script"), self.all_scores("package")
        self.assertEqual(script.keys(), package.keys())
        self.assertEqual(len(script), 2)
        difference = max(float(numpy.abs(script[case] - package[case]).max()) for case in script)
        print(f"largest difference of a score: {difference:.1e}")
        self.assertLess(difference, 1e-5)

    def write_images(self):
        """A volume of more slices than a batch holds, and a picture."""
        random = numpy.random.default_rng(0)
        volume = random.normal(100, 300, (40, 32, 21)).astype(numpy.int16)
        nibabel.save(nibabel.Nifti1Image(volume, numpy.diag([0.8, 0.8, 4, 1])), self.folder / "studies/volume.nii.gz")
        Image.fromarray(random.integers(0, 256, (70, 90), numpy.uint8)).save(self.folder / "studies/picture.png")

    def all_scores(self, out):
        """case_id -> the scores of all findings"""
        rows = self.rows(f"{out}/predictions.csv")
        columns = [column for column in rows[0] if column.startswith("p_")]
        self.assertEqual(len(columns), 6)
        return {row["case_id"]: numpy.array([float(row[column]) for column in columns]) for row in rows}


if __name__ == "__main__":
    unittest.main()
