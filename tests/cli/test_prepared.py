"""Prepared tensors of real files, read by the software they are for: h5py, nibabel, NumPy, Pillow."""

import json
import unittest

import harness
import real_images
from real_images import Image, h5py, nibabel, numpy

PLAN = [{"name": "Orientation", "axcodes": "RAS"}, {"name": "Spacing", "pixdim": [1.5, 1.5, 2.0]},
        {"name": "ResizeWithPadOrCrop", "spatial_size": [24, 20, 10]},
        {"name": "ScaleIntensityRange", "a_min": -600, "a_max": 800, "b_min": 0, "b_max": 1, "clip": True}]


class Prepared(real_images.RealTest):
    def preprocess(self, *words, out="t", plan=PLAN, inputs=("studies",), code=0):
        if not self.path("chain").exists():
            self.bundle("chain", plan=plan)
        where = ["-o", out] if out else []
        return self.ends(self.run_tool("radbatch-preprocess", "--model", "chain", *inputs, *where, *words), code)

    def tensors(self, path):
        with h5py.File(self.path(path)) as file:
            return {case: (group["image"][()], dict(group["image"].attrs)) for case, group in file["tensors"].items()}

    def case(self, out="t"):
        return next(iter(self.ledger(out)))


class Files(Prepared):
    def test_nifti_and_nrrd_are_the_tensor_in_its_own_grid(self):
        self.ct()
        self.preprocess()
        (tensor, attributes), = self.tensors(f"t/tensors/{self.case()}.h5").values()
        for form in ("nii.gz", "nii", "nrrd"):
            self.preprocess("--format", form, out=form)
            path = f"{form}/tensors/{self.case()}.{form}"
            if form == "nrrd":
                self.ends(self.run_tool("radbatch-convert", path, "-o", "back"), 0)
                path = next(self.path("back").rglob("*.nii.gz"))
            image = nibabel.load(self.path(path))
            numpy.testing.assert_array_equal(image.get_fdata(dtype=numpy.float32), tensor[0, 0])
            numpy.testing.assert_allclose(image.affine, attributes["affine_ras"], atol=1e-5)

    def test_channels_and_items_are_the_fourth_axis_and_both_are_refused(self):
        self.ct()
        self.bundle("chain", plan=PLAN + [{"name": "RepeatChannel", "repeats": 3}])
        self.preprocess("--format", "nii")
        self.assertEqual(nibabel.load(self.path(f"t/tensors/{self.case()}.nii")).shape, (24, 20, 10, 3))
        self.bundle("slices", plan=[{"name": "ExtractSlices", "axis": 2}])
        self.ends(self.run_tool("radbatch-preprocess", "--model", "slices", "studies", "-o", "s", "--format", "nii"), 0)
        self.assertEqual(nibabel.load(self.path(f"s/tensors/{self.case()}.nii")).shape, (32, 24, 1, 6))
        self.bundle("both", plan=[{"name": "ExtractSlices", "axis": 2}, {"name": "RepeatChannel", "repeats": 3}])
        self.ends(self.run_tool("radbatch-preprocess", "--model", "both", "studies", "-o", "b", "--format", "nii"), 8)
        self.assertEqual(set(self.ledger("b").values()), {"E_PREPARE"})
        self.leaves_nothing_behind("b")

    def test_npy_is_what_numpy_loads(self):
        self.ct()
        self.preprocess()
        self.preprocess("--format", "npy", out="n")
        (tensor, attributes), = self.tensors(f"t/tensors/{self.case()}.h5").values()
        numpy.testing.assert_array_equal(numpy.load(self.path(f"n/tensors/{self.case()}.npy")), tensor)
        beside = json.loads(self.path(f"n/tensors/{self.case()}.json").read_text())
        self.assertEqual(numpy.reshape(beside["affine_ras"], (4, 4)).tolist(), attributes["affine_ras"].tolist())

    def test_the_pack_holds_what_the_files_hold(self):
        self.ct()
        self.nifti()
        self.preprocess("--pack")
        packed = self.tensors("t/tensors.h5")
        self.assertEqual(sorted(packed), sorted(self.ledger("t")))
        for case, (tensor, attributes) in packed.items():
            (single, own), = self.tensors(f"t/tensors/{case}.h5").values()
            numpy.testing.assert_array_equal(tensor, single)
            self.assertEqual({key: str(value) for key, value in attributes.items()}, {key: str(value) for key, value in own.items()})


