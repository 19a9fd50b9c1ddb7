"""Golden numbers for the report's discrimination statistics, from other people's software.

    python make_report_statistics.py [--check] [--output ../data/statistics/discrimination.json]

scikit-learn, statsmodels and scipy where they have the statistic; DeLong (1988) and Obuchowski (1997) over all pairs,
as their papers define them, in numpy. --check writes nothing and fails when a number would change by more than 1e-9.
"""

import argparse
import json
import pathlib
import sys

import numpy as np
from scipy import optimize, stats
from sklearn import metrics
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.contingency_tables import Table2x2
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.proportion import proportion_confint

HERE = pathlib.Path(__file__).absolute().parent
Z = stats.norm.ppf(0.975)


def kernel(scores, positive):
    """psi of every positive unit (row) against every negative one (column)."""
    a, b = scores[positive], scores[~positive]
    return np.greater.outer(a, b) + 0.5 * np.equal.outer(a, b)


def delong_covariance(all_scores, positive):
    kernels = [kernel(scores, positive) for scores in all_scores]
    m, n = kernels[0].shape
    return (np.atleast_2d(np.cov([k.mean(1) for k in kernels], ddof=1)) / m
            + np.atleast_2d(np.cov([k.mean(0) for k in kernels], ddof=1)) / n)


def obuchowski_covariance(all_scores, positive, cluster):
    """S10, S01 and S11 of the paper, cluster by cluster."""
    v10 = [kernel(scores, positive).mean(1) for scores in all_scores]
    v01 = [kernel(scores, positive).mean(0) for scores in all_scores]
    areas = [v.mean() for v in v10]
    m, n = positive.sum(), (~positive).sum()
    clusters = np.unique(cluster)
    of_positive, of_negative = cluster[positive], cluster[~positive]
    i10, i01, i = len(np.unique(of_positive)), len(np.unique(of_negative)), len(clusters)
    x = np.array([[v[of_positive == c].sum() - (of_positive == c).sum() * a for c in clusters]
                  for v, a in zip(v10, areas)])
    y = np.array([[v[of_negative == c].sum() - (of_negative == c).sum() * a for c in clusters]
                  for v, a in zip(v01, areas)])
    s10 = i10 / ((i10 - 1) * m) * x @ x.T
    s01 = i01 / ((i01 - 1) * n) * y @ y.T
    s11 = i / (i - 1) * x @ y.T
    return s10 / m + s01 / n + (s11 + s11.T) / (m * n)


def logit_interval(value, error_on_logit):
    return list(1 / (1 + np.exp(-(np.log(value / (1 - value)) + np.array([-Z, Z]) * error_on_logit))))


def newcombe(value, m, n):
    """Method 5 of Newcombe (2006)."""
    others = (m + n) / 2 - 1

    def error(area):
        return np.sqrt(area * (1 - area) * (1 + others * (1 - area) / (2 - area) + others * area / (1 + area)) / (m * n))

    low = optimize.brentq(lambda a: value - a - Z * error(a), 1e-12, value - 1e-9, xtol=1e-15)
    high = 1.0 if value == 1 else optimize.brentq(lambda a: a - value - Z * error(a), value + 1e-9, 1, xtol=1e-15)
    return [low, high]


def clustered_share(successes, counted, cluster):
    """Share with the cluster-robust variance of a regression on nothing but a constant."""
    y, groups = successes[counted].astype(float), cluster[counted]
    n, k, share = len(y), len(np.unique(groups)), y.mean()
    fit = OLS(y, np.ones(n)).fit(cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False})
    variance = k / (k - 1) * fit.cov_params()[0][0]
    effective = k if share in (0, 1) else min(n, share * (1 - share) / variance)
    return {"value": share,
            "wilson": list(proportion_confint(share * effective, effective, method="wilson")),
            "clopper_pearson": list(proportion_confint(share * effective, effective, method="beta"))}


def share(successes, n):
    return {"value": successes / n, "wilson": list(proportion_confint(successes, n, method="wilson")),
            "clopper_pearson": list(proportion_confint(successes, n, method="beta"))}


