"""The report's statistics beside scikit-learn and numpy, on the same scores, in one run.

    python bench_report.py [--program build/tests/bench-statistics] [--cases 1000000] [--coverage 0]

Prints seconds, ratios and the largest difference between our numbers and theirs. One core each for the areas, all
cores for the bootstrap (ours) against a numpy loop (theirs), of which a part is timed and scaled up.
"""

import argparse
import os
import pathlib
import subprocess
import tempfile
import time

import numpy as np
from sklearn import metrics

FINDINGS = 14
HERE = pathlib.Path(__file__).absolute().parent


def make(path, n, per_cluster):
    rng = np.random.default_rng(1)
    truth = rng.random((FINDINGS, n)) < np.linspace(0.02, 0.4, FINDINGS)[:, None]
    scores = 1 / (1 + np.exp(-(1.2 * truth + rng.normal(size=truth.shape))))
    cluster = (np.arange(n) // per_cluster).astype("<u4")
    with open(path, "wb") as file:
        file.write(scores.astype("<f8").tobytes())
        file.write(truth.astype("u1").tobytes())
        file.write(cluster.tobytes())
    return scores, truth, cluster


def ours(program, *words, cores=None):
    command = (["taskset", "-c", cores] if cores else []) + [str(program), *map(str, words)]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return float(lines[0]), np.array([[float(word) for word in line.split()] for line in lines[1:]])


def areas(program, path, n):
    scores, truth, _ = make(path, n, 1)
    seconds, numbers = ours(program, "areas", path, n, FINDINGS, cores="0")
    start = time.process_time()
    theirs = []
    for score, positive in zip(scores, truth):
        called = score >= 0.5
        theirs.append([metrics.roc_auc_score(positive, score), metrics.average_precision_score(positive, score),
                       metrics.recall_score(positive, called), metrics.matthews_corrcoef(positive, called)])
    their_seconds = time.process_time() - start
    print(f"{n:,} cases x {FINDINGS} findings, CPU seconds of one core: AUROC with DeLong, AUPRC, all metrics of a threshold, their "
          f"intervals {seconds:.2f} s; scikit-learn AUROC, AUPRC, sensitivity, MCC, no intervals {their_seconds:.2f} s: "
          f"{their_seconds / seconds:.1f} x; largest difference {np.abs(numbers[:, [0, 2, 3, 4]] - theirs).max():.1e}")


def numpy_loop(scores, truth, cluster, n_resamples, rng):
    """Draw patients, gather, sort, sum the ranks of the positives: copies of a case tie only with themselves."""
    n_clusters = cluster.max() + 1
    members = np.arange(len(cluster)).reshape(n_clusters, -1)
    out = np.empty((n_resamples, FINDINGS))
    for r in range(n_resamples):
        drawn = members[rng.integers(0, n_clusters, n_clusters)].ravel()
        for f in range(FINDINGS):
            positive = truth[f][drawn][np.argsort(scores[f][drawn])]
            m = positive.sum()
            out[r, f] = ((np.nonzero(positive)[0] + 1).sum() - m * (m + 1) / 2) / (m * (len(drawn) - m))
    return out


def bootstrap(program, path, n, n_resamples, n_timed):
    scores, truth, cluster = make(path, n, 2)
    cores = len(os.sched_getaffinity(0))
    seconds, intervals = ours(program, "bootstrap", path, n, FINDINGS, cluster.max() + 1, n_resamples, cores)
    start = time.perf_counter()
    drawn = numpy_loop(scores, truth, cluster, n_timed, np.random.default_rng(2))
    their_seconds = (time.perf_counter() - start) * n_resamples / n_timed
    spread = np.abs(intervals - np.percentile(drawn, [2.5, 97.5], axis=0).T).max()
    print(f"{n_resamples:,} resamples of {n:,} cases x {FINDINGS} findings by patient, {cores} cores: {seconds:.2f} s; "
          f"numpy loop {their_seconds:.1f} s (from {n_timed} resamples): {their_seconds / seconds:.0f} x; bounds differ by "
          f"at most {spread:.4f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=pathlib.Path, default=HERE.parents[1] / "build/tests/bench-statistics")
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--timed", type=int, default=200, help="resamples of the numpy loop that are timed")
    parser.add_argument("--coverage", type=int, default=0, help="simulations of the intervals' coverage")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "scores.bin"
        areas(options.program, path, options.cases)
        bootstrap(options.program, path, 10_000, 2_000, options.timed)
    if options.coverage:
        print(subprocess.run([str(options.program), "coverage", str(options.coverage)], check=True, capture_output=True,
                             text=True).stdout)


if __name__ == "__main__":
    main()
