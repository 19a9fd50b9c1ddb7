"""The numbers of report.json against scikit-learn and scipy, on random scores with ties and random labels.

    RADBATCH_BIN=build/bin RADBATCH_WORKERS=build/tests/fake-workers venv/bin/python tests/oracles/test_statistics.py
"""

import json
import pathlib
import random
import sys
import unittest

import numpy
from scipy import stats
from sklearn import metrics

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parents[1] / "cli"))
import harness  # noqa: E402

NAMES = [finding["name"] for finding in harness.SIDECAR["heads"][0]["findings"]]
COLUMNS = ["p_hand", "p_lung_opacity", "p_pneumothorax"]
N = 150


def delong_error(positive, negative):
    """Standard error of the area from its definition: every pair is compared."""
    wins = numpy.greater.outer(positive, negative) + 0.5 * numpy.equal.outer(positive, negative)
    return numpy.sqrt(wins.mean(1).var(ddof=1) / len(positive) + wins.mean(0).var(ddof=1) / len(negative))


class Statistics(harness.CliTest):
    def setUp(self):
        super().setUp()
        generator = random.Random(1)
        for i in range(N):
            self.image(f"case{i:03}.fake", round(generator.random(), 1))  # one decimal: many scores are equal
        self.ends(self.infer(), 0)
        self.table = self.rows("out/predictions.csv")
        self.truth = [self.label_of(row, generator) for row in self.table]
        lines = [f"{row['case_id']},{label}\n" for row, label in zip(self.table, self.truth)]
        self.path("labels.csv").write_text("case_id,label\n" + "".join(lines), encoding="utf-8")
        self.ends(self.run_tool("radbatch-report", "out", "--labels", "labels.csv"), 0)
        report = json.loads(self.path("out/report.json").read_text(encoding="utf-8"))
        self.evaluation = report["parts"]["discrimination"]["models"][0]

    @staticmethod
    def label_of(row, generator):
        """Half of the labels follow the scores, so that no area is near 0.5 by construction."""
        weights = [float(row[column]) for column in COLUMNS]
        return NAMES[weights.index(max(weights))] if generator.random() < 0.4 else generator.choice(NAMES)

    def agrees(self, ours, theirs):
        self.assertAlmostEqual(ours, float(theirs), delta=1e-12)

    def wilson_agrees(self, successes, estimate):
        self.assertEqual(estimate["method"], "Wilson")
        theirs = stats.binomtest(successes, estimate["n"]).proportion_ci(0.95, "wilson")
        self.agrees(estimate["value"], successes / estimate["n"])
        self.agrees(estimate["lower"], theirs.low)
        self.agrees(estimate["upper"], theirs.high)

    def scores_of(self, name, column):
        scores = numpy.array([float(row[column]) for row in self.table])
        positive = numpy.array([label == name for label in self.truth])
        return scores, positive

    def test_areas_under_the_curve(self):
        areas = []
        for finding, name, column in zip(self.evaluation["findings"], NAMES, COLUMNS):
            scores, positive = self.scores_of(name, column)
            areas.append(metrics.roc_auc_score(positive, scores))
            self.agrees(finding["auroc"]["value"], areas[-1])
            curve = [(point["false_positive_rate"], point["true_positive_rate"]) for point in finding["roc"]]
            self.agrees(metrics.auc(*zip(*curve)), areas[-1])
            self.agrees(finding["average_precision"]["value"], metrics.average_precision_score(positive, scores))
        macro = next(row["macro"] for row in self.evaluation["averages"]["rows"] if row["metric"] == "auroc")
        self.agrees(macro["value"], numpy.mean(areas))

    def test_the_interval_of_an_area_on_the_logit_scale(self):
        for finding, name, column in zip(self.evaluation["findings"], NAMES, COLUMNS):
            scores, positive = self.scores_of(name, column)
            area, error = finding["auroc"]["value"], delong_error(scores[positive], scores[~positive])
            reach = stats.norm.ppf(0.975) * error / (area * (1 - area))
            middle = numpy.log(area / (1 - area))
            self.agrees(finding["auroc"]["lower"], 1 / (1 + numpy.exp(reach - middle)))
            self.agrees(finding["auroc"]["upper"], 1 / (1 + numpy.exp(-reach - middle)))

    def test_the_confusion_matrix(self):
        classes = self.evaluation["classes"]
        called = [NAMES[max(range(3), key=lambda i: float(row[COLUMNS[i]]))] for row in self.table]
        self.assertEqual(classes["confusion"], metrics.confusion_matrix(self.truth, called, labels=NAMES).tolist())
        self.agrees(classes["accuracy"]["value"], metrics.accuracy_score(self.truth, called))
        self.agrees(classes["balanced_accuracy"]["value"], metrics.balanced_accuracy_score(self.truth, called))

    def test_proportions_with_wilson_intervals(self):
        compared = 0
        for finding in self.evaluation["findings"]:
            for point in finding["operating_points"]:
                for name, successes in (("sensitivity", "true_positive"), ("specificity", "true_negative")):
                    if point.get(name, {}).get("n"):
                        self.wilson_agrees(point[successes], point[name])
                        compared += 1
        self.assertGreaterEqual(compared, 2)


if __name__ == "__main__":
    unittest.main()
