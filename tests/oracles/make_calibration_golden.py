"""Golden numbers of calibration and use, from other people's software.

    venv/bin/python tests/oracles/make_calibration_golden.py          # writes tests/data/statistics/calibration.json
    venv/bin/python tests/oracles/make_calibration_golden.py --check  # compares with what is committed

statsmodels: logistic recalibration with both kinds of error, and lines by LOESS. scikit-misc, which wraps
Cleveland's own program, as R's loess does: parabolas by LOESS. scikit-learn: bins, Brier, isotonic and log
loss. scipy: Platt and temperature, by minimising what the papers say. dcurves: decision curves. What no
package has (Stephenson's terms, ICI, Mercaldo's intervals, clustered errors) is written here from its
definition, in another way than in C++.
"""

import argparse
import json
import pathlib
import sys

import numpy
import pandas
import statsmodels.api
from scipy import optimize, special, stats
from sklearn import calibration, isotonic, metrics

TARGET = pathlib.Path(__file__).absolute().parents[1] / "data/statistics/calibration.json"
N = 300


def example():
    """Overconfident scores of patients with one to three studies."""
    generator = numpy.random.default_rng(20240613)
    cluster = numpy.sort(generator.integers(0, 170, N))
    severity = generator.normal(-0.7, 1.2, 170)[cluster] + generator.normal(0, 0.4, N)
    positive = generator.random(N) < special.expit(severity)
    scores = numpy.round(special.expit(0.3 + 1.6 * severity + generator.normal(0, 0.5, N)), 6)
    return scores, positive.astype(int), numpy.unique(cluster, return_inverse=True)[1]


def recalibration(scores, positive, cluster):
    odds = special.logit(scores)
    groups = len(set(cluster))
    correction = groups / (groups - 1)

    def fit(design, offset=None):
        model = statsmodels.api.GLM(positive, design, family=statsmodels.api.families.Binomial(), offset=offset)
        plain = model.fit(tol=1e-14, maxiter=200)
        robust = model.fit(tol=1e-14, maxiter=200, cov_type="cluster",
                           cov_kwds={"groups": cluster, "use_correction": False})
        return {"values": list(plain.params), "errors": list(plain.bse),
                "clustered_errors": list(numpy.asarray(robust.bse) * numpy.sqrt(correction))}

    both = fit(numpy.column_stack([numpy.ones(N), odds]))
    both["covariance"] = statsmodels.api.GLM(
        positive, numpy.column_stack([numpy.ones(N), odds]),
        family=statsmodels.api.families.Binomial()).fit(tol=1e-14, maxiter=200).cov_params()[0][1]
    return {"both": both, "in_the_large": fit(numpy.ones(N), odds)}


def minimum(function, start):
    """Polished until the last digits stand still."""
    point = numpy.asarray(start, float)
    for _ in range(50):
        value, gradient, hessian = function(point)
        point = point - numpy.linalg.solve(hessian, gradient)
    return point


def platt(scores, positive):
    odds = special.logit(scores)
    n1, n0 = positive.sum(), (1 - positive).sum()
    targets = numpy.where(positive == 1, (n1 + 1) / (n1 + 2), 1 / (n0 + 2))
    design = numpy.column_stack([numpy.ones(N), odds])

    def loss(point):
        p = special.expit(design @ point)
        return None, design.T @ (p - targets), design.T @ (design * (p * (1 - p))[:, None])

    rough = optimize.minimize(lambda b: -(special.xlogy(targets, special.expit(design @ b))
                                          + special.xlogy(1 - targets, special.expit(-design @ b))).sum(), [0, 1])
    return list(minimum(loss, rough.x))


def temperatures(scores, positive):
    odds = special.logit(scores)

    def loss(point):
        p = special.expit(point[0] * odds)
        return None, [(odds * (p - positive)).sum()], [[(odds**2 * p * (1 - p)).sum()]]

    generator = numpy.random.default_rng(7)
    true_class = generator.integers(0, 3, 120)
    raw = generator.normal(0, 1, (120, 3))
    raw[numpy.arange(120), true_class] += 1
    probabilities = numpy.round(special.softmax(3 * raw, axis=1), 6)
    logs = numpy.log(numpy.maximum(probabilities, 1e-8))
    total = lambda slope: -special.log_softmax(slope * logs, axis=1)[numpy.arange(120), true_class].sum()
    derivative = lambda slope: (
        (special.softmax(slope * logs, axis=1) * logs).sum(1) - logs[numpy.arange(120), true_class]).sum()
    rough = optimize.minimize_scalar(total, bounds=(1e-3, 10), method="bounded").x
    slope = optimize.brentq(derivative, rough / 2, rough * 2, xtol=1e-15, rtol=1e-15)
    return {"binary_slope": minimum(loss, [1.0])[0],
            "classes": {"probabilities": probabilities.T.tolist(), "truth": true_class.tolist(), "slope": slope}}


