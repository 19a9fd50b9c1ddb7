"""What scipy, statsmodels and definitions written out in numpy say about comparisons, groups and drift.

    venv/bin/python tests/oracles/make_comparison_golden.py [--check]

Writes tests/data/statistics/comparison.json, which tests/unit/stats/comparison_golden_test.cpp and
tests/unit/report/comparison_part_test.cpp compare with.
--check writes nothing and fails when a number would change by more than 1e-9. Needs scipy, statsmodels,
scikit-learn and numpy.
"""

import argparse
import itertools
import json
import pathlib
import sys

import numpy
import scipy.special
from scipy import stats
from statsmodels.stats import contingency_tables, multitest, proportion

OUTPUT = pathlib.Path(__file__).absolute().parents[1] / "data" / "statistics" / "comparison.json"
Z = stats.norm.ppf(0.975)


def wilson(k, n):
    return proportion.proportion_confint(k, n, method="wilson")


def mcnemar_cases():
    for b, c in [(0, 0), (0, 1), (3, 3), (6, 16), (2, 9), (12, 12), (40, 25), (300, 350)]:
        table = [[59, b], [c, 80]]
        case = {"only_first": b, "only_second": c}
        if b + c:
            exact = contingency_tables.mcnemar(table, exact=True).pvalue
            observed = stats.binom.pmf(b, b + c, 0.5)
            asymptotic = contingency_tables.mcnemar(table, exact=False, correction=False)
            case |= {"exact_p": exact, "mid_p": 1 - observed / 2 if b == c else exact - observed,
                     "chi_square": asymptotic.statistic, "asymptotic_p": asymptotic.pvalue}
        yield case


def paired_cases():
    """Newcombe's method 10 for paired shares, from its definition."""
    for a, b, c, d in [(59, 6, 16, 80), (1, 1, 7, 12), (0, 3, 5, 0), (30, 0, 0, 20), (5, 9, 2, 400), (54, 0, 0, 0),
                       (90, 2, 3, 90)]:
        n = a + b + c + d
        p1, p2 = (a + b) / n, (a + c) / n
        (l1, u1), (l2, u2) = wilson(a + b, n), wilson(a + c, n)
        margins = (a + b) * (c + d) * (a + c) * (b + d)
        cross = a * d - b * c
        corrected = max(cross - n / 2, 0) if cross > 0 else cross
        phi = corrected / margins ** 0.5 if margins else 0
        first = numpy.array([[1, -phi], [-phi, 1]])
        down, up = numpy.array([p1 - l1, u2 - p2]), numpy.array([u1 - p1, p2 - l2])
        yield {"table": [a, b, c, d], "value": (b - c) / n, "lower": p1 - p2 - (down @ first @ down) ** 0.5,
               "upper": p1 - p2 + (up @ first @ up) ** 0.5}


def independent_cases():
    for k1, n1, k2, n2 in [(7, 34, 1, 34), (56, 70, 48, 80), (0, 5, 3, 9), (10, 10, 20, 20), (3, 1000, 9, 900),
                           (400, 1000, 500, 1100), (1, 2, 0, 300)]:
        table = numpy.array([[k1, n1 - k1], [k2, n2 - k2]])
        lower, upper = proportion.confint_proportions_2indep(k1, n1, k2, n2, method="newcomb", compare="diff")
        case = {"groups": [k1, n1, k2, n2], "lower": lower, "upper": upper, "fisher_p": stats.fisher_exact(table)[1]}
        if table.sum(0).min() > 0 and stats.contingency.expected_freq(table).min() >= 1:
            statistic = stats.chi2_contingency(table, correction=False).statistic
            case["n_minus_1_p"] = stats.chi2.sf(statistic * (table.sum() - 1) / table.sum(), 1)
        yield case


def clustered_cases():
    """Obuchowski 1998, equations 1 to 6, with sums over the clusters written out."""
    generator = numpy.random.default_rng(11)
    for n_clusters in (4, 15, 60):
        size = generator.integers(1, 6, n_clusters)
        cluster = numpy.repeat(numpy.arange(n_clusters), size)
        tendency = generator.normal(0, 1, n_clusters)[cluster]
        first = (generator.normal(0.4, 1, len(cluster)) + tendency > 0).astype(int)
        second = (generator.normal(0, 1, len(cluster)) + tendency > 0).astype(int)
        x1, x2 = (numpy.bincount(cluster, x) for x in (first, second))
        total, k = size.sum(), n_clusters

        def variance(share_1, share_2):
            e1, e2 = x1 - size * share_1, x2 - size * share_2
            return k / (k - 1) * ((e1 ** 2).sum() + (e2 ** 2).sum() - 2 * (e1 * e2).sum()) / total ** 2

        p1, p2 = first.mean(), second.mean()
        pooled = (p1 + p2) / 2
        error = variance(p1, p2) ** 0.5
        yield {"first": first.tolist(), "second": second.tolist(), "cluster": cluster.tolist(), "value": p1 - p2,
               "standard_error": error, "lower": p1 - p2 - stats.t.ppf(0.975, k - 1) * error,
               "p": stats.chi2.sf((p1 - p2) ** 2 / variance(pooled, pooled), 1)}


