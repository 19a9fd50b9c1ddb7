"""predictions.h5 with levels, logits and features, read by anndata, pandas and xarray as people read such files.

    RADBATCH_BIN=build/bin RADBATCH_WORKERS=build/tests/fake-workers venv/bin/python tests/oracles/read_results.py

Needs anndata, xarray and h5netcdf; ends with 77 without them.
"""

import pathlib
import sys
import unittest

try:
    import anndata.io
    import h5py
    import numpy
    import pandas
    import xarray
except ImportError as error:
    print(f"skipped: {error}; pip install anndata xarray h5netcdf")
    sys.exit(77)

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parents[1] / "cli"))
import harness  # noqa: E402


class Readers(harness.CliTest):
    def setUp(self):
        super().setUp()
        self.bundle(citation="fake rich", features={"output": "features"})
        self.image("a", 0.2, items=4, step=0.25)
        self.image("b", 0.5)
        self.image("c", harness.CLASSIFY["nan"])
        self.ends(self.infer("--logits", "--features"), 8)
        self.file = self.folder / "out/predictions.h5"

    def test_anndata_reads_the_whole_file(self):
        with h5py.File(self.file) as file:
            content = anndata.io.read_elem(file["/"])
        self.assertIsInstance(content["predictions"], pandas.DataFrame)
        self.assertEqual(list(content["predictions"].index), ["a", "b", "c"])
        self.assertEqual(content["slices"]["a"].shape, (4, 3))
        numpy.testing.assert_allclose(content["slices"]["a"].mean(axis=0), content["probabilities"][0], atol=1e-6)
        self.assertEqual(content["features"].shape, (3, 2))

    def test_xarray_opens_the_matrices_by_name(self):
        with xarray.open_dataset(self.file, engine="h5netcdf") as data:
            self.assertEqual(data["probabilities"].dims, ("case", "finding"))
            self.assertEqual(data["features"].dims, ("case", "feature"))
            self.assertEqual(data["logits"].sel(case="b", logit="organ.hand").item(), 0.5)
            self.assertTrue(numpy.isnan(data["features"].sel(case="c")).all())


if __name__ == "__main__":
    unittest.main()
