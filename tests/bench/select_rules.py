"""How long a change of the rules takes over 800 head CT studies: python3 tests/bench/select_rules.py [BUILD_FOLDER] [STUDIES]

Prints the time of the first `radbatch select` of a scan without an image index (which groups all headers) and of those
after it, each under rules that were edited in between.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).absolute().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
import make_head_ct  # noqa: E402


def main():
    build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build").absolute()
    n_studies = int(sys.argv[2]) if len(sys.argv) > 2 else 800
    with tempfile.TemporaryDirectory() as folder:
        scan, rules = pathlib.Path(folder) / "scan", pathlib.Path(folder) / "rules.json"
        print(f"{make_head_ct.write_scan(scan, n_studies, 3)} headers of {n_studies} studies")
        preset = subprocess.run([build / "bin/radbatch-select", "--rules", "preset:head-ct-soft-thick", "--print-rules"],
                                check=True, capture_output=True, text=True).stdout
        for name, low in (("first, groups the headers", 2.5), ("edited rule", 2.5), ("edited rule", 0.5), ("edited rule", 4)):
            edited = json.loads(preset)
            for test in edited["inputs"]["image"]["alternatives"][0]["where"]:
                if test.get("field") == "slice_step_mm":
                    test["range"] = [low, 10]
            rules.write_text(json.dumps(edited))
            start = time.perf_counter()
            text = subprocess.run([build / "bin/radbatch-select", scan, "--rules", rules, "--json"], check=True,
                                  capture_output=True, text=True).stdout
            seconds = time.perf_counter() - start
            counts = json.loads(text)["inputs"][0]
            print(f"{name:28} from {low} mm: {seconds:6.2f} s   one {counts['one']}, none {counts['none']}, "
                  f"several {counts['several']}")
        print("expected from 2.5 mm: one {}, none {}, several {}".format(*make_head_ct.expected(n_studies)))


if __name__ == "__main__":
    main()
