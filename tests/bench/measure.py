#!/usr/bin/env python3
"""Figures of a build: start-up, memory over many cases, cases per second, rerun. Measured and printed, never asserted.

usage: python3 tests/bench/measure.py [BUILD_FOLDER] [CASES]        (default: build 1000)

Standard library only. The cases are 256x256 grey PNG pictures with noise, written here. Memory is the proportional set
size (Pss) of the whole process tree, sampled 20 times a second.
"""
import os
import pathlib
import random
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]


def png(path, rng, side=256):
    """A grey picture: 8 bits, one filter byte (0) a row."""
    rows = b"".join(b"\0" + rng.randbytes(side) for _ in range(side))
    chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 1)) +
                     chunk(b"IEND", b""))


def tree(pid):
    yield pid
    try:
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from tree(int(child))


def pss_mib(pid):
    total = 0
    for process in tree(pid):
        try:
            for line in pathlib.Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        except (OSError, ValueError):
            pass
    return total / 1024


def run(command):
    """Seconds, (time, Pss) samples and exit status of a command."""
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    samples = []
    while process.poll() is None:
        samples.append((time.monotonic() - started, pss_mib(process.pid)))
        time.sleep(0.05)
    return time.monotonic() - started, samples, process.returncode


def main():
    build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build").resolve()
    cases = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    infer = build / "bin/radbatch-infer"
    helps = []
    for _ in range(20):
        started = time.monotonic()
        subprocess.run([infer, "--help"], stdout=subprocess.DEVNULL, check=True)
        helps.append(1000 * (time.monotonic() - started))
    print(f"radbatch-infer --help: median {statistics.median(helps):.1f} ms, worst {max(helps):.1f} ms of 20")

    with tempfile.TemporaryDirectory() as folder:
        studies = pathlib.Path(folder) / "studies"
        studies.mkdir()
        rng = random.Random(0)
        for i in range(cases):
            png(studies / f"case-{i:05d}.png", rng)
        command = [infer, "--model", ROOT / "models/body-region", studies, "-o", pathlib.Path(folder) / "out",
                   "--thumbnails", "none"]
        seconds, samples, code = run(command)
        print(f"{cases} pictures: {seconds:.2f} s, {cases / seconds:.0f} cases/s, exit status {code}")
        # The first fifth of the time loads the model and warms up.
        steady = [mib for at, mib in samples if at > seconds / 5]
        if len(steady) >= 8:
            quarter = len(steady) // 4
            early, late = statistics.median(steady[:quarter]), statistics.median(steady[-quarter:])
            print(f"memory of the process tree: {early:.0f} MiB early, {late:.0f} MiB late "
                  f"({100 * (late / early - 1):+.1f} %), peak {max(mib for _, mib in samples):.0f} MiB")
        seconds, _, code = run(command)
        print(f"the same command again: {seconds:.2f} s, exit status {code}")


if __name__ == "__main__":
    main()
