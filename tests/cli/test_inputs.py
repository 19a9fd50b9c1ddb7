"""Several inputs of a case, and crops around a case's region, over real workers and generated images."""

import json
import unittest

import real_images
from real_images import h5py, nibabel, numpy

NAMES = ["t1", "t1c", "t2", "flair"]
SHAPE, AFFINE = (8, 7, 6), numpy.diag([-1.0, -1, 2, 1])


def step(name, **parameters):
    return {"name": name, **parameters}


CONCAT = step("ConcatItems", keys=NAMES, output="image")


class InputsTest(real_images.RealTest):
    def volume(self, file, seed, shape=SHAPE, affine=AFFINE):
        voxels = numpy.random.default_rng(seed).integers(0, 1000, shape).astype(numpy.int16)
        self.path("studies").mkdir(exist_ok=True)
        nibabel.save(nibabel.Nifti1Image(voxels, affine), self.path(f"studies/{file}"))
        return voxels

    def manifest(self, *cases):
        lines = [json.dumps(case) for case in cases]
        self.path("studies/cases.jsonl").write_text("\n".join(lines) + "\n")

    def model(self, plan, name="model", inputs=NAMES, **fill):
        return self.bundle(name, plan=plan, pooling={}, inputs=[
            {"name": one, "dims": 3, "channels": 1} | ({"if_missing": fill[one]} if one in fill else {}) for one in inputs])

    def preprocess(self, *words, inputs=("studies/cases.jsonl",), model="model", out="t"):
        return self.run_tool("radbatch-preprocess", "--model", model, *inputs, "-o", out, *words)

    def tensor(self, case, out="t", name="image"):
        with h5py.File(self.path(f"{out}/tensors/{case}.h5")) as file:
            data = file[f"tensors/{case}/{name}"]
            return data[:], dict(data.attrs)


