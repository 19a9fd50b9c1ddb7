"""Converted studies read back by the software they are for (SimpleITK, pynrrd ...), and the BIDS validator's verdict."""

import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).absolute().parent
BIN = pathlib.Path(os.environ.get("RADBATCH_BIN", "build/bin")).absolute()
DATA = pathlib.Path(os.environ.get("RADBATCH_DATA", HERE.parents[2] / "shared/data")).absolute() / "dicom"
READERS = ("nibabel", "SimpleITK", "nrrd", "h5py", "PIL")
VALIDATOR = shutil.which("bids-validator-deno") or shutil.which("bids-validator-deno", path=pathlib.Path(sys.executable).parent)


@unittest.skipUnless(DATA.exists(), f"no data at {DATA}")
class Converted(unittest.TestCase):
    @unittest.skipUnless(all(map(importlib.util.find_spec, READERS)), f"wants {', '.join(READERS)}")
    def test_every_format_is_read_back_equal(self):
        for series in ("head-mri-t1-120", "head-ct-ge-28", "abdomen-ct-j2k-20"):
            done = subprocess.run([sys.executable, HERE / "formats_read_back.py", BIN / "radbatch-convert", DATA / series],
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, f"{series}: {done.stdout}{done.stderr}")
            self.assertGreaterEqual(done.stdout.count("voxels equal"), 7, done.stdout)

    @unittest.skipUnless(VALIDATOR, "wants bids-validator-deno")
    def test_the_bids_validator_finds_no_error(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([BIN / "radbatch-convert", DATA, "-o", folder + "/bids", "--layout", "bids", "--preview", "-q",
                            "--ok", "refused,failed"], check=True, stderr=subprocess.DEVNULL)
            verdict = subprocess.run([VALIDATOR, folder + "/bids", "--ignoreWarnings"], capture_output=True, text=True)
        self.assertNotIn("[ERROR]", verdict.stdout)
        self.assertIn("BIDS compatible", verdict.stdout + verdict.stderr)


if __name__ == "__main__":
    unittest.main()