def chosen_thresholds(scores, truth):
    """Every score tried."""
    tried = sorted(set(scores), reverse=True)
    called = {t: scores >= t for t in tried}
    sens = {t: metrics.recall_score(truth, called[t]) for t in tried}
    spec = {t: metrics.recall_score(truth, called[t], pos_label=0) for t in tried}
    return {
        "sens=0.9": next(t for t in tried if sens[t] >= 0.9),
        "spec=0.8": max((t for t in tried if spec[t] >= 0.8), key=lambda t: (round(sens[t], 12), t)),
        "youden": max(tried, key=lambda t: (round(sens[t] + spec[t], 12), t)),
        "f1": max(tried, key=lambda t: (round(metrics.f1_score(truth, called[t]), 12), t)),
    }


def binary_case(name, rng, n, prevalence, decimals, per_cluster):
    cluster = np.arange(n) // per_cluster
    of_patient = rng.normal(size=n)[cluster]
    truth = rng.random(n) < prevalence
    truth[:3], truth[3:6] = True, False
    scores = np.round(1 / (1 + np.exp(-(1.2 * truth + 0.6 * of_patient + rng.normal(size=n)))), decimals)
    other = np.round(1 / (1 + np.exp(-(0.7 * truth + 0.6 * of_patient + rng.normal(size=n)))), decimals)
    called = scores >= 0.6
    tn, fp, fn, tp = (int(v) for v in metrics.confusion_matrix(truth, called).ravel())
    area, precision = metrics.roc_auc_score(truth, scores), metrics.average_precision_score(truth, scores)
    delong = delong_covariance([scores, other], truth)
    obuchowski = obuchowski_covariance([scores, other], truth, cluster)
    positive_ratio = Table2x2([[tp, fn], [fp, tn]])
    negative_ratio = Table2x2([[fn, tp], [tn, fp]])
    m, k = int(truth.sum()), int((~truth).sum())
    return {
        "name": name, "scores": list(scores), "other": list(other), "truth": [int(t) for t in truth],
        "cluster": [int(c) for c in cluster], "threshold": 0.6, "counts": [tp, fp, tn, fn],
        "auroc": area, "auroc_error": np.sqrt(delong[0, 0]),
        "auroc_interval": logit_interval(area, np.sqrt(delong[0, 0]) / area / (1 - area)),
        "clustered_auroc_error": np.sqrt(obuchowski[0, 0]),
        "clustered_auroc_interval": logit_interval(area, np.sqrt(obuchowski[0, 0]) / area / (1 - area)),
        "newcombe": newcombe(area, m, k), "newcombe_perfect": newcombe(1.0, m, k),
        "delong_covariance": delong.tolist(), "obuchowski_covariance": obuchowski.tolist(),
        "average_precision": precision,
        "average_precision_interval": logit_interval(precision, 1 / np.sqrt(m * precision * (1 - precision))),
        "sensitivity": share(tp, tp + fn), "specificity": share(tn, tn + fp), "ppv": share(tp, tp + fp),
        "npv": share(tn, tn + fn), "accuracy": share(tp + tn, n), "prevalence": share(tp + fn, n),
        "clustered": {
            "sensitivity": clustered_share(called, truth, cluster),
            "specificity": clustered_share(~called, ~truth, cluster),
            "ppv": clustered_share(truth, called, cluster),
            "npv": clustered_share(~truth, ~called, cluster),
            "accuracy": clustered_share(truth == called, np.full(n, True), cluster),
            "prevalence": clustered_share(truth, np.full(n, True), cluster),
        },
        "lr_positive": {"value": positive_ratio.riskratio, "interval": list(positive_ratio.riskratio_confint())},
        "lr_negative": {"value": negative_ratio.riskratio, "interval": list(negative_ratio.riskratio_confint())},
        "f1": metrics.f1_score(truth, called), "balanced_accuracy": metrics.balanced_accuracy_score(truth, called),
        "mcc": metrics.matthews_corrcoef(truth, called), "kappa": metrics.cohen_kappa_score(truth, called),
        "thresholds": chosen_thresholds(scores, truth),
    }


