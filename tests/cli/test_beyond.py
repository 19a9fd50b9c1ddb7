"""What infer tells besides a score: folds, test-time augmentation, calibration, conformal sets, distance; ensembles.

The fake network answers for fold k with the mean of the tensor plus k/20, for the n-th sight plus n/100
(tests/support/fake_worker.cpp), so every number below is made again with Python's own arithmetic.
"""

import hashlib
import json
import math
import statistics
import struct
import unittest

import harness

FINDINGS = ("hand", "lung_opacity", "pneumothorax")


def softmax(values):
    powers = [math.exp(value - max(values)) for value in values]
    return [power / sum(powers) for power in powers]


def answer(mean, fold=0, sight=0):
    """The probabilities of one pass of the fake network."""
    x = mean + fold / 20 + sight / 100
    return softmax([x, 1 - x, x * x])


def npy(shape, values):
    """A NumPy file of float32 in C order."""
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + struct.pack(f"<{len(values)}f", *values)


class BeyondTest(harness.CliTest):
    def setUp(self):
        super().setUp()
        self.images(4)

    def folds(self, n, **changes):
        """A bundle whose backends are n folds, each with weights of its own."""
        self.bundle(**changes)
        sidecar = json.loads(self.path("model/radbatch.json").read_text())
        data = self.path("model/models/model.ts").read_bytes()
        sidecar["backends"] = []
        for fold in range(n):
            (self.path(f"model/models/fold{fold}.ts")).write_bytes(data)
            sidecar["backends"].append({"file": f"models/fold{fold}.ts", "kind": "torchscript", "fold": fold,
                                        "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)})
        self.path("model/radbatch.json").write_text(json.dumps(sidecar), encoding="utf-8")

    def row(self, out="out"):
        return self.rows(f"{out}/predictions.csv")[0]

    def field(self, name, out="out"):
        package = json.loads(self.path(f"{out}/datapackage.json").read_text())
        return next(field for field in package["resources"][0]["schema"]["fields"] if field["name"] == name)

    def near(self, text, value, tolerance=2e-7):
        self.assertAlmostEqual(float(text), value, delta=tolerance * max(1, abs(value)))

    def averages(self, row, answers):
        """Mean and sample standard deviation of `answers` are what the row says."""
        for i, slug in enumerate(FINDINGS):
            values = [one[i] for one in answers]
            self.near(row[f"p_{slug}"], statistics.fmean(values))
            self.near(row[f"p_{slug}_sd"], statistics.stdev(values))

    def again_is_the_same(self, *words):
        """Shards, and the same command once more, give the bytes of one run."""
        before = self.tables()
        self.ends(self.infer(*words), 0, "none decoded")
        self.assertEqual(self.tables(), before)
        for shard in ("1/2", "0/2"):
            self.ends(self.infer(*words, "--shard", shard, out="shards"), 0)
        self.ends(self.run_tool("radbatch", "merge", "shards"), 0)
        self.assertEqual(self.tables("shards"), before)


class Folds(BeyondTest):
    def test_all_folds_answer_together(self):
        self.folds(3)
        self.ends(self.infer(), 0)
        self.averages(self.row(), [answer(0.9, fold) for fold in range(3)])
        self.again_is_the_same()

    def test_chosen_folds_alone(self):
        self.folds(3)
        self.ends(self.infer("--folds", "2,0"), 0)
        self.averages(self.row(), [answer(0.9, fold) for fold in (0, 2)])
        self.again_is_the_same("--folds", "0,2")
        self.ends(self.infer(), 2, "belongs to another run", "options/folds")

    def test_one_fold_has_no_spread(self):
        self.folds(2)
        self.ends(self.infer("--folds", "1"), 0)
        self.near(self.row()["p_hand"], answer(0.9, 1)[0])
        self.assertNotIn("p_hand_sd", self.row())

    def test_folds_that_are_not_there(self):
        self.folds(2)
        self.ends(self.infer("--folds", "2"), 2, "model 'fake' has no fold 2; it has 0 to 1")
        self.bundle("plain")
        self.ends(self.infer("--folds", "0", model="plain", out="plain-out"), 2, "has no folds of the kind torchscript")

    def test_the_weights_of_every_fold_are_verified(self):
        self.folds(2)
        self.path("model/models/fold1.ts").write_bytes(b"other")
        self.ends(self.infer(), 4, "models/fold1.ts has 5 bytes")


class Tta(BeyondTest):
    def test_mean_and_spread_over_the_sights(self):
        self.ends(self.infer("--tta", "rotate:5,flips:LR+AP"), 0)
        self.averages(self.row(), [answer(0.9, 0, sight) for sight in range(6)])
        self.again_is_the_same("--tta", "flips:LR+AP,rotate:5")

    def test_a_killed_run_goes_on_to_the_same_bytes(self):
        self.images(30, behaviour={"prepare": "sleep:20"})
        whole = self.undisturbed("--tta", "flips:LR")
        process = self.start_infer("--tta", "flips:LR")
        self.wait_for_commits(3)
        process.kill()
        self.finish(process)
        self.ends(self.infer("--tta", "flips:LR"), 0)
        self.assertEqual(self.tables(), whole)

    def test_with_folds_the_mean_is_of_all(self):
        self.folds(2)
        self.ends(self.infer("--tta", "flips:AP"), 0)
        self.averages(self.row(), [answer(0.9, fold, sight) for fold in range(2) for sight in range(2)])

    def test_the_bundle_says_what_is_sensible(self):
        self.bundle(tta=["flips:AP", "shift:2"])
        self.ends(self.infer("--tta", "flips:LR"), 2, "the model does not declare 'flips:LR' as sensible; it declares flips:AP,shift:2")
        self.ends(self.infer("--tta", "bundle"), 0)
        self.averages(self.row(), [answer(0.9, 0, sight) for sight in range(6)])

    def test_a_bundle_that_forbids_it(self):
        self.bundle(tta=[])
        self.ends(self.infer("--tta", "rotate:1"), 2, "it declares none")

    def test_flips_are_never_guessed(self):
        self.ends(self.infer("--tta", "flips"), 2, "name the axes along which a mirror image is still right")

    def test_an_axis_that_the_tensor_has_not_costs_its_cases(self):
        self.ends(self.infer("--tta", "flips:SI"), 8)
        self.assertEqual(set(self.ledger().values()), {"E_DIMENSION"})
        self.assertEqual(self.row()["p_hand"], "")


class Calibration(BeyondTest):
    TEMPERATURE = {"kind": "temperature", "parameters": {"temperature": 2.0}, "fitted_on": "tests"}

    def test_the_bundles_calibration_is_of_the_mean(self):
        self.folds(2, calibration=self.TEMPERATURE)
        self.ends(self.infer(), 0)
        means = [statistics.fmean(pair) for pair in zip(answer(0.9), answer(0.9, 1))]
        for slug, value in zip(FINDINGS, softmax([math.log(mean) / 2 for mean in means])):
            self.near(self.row()[f"p_{slug}"], value)
        self.again_is_the_same()

    def test_without_it(self):
        self.bundle(calibration=self.TEMPERATURE)
        self.ends(self.infer("--no-calibration"), 0)
        self.near(self.row()["p_hand"], answer(0.9)[0])
        self.ends(self.infer(), 2, "options/calibration")

    def test_thresholds_are_of_calibrated_values(self):
        never = {slug: {"slope": 1, "intercept": -9 if slug == "pneumothorax" else 0} for slug in FINDINGS}
        heads = [harness.SIDECAR["heads"][0] | {"thresholds": {"pneumothorax": 0.2}}]
        self.bundle(heads=heads, calibration={"kind": "platt", "parameters": never})
        self.ends(self.infer(), 0)
        self.assertEqual(self.row()["d_pneumothorax"], "0")
        self.ends(self.infer("--no-calibration", out="raw"), 0)
        self.assertEqual(self.row("raw")["d_pneumothorax"], "1")


class Uncertainty(BeyondTest):
    def test_entropy_of_the_probabilities(self):
        self.ends(self.infer("--entropy"), 0)
        self.near(self.row()["entropy"], -sum(p * math.log(p) for p in answer(0.9)))
        self.assertEqual(self.field("entropy")["unit"], "nat")
        self.again_is_the_same("--entropy")


class Conformal(BeyondTest):
    def table(self, n, label="hand"):
        """Calibration cases whose score of the true finding is i/100."""
        lines = ["case_id,p_hand,p_lung_opacity,p_pneumothorax,label"]
        lines += [f"c{i},{1 - i / 100:.2f},{i / 100:.2f},0,{label}" for i in range(1, n + 1)]
        self.path("calibration.csv").write_text("\n".join(lines) + "\n")
        return "calibration.csv"

    def test_sets_hold_what_fits_the_table(self):
        words = ("--conformal", self.table(69), "--alpha", "0.1")
        self.ends(self.infer(*words), 0)
        field = self.field("conformal_set")
        self.assertEqual((field["calibration_cases"], field["alpha"], field["conformal_method"]), (69, 0.1, "lac"))
        self.assertAlmostEqual(field["conformal_threshold"], 0.63, places=6)  # the 63rd smallest of 69
        fitting = [slug for slug, p in zip(FINDINGS, answer(0.9)) if 1 - p <= 0.63]
        self.assertEqual(self.row()["conformal_set"], " ".join(fitting))
        self.again_is_the_same(*words)

    def test_an_empty_set_is_written_as_such(self):
        self.ends(self.infer("--conformal", self.table(9)), 0)
        self.assertEqual(self.row()["conformal_set"], "{}")

    def test_merge_does_not_need_the_table(self):
        self.ends(self.infer("--conformal", self.table(69)), 0)
        before = self.tables()
        self.path("calibration.csv").unlink()
        self.ends(self.run_tool("radbatch", "merge", "out"), 0)
        self.assertEqual(self.tables(), before)

    def test_tables_that_do_not_fit(self):
        self.ends(self.infer("--conformal", self.table(8)), 2, "8 calibration cases are too few for alpha 0.1",
                  "at least 9 are needed")
        self.ends(self.infer("--conformal", self.table(9, "tumour")), 2, "calibration.csv: line 2: the label 'tumour'")
        self.ends(self.infer("--conformal", "nowhere.csv"), 2, "nowhere.csv")
        self.ends(self.infer("--alpha", "0.2"), 2, "are for --conformal TABLE")
        self.assertFalse(self.path("out").exists())


class OutOfDistribution(BeyondTest):
    def reference(self, limit):
        """Features around (0.9, 0.81) with a diagonal covariance."""
        mean, covariance = npy("(2,)", [0.9, 0.81]), npy("(2, 2)", [0.01, 0, 0, 0.04])
        digest = lambda data: hashlib.sha256(data).hexdigest()
        self.bundle(reference={"features": {
            "output": "features", "mean": "mean.npy", "mean_sha256": digest(mean), "covariance": "covariance.npy",
            "covariance_sha256": digest(covariance), "limit": limit}})
        self.path("model/mean.npy").write_bytes(mean)
        self.path("model/covariance.npy").write_bytes(covariance)

    def test_distance_of_features_and_the_flag_beyond_the_limit(self):
        self.image("far.fake", 2.0)
        self.reference(3)
        self.ends(self.infer("--ood"), 0)
        rows = {row["case_id"]: row for row in self.rows("out/predictions.csv")}
        distance = lambda x: math.hypot((x - 0.9) / 0.1, (x * x - 0.81) / 0.2)
        # The tensor and the reference are float32, and the covariance divides by a tenth.
        self.near(rows["case003.fake"]["ood_score"], distance(0.87), 1e-5)
        self.near(rows["far.fake"]["ood_score"], distance(2), 1e-5)
        self.assertNotIn("W_OUT_OF_DISTRIBUTION", rows["case003.fake"]["flags"])
        self.assertIn("W_OUT_OF_DISTRIBUTION", rows["far.fake"]["flags"])
        self.assertEqual(self.field("ood_score")["ood_kind"], "mahalanobis")
        self.again_is_the_same("--ood")

    def test_distance_of_the_histogram(self):
        self.bundle(reference={"histogram": {"edges": [0, 0.5, 1, 4], "fractions": [0.5, 0.5, 0], "limit": 0.9}})
        self.image("far.fake", 2.0)
        self.ends(self.infer("--ood"), 0)
        rows = {row["case_id"]: row for row in self.rows("out/predictions.csv")}
        # scipy.spatial.distance.jensenshannon([0, 1, 0], [0.5, 0.5, 0], base=2)
        self.near(rows["case000.fake"]["ood_score"], 0.5579230452841438)
        self.assertEqual(rows["far.fake"]["ood_score"], "1")
        self.assertIn("W_OUT_OF_DISTRIBUTION", rows["far.fake"]["flags"])
        self.assertNotIn("W_OUT_OF_DISTRIBUTION", rows["case000.fake"]["flags"])
        self.again_is_the_same("--ood")

    def test_a_model_without_a_reference(self):
        self.ends(self.infer("--ood"), 2, "model 'fake' has no reference of its training data")
        self.bundle("other", reference={"histogram": {"edges": [0, 1], "fractions": [1]}})
        self.ends(self.infer("--ood-kind", "features", model="other"), 2, "the reference of model 'fake' has no features")

    def test_a_reference_that_was_changed(self):
        self.reference(3)
        self.path("model/mean.npy").write_bytes(npy("(2,)", [0, 0]))
        self.ends(self.infer("--ood"), 4, "mean.npy has not the declared SHA-256")


class Ensemble(BeyondTest):
    def setUp(self):
        super().setUp()
        self.bundle()
        self.bundle("shifted", calibration={"kind": "temperature", "parameters": {"temperature": 2.0}})
        self.rename("shifted")
        self.ends(self.infer(out="one"), 0)
        self.ends(self.infer(model="shifted", out="two"), 0)

    def rename(self, name):
        sidecar = json.loads(self.path(f"{name}/radbatch.json").read_text())
        self.path(f"{name}/radbatch.json").write_text(json.dumps(sidecar | {"name": name}))

    def ensemble(self, *words, runs=("one", "two"), out="both"):
        return self.run_tool("radbatch-ensemble", *runs, "-o", out, *words)

    def values(self):
        cold = softmax([math.log(p) / 2 for p in answer(0.9)])
        return answer(0.9), cold

    def test_the_mean_of_two_runs_is_a_run_folder(self):
        self.ends(self.ensemble(), 0, "4 cases combined, 0 without result")
        self.averages(self.row("both"), self.values())
        self.assertEqual(set(self.ledger("both").values()), {"done"})
        run = json.loads(self.path("both/run.json").read_text())
        self.assertEqual((run["tool"], run["model"]["name"]), ("ensemble", "fake + shifted"))

    def test_weights_logit_mean_and_thresholds(self):
        self.ends(self.ensemble("--weights", "3,1", "--threshold", "hand=0.1"), 0)
        one, two = self.values()
        self.near(self.row("both")["p_hand"], (3 * one[0] + two[0]) / 4)
        self.assertEqual(self.row("both")["d_hand"], "1")
        self.ends(self.ensemble("--mean", "logit", out="logit"), 0)
        roots = [math.sqrt(a * b) for a, b in zip(one, two)]
        self.near(self.row("logit")["p_hand"], roots[0] / sum(roots))

    def test_again_changes_no_file_and_other_options_need_another_folder(self):
        self.ensemble()
        before = self.times("both")
        self.ends(self.ensemble(), 0)
        self.assertEqual(self.times("both"), before)
        self.ends(self.ensemble("--weights", "1,2"), 2, "belongs to another run", "options/weights")

    def test_merge_why_and_report_read_it(self):
        self.ensemble()
        before = self.tables("both")
        self.ends(self.run_tool("radbatch", "merge", "both"), 0)
        self.assertEqual(self.tables("both"), before)
        self.assertIn("p_hand_sd", self.ends(self.run_tool("radbatch", "why", "both", "case000.fake"), 0).stdout)
        self.ends(self.run_tool("radbatch-report", "both"), 0)

    def test_an_ensemble_of_an_ensemble(self):
        self.ensemble()
        self.ends(self.ensemble(runs=("both", "one"), out="third"), 0)
        one, two = self.values()
        self.near(self.row("third")["p_hand"], (3 * one[0] + two[0]) / 4)

    def test_a_case_that_one_run_has_not(self):
        self.image("broken.fake", harness.CLASSIFY["nan"])
        self.ends(self.infer(), 8)
        self.ends(self.infer(model="shifted", out="second"), 8)
        self.ends(self.ensemble(runs=("out", "second")), 8, "1 without result")
        self.assertEqual(self.ledger("both")["broken.fake"], "E_NONFINITE")

    def test_runs_that_do_not_belong_together(self):
        self.image("more.fake", 0.5)
        self.ends(self.infer(out="larger"), 0)
        self.ends(self.ensemble(runs=("one", "larger")), 2, "larger has not the cases of one: 1 that the other lacks (more.fake)")
        heads = [{"name": "h", "kind": "multi-class", "activation": "softmax",
                  "findings": [{"name": "Hand"}, {"name": "Foot"}, {"name": "Head"}]}]
        self.bundle("other", heads=heads)
        self.ends(self.infer(model="other", out="feet"), 0)
        self.ends(self.ensemble(runs=("larger", "feet")), 2, "feet has not the findings of larger: 2 that it lacks (p_lung_opacity")
        self.ends(self.ensemble(runs=("one",)), 2, "an ensemble needs two runs or more")
        self.ends(self.ensemble(runs=("one", "studies")), 2, "studies holds no run of radbatch")
        self.ends(self.ensemble("--weights", "1,2,3"), 2, "3 weights for 2 runs")
        self.ends(self.ensemble("--threshold", "foot=0.5"), 2, "no finding is called 'foot'")

    def test_a_run_that_is_not_finished(self):
        self.infer("--shard", "0/2", out="half")
        self.ends(self.ensemble(runs=("one", "half")), 2, "half is not finished:")


if __name__ == "__main__":
    unittest.main()
