"""Sliding windows, maps and ordinal heads through the tools, beside MONAI's SlidingWindowInferer and torch.

    RADBATCH_BIN=build/bin RADBATCH_WORKERS=build/libexec/radbatch venv/bin/python tests/oracles/test_levels.py

Needs torch, MONAI, numpy and h5py.
"""

import hashlib
import itertools
import json
import pathlib
import sys
import unittest
import warnings

import h5py
import numpy
import torch
from monai.inferers import SlidingWindowInferer

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parents[1] / "cli"))
import harness  # noqa: E402

warnings.filterwarnings("ignore")  # TorchScript is deprecated upstream, and is what is tested here

FINDINGS = [{"name": "a"}, {"name": "b"}]
MAP = {"name": "map", "kind": "multi-label", "activation": "sigmoid", "findings": FINDINGS, "output": "0", "map": "max"}
PLAIN = {"name": "plain", "kind": "multi-label", "activation": "sigmoid", "findings": FINDINGS, "output": "1"}


class Network(torch.nn.Module):
    """A dense output and one that is not, [n, 2, 1, 1 ...]."""

    def __init__(self, dims):
        super().__init__()
        torch.manual_seed(dims)
        kind = torch.nn.Conv2d if dims == 2 else torch.nn.Conv3d
        self.body, self.pool = kind(2, 2, 3, padding=1), (torch.nn.AdaptiveAvgPool2d if dims == 2 else
                                                          torch.nn.AdaptiveAvgPool3d)(1)

    def forward(self, x):
        dense = self.body(x)
        return dense, self.pool(dense * dense) - 0.5


class Steps(torch.nn.Module):
    def forward(self, x):
        return torch.stack([x[:, 0, 0, 0], x[:, 0, 0, 1], x[:, 0, 1, 0]], 1)


class Levels(harness.CliTest):
    def make(self, network, name="model", **changes):
        harness.CliTest.bundle(self, name, plan=[{"name": "ScaleIntensity"}], pooling={"windows": "mean"},
                               inputs=[{"name": "image", "dims": [2, 3], "channels": [1, 2]}], **changes)
        path = self.folder / name / "models/model.ts"
        torch.jit.script(network.eval()).save(path)
        sidecar = json.loads((self.folder / name / "radbatch.json").read_text())
        sidecar["backends"][0] |= {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "bytes": path.stat().st_size}
        (self.folder / name / "radbatch.json").write_text(json.dumps(sidecar))

    def scores(self, tensor, name="model"):
        numpy.save(self.folder / "studies/x.npy", tensor.numpy())
        out = f"out-{name}"
        self.ends(self.infer("--prepared", model=name, out=out), 0)
        return self.rows(f"{out}/predictions.csv")[0], h5py.File(self.folder / out / "predictions.h5")

    def test_windows_are_monais(self):
        shapes = [((13, 9), (5, 4)), ((4, 21), (8, 8)), ((9, 10, 7), (4, 6, 4)), ((5, 3, 12), (6, 6, 6))]
        ways = [(0.25, "constant", "constant"), (0.5, "gaussian", "replicate"), (0.8, "gaussian", "reflect")]
        for number, ((shape, size), (overlap, mode, padding)) in enumerate(itertools.product(shapes, ways)):
            with self.subTest(shape=shape, size=size, overlap=overlap, mode=mode, padding=padding):
                name = f"m{number}"
                network = Network(len(shape))
                self.make(network, name, heads=[MAP, PLAIN], batch=3, windows={
                    "size": size, "overlap": overlap, "importance": mode, "padding_mode": padding})
                x = torch.randn(1, 2, *shape)
                seen = []
                with torch.no_grad():
                    dense = SlidingWindowInferer(size, 1, overlap, mode=mode, padding_mode=padding)(
                        x, lambda w: (seen.append(network(w)[1]), network(w)[0])[1])
                row, file = self.scores(x, name)
                expected = torch.sigmoid(dense.double()).amax(dim=tuple(range(2, dense.dim())))[0]
                numpy.testing.assert_allclose([float(row["map_p_a"]), float(row["map_p_b"])], expected, atol=2e-6)
                windows = torch.sigmoid(torch.cat(seen).flatten(1).double())
                numpy.testing.assert_allclose([float(row["plain_p_a"]), float(row["plain_p_b"])], windows.mean(0),
                                              atol=2e-6)
                if len(seen) > 1:
                    numpy.testing.assert_allclose(file["windows/x"][:, 2:], windows, atol=2e-6)
                    self.assertEqual(len(file["window_starts/x"]), len(seen))

    def test_windows_are_pooled_anew_without_the_network(self):
        self.make(Network(2), heads=[PLAIN], windows={"size": [5, 4]})
        _, file = self.scores(torch.randn(1, 2, 13, 9))
        self.ends(self.run_tool("radbatch", "repool", "out-model", "-o", "max", "--pooling", "windows=max"), 0)
        row = self.rows("max/predictions.csv")[0]
        self.assertEqual([numpy.float32(row["p_a"]), numpy.float32(row["p_b"])], list(file["windows/x"][()].max(axis=0)))

    def test_a_map_without_windows_is_reduced_item_by_item(self):
        network = Network(2)
        self.make(network, heads=[MAP | {"map": "top-k:25%"}])
        x = torch.randn(1, 2, 8, 6)
        row, _ = self.scores(x)
        with torch.no_grad():
            expected = torch.sigmoid(network(x)[0].double()).flatten(2).topk(12).values.mean(2)[0]
        numpy.testing.assert_allclose([float(row["p_a"]), float(row["p_b"])], expected, atol=2e-6)

    def test_grades_are_torchs(self):
        z = torch.tensor([1.5, 0.25, -2.0])
        x = torch.zeros(1, 1, 2, 2)
        x[0, 0, 0, 0], x[0, 0, 0, 1], x[0, 0, 1, 0] = z
        grades = [{"name": name} for name in ("one", "two", "three", "four")]
        steps = {"cumulative": torch.sigmoid(z.double()), "corn": torch.cumprod(torch.sigmoid(z.double()), 0)}
        for activation, above in steps.items():
            with self.subTest(activation):
                self.make(Steps(), activation, heads=[
                    {"name": "grade", "kind": "ordinal", "activation": activation, "findings": grades}])
                row, _ = self.scores(x, activation)
                expected = -torch.diff(above, prepend=torch.ones(1), append=torch.zeros(1))
                found = [float(row[f"p_{grade['name']}"]) for grade in grades]
                numpy.testing.assert_allclose(found, expected, atol=1e-6)
                self.assertAlmostEqual(float(row["expected"]), float(above.sum()), places=6)


if __name__ == "__main__":
    unittest.main()