class Several(InputsTest):
    def case(self, case, names=NAMES, **fields):
        voxels = [self.volume(f"{case}-{name}.nii.gz", NAMES.index(name)) for name in names]
        return voxels, {"case_id": case, "registered": True,
                        "inputs": [{"name": name, "path": f"{case}-{name}.nii.gz"} for name in names]} | fields

    def test_four_inputs_become_four_channels(self):
        voxels, line = self.case("p01")
        self.manifest(line)
        self.model([step("ScaleIntensityRange", a_min=0, a_max=1000, b_min=0, b_max=1), CONCAT])
        self.ends(self.preprocess(), 0, "1 case: 1 done")
        values, attributes = self.tensor("p01")
        self.assertTrue(numpy.allclose(values[0], numpy.stack(voxels) / 1000, atol=1e-6))
        self.assertEqual(attributes["axes"], "N,C,i,j,k")
        self.assertTrue(numpy.allclose(attributes["affine_ras"].reshape(4, 4), AFFINE))
        row = self.rows("t/cases.csv")[0]
        self.assertEqual((row["n_inputs"], row["missing_inputs"], row["flags"] if "flags" in row else ""), ("4", "", ""))
        selected = {row["input"]: row["selected"] for row in self.rows("t/selection.csv") if row["selected"] == "1"}
        self.assertEqual(selected, dict.fromkeys(NAMES, "1"))

    def test_the_order_of_the_manifest_does_not_matter(self):
        voxels, line = self.case("p01")
        self.manifest(line)
        self.model([CONCAT])
        self.ends(self.preprocess(), 0)
        key = self.rows("t/cases.csv")[0]["content_key"]
        line["inputs"].reverse()
        self.manifest(line)
        self.ends(self.preprocess(out="again"), 0)
        self.assertEqual(self.rows("again/cases.csv")[0]["content_key"], key)
        self.volume("p01-t2.nii.gz", 99)
        self.ends(self.preprocess(out="changed"), 0)
        self.assertNotEqual(self.rows("changed/cases.csv")[0]["content_key"], key)

    def test_a_missing_input_is_refused_by_name_or_filled(self):
        voxels, line = self.case("p01", ["t1", "t2", "flair"])
        self.manifest(line)
        self.model([CONCAT])
        self.ends(self.preprocess(), 8, "1 refused")
        row = self.rows("t/cases.csv")[0]
        self.assertEqual((row["reason"], row["detail"]), ("E_MISSING_INPUT", "no image of the case is named t1c"))
        self.model([CONCAT], "filled", t1c="mask-channel", t2="zeros")
        self.ends(self.preprocess(model="filled", out="f"), 0, "1 done")
        values, _ = self.tensor("p01", "f")
        zeros = numpy.zeros(SHAPE)
        self.assertTrue(numpy.array_equal(values[0], numpy.stack([voxels[0], zeros, voxels[1], voxels[2], zeros])))
        row = self.rows("f/cases.csv")[0]
        self.assertEqual((row["n_inputs"], row["missing_inputs"]), ("3", "t1c"))
        self.assertIn("W_INPUT_FILLED", self.run_tool("radbatch", "why", "f", "p01").stdout)

    def test_images_on_different_grids(self):
        voxels, line = self.case("p01", NAMES[:3])
        coarse = self.volume("p01-flair.nii.gz", 4, (4, 4, 6), numpy.diag([-2.0, -2, 2, 1]))
        line["inputs"].append({"name": "flair", "path": "p01-flair.nii.gz"})
        self.manifest(line)
        self.model([CONCAT])
        self.ends(self.preprocess(), 8)
        self.assertEqual(self.rows("t/cases.csv")[0]["detail"],
                         "step 1 of the plan (ConcatItems): t1 has shape [1,8,7,6] and flair has [1,4,4,6]")
        match = step("ResampleToMatch", keys=["flair"], key_dst="t1", mode="nearest")
        self.model([match, CONCAT], "matched")
        self.ends(self.preprocess(model="matched", out="m"), 0)
        values, _ = self.tensor("p01", "m")
        self.assertTrue(numpy.array_equal(values[0, :3], numpy.stack(voxels)))
        self.assertTrue(numpy.array_equal(values[0, 3, ::2, ::2], coarse[:, :4]))

    def test_a_coordinate_system_that_nobody_vouches_for(self):
        voxels, line = self.case("p01")
        del line["registered"]
        self.manifest(line)
        self.model([CONCAT])
        result = self.ends(self.preprocess(), 8)
        row = self.rows("t/cases.csv")[0]
        self.assertEqual((row["reason"], row["detail"]),
                         ("E_FRAME_OF_REFERENCE", "no FrameOfReferenceUID says that 't1' and 't1c' lie in one coordinate system"))
        for name in NAMES:
            self.path(f"studies/p01-{name}.json").write_text(json.dumps({"FrameOfReferenceUID": "1.2.3"}))
        self.ends(self.preprocess(out="known"), 0)

    def test_what_the_manifest_vouches_for_is_flagged(self):
        self.manifest(self.case("p01")[1])
        self.model([CONCAT])
        self.ends(self.preprocess(), 0)
        self.assertIn("W_REGISTERED", self.run_tool("radbatch", "why", "t", "p01").stdout)

    def test_two_images_for_one_input(self):
        voxels, line = self.case("p01")
        line["inputs"].append({"name": "t2", "path": "p01-t1.nii.gz"})
        self.manifest(line)
        self.model([CONCAT])
        self.ends(self.preprocess(), 8)
        row = self.rows("t/cases.csv")[0]
        self.assertEqual((row["reason"], row["detail"]), ("E_MANY_SERIES", "2 images fit the input 't2'"))

    def test_names_of_files_say_which_input_they_are(self):
        for name in NAMES:
            self.volume(f"p01_{name}.nii.gz", NAMES.index(name))
        self.model([CONCAT])
        group = ["--group", r"(?<case>[^/]+)_(?<input>t1|t1c|t2|flair)\.nii\.gz"]
        self.ends(self.preprocess(*group, inputs=["studies"]), 8)
        self.assertEqual(self.rows("t/cases.csv")[0]["reason"], "E_FRAME_OF_REFERENCE")
        self.ends(self.preprocess(*group, "--assume", "FrameOfReferenceUID=1", inputs=["studies"], out="a"), 0)
        self.assertIn("W_REGISTERED", self.run_tool("radbatch", "why", "a", "p01").stdout)

    def test_a_plan_that_leaves_several_images_is_no_plan(self):
        self.manifest(self.case("p01")[1])
        self.model([step("ScaleIntensity")])
        self.ends(self.preprocess(), 4, "4 images remain (t1, t1c, t2, flair), and a network takes one tensor",
                  "join them with ConcatItems")


