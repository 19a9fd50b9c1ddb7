"""Golden numbers of regression, ordinal grades, readers' agreement and phases, by other people's software.

    python make_report_levels.py [--output ../data/report/levels.json] [--check]

Needs numpy, scipy, scikit-learn, statsmodels, pandas, pingouin and krippendorff. What none of them has is written out here
from its definition in another way than ours: pairs are enumerated, segments are sets of frames, distances are recursive.
--check writes nothing and fails when a number would change by more than 1e-9.
"""
import argparse
import functools
import itertools
import json
import math
import pathlib
import sys
import warnings

import krippendorff
import numpy as np
import pandas
import pingouin
from scipy import stats
from sklearn import metrics
from statsmodels.stats import inter_rater

warnings.filterwarnings("ignore")
LEVEL = 0.95


# ---- regression -----------------------------------------------------------------------------------------------

def concordance(x, y):
    return 2 * np.cov(x, y, bias=True)[0, 1] / (x.var() + y.var() + (x.mean() - y.mean()) ** 2)


def concordance_interval(x, y):
    """Lin 1989 with the correction of 2000."""
    n, c, r = len(x), concordance(x, y), stats.pearsonr(x, y).statistic
    u = (x.mean() - y.mean()) / math.sqrt(x.std() * y.std())
    variance = ((1 - r**2) * c**2 / ((1 - c**2) * r**2) + 2 * c**3 * (1 - c) * u**2 / (r * (1 - c**2) ** 2)
                - c**4 * u**4 / (2 * r**2 * (1 - c**2) ** 2)) / (n - 2)
    return np.tanh(np.arctanh(c) + np.array([-1, 1]) * stats.norm.ppf(0.975) * math.sqrt(variance)).tolist()


def limits(difference):
    n, z = len(difference), stats.norm.ppf(0.975)
    sd = difference.std(ddof=1)
    reach = stats.nct.ppf([0.025, 0.975], n - 1, z * math.sqrt(n)) / math.sqrt(n)
    return {"low": difference.mean() - z * sd, "high": difference.mean() + z * sd,
            "low_interval": [difference.mean() - reach[1] * sd, difference.mean() - reach[0] * sd],
            "high_interval": [difference.mean() + reach[0] * sd, difference.mean() + reach[1] * sd]}


def z_interval(r, variance):
    return np.tanh(np.arctanh(r) + np.array([-1, 1]) * stats.norm.ppf(0.975) * math.sqrt(variance)).tolist()


def regression(x, y):
    n = len(x)
    rho, tau = stats.spearmanr(x, y).statistic, stats.kendalltau(x, y).statistic
    pearson = stats.pearsonr(x, y)
    bias = stats.ttest_1samp(y - x, 0)
    table = np.stack([x, y], 1)
    return {"truth": x.tolist(), "predicted": y.tolist(), "mean_absolute_error": metrics.mean_absolute_error(x, y),
            "root_mean_squared_error": metrics.root_mean_squared_error(x, y), "r_squared": metrics.r2_score(x, y),
            "bias": (y - x).mean(), "bias_interval": list(bias.confidence_interval(LEVEL)), "difference_sd": (y - x).std(ddof=1),
            "pearson": pearson.statistic, "pearson_interval": list(pearson.confidence_interval(LEVEL)),
            "spearman": rho, "spearman_interval": z_interval(rho, (1 + rho**2 / 2) / (n - 3)),
            "kendall": tau, "kendall_interval": z_interval(tau, 0.437 / (n - 4)),
            "concordance": concordance(x, y), "concordance_interval": concordance_interval(x, y),
            "limits": limits(y - x), "intraclass": intraclass(table)}


# ---- intraclass correlation -----------------------------------------------------------------------------------

def mean_squares(table):
    n, k = table.shape
    rest = table - table.mean(1, keepdims=True) - table.mean(0, keepdims=True) + table.mean()
    return k * table.mean(1).var(ddof=1), n * table.mean(0).var(ddof=1), (rest**2).sum() / ((n - 1) * (k - 1))


