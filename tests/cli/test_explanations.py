"""Explanations of real files by the real workers and the shipped model: pictures, volumes, the same bytes again."""

import hashlib
import io
import unittest

import real_images
from PIL import Image
from real_images import h5py, nibabel, numpy


class Explanations(real_images.RealTest):
    def explain(self, *words, out="out"):
        self.ends(self.infer("--explain", "all", "--thumbnails", "all", *words, out=out), 0)
        rows = self.rows(f"{out}/explanations.csv")
        self.assertEqual([row["reason"] + row["detail"] for row in rows], [""] * len(rows))
        return rows

    def test_the_volume_of_a_stack_of_slices_lies_where_the_stack_lies(self):
        self.ct()
        row, = self.explain()
        volume = nibabel.load(self.path("out/" + row["volume"]))
        self.assertEqual(volume.shape[2], real_images.SLICES)
        # The middle of the stack, from the positions that were written into the DICOM headers.
        rows, columns = real_images.ROWS - 1, real_images.COLUMNS - 1
        middle = (real_images.ORIGIN + real_images.AXES[0] * columns / 2 * real_images.SPACING[1]
                  + real_images.AXES[1] * rows / 2 * real_images.SPACING[0]
                  + real_images.NORMAL * (real_images.SLICES - 1) / 2 * real_images.STEP)
        found = volume.affine @ [*((numpy.array(volume.shape[:3]) - 1) / 2), 1]
        half_a_voxel = numpy.linalg.norm(volume.affine[:3, :3], axis=0).max() / 2
        self.assertLess(numpy.abs(found[:3] * [-1, -1, 1] - middle).max(), half_a_voxel)
        values = volume.get_fdata(dtype=numpy.float32)
        peak = numpy.unravel_index(numpy.abs(values).argmax(), values.shape)
        lps = [float(row[f"peak_{axis}_mm"]) for axis in "xyz"]
        numpy.testing.assert_allclose((volume.affine @ [*peak[:3], 1])[:3] * [-1, -1, 1], lps, atol=1e-3)
        self.assertEqual(values[tuple(peak)], numpy.float32(row["peak_value"]))

    def test_the_map_is_read_through_predictions_h5(self):
        self.ct()
        row, = self.explain()
        with h5py.File(self.path("out/predictions.h5")) as file:
            array = file["explanations"][row["case_id"]]
            self.assertEqual((array.shape, array.attrs["axes"]), ((3, 64, 64), "N,R,A"))
            self.assertEqual(numpy.abs(array[()]).max(), abs(numpy.float32(row["peak_value"])))

    def test_a_radiograph_a_colour_picture_and_every_method_of_the_model(self):
        self.cr()
        self.photographs()
        for method in ("occlusion", "gradients", "integrated-gradients"):
            for row in self.explain("--explain-method", method):
                picture = Image.open(io.BytesIO(self.path("out/" + row["picture"]).read_bytes()))
                self.assertEqual(picture.mode, "RGB")
                self.assertEqual((row["method"], row["volume"]), (method, ""))
            if method == "integrated-gradients":
                gap = float(row["sum"]) - (float(row["score"]) - float(row["baseline_score"]))
                self.assertLess(abs(gap), 0.05 * abs(float(row["score"]) - float(row["baseline_score"])))

    def test_the_same_bytes_with_other_threads(self):
        self.ct()
        digests = []
        for out, words in (("a", ("--threads", "1")), ("b", ("--threads", "1", "--jobs", "2"))):
            self.explain(*words, out=out)
            files = sorted(path for folder in ("explanations", "arrays") for path in self.path(f"{out}/{folder}").iterdir())
            digests.append([hashlib.sha256(path.read_bytes()).hexdigest() for path in files])
        self.assertEqual(*digests)
        self.assertEqual(len(digests[0]), 3)


if __name__ == "__main__":
    unittest.main()