class Dicom(InputsTest):
    """Two series of one study: frames of reference are the headers' word."""

    def study(self, frames, names=("T1", "T2")):
        for number, (name, frame) in enumerate(zip(names, frames), 1):
            for index in range(real_images.SLICES):
                real_images.save(real_images.ct_slice(index, SeriesInstanceUID=f"1.2.826.1.{number}", SeriesNumber=number,
                                                      SeriesDescription=f"AX {name}", FrameOfReferenceUID=frame, Modality="MR",
                                                      SOPInstanceUID=f"1.2.826.1.{number}.{index}"),
                                 self.path(f"studies/{number}/{index}"))

    def bundle_of_two(self):
        rules = lambda name: {"alternatives": [{"where": {"field": "SeriesDescription", "matches": name}}]}
        return self.bundle(plan=[step("ConcatItems", output="both")], pooling={}, inputs=[
            {"name": name.lower(), "dims": 3, "channels": 1, "select": rules(name)} for name in ("T1", "T2")])

    def test_one_frame_of_reference(self):
        self.study(["1.9", "1.9"])
        self.bundle_of_two()
        self.ends(self.preprocess(inputs=["studies"]), 0, "1 done")
        case = self.rows("t/cases.csv")[0]["case_id"]
        self.assertEqual(self.tensor(case, name="both")[0].shape[:2], (1, 2))
        digests = self.path("t/private/inputs.sha256").read_text().splitlines()
        self.assertEqual(len(digests), 2 * real_images.SLICES)

    def test_different_frames_of_reference(self):
        self.study(["1.9", "1.8"])
        self.bundle_of_two()
        self.ends(self.preprocess(inputs=["studies"]), 8, "1 refused")
        row = self.rows("t/cases.csv")[0]
        self.assertEqual((row["reason"], row["detail"]),
                         ("E_FRAME_OF_REFERENCE", "'t1' and 't2' have different FrameOfReferenceUIDs"))

    def test_converted_volumes_keep_it_by_number(self):
        self.study(["1.9", "1.9"])
        self.bundle_of_two()
        self.ends(self.run_tool("radbatch-convert", "studies", "-o", "v"), 0)
        self.assertNotIn("1.9", self.path("v/manifest.jsonl").read_text())
        self.ends(self.preprocess(inputs=["v/manifest.jsonl"]), 0, "1 done")


