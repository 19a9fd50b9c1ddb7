"""Plans from other places than radbatch.json, what is told of them, and the proof that a bundle carries."""

import hashlib
import json
import shutil
import struct
import unittest

import harness

CONFIGS = harness.ROOT / "tests/data/monai_configs"


def npy(shape, values):
    """What numpy.save writes of float32."""
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {tuple(shape)}, }}"
    header = header.ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + struct.pack(f"<{len(values)}f", *values)


class PlanAlone(harness.CliTest):
    def setUp(self):
        super().setUp()
        self.images(2)
        self.path("plan.json").write_text('[{"name": "ExtractSlices", "axis": 2}]')

    def preprocess(self, *words, out="tensors"):
        return self.run_tool("radbatch-preprocess", "studies", "-o", out, *words)

    def test_a_plan_without_a_bundle_prepares_every_case(self):
        self.ends(self.preprocess("--plan", "plan.json"), 0, "2 cases: 2 done")
        run = json.loads(self.path("tensors/run.json").read_text())
        self.assertIsNone(run["identity"]["model"])
        self.assertEqual([step["name"] for step in run["identity"]["plan"]], ["ExtractSlices"])

    def test_it_has_a_preview(self):
        self.ends(self.preprocess("--plan", "plan.json", "--preview", "1"), 0)
        self.assertIn("What the plan's network sees", self.path("tensors/preview.html").read_text().replace("&#39;", "'"))

    def test_the_run_folder_needs_neither_plan_nor_bundle(self):
        self.ends(self.preprocess("--plan", "plan.json"), 0)
        self.path("plan.json").unlink()
        self.assertIn("Preparation", self.ends(self.run_tool("radbatch", "why", "tensors", "case000.fake"), 0).stdout)
        self.ends(self.run_tool("radbatch", "merge", "tensors"), 0)

    def test_its_tensors_are_a_models_with_the_same_plan(self):
        self.ends(self.preprocess("--plan", "plan.json"), 0)
        self.ends(self.infer(inputs=("tensors/manifest.jsonl",)), 0, "2 cases: 2 done")
        self.path("other.json").write_text('[{"name": "ScaleIntensity"}, {"name": "ExtractSlices", "axis": 2}]')
        self.ends(self.preprocess("--plan", "other.json", out="others"), 0)
        self.ends(self.infer(inputs=("others/manifest.jsonl",), out="refused"), 8)
        self.assertEqual(set(self.ledger("refused").values()), {"E_PLAN_MISMATCH"})

    def test_several_images_of_a_case_are_the_users_choice(self):
        self.study("P1", "1.2.3")
        self.image("1.2.3/other", 0.3, kind="dicom", PatientID="P1", StudyInstanceUID="1.2.3", SeriesInstanceUID="1.2.3.2",
                   SOPInstanceUID="1.2.3.2.1", Modality="MR", SeriesNumber=2)
        self.ends(self.preprocess("--plan", "plan.json"), 8)
        self.assertIn("E_MANY_SERIES", self.ledger("tensors").values())
        self.ends(self.preprocess("--plan", "plan.json", "--on-many", "first", out="first"), 0)

    def test_a_monai_configuration_is_a_plan(self):
        self.ends(self.preprocess("--plan", str(CONFIGS / "endoscopy_frames.json")), 0)
        names = [step["name"] for step in json.loads(self.path("tensors/run.json").read_text())["identity"]["plan"]]
        self.assertEqual(names, ["LoadImage", "EnsureChannelFirst", "Resize", "CastToType", "NormalizeIntensity", "EnsureType"])

    def test_exactly_one_of_model_and_plan(self):
        self.ends(self.preprocess(), 2, "no model given\nhint: name its folder with --model BUNDLE, or a plan with --plan FILE")
        self.bundle()
        self.ends(self.preprocess("--plan", "plan.json", "--model", "model"), 2, "--model and --plan are both given")

    def test_an_expression_ends_the_run_before_anything_is_made(self):
        self.ends(self.preprocess("--plan", str(CONFIGS / "computed_spacing.json")), 2,
                  "pixdim (used by preprocessing::transforms::1::pixdim): \"$[1.5, 1.5, 1.5] if @is_fine else "
                  "[3.0, 3.0, 3.0]\" is Python, and a plan is never evaluated as code")
        self.assertFalse(self.path("tensors").exists())