def bins(scores, positive, strategy):
    frequency, mean = calibration.calibration_curve(positive, scores, n_bins=10, strategy=strategy)
    share = numpy.linspace(0, 1, 11)
    edges = numpy.percentile(scores, share * 100) if strategy == "quantile" else share
    which = numpy.searchsorted(edges[1:-1], scores)
    counts = numpy.array([(which == k).sum() for k in sorted(set(which))])
    gaps = numpy.abs(frequency - mean)
    table = pandas.DataFrame({"f": scores, "o": positive, "k": which})
    by_bin = table.groupby("k")
    f_bar, o_bar = by_bin.f.transform("mean"), by_bin.o.transform("mean")
    return {"mean_score": list(mean), "frequency": list(frequency), "n": counts.tolist(),
            "ece": float(counts @ gaps / N), "mce": float(gaps.max()),
            "reliability": float(((f_bar - o_bar) ** 2).mean()),
            "resolution": float(((o_bar - positive.mean()) ** 2).mean()),
            "within_bin_variance": float(((table.f - f_bar) ** 2).mean()),
            "within_bin_covariance": float(2 * ((table.f - f_bar) * (table.o - o_bar)).mean())}


def clustered_error(influence, cluster):
    sums = pandas.Series(influence).groupby(cluster).sum().to_numpy()
    return float(numpy.sqrt(len(sums) / (len(sums) - 1) * (sums**2).sum()))


def jackknife_like_errors(scores, positive, cluster):
    """Influence by numerical derivative of the weighted statistic: the delta method without its algebra."""
    statistics = {
        "brier": lambda w: (w * (scores - positive) ** 2).sum() / w.sum(),
        "scaled_brier": lambda w: 1 - ((w * (scores - positive) ** 2).sum() / w.sum()) / (
            (w @ positive / w.sum()) * (1 - w @ positive / w.sum())),
        "log_observed_to_expected": lambda w: numpy.log((w @ positive) / (w @ scores)),
    }
    result = {}
    for name, statistic in statistics.items():
        influence = []
        for i in range(N):
            step = numpy.zeros(N)
            step[i] = 1e-3
            f = lambda k: statistic(numpy.ones(N) + k * step)  # five-point derivative
            influence.append((f(-2) - 8 * f(-1) + 8 * f(1) - f(2)) / (12e-3))
        influence = numpy.array(influence)
        result[name] = {"value": float(statistic(numpy.ones(N))), "error": clustered_error(influence, numpy.arange(N)),
                        "clustered_error": clustered_error(influence, cluster)}
    return result


def smooth(scores, positive):
    from skmisc.loess import loess  # the C and Fortran of Cleveland, Devlin and Grosse

    at = numpy.linspace(scores.min(), scores.max(), 25)
    lines = statsmodels.api.nonparametric.lowess(positive, scores, frac=0.75, it=0, xvals=at)

    def parabola(places):
        model = loess(scores, positive.astype(float), span=0.75, degree=2, surface="direct",
                      statistics="approximate", family="gaussian")
        model.fit()
        return numpy.array(model.predict(places, stderror=False).values)

    gaps = numpy.abs(numpy.clip(parabola(scores), 0, 1) - scores)
    steps = isotonic.IsotonicRegression(out_of_bounds="clip").fit(scores, positive)
    return {"at": list(at), "lines": list(lines), "parabolas": list(parabola(at)),
            "ici": float(gaps.mean()), "e50": float(numpy.quantile(gaps, 0.5)), "e90": float(numpy.quantile(gaps, 0.9)),
            "isotonic_x": steps.X_thresholds_.tolist(), "isotonic_y": steps.y_thresholds_.tolist(),
            "isotonic_at": steps.predict(at).tolist()}


def isotonic_ties():
    x = [0.1, 0.1, 0.2, 0.3, 0.3, 0.3, 0.5, 0.6, 0.6, 0.9]
    y = [0, 1, 0, 1, 1, 0, 1, 0, 1, 1]
    weights = [1, 2, 1, 0.5, 1, 3, 1, 1, 2, 1]
    fit = isotonic.IsotonicRegression(out_of_bounds="clip").fit(x, y, sample_weight=weights)
    return {"x": x, "y": y, "weights": weights, "x_thresholds": fit.X_thresholds_.tolist(),
            "y_thresholds": fit.y_thresholds_.tolist()}


