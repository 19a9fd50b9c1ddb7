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
        self.evaluation = report["labels"]

    @staticmethod
    def label_of(row, generator):
        """Half of the labels follow the scores, so that no area is near 0.5 by construction."""
        weights = [float(row[column]) for column in COLUMNS]
        return NAMES[weights.index(max(weights))] if generator.random() < 0.4 else generator.choice(NAMES)

    def agrees(self, ours, theirs):
        self.assertAlmostEqual(ours, float(theirs), delta=1e-12)

    def wilson_agrees(self, proportion):
        theirs = stats.binomtest(proportion["successes"], proportion["n"]).proportion_ci(0.95, "wilson")
        self.agrees(proportion["interval"]["low"], theirs.low)
        self.agrees(proportion["interval"]["high"], theirs.high)

    def test_areas_under_the_curve(self):
        areas = []
        for finding, name, column in zip(self.evaluation["findings"], NAMES, COLUMNS):
            scores = numpy.array([float(row[column]) for row in self.table])
            positive = numpy.array([label == name for label in self.truth])
            areas.append(metrics.roc_auc_score(positive, scores))
            self.agrees(finding["auroc"]["value"], areas[-1])
            self.agrees(finding["auroc"]["standard_error"], delong_error(scores[positive], scores[~positive]))
            curve = [(point["false_positive_rate"], point["true_positive_rate"]) for point in finding["roc"]]
            self.agrees(metrics.auc(*zip(*curve)), areas[-1])
        self.agrees(self.evaluation["macro_auroc"], numpy.mean(areas))

    def test_the_interval_of_an_area_on_the_logit_scale(self):
        for auroc in (finding["auroc"] for finding in self.evaluation["findings"]):
            area, error = auroc["value"], auroc["standard_error"]
            reach = stats.norm.ppf(0.975) * error / (area * (1 - area))
            middle = numpy.log(area / (1 - area))
            self.agrees(auroc["interval"]["low"], 1 / (1 + numpy.exp(reach - middle)))
            self.agrees(auroc["interval"]["high"], 1 / (1 + numpy.exp(-reach - middle)))

    def test_the_confusion_matrix(self):
        confusion = self.evaluation["confusion"]
        called = [NAMES[max(range(3), key=lambda i: float(row[COLUMNS[i]]))] for row in self.table]
        self.assertEqual(confusion["counts"], metrics.confusion_matrix(self.truth, called, labels=NAMES).tolist())
        self.agrees(confusion["accuracy"]["value"], metrics.accuracy_score(self.truth, called))
        self.agrees(confusion["balanced_accuracy"], metrics.balanced_accuracy_score(self.truth, called))
        self.wilson_agrees(confusion["accuracy"])

    def test_proportions_with_wilson_intervals(self):
        compared = 0
        for finding in self.evaluation["findings"]:
            for name in ("sensitivity", "specificity", "precision", "negative_predictive_value"):
                proportion = finding["decisions"][name]
                if proportion["n"] == 0:
                    continue
                self.agrees(proportion["value"], proportion["successes"] / proportion["n"])
                self.wilson_agrees(proportion)
                compared += 1
        self.assertGreaterEqual(compared, 8)


if __name__ == "__main__":
    unittest.main()