class Bundle(harness.CliTest):
    """A bundle whose plan is that of its own configs/inference.json."""

    def setUp(self):
        super().setUp()
        self.images(1)
        self.bundle(pooling={"slices": "mean"})
        (self.path("model") / "configs").mkdir()
        sidecar = json.loads(self.path("model/radbatch.json").read_text())
        del sidecar["plan"], sidecar["heads"][0]["activation"]
        self.path("model/radbatch.json").write_text(json.dumps(sidecar))
        shutil.copy(CONFIGS / "ct_organ.json", self.path("model/configs/inference.json"))

    def test_the_chain_is_the_plan_and_its_activation_the_heads(self):
        self.ends(self.infer(), 0, "1 case: 1 done")
        kept = json.loads(self.path("out/journal/model/radbatch.json").read_text())
        self.assertEqual((kept["plan"][2]["axcodes"], kept["heads"][0]["activation"]), ("RAS", "softmax"))
        self.assertIn("the plan is that of", self.run_tool("radbatch", "model", "inspect", "model").stdout)

    def test_a_contradiction_is_a_warning_and_with_strict_an_error(self):
        self.path("model/configs/metadata.json").write_text(json.dumps(
            {"network_data_format": {"inputs": {"image": {"value_range": [0, 255]}}}}))
        text = "metadata.json declares values from 0 to 255 for the input image, but the chain scales to 0 to 1"
        self.ends(self.infer(), 0, "warning: " + text)
        self.ends(self.infer("--strict", out="strict"), 4, text)
        self.assertFalse(self.path("strict").exists())


class Explain(harness.CliTest):
    def explain(self, *words, code=0):
        result = self.ends(self.run_tool("radbatch-preprocess", "--explain-plan", *words), code)
        self.assertLessEqual(max(len(line) for line in result.stdout.splitlines()[3:]), 80, result.stdout)
        return result.stdout

    def test_a_monai_chain_with_every_default_and_the_grid_after_each_step(self):
        shutil.copy(CONFIGS / "ct_organ.json", self.path("inference.json"))
        text = self.explain("--plan", "inference.json", "--like", "512x512x300@0.7x0.7x1.0")
        self.assertEqual(text.replace(text.splitlines()[1], "sha256 ..."), """\
Plan of inference.json (MONAI)
sha256 ...

Image: 512 x 512 x 300 voxels, axes i j k, 0.7 x 0.7 x 1 mm, 1 channel
    to RAS mm         -0.7           0           0           0
                         0        -0.7           0           0
                         0           0           1           0

 1  LoadImage as_closest_canonical=false dtype="float32" nonfinite="refuse"
    nothing to do
 2  EnsureChannelFirst
    nothing to do
 3  Orientation as_closest_canonical=false axcodes="RAS"
    512 x 512 x 300 voxels, axes R A S, 0.7 x 0.7 x 1 mm, 1 channel
    to RAS mm          0.7           0           0      -357.7
                         0         0.7           0      -357.7
                         0           0           1           0
    fused: moves indices only: table rows
 4  Spacing align_corners=false diagonal=false mode="bilinear"
      padding_mode="border" pixdim=[1.5,1.5,2.0] recompute_affine=false
      scale_extent=false
    239 x 239 x 150 voxels, axes R A S, 1.5 x 1.5 x 2 mm, 1 channel
    to RAS mm          1.5           0           0      -357.7
                         0         1.5           0      -357.7
                         0           0           2           0
    fused: becomes the tables of one separable resampling
 5  ScaleIntensityRange a_max=164.0 a_min=-57.0 b_max=1.0 b_min=0.0 clip=true
      dtype="float32"
    values: each value
    fused: applied where values are stored
 6  EnsureType
    nothing to do
    fused: values are computed straight into the tensor

After the network: activation softmax, argmax
""")

    def test_lines_fit_80_columns_whatever_the_grid(self):
        text = self.explain("--plan", str(CONFIGS / "ct_organ.json"), "--like", "1024x1024x1024@0.48828x0.48828x0.62748:13")
        self.assertIn("    1024 x 1024 x 1024 voxels, axes R A S, 0.4883 x 0.4883 x 0.6275 mm, 13\n    channels\n", text)

    def test_without_an_image_the_steps_alone(self):
        text = self.explain("--plan", str(CONFIGS / "endoscopy_frames.json"))
        self.assertIn("After the network: activation undeclared, argmax", text)
        self.assertNotIn("voxels", text)

    def test_as_data(self):
        data = json.loads(self.run_tool("radbatch-preprocess", "--explain-plan", "--json", "--plan",
                                        str(CONFIGS / "mammogram_density.json"), "--like", "600x400:3").stdout)
        self.assertEqual([step["shape"] for step in data["steps"]], [[3, 600, 400]] * 3 + [[3, 299, 299]])
        self.assertEqual(data["steps"][2]["values"], "by statistics of the image")
        self.assertEqual(data["output"], {"activation": "sigmoid", "argmax": False, "threshold": 0.5})

    def test_a_step_that_refuses_the_image(self):
        text = self.explain("--plan", str(CONFIGS / "joined_lists.json"), "--like", "512x512", code=8)
        self.assertIn("\nrefused: step 5 of the plan (Resize): spatial_size has 3 values", text)
        self.assertIn("\nnote: the key label is left out: it does not lead to the network\n", text)

    def test_of_a_bundle_and_an_image(self):
        self.bundle()
        self.image("one.fake", 0.5)
        self.assertIn("Plan of model fake 1.0", self.explain("--model", "model", "studies/one.fake"))

    def test_arguments_that_do_not_fit(self):
        run = lambda *words: self.run_tool("radbatch-preprocess", "--explain-plan", *words)
        plan = str(CONFIGS / "ct_organ.json")
        self.ends(run(), 2, "no model given")
        self.ends(run("--plan", plan, "--like", "512"), 2, "'512' is no grid\nhint: for example 512x512x300@0.7x0.7x1.0")
        self.ends(run("--plan", plan, "--like", "9x9x9@1x1"), 2, "is no grid")
        self.ends(run("--plan", plan, "a", "b"), 2, "--explain-plan takes one image")
        self.ends(run("--plan", plan, "--like", "9x9x9", "a"), 2, "--like assumes a grid")
        self.ends(self.run_tool("radbatch-preprocess", "--like", "9x9x9"), 2, "--like is for --explain-plan")