def decisions(scores, positive, cluster):
    from dcurves import dca

    thresholds = [0.05, 0.1, 0.2, 0.35, 0.5, 0.7]
    table = dca(data=pandas.DataFrame({"y": positive, "p": scores}), outcome="y", modelnames=["p"],
                thresholds=thresholds)
    of = lambda model, column: [float(v) for v in table[table.model == model].sort_values("threshold")[column]]
    model, everyone = of("p", "net_benefit"), of("all", "net_benefit")
    errors = []
    for t, benefit, treat_all in zip(thresholds, model, everyone):
        gain = numpy.where(positive == 1, 1, -t / (1 - t))
        called = scores >= t
        errors.append({"model": clustered_error((called * gain - benefit) / N, cluster),
                       "difference": clustered_error((called * gain - gain - benefit + treat_all) / N, cluster)})
    return {"thresholds": thresholds, "model": model, "treat_all": everyone,
            "avoided_per_100": [100 * v for v in of("p", "net_intervention_avoided")], "clustered_errors": errors}


def predictive(scores, positive, cluster):
    called = scores >= 0.5
    n1, n0 = positive.sum(), (1 - positive).sum()
    se = (called & (positive == 1)).sum() / n1
    sp = (~called & (positive == 0)).sum() / n0
    z = stats.norm.ppf(0.975)
    rows = []
    for prevalence in (0.01, 0.05, 0.2):
        # Mercaldo, Lau and Zhou 2007, equations for logit(PPV) and logit(NPV)
        ppv = se * prevalence / (se * prevalence + (1 - sp) * (1 - prevalence))
        npv = sp * (1 - prevalence) / (sp * (1 - prevalence) + (1 - se) * prevalence)
        v_ppv = (1 - se) / (n1 * se) + sp / (n0 * (1 - sp))
        v_npv = se / (n1 * (1 - se)) + (1 - sp) / (n0 * sp)
        influence = numpy.where(positive == 1, (called - se) / (se * n1), -(called - (1 - sp)) / ((1 - sp) * n0))
        reach = z * numpy.sqrt([v_ppv, v_npv])
        robust = z * clustered_error(influence, cluster)
        rows.append({"prevalence": prevalence, "ppv": ppv, "npv": npv,
                     "ppv_interval": list(special.expit(special.logit(ppv) + numpy.array([-1, 1]) * reach[0])),
                     "npv_interval": list(special.expit(special.logit(npv) + numpy.array([-1, 1]) * reach[1])),
                     "ppv_clustered": list(special.expit(special.logit(ppv) + numpy.array([-1, 1]) * robust))})
    return {"threshold": 0.5, "sensitivity": se, "specificity": sp, "rows": rows}


def golden():
    scores, positive, cluster = example()
    return {"scores": scores.tolist(), "positive": positive.tolist(), "cluster": cluster.tolist(),
            "recalibration": recalibration(scores, positive, cluster), "platt": platt(scores, positive),
            "temperature": temperatures(scores, positive),
            "brier": metrics.brier_score_loss(positive, scores), "log_loss": metrics.log_loss(positive, scores),
            "uniform": bins(scores, positive, "uniform"), "quantile": bins(scores, positive, "quantile"),
            "influence": jackknife_like_errors(scores, positive, cluster), "smooth": smooth(scores, positive),
            "isotonic_ties": isotonic_ties(), "decisions": decisions(scores, positive, cluster),
            "predictive": predictive(scores, positive, cluster)}


def largest_difference(ours, theirs, place=""):
    if isinstance(ours, dict):
        assert ours.keys() == theirs.keys(), place
        return max(largest_difference(ours[key], theirs[key], f"{place}.{key}") for key in ours)
    if isinstance(ours, list):
        assert len(ours) == len(theirs), place
        return max((largest_difference(a, b, f"{place}[]") for a, b in zip(ours, theirs)), default=0)
    return abs(ours - theirs)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    made = json.loads(json.dumps(golden(), default=float))
    if not parser.parse_args().check:
        TARGET.parent.mkdir(exist_ok=True)
        TARGET.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
        return 0
    difference = largest_difference(made, json.loads(TARGET.read_text(encoding="utf-8")))
    print(f"largest difference from the committed numbers: {difference:.3g}")
    return 0 if difference < 1e-9 else 1


if __name__ == "__main__":
    sys.exit(main())
