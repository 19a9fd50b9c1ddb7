#!/usr/bin/env python3
"""Damaged model files: all refused by their hash; with the hash left out, none kills the tool's side, and the known
answers catch those that load and are wrong. A table of tries and outcomes is printed.

    python3 tests/faults/mutated_models.py [MUTANTS] [BUILD_FOLDER]        (default: 1000 build)

Needs numpy. One classify worker is asked again and again, and replaced when it dies.
"""

import collections
import json
import os
import pathlib
import random
import shutil
import sys
import tempfile

import numpy

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
import classify_client  # noqa: E402

FROZEN = {"graph": "frozen", "precision": "fp32", "batches": "powers-of-two"}


def mutant(data, chance):
    """The kind of damage, and the damaged bytes, which differ from the whole ones."""
    kind = chance.choice(["a bit", "a byte", "16 bytes", "4 KiB of zeros", "cut off", "two blocks swapped"])
    at = chance.randrange(len(data))
    if kind == "a bit":
        damaged = data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1:]
    elif kind == "a byte":
        damaged = data[:at] + bytes([(data[at] + chance.randrange(1, 256)) % 256]) + data[at + 1:]
    elif kind == "16 bytes":
        damaged = data[:at] + chance.randbytes(16) + data[at + 16:]
    elif kind == "4 KiB of zeros":
        damaged = data[:at] + bytes(min(4096, len(data) - at)) + data[at + 4096:]
    elif kind == "cut off":
        damaged = data[:at]
    else:
        first, second = sorted(chance.sample(range(len(data) // 256), 2))
        a, b = first * 256, second * 256
        damaged = data[:a] + data[b:b + 256] + data[a + 256:b] + data[a:a + 256] + data[b + 256:]
    return (kind, damaged) if damaged != data else mutant(data, chance)


class Tries:
    def __init__(self, build, folder):
        self.executable, self.folder = build / "libexec/radbatch/radbatch-classify-worker", folder
        self.bundle = shutil.copytree(ROOT / "models/body-region", folder / "model")
        self.model = self.bundle / "models/model.ts"
        self.whole = self.model.read_bytes()
        self.tensors = numpy.random.default_rng(0).normal(size=(12, 1, 64, 64)).astype(numpy.float32)
        self.worker = classify_client.Worker(self.executable, self.bundle, folder / "cache")
        self.expected = self.worker.classify(self.tensors)

    def set_up(self, allow):
        self.worker.ask({"op": "setup", "bundle": str(self.bundle), "backend": "", "device": "cpu", "threads": 1,
                         "cache_dir": str(self.folder / "cache"), "allow_unverified": allow, "variant": FROZEN})

    def outcome(self, allow):
        try:
            self.set_up(allow)
            found = self.worker.classify(self.tensors)
        except classify_client.Refused as refusal:
            text = str(refusal)
            if "SHA-256" in text:
                return "refused: hash"
            return "refused: known answer" if "golden" in text or "known answer" in text else "refused: does not load"
        except classify_client.Died:
            self.worker.__exit__()
            self.model.write_bytes(self.whole)
            self.worker = classify_client.Worker(self.executable, self.bundle, self.folder / "cache")
            return "worker died"
        same = found.keys() == self.expected.keys() and all(
            found[name].shape == self.expected[name].shape and numpy.abs(found[name] - self.expected[name]).max() < 1e-3
            for name in found)
        return "loaded, same numbers" if same else "LOADED, WRONG NUMBERS"

    def run(self, count):
        chance, with_hash, without = random.Random(0), collections.Counter(), collections.Counter()
        for _ in range(count):
            kind, damaged = mutant(self.whole, chance)
            self.model.write_bytes(damaged)
            with_hash[self.outcome(False)] += 1
            self.model.write_bytes(damaged)
            without[kind, self.outcome(True)] += 1
        self.worker.__exit__()
        return with_hash, without


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    build = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else os.environ.get("RADBATCH_BUILD", ROOT / "build")).resolve()
    with tempfile.TemporaryDirectory() as folder:
        with_hash, without = Tries(build, pathlib.Path(folder)).run(count)
    print(f"{count} mutants of models/body-region, with the hash: {json.dumps(with_hash)}")
    outcomes = sorted({outcome for _, outcome in without})
    print("without the hash:")
    for kind in sorted({kind for kind, _ in without}):
        print(f"  {kind:<20}" + "  ".join(f"{outcome}: {without[kind, outcome]}" for outcome in outcomes))
    totals = collections.Counter()
    for (_, outcome), tries in without.items():
        totals[outcome] += tries
    print(f"  {'all':<20}" + "  ".join(f"{outcome}: {totals[outcome]}" for outcome in outcomes))
    wrong = totals["LOADED, WRONG NUMBERS"] + totals["refused: known answer"]
    caught = totals["refused: known answer"] / wrong if wrong else 1
    print(f"of {wrong} that load and are wrong, known answers catch {100 * caught:.1f} %")
    return 0 if with_hash == {"refused: hash": count} and caught >= 0.95 else 1


if __name__ == "__main__":
    sys.exit(main())
