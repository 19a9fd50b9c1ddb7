"""The proof that a bundle carries, and what is told of a plan, with the real workers over real images."""

import hashlib
import json
import shutil
import unittest

import real_images
from real_images import MODEL, h5py, numpy


class Proof(real_images.RealTest):
    def setUp(self):
        super().setUp()
        shutil.copytree(MODEL, self.path("model"))

    def change(self, change):
        path = self.path("model/radbatch.json")
        sidecar = json.loads(path.read_text())
        change(sidecar)
        path.write_text(json.dumps(sidecar))

    def selftest(self, code):
        result = self.ends(self.run_tool("radbatch-preprocess", "--selftest", "model", "--json"), code)
        return {entry["entry"]: entry for entry in json.loads(result.stdout)}

    def tensor(self, folder):
        """The tensor of a run of one case, and its affine."""
        (path,) = self.path(f"{folder}/tensors").glob("*.h5")
        with h5py.File(path) as file:
            found = []
            file.visititems(lambda name, item: found.append(item) if isinstance(item, h5py.Dataset) and item.ndim > 2 else None)
            return numpy.asarray(found[0]), numpy.asarray(found[0].attrs["affine_ras"]).reshape(4, 4)

    def test_the_shipped_model_is_prepared_as_by_monai(self):
        entries = self.selftest(0)
        self.assertEqual(len(entries), 7)
        self.assertLess(max(entry["difference"] for entry in entries.values()), 1e-6)

    def test_another_interpolation_is_caught(self):
        self.change(lambda sidecar: sidecar["plan"][4].update(mode="bilinear"))
        self.assertFalse(self.selftest(4)["phantom"]["passed"])
        self.cr()
        self.ends(self.infer(model="model"), 4, "golden 'phantom': differs by ")
        self.assertFalse(self.path("out").exists())

    def test_a_golden_image_may_be_a_dicom_series(self):
        self.ct()
        self.ends(self.run_tool("radbatch-preprocess", "--model", "model", "studies", "-o", "tensors"), 0)
        shutil.copytree(self.path("studies/ct"), self.path("model/golden/series"))
        numpy.save(self.path("model/golden/series.npy"), self.tensor("tensors")[0])
        digest = hashlib.sha256(self.path("model/golden/series.npy").read_bytes()).hexdigest()
        entry = {"input": "golden/series", "tensor": "golden/series.npy", "tensor_sha256": digest, "tensor_tolerance": 0}
        self.change(lambda sidecar: sidecar["golden"].append(entry))
        self.assertEqual(self.selftest(0)["series"]["difference"], 0)
        self.ends(self.infer(model="model"), 0)

    def test_a_golden_image_that_is_none_is_told(self):
        self.path("model/golden/cxr.png").write_bytes(b"no picture")
        self.assertIn("golden/cxr.png: the name says png, the bytes do not", self.selftest(4)["cxr"]["problem"])


class Explained(real_images.RealTest):
    PLAN = [{"name": "Orientation", "axcodes": "RAS"}, {"name": "Spacing", "pixdim": [1, 1, 2]},
            {"name": "ResizeWithPadOrCrop", "spatial_size": [20, 24, 9]}]

    def check(self, path):
        self.path("plan.json").write_text(json.dumps(self.PLAN))
        told = json.loads(self.ends(self.run_tool("radbatch-preprocess", "--explain-plan", "--json", "--plan", "plan.json",
                                                  path), 0).stdout)
        self.ends(self.run_tool("radbatch-preprocess", "--plan", "plan.json", path, "-o", "out"), 0)
        tensor, affine = self.tensor_of("out")
        self.assertEqual(told["steps"][-1]["shape"], [*tensor.shape[1:]])
        numpy.testing.assert_array_equal(told["steps"][-1]["affine_ras"], affine[:3])

    tensor_of = Proof.tensor

    def test_an_oblique_series_ends_on_the_grid_that_was_told(self):
        self.ct()
        self.check("studies/ct")

    def test_a_nifti_file_too_and_one_in_the_working_directory(self):
        self.nifti()
        shutil.copy(self.path("studies/volume.nii.gz"), self.path("alone.nii.gz"))
        self.check("alone.nii.gz")

    def test_a_folder_of_two_images_is_asked_back(self):
        self.cohort()
        self.path("plan.json").write_text("[]")
        self.ends(self.run_tool("radbatch-preprocess", "--explain-plan", "--plan", "plan.json", "studies"), 3,
                  "studies holds 8 images\nhint: name one of them")


if __name__ == "__main__":
    unittest.main()