def intraclass(table):
    """Coefficients by pingouin; intervals by McGraw and Wong 1996, table 7, and within pingouin's rounding."""
    n, k = table.shape
    long = pandas.DataFrame([(i, j, table[i, j]) for i in range(n) for j in range(k)], columns=["target", "rater", "value"])
    theirs = pingouin.intraclass_corr(long, "target", "rater", "value").set_index("Type")
    rows, columns, rest = mean_squares(table)
    f, df = rows / rest, (n - 1) * (k - 1)
    low, high = f / stats.f.ppf(0.975, n - 1, df), f * stats.f.ppf(0.975, df, n - 1)
    consistency = [(low - 1) / (low + k - 1), (high - 1) / (high + k - 1)]
    icc = theirs.loc["ICC(A,1)", "ICC"]
    a, b = k * icc / (n * (1 - icc)), 1 + k * icc * (n - 1) / (n * (1 - icc))
    v = (a * columns + b * rest) ** 2 / ((a * columns) ** 2 / (k - 1) + (b * rest) ** 2 / df)
    below, above = stats.f.ppf(0.975, n - 1, v), stats.f.ppf(0.975, v, n - 1)
    other = k * columns + (k * n - k - n) * rest
    agreement = [n * (rows - below * rest) / (below * other + n * rows), n * (above * rows - rest) / (other + n * above * rows)]
    for ours, name in ((agreement, "ICC(A,1)"), (consistency, "ICC(C,1)")):
        assert np.allclose(ours, theirs.loc[name, "CI95"], atol=0.00501), (ours, theirs.loc[name, "CI95"])
    return {"agreement": icc, "agreement_interval": agreement, "consistency": theirs.loc["ICC(C,1)", "ICC"],
            "consistency_interval": consistency}


# ---- readers --------------------------------------------------------------------------------------------------

def chance_corrected(ratings, q):
    """Fleiss' kappa and Gwet's AC1 from their definition: pairs of ratings of a unit, enumerated."""
    units = [[r for r in unit if r >= 0] for unit in ratings.T]
    units = [unit for unit in units if unit]
    observed = np.mean([np.mean([a == b for a, b in itertools.permutations(unit, 2)]) for unit in units if len(unit) > 1])
    shares = np.mean([[unit.count(c) / len(unit) for c in range(q)] for unit in units], 0)
    same, other = (shares**2).sum(), (shares * (1 - shares)).sum() / (q - 1)
    return {"observed": observed, "fleiss_kappa": (observed - same) / (1 - same), "gwet_ac1": (observed - other) / (1 - other)}


def group(ratings, q):
    result = {"ratings": ratings.tolist(), "n_categories": q, **chance_corrected(ratings, q)}
    if (ratings >= 0).all():
        counts, _ = inter_rater.aggregate_raters(ratings.T, n_cat=q)
        assert abs(inter_rater.fleiss_kappa(counts) - result["fleiss_kappa"]) < 1e-12
    values = np.where(ratings >= 0, ratings, np.nan).astype(float)
    for level in ("nominal", "ordinal"):
        result["alpha_" + level] = krippendorff.alpha(values, value_domain=list(range(q)), level_of_measurement=level)
    return result


def pair(a, b, q):
    counts = metrics.confusion_matrix(a, b, labels=range(q))
    result = {"counts": counts.ravel().tolist(), "n_categories": q, "observed": metrics.accuracy_score(a, b)}
    result["adjusted"] = (q * result["observed"] - 1) / (q - 1)
    if q == 2:
        result["positive_agreement"], result["negative_agreement"] = metrics.f1_score(a, b), metrics.f1_score(a, b, pos_label=0)
    return result


# ---- several readers, several cases ---------------------------------------------------------------------------

def delong(scores, truth):
    """Areas and their covariance: DeLong, DeLong and Clarke-Pearson 1988, every pair compared."""
    positive, negative = scores[:, truth == 1], scores[:, truth == 0]
    wins = np.stack([np.greater.outer(p, n) + 0.5 * np.equal.outer(p, n) for p, n in zip(positive, negative)])
    return wins.mean((1, 2)), (np.cov(wins.mean(2)) / positive.shape[1] + np.cov(wins.mean(1)) / negative.shape[1])