class SelfTest(harness.CliTest):
    def setUp(self):
        super().setUp()
        self.images(1)
        self.bundle()
        (self.path("model") / "golden").mkdir()
        self.golden()

    def golden(self, value=0.5, **entry):
        self.image("a.fake", value, folder="model/golden")
        tensor = npy((1, 1, 2, 2), [0.5] * 4)
        self.path("model/golden/a.npy").write_bytes(tensor)
        sidecar = json.loads(self.path("model/radbatch.json").read_text())
        sidecar["golden"] = [{"input": "golden/a.fake", "tensor": "golden/a.npy",
                              "tensor_sha256": hashlib.sha256(tensor).hexdigest(), "tensor_tolerance": 1e-6} | entry]
        self.path("model/radbatch.json").write_text(json.dumps(sidecar))

    def selftest(self, code, *words):
        return self.ends(self.run_tool("radbatch-preprocess", "--selftest", "model", *words), code)

    def stamps(self):
        return sorted(self.path(".cache/radbatch/self-tests").glob("*.json"))

    def test_the_same_tensor_passes(self):
        self.assertEqual(self.selftest(0).stdout, """\
entry            input                       difference  tolerance  verdict
a                golden/a.fake                        0      1e-06  same
1 of 1 image prepared as where the model was validated
""")

    def test_another_tensor_ends_with_4(self):
        self.golden(0.25)
        self.assertIn("a                golden/a.fake                     0.25      1e-06  DIFFERENT\n"
                      "0 of 1 image prepared", self.selftest(4).stdout)
        data = json.loads(self.selftest(4, "--json").stdout)
        self.assertEqual((data[0]["difference"], data[0]["passed"]), (0.25, False))

    def test_an_image_that_cannot_be_prepared_is_told(self):
        self.image("a.fake", 0.5, folder="model/golden", behaviour={"prepare": "crash"})
        self.assertIn("FAILED\n  the image worker died (signal SIGSEGV)", self.selftest(4).stdout)

    def test_another_shape_is_told(self):
        self.image("a.fake", 0.5, folder="model/golden", side=3)
        self.assertIn("has the shape [1, 1, 3, 3], [1, 1, 2, 2] expected", self.selftest(4).stdout)

    def test_a_bundle_without_a_golden_image_proves_nothing(self):
        self.bundle("bare")
        self.ends(self.run_tool("radbatch-preprocess", "--selftest", "bare"), 4,
                  "model 'fake' has no golden entry with an input: nothing proves its preparation")

    def test_infer_tests_once_and_remembers(self):
        self.ends(self.infer("-v"), 0, "self test: 1 golden image prepared as where the model was validated")
        self.assertNotIn("self test", self.ends(self.infer("-v", out="again"), 0).stderr)
        self.assertEqual(len(self.stamps()), 1)

    def test_infer_ends_before_the_first_case_when_the_preparation_differs(self):
        self.golden(0.25)
        self.ends(self.infer(), 4, "model 'fake' is not prepared here as where it was validated: golden 'a': differs by "
                                   "0.25, 1e-06 are tolerated\nhint: radbatch-preprocess --selftest model shows every entry")
        self.assertFalse(self.path("out").exists())
        self.assertEqual(self.stamps(), [])

    def test_what_is_remembered_is_trusted_for_the_same_circumstances_only(self):
        self.ends(self.infer(), 0)
        stamp = json.loads(self.stamps()[0].read_text())
        self.assertLessEqual({"git_revision", "version", "result_version", "worker", "node", "processor", "isa", "inputs",
                              "golden", "plan_sha256"}, set(stamp["circumstances"]))
        self.golden(0.25)  # another image: another stamp
        self.ends(self.infer(out="other"), 4)
        self.golden(0.5)
        stamp["circumstances"]["git_revision"] = "of another build"
        self.stamps()[0].write_text(json.dumps(stamp))
        self.assertIn("self test: 1 golden", self.ends(self.infer("-v", out="third"), 0).stderr)

    def test_a_cache_that_cannot_be_written_changes_nothing(self):
        self.ends(self.infer("-v", env={"RADBATCH_CACHE_DIR": "/proc/nothing"}), 0, "self test: 1 golden image")


if __name__ == "__main__":
    unittest.main()
