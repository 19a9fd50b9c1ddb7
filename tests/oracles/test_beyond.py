"""Folds, test-time augmentation, calibration, conformal sets and distances against torch, scipy and scikit-learn, with the
real workers and networks made here.

    RADBATCH_BIN=build/bin RADBATCH_WORKERS=build/libexec/radbatch venv/bin/python tests/oracles/test_beyond.py

Needs torch in the version of radbatch's LibTorch, numpy, scipy, scikit-learn and h5py.
"""

import csv
import hashlib
import json
import pathlib
import subprocess
import sys
import unittest
import warnings

import h5py
import numpy
import scipy.ndimage
import scipy.spatial.distance
import scipy.special
import scipy.stats
import sklearn.isotonic
import torch

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parents[1] / "cli"))
import harness  # noqa: E402

warnings.filterwarnings("ignore")  # TorchScript is deprecated upstream, and is what is tested here
SLUGS = ("a", "b", "c")
SHAPE = (1, 1, 12, 10, 4)  # N,C,R,A,S


class Network(torch.nn.Module):
    """Sees where things are, so that a flip, a rotation and a shift each change its answer."""

    def __init__(self, seed):
        super().__init__()
        torch.manual_seed(seed)
        self.convolution = torch.nn.Conv3d(1, 4, 3, stride=2)
        self.dense = torch.nn.Linear(4 * 5 * 4 * 1, 3)

    def forward(self, x):
        y = torch.relu(self.convolution(x)).flatten(1)
        return {"logits": self.dense(y), "features": y[:, :5]}


def rotated(volume, degrees, shift=(0, 0)):
    """The plane of the first two axes about its centre, as augment.hpp says it."""
    angle = numpy.deg2rad(degrees)
    matrix = numpy.array([[numpy.cos(angle), numpy.sin(angle)], [-numpy.sin(angle), numpy.cos(angle)]])
    centre = (numpy.array(volume.shape[:2]) - 1) / 2
    offset = centre - matrix @ (centre + numpy.array(shift))
    return numpy.stack([scipy.ndimage.affine_transform(volume[:, :, k].astype(float), matrix, offset=offset, order=1,
                                                       mode="nearest") for k in range(volume.shape[2])], 2)


