#!/usr/bin/env python3
"""Make the reference of a bundle, for infer's --ood, from runs over cases of its training population.

    python3 reference.py models/mine --features RUN/predictions.h5 --tensors PREPROCESSED --quantile 0.99

--features is the predictions.h5 of a run that kept features (its dataset /features), --tensors a folder that
radbatch-preprocess wrote; one of them is enough. Mean and covariance go to reference/ in the bundle, the rest into
radbatch.json. The limit is a quantile of the distances of the same cases. A covariance fits the cases that made it, so
that limit is too small where there are few cases per feature: leave cases out for it with --hold-out.
Needs numpy and h5py.
"""

import argparse
import hashlib
import json
from pathlib import Path

import h5py
import numpy


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", type=Path, help="folder with radbatch.json, which is changed")
    parser.add_argument("--features", type=Path, help="predictions.h5 with /features [case, dim]")
    parser.add_argument("--output", help="the network's output of features; default: features.output of radbatch.json")
    parser.add_argument("--tensors", type=Path, help="run folder of radbatch-preprocess (tensors/*.h5)")
    parser.add_argument("--bins", type=int, default=64)
    parser.add_argument("--shrinkage", type=float, default=0.01)
    parser.add_argument("--quantile", type=float, default=0.99, help="of the distances: the limit")
    parser.add_argument("--hold-out", type=float, default=0.5, help="share of the cases that only the limit is of")
    arguments = parser.parse_args()
    if not arguments.features and not arguments.tensors:
        parser.error("--features or --tensors is needed")
    return arguments


def split(rows, share):
    """Every n-th case is held out, so that the same cases always give the same reference."""
    step = max(2, round(1 / share)) if share > 0 else len(rows) + 1
    held = numpy.arange(len(rows)) % step == step - 1
    return (rows[~held], rows[held]) if held.any() else (rows, rows)


def save(bundle, name, values):
    path = bundle / "reference" / name
    path.parent.mkdir(exist_ok=True)
    numpy.save(path, numpy.ascontiguousarray(values, "<f4"))
    return f"reference/{name}", hashlib.sha256(path.read_bytes()).hexdigest()


def features_reference(arguments):
    with h5py.File(arguments.features) as file:
        features = file["features"][()].astype(float)
    used, held = split(features[numpy.isfinite(features).all(1)], arguments.hold_out)
    mean, covariance = used.mean(0), numpy.atleast_2d(numpy.cov(used.T))
    reference = {"shrinkage": arguments.shrinkage}
    if arguments.output:
        reference["output"] = arguments.output
    reference["mean"], reference["mean_sha256"] = save(arguments.bundle, "mean.npy", mean)
    reference["covariance"], reference["covariance_sha256"] = save(arguments.bundle, "covariance.npy", covariance)
    dim = len(mean)
    shrunk = (1 - arguments.shrinkage) * covariance + arguments.shrinkage * numpy.trace(covariance) / dim * numpy.eye(dim)
    solved = numpy.linalg.solve(numpy.linalg.cholesky(shrunk), (held - mean).T)
    reference["limit"] = float(numpy.quantile(numpy.sqrt((solved**2).sum(0)), arguments.quantile))
    return reference


def tensors_of(folder):
    for path in sorted((folder / "tensors").glob("*.h5")):
        with h5py.File(path) as file:
            for case in file["tensors"].values():
                yield from (tensor[()] for tensor in case.values())


def histogram_reference(arguments):
    ends = [(values.min(), values.max()) for values in tensors_of(arguments.tensors)]
    edges = numpy.linspace(min(low for low, _ in ends), max(high for _, high in ends), arguments.bins + 1)
    shares = numpy.array([numpy.histogram(values, edges)[0] / values.size for values in tensors_of(arguments.tensors)])
    used, held = split(shares, arguments.hold_out)
    fractions = used.mean(0)
    middle = (held + fractions) / 2
    with numpy.errstate(divide="ignore", invalid="ignore"):
        parts = [numpy.where(p > 0, p * numpy.log2(p / middle), 0) / 2 for p in (held, numpy.broadcast_to(fractions, held.shape))]
    distances = numpy.sqrt(numpy.maximum(sum(parts).sum(1), 0))
    return {"edges": edges.tolist(), "fractions": fractions.tolist(), "distance": "jensen-shannon",
            "limit": float(numpy.quantile(distances, arguments.quantile))}


def main():
    arguments = parse_arguments()
    path = arguments.bundle / "radbatch.json"
    sidecar = json.loads(path.read_text(encoding="utf-8"))
    reference = sidecar.setdefault("reference", {})
    if arguments.features:
        reference["features"] = features_reference(arguments)
    if arguments.tensors:
        reference["histogram"] = histogram_reference(arguments)
    path.write_text(json.dumps(sidecar, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