def clustered_group_cases():
    """Least squares on the group with errors clustered by patient: statsmodels' sandwich, less its n - 1 factor."""
    import statsmodels.api as sm
    generator = numpy.random.default_rng(12)
    for n_clusters in (6, 40):
        cluster = numpy.repeat(numpy.arange(n_clusters), generator.integers(1, 5, n_clusters))
        in_first = generator.random(len(cluster)) < 0.4
        values = (generator.normal(0, 1, n_clusters)[cluster] + generator.normal(0, 1, len(cluster)) > 0).astype(int)
        model = sm.OLS(values, sm.add_constant(in_first.astype(float)))
        fit = model.fit(cov_type="cluster", cov_kwds={"groups": cluster, "use_correction": False})
        error = fit.bse[1] * (n_clusters / (n_clusters - 1)) ** 0.5
        yield {"values": values.tolist(), "in_first": in_first.astype(int).tolist(), "cluster": cluster.tolist(),
               "value": fit.params[1], "standard_error": error,
               "p": 2 * stats.t.sf(abs(fit.params[1]) / error, n_clusters - 1)}


def holm_cases():
    for p in ([0.01, 0.04, 0.03, 0.005], [0.5], [0.2, 0.2, 0.9, 0.001, 0.02]):
        yield {"p": p, "adjusted": multitest.multipletests(p, method="holm")[1].tolist()}


def kolmogorov_smirnov_cases():
    generator = numpy.random.default_rng(13)
    for n, m, shift in [(1, 1, 0), (5, 9, 0.5), (40, 30, 0), (40, 30, 2), (200, 180, 0.3)]:
        a, b = generator.normal(0, 1, n), generator.normal(shift, 1, m)
        result = stats.ks_2samp(a, b, method="exact")
        yield {"first": a.tolist(), "second": b.tolist(), "distance": result.statistic, "p": result.pvalue,
               "wasserstein": stats.wasserstein_distance(a, b)}


def tied_kolmogorov_smirnov_cases():
    """With ties, p is the share of all splits of the pooled values that reach the distance."""
    for a, b in [([1, 1, 2, 3], [2, 2, 3, 3, 3]), ([0, 0, 0, 1], [0, 1, 1, 1]), ([1, 2, 2, 4, 4], [2, 4, 5])]:
        pooled = numpy.array(a + b)
        grid = numpy.unique(pooled)

        def gap(chosen):
            rest = numpy.setdiff1d(numpy.arange(len(pooled)), chosen)
            first = (pooled[list(chosen)][:, None] <= grid).sum(0) * len(b)
            second = (pooled[rest][:, None] <= grid).sum(0) * len(a)
            return abs(first - second).max()

        observed = gap(tuple(range(len(a))))
        splits = list(itertools.combinations(range(len(pooled)), len(a)))
        yield {"first": a, "second": b, "distance": observed / (len(a) * len(b)),
               "p": sum(gap(split) >= observed for split in splits) / len(splits),
               "wasserstein": stats.wasserstein_distance(a, b)}


def stability_cases():
    generator = numpy.random.default_rng(14)
    for shift, n, m in [(0, 500, 300), (0.4, 500, 300), (3, 80, 25)]:
        reference, sample = generator.normal(0, 1, n), generator.normal(shift, 1, m)
        bounds = numpy.quantile(reference, numpy.arange(1, 10) / 10)
        counts = [numpy.bincount(numpy.searchsorted(bounds, x), minlength=10) for x in (reference, sample)]
        p, q = (numpy.maximum(c, 0.5) / c.sum() for c in counts)
        yield {"reference": reference.tolist(), "sample": sample.tolist(), "value": ((q - p) * numpy.log(q / p)).sum(),
               "by_chance": stats.chi2.ppf(0.95, 9) * (1 / n + 1 / m)}