class Numbers(Prepared):
    def test_the_table_says_what_numpy_says(self):
        self.nifti()
        self.preprocess()
        (row,) = self.rows("t/qc.csv")
        (tensor, _), = self.tensors(f"t/tensors/{self.case()}.h5").values()
        before = nibabel.load(self.path("studies/volume.nii.gz")).get_fdata()
        for when, values in (("before", before), ("after", tensor.astype(float))):
            ranks = numpy.sort(values, axis=None)
            expected = {"min": values.min(), "max": values.max(), "mean": values.mean(), "sd": values.std()}
            expected |= {f"p{p}": ranks[int(p / 100 * (values.size - 1) + 0.5)] for p in (1, 50, 99)}
            for name, value in expected.items():
                self.assertAlmostEqual(float(row[f"{when}_{name}"]), value, delta=1e-6 * max(1, abs(value)), msg=f"{when}_{name}")
        self.assertEqual(float(row["clipped_fraction"]), float(numpy.mean((tensor == tensor.min()) | (tensor == tensor.max()))))
        # 24 x 32 x 6 of 1 x 1 x 2 mm became 16 x 22 x 6 of 1.5 x 1.5 x 2 mm, then 24 x 20 x 10.
        self.assertEqual([round(float(row[f"resampled_{a}"]), 4) for a in "ijk"], [0.6667, 0.6667, 1])
        self.assertEqual([round(float(row[f"padded_{a}"]), 4) for a in "ijk"], [round(1 - 16 / 24, 4), 0, 0.4])
        self.assertEqual([round(float(row[f"cropped_{a}"]), 4) for a in "ijk"], [0, round(1 - 20 / 22, 4), 0])


class Comparison(Prepared):
    def compare(self, array, code):
        numpy.save(self.path("mine.npy"), array)
        return self.preprocess("--compare", "mine.npy", "--case", "volume", out=None, code=code).stdout.splitlines()

    def test_what_other_pipelines_do_otherwise_is_named(self):
        self.nifti()
        self.preprocess()
        (tensor, _), = self.tensors(f"t/tensors/{self.case()}.h5").values()
        self.assertIn("They are equal", self.compare(tensor[0, 0], 0)[-1])
        self.assertIn("LPS", self.compare(tensor[0, 0, ::-1, ::-1], 8)[-1])
        self.assertIn("GetArrayFromImage", self.compare(tensor[0, 0].transpose(2, 1, 0), 8)[-1])
        self.assertIn("yours are not scaled", self.compare(tensor[0] * 1400 - 600, 8)[-1])
        self.assertIn("shifted by", self.compare(numpy.roll(tensor[0], 1, axis=1), 8)[-1])


class Elsewhere(Prepared):
    def test_arrays_of_npy_and_npz_score_as_the_images_they_are_made_of(self):
        self.nifti("a.nii.gz")
        self.ends(self.infer(out="own"), 0)
        self.ends(self.run_tool("radbatch-preprocess", "--model", real_images.MODEL, "studies", "-o", "t"), 0)
        (tensor, _), = self.tensors("t/tensors/a.h5").values()
        self.path("mine").mkdir()
        numpy.save(self.path("mine/single.npy"), tensor)
        numpy.savez_compressed(self.path("mine/many.npz"), one=tensor, two=tensor.astype(float))
        self.ends(self.infer("--prepared", inputs=["mine"], out="out"), 0, "3 cases: 3 done")
        self.assertEqual({row["p_cxr"] for row in self.rows("out/predictions.csv")}, {self.rows("own/predictions.csv")[0]["p_cxr"]})


class Sheets(Prepared):
    """One bright block a little to the left, the front and the top of a dark head's middle, however the voxels lie."""

    SIDE, TITLE, HISTOGRAM, GAP = 220, 16, 54, 6

    def block(self, name, codes):
        voxels = numpy.full((40, 40, 40), 100, numpy.int16)
        voxels[10:23, 17:30, 17:30] = 1000
        image = nibabel.Nifti1Image(voxels, numpy.diag([2, 2, 2, 1]))
        turn = nibabel.orientations.ornt_transform(nibabel.io_orientation(image.affine), nibabel.orientations.axcodes2ornt(codes))
        nibabel.save(image.as_reoriented(turn), self.path(f"studies/{name}.nii.gz"))

    def middle_of_block(self, sheet, tile, row):
        """From 0 to 1 across and down the tile; letters at its edges left out."""
        left, top = tile * (self.SIDE + self.GAP), row * (self.TITLE + self.SIDE + self.HISTOGRAM + self.GAP) + self.TITLE
        y, x = numpy.nonzero(sheet[top + 30:top + self.SIDE - 30, left + 30:left + self.SIDE - 30] > 200)
        return x.mean() / (self.SIDE - 60), y.mean() / (self.SIDE - 60)

    def test_left_and_front_and_head_are_where_radiologists_look_for_them(self):
        for codes in ("RAS", "LPS", "PIR"):
            self.block(codes.lower(), tuple(codes))
        self.bundle("chain", plan=[{"name": "Orientation", "axcodes": "SPL"}])
        self.preprocess("--preview")
        for codes in ("RAS", "LPS", "PIR"):
            sheet = numpy.asarray(Image.open(self.path(f"t/previews/sheets/{codes.lower()}.png")).convert("L"))
            for row in range(2):
                for tile in range(3):
                    with self.subTest(codes=codes, row=row, tile=tile):
                        x, y = self.middle_of_block(sheet, tile, row)
                        is_sagittal = tile == 2  # its left edge is the patient's front
                        self.assertEqual((x < 0.5, y < 0.5), (is_sagittal, True), (x, y))


if __name__ == "__main__":
    unittest.main()