def bootstrap_case(rng):
    """scipy's BCa of MCC and F1 for 120 independent units."""
    truth = rng.random(120) < 0.3
    called = np.where(rng.random(120) < 0.8, truth, ~truth)
    out = {"truth": [int(t) for t in truth], "called": [int(c) for c in called]}
    for name, metric in (("mcc", metrics.matthews_corrcoef), ("f1", metrics.f1_score)):
        result = stats.bootstrap((truth, called), metric, paired=True, vectorized=False, n_resamples=6000, method="BCa",
                                 random_state=7)
        out[name] = {"interval": list(result.confidence_interval), "error": result.standard_error}
    left_out = np.array([metrics.f1_score(np.delete(truth, i), np.delete(called, i)) for i in range(120)])
    d = left_out.mean() - left_out
    out["f1_acceleration"] = (d**3).sum() / (6 * (d**2).sum() ** 1.5)
    out["f1_left_out"] = list(left_out)
    return out


def class_case(rng):
    n, k = 180, 4
    truth = rng.integers(0, k, n)
    logits = rng.normal(size=(n, k)) + 1.3 * np.eye(k)[truth]
    scores = np.round(np.exp(logits) / np.exp(logits).sum(1, keepdims=True), 6)
    called = scores.argmax(1)
    table = metrics.confusion_matrix(truth, called)
    return {
        "scores": scores.T.tolist(), "truth": truth.tolist(), "called": called.tolist(), "counts": table.tolist(),
        "accuracy": metrics.accuracy_score(truth, called),
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, called),
        "macro_f1": metrics.f1_score(truth, called, average="macro"),
        "top_2": metrics.top_k_accuracy_score(truth, scores, k=2),
        "kappa": {name: {"value": metrics.cohen_kappa_score(truth, called, weights=weights),
                         "error": cohens_kappa(table, wt=weights).std_kappa,
                         "interval": [cohens_kappa(table, wt=weights).kappa_low, cohens_kappa(table, wt=weights).kappa_upp]}
                  for name, weights in (("none", None), ("linear", "linear"), ("quadratic", "quadratic"))},
    }


def golden():
    rng = np.random.default_rng(20240607)
    return {
        "binary": [
            binary_case("continuous", rng, 120, 0.4, 6, 1),
            binary_case("ties", rng, 150, 0.25, 1, 1),
            binary_case("three units of each patient", rng, 180, 0.35, 5, 3),
            binary_case("two units of each patient, ties", rng, 100, 0.2, 2, 2),
        ],
        "bootstrap": bootstrap_case(rng),
        "classes": class_case(rng),
    }


def plain(value):
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return float(value) if isinstance(value, np.floating) else int(value) if isinstance(value, np.integer) else value


def differences(ours, theirs, path=""):
    if isinstance(ours, dict):
        return [line for key in ours for line in differences(ours[key], theirs.get(key), f"{path}/{key}")]
    if isinstance(ours, list):
        if len(ours) != len(theirs or []):
            return [f"{path}: length"]
        return [line for i, pair in enumerate(zip(ours, theirs)) for line in differences(*pair, f"{path}/{i}")]
    if isinstance(ours, (int, float)) and isinstance(theirs, (int, float)):
        return [] if abs(ours - theirs) <= 1e-9 else [f"{path}: {theirs} is now {ours}"]
    return [] if ours == theirs else [f"{path}: {theirs} is now {ours}"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=pathlib.Path, default=HERE.parent / "data/statistics/discrimination.json")
    parser.add_argument("--check", action="store_true", help="compare with the file that is there")
    options = parser.parse_args()
    made = plain(golden())
    if options.check:
        lines = differences(made, json.loads(options.output.read_text(encoding="utf-8")))
        print("\n".join(lines[:20]) or f"{options.output.name}: as it is")
        return 1 if lines else 0
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(made, separators=(",", ":")) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