def balance_cases():
    generator = numpy.random.default_rng(15)
    for _ in range(3):
        a, b = generator.normal(0, 1, 30), generator.normal(0.4, 2, 21)
        spread = ((a.var(ddof=1) + b.var(ddof=1)) / 2) ** 0.5
        yield {"first": a.tolist(), "second": b.tolist(), "difference": (a.mean() - b.mean()) / spread}


def level_cases():
    for first, second in [([30, 20, 10], [20, 20, 25]), ([5, 0, 9, 2], [7, 3, 1, 0]), ([40, 60], [55, 45]),
                          ([3, 4, 0], [6, 8, 0])]:
        kept = numpy.array([first, second])[:, numpy.array(first) + numpy.array(second) > 0]
        p, q = (row / row.sum() for row in kept)
        covariance = (numpy.diag(p) - numpy.outer(p, p) + numpy.diag(q) - numpy.outer(q, q)) / 2
        gap = (p - q)[1:]  # our code leaves the last level out: any one may be
        squared = gap @ numpy.linalg.solve(covariance[1:, 1:], gap)
        test = stats.chi2_contingency(kept, correction=False)
        yield {"first": first, "second": second, "difference": squared ** 0.5, "statistic": test.statistic,
               "p": test.pvalue, "smallest_expected": test.expected_freq.min()}


def kolmogorov_cases():
    for x in (0.2, 0.5, 0.8, 0.99, 1, 1.36, 2, 4):
        yield {"x": x, "survival": scipy.special.kolmogorov(x)}


def rater_cases():
    """Two raters with ties: DeLong's definition over all pairs, agreement of scores and of calls at 0.5."""
    from sklearn import metrics
    generator = numpy.random.default_rng(16)
    for n in (30, 200):
        truth = (generator.random(n) < 0.4).astype(int)
        common = generator.normal(0, 0.5, n) + truth
        first, second = (numpy.round(scipy.special.expit(common + generator.normal(0, s, n)), 2) for s in (0.6, 1.2))
        columns = []
        for scores in (first, second):
            positive, negative = scores[truth == 1], scores[truth == 0]
            wins = numpy.greater.outer(positive, negative) + 0.5 * numpy.equal.outer(positive, negative)
            columns.append((wins.mean(1), wins.mean(0), wins.mean()))
        difference = columns[0][2] - columns[1][2]
        error = (sum((columns[0][side] - columns[1][side]).var(ddof=1) / len(columns[0][side]) for side in (0, 1))) ** 0.5
        apart = first - second
        yield {"truth": truth.tolist(), "first": first.tolist(), "second": second.tolist(),
               "auroc": [metrics.roc_auc_score(truth, scores) for scores in (first, second)],
               "difference": difference, "standard_error": error, "p": 2 * stats.norm.sf(abs(difference) / error),
               "lower": difference - Z * error, "pearson": stats.pearsonr(first, second).statistic,
               "concordance": 2 * numpy.cov(first, second, ddof=0)[0, 1]
               / (first.var() + second.var() + apart.mean() ** 2),
               "low": apart.mean() - 1.96 * apart.std(ddof=1), "high": apart.mean() + 1.96 * apart.std(ddof=1),
               "kappa": metrics.cohen_kappa_score(first >= 0.5, second >= 0.5),
               "mcc": [metrics.matthews_corrcoef(truth, scores >= 0.5) for scores in (first, second)],
               "average_precision": [metrics.average_precision_score(truth, scores) for scores in (first, second)]}


def golden():
    made = {"mcnemar": mcnemar_cases, "paired": paired_cases, "independent": independent_cases,
            "clustered": clustered_cases, "clustered_groups": clustered_group_cases, "holm": holm_cases,
            "kolmogorov_smirnov": kolmogorov_smirnov_cases, "tied": tied_kolmogorov_smirnov_cases,
            "kolmogorov": kolmogorov_cases, "stability": stability_cases, "balance": balance_cases,
            "levels": level_cases, "raters": rater_cases}
    return {name: list(cases()) for name, cases in made.items()}


def plain(value):
    """numpy's numbers as Python's, for JSON."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value.item() if isinstance(value, numpy.generic) else value


def differs(old, new):
    if isinstance(new, dict):
        return set(old) != set(new) or any(differs(old[key], new[key]) for key in new)
    if isinstance(new, list):
        return len(old) != len(new) or any(map(differs, old, new))
    return abs(old - new) > 1e-9


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true", help="compare with the file that is there")
    result = plain(golden())
    if parser.parse_args().check:
        sys.exit("comparison.json would change" if differs(json.loads(OUTPUT.read_text()), result) else 0)
    OUTPUT.write_text(json.dumps(result) + "\n", encoding="utf-8")