def obuchowski_rockette(scores, truth, n_readers):
    """Two tests, crossed with readers, by the analysis of variance of the areas."""
    areas, covariance = delong(scores, truth)
    table = areas.reshape(2, n_readers)
    effects = table - table.mean(1, keepdims=True) - table.mean(0, keepdims=True) + table.mean()
    interaction = (effects**2).sum() / (n_readers - 1)
    cov2 = np.mean([covariance[t * n_readers + a, t * n_readers + b] for t in range(2) for a in range(n_readers)
                    for b in range(n_readers) if a != b])
    cov3 = np.mean([covariance[a, n_readers + b] for a in range(n_readers) for b in range(n_readers) if a != b])
    term = interaction + n_readers * max(cov2 - cov3, 0)
    error, df = math.sqrt(2 / n_readers * term), term**2 / (interaction**2 / (n_readers - 1))
    value = table[0].mean() - table[1].mean()
    return {"values": areas.tolist(), "covariance": covariance.ravel().tolist(), "value": value, "standard_error": error,
            "degrees_of_freedom": df, "p_value": 2 * stats.t.sf(abs(value / error), df),
            "interval": [value - stats.t.ppf(0.975, df) * error, value + stats.t.ppf(0.975, df) * error],
            "scores": scores.tolist(), "truth": truth.tolist()}


# ---- grades and phases ----------------------------------------------------------------------------------------

def ranked_probability(probabilities, grade):
    return float(np.mean([(sum(probabilities[:k]) - (grade < k)) ** 2 for k in range(1, len(probabilities))]))


def segments(labels):
    """[(label, set of frames)]"""
    frames = itertools.groupby(enumerate(labels), key=lambda entry: entry[1])
    return [(label, {i for i, _ in run}) for label, run in frames]


def edit(truth, predicted):
    a, b = ([label for label, _ in segments(labels)] for labels in (truth, predicted))

    @functools.lru_cache(None)
    def distance(i, j):
        if i == 0 or j == 0:
            return i + j
        return min(distance(i - 1, j) + 1, distance(i, j - 1) + 1, distance(i - 1, j - 1) + (a[i - 1] != b[j - 1]))

    return 1 - distance(len(a), len(b)) / max(len(a), len(b))


def segmental_f1(truth, predicted, overlap):
    """As in the evaluation of Lea et al. 2017."""
    truths, found, right = segments(truth), set(), 0
    for label, frames in segments(predicted):
        overlaps = [len(frames & other) / len(frames | other) if label == name else 0 for name, other in truths]
        best = int(np.argmax(overlaps))
        if overlaps[best] >= overlap and best not in found:
            found.add(best)
            right += 1
    return 2 * right / (len(segments(predicted)) + len(truths))


def relaxed(truth, predicted, seconds, window):
    changes = [i for i in range(1, len(truth)) if truth[i] != truth[i - 1]]
    before = {i: max((c for c in changes if c <= i), default=None) for i in range(len(truth))}
    after = {i: min((c for c in changes if c > i), default=None) for i in range(len(truth))}
    right = 0
    for i, (t, p) in enumerate(zip(truth, predicted)):
        allowed = {t}
        if before[i] is not None and seconds[i] - seconds[before[i]] <= window:
            allowed.add(truth[before[i] - 1])
        if after[i] is not None and seconds[after[i]] - seconds[i] <= window:
            allowed.add(truth[after[i]])
        right += p in allowed
    return right / len(truth)