class Regions(InputsTest):
    PLAN = [step("CropToRegion", spatial_size=[3, 4, 2], value=-5)]

    def setUp(self):
        super().setUp()
        self.voxels = self.volume("p01.nii.gz", 1)

    def line(self, **fields):
        self.manifest({"case_id": "p01", "inputs": [{"path": "p01.nii.gz"}]} | fields)

    def mask(self, voxels, label=2, file="mask.nii.gz"):
        mask = numpy.zeros(SHAPE, numpy.uint8)
        mask[voxels] = label
        nibabel.save(nibabel.Nifti1Image(mask, AFFINE), self.path(f"studies/{file}"))

    def test_a_roi_is_cut_out(self):
        # Voxel (4, 3, 2) lies at RAS (-4, -3, 4), LPS (4, 3, 4).
        self.line(roi={"center_mm": [4, 3, 4], "space": "LPS", "size_mm": [1, 1, 1]})
        self.model(self.PLAN, inputs=["ct"])
        self.ends(self.preprocess(), 0)
        self.assertTrue(numpy.array_equal(self.tensor("p01", name="ct")[0][0, 0], self.voxels[3:6, 1:5, 1:3]))
        self.line(roi={"center_mm": [-4, -3, 4], "space": "RAS", "size_mm": [1, 1, 1]})
        self.ends(self.preprocess(out="ras"), 0)
        self.assertTrue(numpy.array_equal(self.tensor("p01", "ras", "ct")[0][0, 0], self.voxels[3:6, 1:5, 1:3]))

    def test_a_crop_beyond_the_border_is_padded(self):
        self.line(roi={"center_mm": [0, 0, 0], "space": "LPS", "size_mm": [1, 1, 1]})
        self.model(self.PLAN, inputs=["ct"])
        self.ends(self.preprocess(), 0)
        wanted = numpy.full((3, 4, 2), -5.0)
        wanted[1:, 2:, 1:] = self.voxels[:2, :2, :1]
        self.assertTrue(numpy.array_equal(self.tensor("p01", name="ct")[0][0, 0], wanted))

    def test_a_mask_is_a_box_and_its_bytes_are_part_of_the_key(self):
        self.mask(numpy.s_[2:5, 1:4, 3:5])
        self.line(mask={"path": "mask.nii.gz", "label": 2})
        self.model([step("CropToRegion", margin_mm=[1, 0, 0])], inputs=["ct"])
        self.ends(self.preprocess(), 0)
        self.assertTrue(numpy.array_equal(self.tensor("p01", name="ct")[0][0, 0], self.voxels[1:6, 1:4, 3:5]))
        key = self.rows("t/cases.csv")[0]["content_key"]
        self.mask(numpy.s_[2:5, 1:4, 3:4])
        self.ends(self.preprocess(), 0)
        self.assertNotEqual(self.rows("t/cases.csv")[0]["content_key"], key)
        self.assertEqual(self.tensor("p01", name="ct")[0].shape, (1, 1, 5, 3, 1))

    def test_a_mask_without_the_label_and_a_mask_that_is_none(self):
        self.mask(numpy.s_[2:5, 1:4, 3:5])
        self.model(self.PLAN, inputs=["ct"])
        self.line(mask={"path": "mask.nii.gz", "label": 7})
        self.ends(self.preprocess(), 8)
        row = self.rows("t/cases.csv")[0]
        self.assertEqual((row["reason"], row["detail"]), ("E_MISSING_INPUT", "mask: the mask has no voxel of the label 7.0"))
        self.path("studies/mask.txt").write_text("no mask")
        self.line(mask={"path": "mask.txt"})
        self.ends(self.preprocess(out="none"), 8)
        self.assertEqual(self.rows("none/cases.csv")[0]["detail"], "mask: it is no NIfTI, NRRD, MetaImage, PNG or TIFF file")

    def test_a_case_without_a_region_and_a_plan_without_the_step(self):
        self.line()
        self.model(self.PLAN, inputs=["ct"])
        self.ends(self.preprocess(), 8)
        self.assertEqual(self.rows("t/cases.csv")[0]["reason"], "E_MISSING_INPUT")
        self.model([step("ScaleIntensity")], "whole", inputs=["ct"])
        self.line(roi={"center_mm": [0, 0, 0], "space": "LPS", "size_mm": [1, 1, 1]})
        self.ends(self.preprocess(model="whole", out="w"), 8)
        self.assertEqual(self.rows("w/cases.csv")[0]["reason"], "E_PREPARE")

    def test_convert_hands_regions_on(self):
        self.mask(numpy.s_[2:5, 1:4, 3:5])
        self.line(mask={"path": "mask.nii.gz", "label": 2})
        self.model([step("CropToRegion")], inputs=["ct"])
        self.ends(self.run_tool("radbatch-convert", "studies/cases.jsonl", "-o", "v"), 0)
        self.assertNotIn(str(self.folder), self.path("v/manifest.jsonl").read_text())
        self.ends(self.preprocess(inputs=["v/manifest.jsonl"]), 0)
        self.assertTrue(numpy.array_equal(self.tensor("p01", name="ct")[0][0, 0], self.voxels[2:5, 1:4, 3:5]))


if __name__ == "__main__":
    unittest.main()
