"""Plans over real files and the real image worker: what readers, windows and contracts of a plan need of a header."""

import json
import unittest

import real_images
from real_images import h5py, nibabel, numpy, radiograph, save


class Plans(real_images.RealTest):
    def preprocess(self, plan, out="out", words=(), **contract):
        sidecar_input = {"name": "image", "dims": [2, 3], "channels": [1, 3, 4]} | contract
        self.bundle(f"model-{out}", plan=plan, inputs=[sidecar_input], pooling={"slices": "mean", "frames": "mean"})
        return self.run_tool("radbatch-preprocess", "--model", f"model-{out}", "studies", "-o", out, *words)

    def tensors(self, out="out"):
        found = {}
        for path in sorted(self.path(f"{out}/tensors").glob("*.h5")):
            with h5py.File(path) as file:
                found[path.stem] = file[f"tensors/{path.stem}/image"][()]
        return found

    def case(self, out="out"):
        cases = self.rows(f"{out}/cases.csv")
        self.assertEqual(len(cases), 1)
        return cases[0]

    def nifti(self, array, name="a.nii"):
        nibabel.save(nibabel.Nifti1Image(array, numpy.diag([1.0, 1, 2, 1])), self.path(f"studies/{name}"))

    def test_the_window_of_the_header_reaches_the_plan(self):
        image = radiograph(WindowCenter=[600, 900], WindowWidth=[400, 1000], WindowCenterWidthExplanation=["A", "WIDE"],
                           VOILUTFunction="LINEAR_EXACT")
        save(image, self.path("studies/a.dcm"))
        self.ends(self.preprocess([{"name": "WindowLevel", "windows": [{"header": "wide"}, "header"]}]), 0)
        tensor, = self.tensors().values()
        values = image.pixel_array.T.astype(float)
        self.assertTrue(numpy.allclose(tensor[0, 0], numpy.clip((values - 400) / 1000, 0, 1), atol=1e-6))
        self.assertTrue(numpy.allclose(tensor[0, 1], numpy.clip((values - 400) / 400, 0, 1), atol=1e-6))

    def test_an_inverted_radiograph_gives_the_picture_of_the_other(self):
        image = radiograph(WindowCenter=600, WindowWidth=400)
        save(image, self.path("studies/a.dcm"))
        plan = [{"name": "WindowLevel", "windows": "header"}]
        self.ends(self.preprocess(plan), 0)
        inverted = radiograph(WindowCenter=4095 - 600 + 1, WindowWidth=400, PhotometricInterpretation="MONOCHROME1")
        inverted.PixelData = (4095 - image.pixel_array).tobytes()
        save(inverted, self.path("studies/a.dcm"))
        self.ends(self.preprocess(plan, out="inverted"), 0)
        self.assertTrue(numpy.array_equal(*(next(iter(self.tensors(out).values())) for out in ("out", "inverted"))))

    def test_torchxrayvisions_range_comes_from_bits_stored(self):
        image = radiograph()
        save(image, self.path("studies/a.dcm"))
        plan = [{"name": "torchxrayvision.normalize", "maxval": "bits-stored"}]
        self.ends(self.preprocess(plan), 0)
        tensor, = self.tensors().values()
        expected = (2 * (image.pixel_array.T.astype(numpy.float32) / numpy.float32(4095)) - 1) * 1024
        self.assertTrue(numpy.array_equal(tensor[0, 0], expected))
        save(radiograph(RescaleSlope=2, RescaleIntercept=0), self.path("studies/a.dcm"))
        self.ends(self.preprocess(plan, out="rescaled"), 8)
        self.assertEqual(self.case("rescaled")["reason"], "E_PREPARE")

    def test_another_photometric_interpretation_is_refused_unread(self):
        save(radiograph(PhotometricInterpretation="MONOCHROME1"), self.path("studies/a.dcm"))
        plan = [{"name": "ScaleIntensity"}]
        self.ends(self.preprocess(plan, photometric=["MONOCHROME2"]), 8)
        self.assertEqual((self.case()["reason"], self.case()["detail"]), (
            "E_PHOTOMETRIC", "the PhotometricInterpretation is MONOCHROME1; input 'image' takes MONOCHROME2"))
        self.ends(self.preprocess(plan, out="both", photometric=["MONOCHROME1", "MONOCHROME2"]), 0)

    def test_nan_is_filled_where_the_plan_says_with_what(self):
        array = numpy.arange(24, dtype=numpy.float32).reshape(2, 3, 4)
        array[1, 2, 3] = numpy.nan
        self.nifti(array)
        self.ends(self.preprocess([{"name": "LoadImage"}]), 8)
        self.assertEqual(self.case()["reason"], "E_NONFINITE")
        self.ends(self.preprocess([{"name": "LoadImage", "nonfinite": -1}], out="filled", value_range=[0, 30]), 0)
        self.ends(self.preprocess([{"name": "LoadImage", "nonfinite": -1}], out="narrow", value_range=[0, 5]), 8)
        self.assertEqual((self.case("narrow")["reason"], self.case("narrow")["detail"]),
                         ("E_RANGE", "the values run from 0 to 22; input 'image' takes 0 to 5"))
        tensor, = self.tensors("filled").values()
        self.assertEqual((tensor.min(), tensor[0, 0, 1, 2, 3]), (-1, -1))
        journal = "".join(path.read_text() for path in self.path("filled/journal").glob("*.ndjson"))
        self.assertIn("W_NONFINITE_FILLED", journal)

    def test_the_fourth_axis_of_a_nifti_is_items_or_channels_as_the_plan_says(self):
        array = numpy.arange(96, dtype=numpy.int16).reshape(2, 3, 4, 4)
        self.nifti(array)
        self.ends(self.preprocess([{"name": "EnsureChannelFirst"}]), 0)
        self.assertEqual(next(iter(self.tensors().values())).shape, (4, 1, 2, 3, 4))
        plan = [{"name": "EnsureChannelFirst", "channel_dim": -1}]
        self.ends(self.preprocess(plan, out="channels", channels=4), 0)
        tensor, = self.tensors("channels").values()
        self.assertTrue(numpy.array_equal(tensor[0], array.transpose(3, 0, 1, 2)))
        self.ends(self.preprocess(plan, out="three", channels=3), 8)
        self.assertEqual(self.case("three")["reason"], "E_CHANNELS")

    def test_the_plans_frames_are_taken_unless_the_command_line_says_otherwise(self):
        frames = numpy.stack([numpy.full((8, 8), 10 * i, numpy.uint8) for i in range(6)])
        image = real_images.dataset(frames[0], "1.2.826.6", "US", "1.2.840.10008.5.1.4.1.1.3.1", InstanceNumber=1,
                                    NumberOfFrames=6, FrameTime=100, BitsAllocated=8, BitsStored=8, HighBit=7)
        image.PixelData = frames.tobytes()
        save(image, self.path("studies/a.dcm"))
        plan = [{"name": "SampleFrames", "frames": "n=2"}]
        self.ends(self.preprocess(plan), 0)
        tensor, = self.tensors().values()
        self.assertEqual([item.mean() for item in tensor], [10, 40])
        self.ends(self.preprocess(plan, out="list", words=("--frames", "0,5")), 0)
        tensor, = self.tensors("list").values()
        self.assertEqual([item.mean() for item in tensor], [0, 50])
        recorded = [json.loads(self.path(f"{out}/run.json").read_text()) for out in ("out", "list")]
        self.assertEqual(["n=2" in json.dumps(run) for run in recorded], [True, True])
        self.assertIn("0,5", json.dumps(recorded[1]))


if __name__ == "__main__":
    unittest.main()