def video(generator, n, q):
    truth = np.repeat(generator.integers(0, q, n), generator.integers(1, 20, n))[: 12 * n]
    predicted = np.where(generator.random(len(truth)) < 0.1, generator.integers(0, q, len(truth)), np.roll(truth, 3))
    seconds = np.cumsum(generator.choice([0.04, 1.0, 0.5], len(truth)))
    labels = list(range(q))
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(truth, predicted, labels=labels, zero_division=np.nan)
    jaccard = metrics.jaccard_score(truth, predicted, labels=labels, average=None, zero_division=0)
    jaccard = np.where(np.isin(labels, np.union1d(truth, predicted)), jaccard, np.nan)  # neither there nor called
    return {"truth": truth.tolist(), "predicted": predicted.tolist(), "seconds": seconds.tolist(),
            "accuracy": metrics.accuracy_score(truth, predicted), "precision": precision.tolist(), "recall": recall.tolist(),
            "f1": f1.tolist(), "jaccard": jaccard.tolist(), "edit_score": edit(truth.tolist(), predicted.tolist()),
            "relaxed_accuracy": relaxed(truth, predicted, seconds, 10.0),
            **{f"segmental_f1_{k}": segmental_f1(truth.tolist(), predicted.tolist(), k / 100) for k in (10, 25, 50)}}


# ---- all ------------------------------------------------------------------------------------------------------

def golden():
    generator = np.random.default_rng(7)
    truth = np.round(generator.normal(60, 15, 40), 0)  # whole years: many are equal
    near = truth + generator.normal(2, 5, 40)
    shrout = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float)
    three = generator.integers(0, 3, (4, 60))
    gappy = np.where(generator.random((5, 50)) < 0.3, -1, generator.integers(0, 4, 50) * (generator.random((5, 50)) < 0.8))
    ill = (generator.random(60) < 0.4).astype(int)
    scores = np.round(ill * generator.normal(1.2, 0.4, (8, 1)) + generator.normal(0, 1, (8, 60)) + generator.normal(0, 0.7, 60), 1)
    forecasts = generator.dirichlet([1, 1, 1, 1], 12)
    grades = generator.integers(0, 4, 12)
    return {
        "regression": [regression(truth, near), regression(truth[:6], np.round(near[:6] / 10) * 10)],
        "intraclass": [{"ratings": table.ravel().tolist(), "n_raters": table.shape[1], **intraclass(table)}
                       for table in (shrout, generator.normal(0, 1, (25, 3)) + generator.normal(0, 2, (25, 1)))],
        "groups": [group(three, 3), group(gappy, 4), group((three > 1).astype(int), 2)],
        "pairs": [pair(three[0], three[1], 3), pair(three[0] > 1, np.roll(three[0] > 1, 1), 2)],
        "obuchowski_rockette": obuchowski_rockette(scores, ill, 4),
        "ranked_probability": [{"probabilities": p.tolist(), "grade": int(g), "score": ranked_probability(p, g)}
                               for p, g in zip(forecasts, grades)],
        "videos": [video(generator, n, q) for n, q in ((6, 3), (20, 5), (1, 2))],
    }


def differences(ours, theirs, where=""):
    if isinstance(ours, dict):
        for key in ours.keys() | theirs.keys():
            yield from differences(ours[key], theirs[key], f"{where}.{key}")
    elif isinstance(ours, list):
        for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
            yield from differences(a, b, f"{where}[{i}]")
    elif ours is None or theirs is None:
        if ours is not theirs:
            yield f"{where}: {ours}, was {theirs}"
    elif abs(ours - theirs) > 1e-9 * max(1, abs(theirs)):
        yield f"{where}: {ours}, was {theirs}"


def plain(value):
    """JSON has no NaN and no numpy."""
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    if isinstance(value, (np.integer, int)):
        return int(value)
    return None if math.isnan(value) else float(value)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--output", type=pathlib.Path,
                           default=pathlib.Path(__file__).parents[1] / "data" / "report" / "levels.json")
    arguments.add_argument("--check", action="store_true")
    options = arguments.parse_args()
    numbers = plain(golden())
    if options.check:
        found = list(differences(numbers, json.loads(options.output.read_text(encoding="utf-8"))))
        print("\n".join(found) or "every golden number is reproduced")
        return 1 if found else 0
    options.output.write_text(json.dumps(numbers, separators=(",", ":")) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
