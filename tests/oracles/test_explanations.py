"""Explanations against PyTorch itself: the same maps by autograd, hooks and brute force, and a lesion where it lies.

    RADBATCH_BIN=build/bin RADBATCH_WORKERS=build/libexec/radbatch venv/bin/python tests/oracles/test_explanations.py

Needs torch, h5py, nibabel and numpy.
"""

import csv
import hashlib
import json
import pathlib
import sys
import unittest
import warnings

import h5py
import nibabel
import numpy
import torch

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parents[1] / "cli"))
import harness  # noqa: E402

warnings.filterwarnings("ignore")  # TorchScript is deprecated upstream, and is what is tested here

PLAN = [{"name": "Orientation", "axcodes": "RAS"}, {"name": "Spacing", "pixdim": [2.0, 2.0, 2.0]},
        {"name": "ResizeWithPadOrCrop", "spatial_size": [16, 16, 16]},
        {"name": "ScaleIntensityRange", "a_min": 0, "a_max": 1200, "b_min": 0, "b_max": 1, "clip": True}]


class Lesion(torch.nn.Module):
    """Depends on the fourth power of the values: on what is bright."""

    def forward(self, x):
        bright = (x.clamp(0, 1) ** 4).mean([1, 2, 3, 4])
        return torch.stack([20 * bright, 1 - bright], 1)


class Network(torch.nn.Module):
    """Smooth throughout, so that integrals are exact; gives its features and their global average's classes."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(3)
        self.first, self.second = torch.nn.Conv3d(1, 4, 3, stride=2), torch.nn.Conv3d(4, 6, 3)
        self.body = torch.nn.Sequential(self.first, torch.nn.Tanh(), self.second, torch.nn.Softplus())
        self.head = torch.nn.Linear(6, 2, bias=False)

    def forward(self, x):
        features = self.body(x)
        return {"logits": self.head(features.mean([2, 3, 4])), "features": features}


def log_odds(logits, index):
    """Of two classes: the other one's share is its logit."""
    return logits[:, index] - logits[:, 1 - index]


def rotation():
    """Oblique and mirrored, as scanners lay volumes."""
    a, b = numpy.deg2rad(12), numpy.deg2rad(-9)
    turn = numpy.array([[numpy.cos(a), -numpy.sin(a), 0], [numpy.sin(a), numpy.cos(a), 0], [0, 0, 1]])
    return turn @ numpy.array([[1, 0, 0], [0, numpy.cos(b), -numpy.sin(b)], [0, numpy.sin(b), numpy.cos(b)]])