class Beyond(harness.CliTest):
    FOLDS = 2

    def setUp(self):
        super().setUp()
        random = numpy.random.default_rng(3)
        self.cases = [(random.random(SHAPE) ** 2).astype(numpy.float32) for _ in range(6)]
        for i, values in enumerate(self.cases):
            with h5py.File(self.folder / "studies" / f"case{i}.h5", "w") as file:
                file[f"tensors/case{i}/image"] = values
                file[f"tensors/case{i}/image"].attrs["axes"] = "N,C,R,A,S"
        self.networks = [Network(seed).eval() for seed in range(self.FOLDS)]
        self.write_bundle()

    def write_bundle(self, **changes):
        (self.folder / "model/models").mkdir(parents=True, exist_ok=True)
        sidecar = json.loads(json.dumps(harness.SIDECAR)) | {"backends": [], "golden": []}
        tensor = self.folder / "model/golden.npy"
        numpy.save(tensor, self.cases[0])
        for fold, network in enumerate(self.networks):
            path = self.folder / f"model/models/fold{fold}.ts"
            torch.jit.script(network).save(str(path))
            sidecar["backends"].append({"file": f"models/fold{fold}.ts", "kind": "torchscript", "fold": fold,
                                        "sha256": self.digest(path)})
            sidecar["golden"].append({"tensor": "golden.npy", "tensor_sha256": self.digest(tensor), "fold": fold,
                                      "tolerance": 1e-5, "output": {"logits": self.outputs(fold, self.cases[0])["logits"].tolist()}})
        sidecar["heads"] = [{"name": "h", "kind": "multi-class", "activation": "softmax", "output": "logits",
                             "findings": [{"name": slug} for slug in SLUGS]}]
        sidecar["plan"] = [{"name": "EnsureChannelFirst"}]
        (self.folder / "model/radbatch.json").write_text(json.dumps(sidecar | changes))

    @staticmethod
    def digest(path):
        return hashlib.sha256(path.read_bytes()).hexdigest()

    def outputs(self, fold, values):
        with torch.no_grad():
            return {name: output.numpy() for name, output in
                    self.networks[fold](torch.from_numpy(numpy.ascontiguousarray(values, numpy.float32))).items()}

    def probabilities(self, fold, values):
        return scipy.special.softmax(self.outputs(fold, values)["logits"][0].astype(float))

    def infer_rows(self, *words, out="out"):
        result = self.infer("--prepared", *words, out=out)
        self.assertEqual(result.code, 0, result.stderr + str(self.details(out) if result.code == 8 else ""))
        return self.rows(f"{out}/predictions.csv")

    def scores_are(self, rows, expected, tolerance=2e-6):
        found = numpy.array([[float(row[f"p_{slug}"]) for slug in SLUGS] for row in rows])
        numpy.testing.assert_allclose(found, expected, atol=tolerance)

    def test_folds_and_sights_are_torchs_and_scipys(self):
        rows = self.infer_rows("--tta", "flips:LR+SI,rotate:7,shift:1.5")
        expected, spread = [], []
        for values in self.cases:
            sights = [values, numpy.flip(values, 2), numpy.flip(values, 4), numpy.flip(values, (2, 4))]
            moves = [(7, (0, 0)), (-7, (0, 0)), (0, (1.5, 0)), (0, (-1.5, 0)), (0, (0, 1.5)), (0, (0, -1.5))]
            sights += [rotated(values[0, 0], *move)[None, None] for move in moves]
            answers = numpy.array([self.probabilities(fold, sight) for fold in range(self.FOLDS) for sight in sights])
            expected.append(answers.mean(0))
            spread.append(answers.std(0, ddof=1))
        self.scores_are(rows, expected)
        found = numpy.array([[float(row[f"p_{slug}_sd"]) for slug in SLUGS] for row in rows])
        numpy.testing.assert_allclose(found, spread, atol=2e-6)

    def test_the_members_of_predictions_h5(self):
        self.infer_rows()
        with h5py.File(self.folder / "out/predictions.h5") as file:
            members = file["members"]
            self.assertEqual([dim.label for dim in members.dims], ["case", "member", "finding"])
            self.assertEqual(members.dims[1][0][()].tolist(), [b"fold-0", b"fold-1"])
            expected = [[self.probabilities(fold, values) for fold in range(self.FOLDS)] for values in self.cases]
            numpy.testing.assert_allclose(members[()], expected, atol=1e-6)

    def test_a_fold_whose_golden_output_is_another_is_refused(self):
        sidecar = json.loads((self.folder / "model/radbatch.json").read_text())
        sidecar["golden"][0]["fold"], sidecar["golden"][1]["fold"] = 1, 0
        (self.folder / "model/radbatch.json").write_text(json.dumps(sidecar))
        self.ends(self.infer("--prepared"), 4, "golden 'golden': output 'logits' value 0 is")

    def test_isotonic_calibration_is_scikit_learns(self):
        random = numpy.random.default_rng(5)
        curves, fits = {}, []
        for slug in SLUGS:
            x = random.random(200)
            fit = sklearn.isotonic.IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(x, random.random(200) < x)
            curves[slug] = {"x": fit.X_thresholds_.tolist(), "y": fit.y_thresholds_.tolist()}
            fits.append(fit)
        self.write_bundle(calibration={"kind": "isotonic", "parameters": curves})
        expected = []
        for values in self.cases:
            mean = numpy.mean([self.probabilities(fold, values) for fold in range(self.FOLDS)], 0)
            p = numpy.array([fit.predict([value])[0] for fit, value in zip(fits, mean)])
            expected.append(p / p.sum())
        self.scores_are(self.infer_rows(), expected, 2e-5)

    def test_entropy_and_distances(self):
        random = numpy.random.default_rng(7)
        sample = random.normal(size=(50, 5))
        mean, covariance = sample.mean(0).astype("<f4"), numpy.cov(sample.T).astype("<f4")
        numpy.save(self.folder / "mean.npy", mean)
        numpy.save(self.folder / "covariance.npy", covariance)
        counts, edges = numpy.histogram(random.random(1000), 8, (0, 1))
        self.write_bundle(reference={
            "features": {"output": "features", "mean": "mean.npy", "mean_sha256": self.digest(self.folder / "mean.npy"),
                         "covariance": "covariance.npy",
                         "covariance_sha256": self.digest(self.folder / "covariance.npy")},
            "histogram": {"edges": edges.tolist(), "fractions": (counts / 1000).tolist(), "distance": "wasserstein"}})
        for name in ("mean.npy", "covariance.npy"):
            (self.folder / name).rename(self.folder / "model" / name)
        rows = self.infer_rows("--ood", "--entropy")
        precision = numpy.linalg.inv(covariance.astype(float))
        centres = (edges[1:] + edges[:-1]) / 2
        histogram_rows = self.infer_rows("--ood-kind", "histogram", out="histogram")
        for row, other, values in zip(rows, histogram_rows, self.cases):
            features = self.outputs(0, values)["features"][0]
            distance = scipy.spatial.distance.mahalanobis(features, mean, precision)
            self.assertAlmostEqual(float(row["ood_score"]), distance, delta=1e-5 * distance)
            p = numpy.mean([self.probabilities(fold, values) for fold in range(self.FOLDS)], 0)
            self.assertAlmostEqual(float(row["entropy"]), scipy.stats.entropy(p), places=5)
            seen = numpy.histogram(values, edges)[0]
            self.assertAlmostEqual(float(other["ood_score"]),
                                   scipy.stats.wasserstein_distance(centres, centres, seen, counts), places=6)

    def test_the_reference_that_the_tool_makes(self):
        random = numpy.random.default_rng(13)
        features = random.normal(size=(60, 5)).astype(numpy.float32)
        tensors = random.random((12, 200)).astype(numpy.float32)
        with h5py.File(self.folder / "features.h5", "w") as file:
            file["features"] = features
        (self.folder / "t/tensors").mkdir(parents=True)
        for i, values in enumerate(tensors):
            with h5py.File(self.folder / f"t/tensors/{i:02}.h5", "w") as file:
                file[f"tensors/{i:02}/image"] = values
        subprocess.run([sys.executable, harness.ROOT / "models/tools/reference.py", "model", "--features", "features.h5",
                        "--output", "features", "--tensors", "t", "--bins", "4", "--shrinkage", "0.1", "--quantile", "1"],
                       cwd=self.folder, check=True)
        reference = json.loads((self.folder / "model/radbatch.json").read_text())["reference"]
        used, held = features[::2], features[1::2]
        covariance = 0.9 * numpy.cov(used.T) + 0.1 * numpy.trace(numpy.cov(used.T)) / 5 * numpy.eye(5)
        distance = lambda row: scipy.spatial.distance.mahalanobis(row, used.mean(0), numpy.linalg.inv(covariance))
        self.assertAlmostEqual(reference["features"]["limit"], max(map(distance, held)), places=4)
        shares = [numpy.histogram(row, reference["histogram"]["edges"])[0] / 200 for row in tensors]
        mean = numpy.mean(shares[::2], 0)
        self.assertAlmostEqual(reference["histogram"]["limit"], max(
            scipy.spatial.distance.jensenshannon(row, mean, base=2) for row in shares[1::2]), places=6)
        for row, values in zip(self.infer_rows("--ood"), self.cases):
            expected = distance(self.outputs(0, values)["features"][0])
            self.assertAlmostEqual(float(row["ood_score"]), expected, delta=1e-4 * expected)

    def test_conformal_sets_are_numpys(self):
        random = numpy.random.default_rng(11)
        p = scipy.special.softmax(random.normal(size=(99, 3)), 1).astype(numpy.float32)
        labels = [random.choice(3, p=row / row.sum()) for row in p.astype(float)]
        with open(self.folder / "calibration.csv", "w", newline="") as file:
            table = csv.writer(file)
            table.writerow(["case_id", *(f"p_{slug}" for slug in SLUGS), "label"])
            for i, (row, label) in enumerate(zip(p, labels)):
                table.writerow([f"c{i}", *map(str, row), SLUGS[label]])
        for method in ("lac", "aps"):
            rows = self.infer_rows("--conformal", "calibration.csv", "--alpha", "0.2", "--conformal-method", method, out=method)

            def scores(q):
                if method == "lac":
                    return 1 - q
                order = numpy.argsort(-q, kind="stable")
                result = numpy.empty(3)
                result[order] = numpy.cumsum(q[order])
                return result

            true = sorted(scores(row.astype(float))[label] for row, label in zip(p, labels))
            threshold = true[int(numpy.ceil(100 * 0.8)) - 1]
            for row in rows:
                q = numpy.array([numpy.float32(row[f"p_{slug}"]) for slug in SLUGS]).astype(float)
                fitting = [slug for slug, score in zip(SLUGS, scores(q)) if score <= threshold]
                self.assertEqual(row["conformal_set"], " ".join(fitting) or "{}", method)


if __name__ == "__main__":
    unittest.main()
