#!/usr/bin/env python3
"""Whether the process tree keeps --max-ram: python3 measure_memory.py [BUILD_FOLDER] [STUDIES] [SIZE ...]

(default: build 6 900M 1200M 2G.) Copies of CT300 (make_ct.py, 157 MB each) go through models/body-region; printed are the peak
of the process tree's memory (Pss, sampled 20 times a second), the time and the processor seconds for each SIZE. Wants numpy and
pydicom. Nothing is asserted.
"""
import pathlib
import resource
import sys
import tempfile

import bench_preprocess
import make_ct
import measure

UNITS = {"M": 1, "G": 1024}


def processor_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main():
    build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else measure.ROOT / "build").resolve()
    studies = int(sys.argv[2]) if len(sys.argv) > 2 else 6
    sizes = sys.argv[3:] or ["900M", "1200M", "2G"]
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "studies").mkdir()
        make_ct.write_study(root / "studies/0")
        for i in range(1, studies):
            bench_preprocess.copy_study(root / "studies/0", root / f"studies/{i}", i)
        for size in sizes:
            before = processor_seconds()
            seconds, samples, code = measure.run([build / "bin/radbatch-infer", "--model", measure.ROOT / "models/body-region",
                                                  root / "studies", "-o", root / size, "--max-ram", size])
            peak, limit = max(mib for _, mib in samples), float(size[:-1]) * UNITS[size[-1]]
            print(f"--max-ram {size}: peak {peak:.0f} MiB, {100 * peak / limit:.0f} % of it; {seconds:.1f} s, "
                  f"{processor_seconds() - before:.1f} processor seconds, exit status {code}")


if __name__ == "__main__":
    main()