class Explained(harness.CliTest):
    def setUp(self):
        super().setUp()
        rng = numpy.random.default_rng(1)
        voxels = rng.integers(100, 400, (20, 24, 14)).astype(numpy.int16)
        self.affine = numpy.eye(4)
        self.affine[:3, :3] = rotation() @ numpy.diag([-1.6, 1.4, 2.5])
        self.affine[:3, 3] = [31, -12, 5]
        self.lesion = numpy.array([12, 9, 8])
        x, y, z = self.lesion
        voxels[x - 1:x + 2, y - 1:y + 2, z - 1:z + 2] = 1000
        nibabel.save(nibabel.Nifti1Image(voxels, self.affine), self.path("studies/head.nii.gz"))

    def model(self, module, head=None, **changes):
        """A bundle of the module; its weights are a file that torch.jit.save wrote."""
        self.bundle("real", plan=PLAN, pooling={}, inputs=[{"name": "image", "dims": [3], "channels": [1]}], batch=4,
                    heads=[{"name": "lesion", "kind": "multi-class", "activation": "softmax",
                            "findings": [{"name": "Lesion"}, {"name": "Normal"}]} | (head or {})], **changes)
        path = self.path("real/models/model.ts")
        torch.jit.script(module.eval()).save(path)
        sidecar = json.loads(self.path("real/radbatch.json").read_text(encoding="utf-8"))
        data = path.read_bytes()
        sidecar["backends"] = [{"file": "models/model.ts", "kind": "torchscript",
                                "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}]
        self.path("real/radbatch.json").write_text(json.dumps(sidecar), encoding="utf-8")

    def explain(self, method, *words, finding="lesion"):
        """The row of explanations.csv and the map, read through predictions.h5."""
        self.ends(self.infer("--explain", "all", "--explain-finding", finding, "--explain-method", method, *words,
                             model="real", timeout=300), 0)
        with open(self.path("out/explanations.csv"), newline="", encoding="utf-8") as file:
            row, = csv.DictReader(file)
        self.assertEqual(row["reason"], "", row["detail"])
        with h5py.File(self.path("out/predictions.h5")) as file:
            return row, file["explanations/head"][0]

    def tensor(self):
        if not self.path("t").exists():
            self.ends(self.run_tool("radbatch-preprocess", "--model", "real", "studies", "-o", "t"), 0)
        with h5py.File(self.path("t/tensors/head.h5")) as file:
            return torch.from_numpy(file["tensors/head/image"][()])


class Places(Explained):
    def test_every_method_finds_the_lesion_where_it_lies_in_the_patient(self):
        self.model(Lesion())
        truth = self.affine @ [*self.lesion, 1]
        for method, words in (("occlusion", ("--explain-window", "2", "--explain-stride", "1")), ("gradients", ()),
                              ("integrated-gradients", ("--explain-steps", "8"))):
            row, _ = self.explain(method, *words)
            lps = numpy.array([float(row[f"peak_{axis}_mm"]) for axis in "xyz"])
            # The lesion has three voxels a side, so its middle is at most one and a half away.
            voxel = numpy.linalg.inv(self.affine) @ [*(lps * [-1, -1, 1]), 1]
            self.assertLess(numpy.abs(voxel[:3] - self.lesion).max(), 1.6, method)
            volume = nibabel.load(self.path("out/" + row["volume"]))
            values = volume.get_fdata(dtype=numpy.float32)
            voxel = numpy.unravel_index(numpy.abs(values).argmax(), values.shape)
            world = volume.affine @ [*voxel[:3], 1]
            numpy.testing.assert_allclose(world[:3] * [-1, -1, 1], lps, atol=1e-3)
            # Weighted by the map, the place is that of the lesion within half a voxel.
            grid = numpy.stack(numpy.meshgrid(*map(numpy.arange, values.shape[:3]), indexing="ij"), -1).reshape(-1, 3)
            weight = numpy.clip(values.reshape(-1), numpy.abs(values).max() / 2, None) - numpy.abs(values).max() / 2
            middle = volume.affine @ [*(weight @ grid / weight.sum()), 1]
            self.assertLess(numpy.abs(middle - truth)[:3].max(), 1.0, method)


class Numbers(Explained):
    def test_integrated_gradients_are_those_of_autograd(self):
        self.model(Network(), {"output": "logits"})
        network, x = Network().eval(), self.tensor()
        row, found = self.explain("integrated-gradients", "--explain-steps", "12", "--explain-fill", "0.25")
        points, weights = numpy.polynomial.legendre.leggauss(12)
        total, baseline = torch.zeros_like(x), torch.full_like(x, 0.25)
        for point, weight in zip((points + 1) / 2, weights / 2):
            here = (baseline + point * (x - baseline)).float().requires_grad_(True)
            total += weight * torch.autograd.grad(log_odds(network(here)["logits"], 0).sum(), here)[0]
        expected = (total * (x - baseline)).sum(1)[0].numpy()
        numpy.testing.assert_allclose(found, expected, atol=1e-5 * numpy.abs(expected).max())
        score, base = (float(log_odds(network(v)["logits"], 0)) for v in (x, baseline))
        numpy.testing.assert_allclose([float(row["score"]), float(row["baseline_score"])], [score, base], rtol=1e-4)
        self.assertAlmostEqual(float(row["sum"]), score - base, delta=1e-3 * abs(score - base))

    def test_input_gradients_are_those_of_autograd(self):
        self.model(Network(), {"output": "logits"})
        x = self.tensor().requires_grad_(True)
        expected, = torch.autograd.grad(log_odds(Network().eval()(x)["logits"], 1).sum(), x)
        _, found = self.explain("gradients", finding="normal")
        numpy.testing.assert_allclose(found, expected[0, 0].abs().numpy(), rtol=1e-3, atol=1e-7)

    def test_occlusion_is_what_covering_by_hand_gives(self):
        self.model(Network(), {"output": "logits"})
        network, x = Network().eval(), self.tensor()
        _, found = self.explain("occlusion", "--explain-window", "6,5,8", "--explain-stride", "4")
        with torch.no_grad():
            score, total, count = log_odds(network(x)["logits"], 0), torch.zeros(16, 16, 16), torch.zeros(16, 16, 16)
            for i in (0, 4, 8, 10):
                for j in (0, 4, 8, 11):
                    for k in (0, 4, 8):
                        box = (slice(i, i + 6), slice(j, j + 5), slice(k, k + 8))
                        covered = x.clone()
                        covered[(0, 0, *box)] = x.mean()
                        total[box] += float(score - log_odds(network(covered)["logits"], 0))
                        count[box] += 1
        expected = (total / count).numpy()
        numpy.testing.assert_allclose(found, expected, atol=2e-3 * numpy.abs(expected).max())

    def test_a_class_activation_map_by_output_and_by_layer(self):
        network = Network().eval()
        self.model(network, {"output": "logits"}, cam={"features": "features", "weights": "cam.npy"})
        numpy.save(self.path("real/cam.npy"), network.head.weight.detach().numpy())
        x = self.tensor()
        with torch.no_grad():
            features = network(x)["features"]
            weighted = (features * network.head.weight[1].reshape(1, -1, 1, 1, 1)).sum(1, keepdim=True)
            expected = torch.nn.functional.interpolate(weighted, size=(16, 16, 16), mode="trilinear")[0, 0]
        _, found = self.explain("cam", finding="normal")
        numpy.testing.assert_allclose(found, expected.numpy(), rtol=1e-3, atol=1e-4)

    def test_grad_cam_is_that_of_hooks(self):
        network = Network().eval()
        self.model(network, {"output": "logits"}, cam={"layer": "body"})
        kept = {}
        network.body.register_forward_hook(lambda module, inputs, output: kept.update(output=output))
        logits = network(self.tensor().requires_grad_(True))["logits"]
        gradient, = torch.autograd.grad(log_odds(logits, 0).sum(), kept["output"])
        weights = gradient.mean([2, 3, 4], keepdim=True)
        small = (weights * kept["output"]).sum(1, keepdim=True).clamp(min=0).detach()
        expected = torch.nn.functional.interpolate(small, size=(16, 16, 16), mode="trilinear")[0, 0].numpy()
        _, found = self.explain("cam")
        numpy.testing.assert_allclose(found, expected, atol=1e-4 * numpy.abs(expected).max() + 1e-7)


if __name__ == "__main__":
    unittest.main()
