"""What radbatch-convert leaves, read by nibabel, h5py, Pillow and dcm2niix."""

import json
import os
import pathlib
import resource
import shutil
import sys
import tempfile
import unittest

import harness
import real_images
from real_images import AXES, INTERCEPT, NORMAL, ORIGIN, SLICES, SLOPE, SPACING, STEP, Image, h5py, nibabel, numpy

sys.path.insert(0, str(harness.ROOT / "tests/oracles"))
import sidecar_keys  # noqa: E402

FORMATS = ["nii.gz", "nii", "nrrd", "mha", "h5"]
DATA = pathlib.Path(os.environ.get("RADBATCH_DATA", harness.ROOT / "../shared/data")).absolute()


def values():
    """The stored samples of the CT as values, indices i, j, k."""
    slices = [real_images.picture(k) for k in range(SLICES)]
    return numpy.stack(slices, axis=2).transpose(1, 0, 2).astype(numpy.int32) * SLOPE + INTERCEPT


class Outputs(real_images.RealTest):
    def convert(self, *words, out="out", code=0, **options):
        return self.ends(self.run_tool("radbatch-convert", "studies", "-o", out, *words, **options), code)

    def only(self, pattern, out="out"):
        found = sorted(self.path(out).rglob(pattern))
        self.assertEqual(len(found), 1, found)
        return found[0]

    def test_nifti_and_hdf5_hold_the_values_and_the_geometry(self):
        self.ct()
        self.convert()
        image = nibabel.load(self.only("*.nii.gz"))
        self.assertTrue(numpy.array_equal(numpy.asanyarray(image.dataobj), values()))
        self.convert("--format", "h5", out="h5")
        with h5py.File(self.only("series-*.h5", "h5")) as file:
            dataset = next(iter(next(iter(file["volumes"].values())).values()))
            self.assertTrue(numpy.array_equal(dataset[:].transpose(2, 1, 0), values()))
            self.assertEqual((dataset.attrs["axes"], dataset.attrs["space"]), ("k,j,i", "LPS"))
            self.assertEqual((dataset.compression, dataset.shuffle), ("gzip", True))
            affine = numpy.eye(4)
            affine[:3, :3] = dataset.attrs["direction"] * dataset.attrs["spacing_mm"]
            affine[:3, 3] = dataset.attrs["origin_mm"]
        ras = numpy.diag([-1, -1, 1, 1]) @ affine
        self.assertTrue(numpy.allclose(ras, image.affine, atol=1e-4))
        self.assertTrue(numpy.allclose(affine[:3, 2], NORMAL * STEP, atol=1e-4))
        self.assertTrue(numpy.allclose(affine[:3, 0], AXES[0] * SPACING[1], atol=1e-4))
        self.assertTrue(numpy.allclose(affine[:3, 3], ORIGIN, atol=1e-4))

    def test_the_next_tool_reads_every_format_alike(self):
        self.ct()
        self.convert()
        first = numpy.asanyarray(nibabel.load(self.only("*.nii.gz")).dataobj)
        for form in ("nrrd", "mha"):
            self.convert("--format", form, out=form)
            self.ends(self.run_tool("radbatch-convert", f"{form}/manifest.jsonl", "-o", f"{form}-again"), 0)
            again = nibabel.load(self.only("*.nii.gz", f"{form}-again"))
            self.assertTrue(numpy.array_equal(numpy.asanyarray(again.dataobj), first), form)

    def test_png_slices_hold_the_values(self):
        self.ct()
        self.convert("--format", "png")
        pictures = sorted(self.path("out").rglob("slice-*.png"))
        self.assertEqual([picture.name for picture in pictures], [f"slice-{k + 1:04}.png" for k in range(SLICES)])
        sidecar = json.loads(pictures[0].parent.with_suffix(".json").read_text())
        voxels = numpy.stack([numpy.array(Image.open(picture)).T for picture in pictures], axis=2).astype(int)
        self.assertTrue(numpy.array_equal(voxels + int(sidecar["PNGIntercept"]), values()))
        manifest = json.loads(self.path("out/manifest.jsonl").read_text())
        self.assertEqual(len(manifest["inputs"]), SLICES)

    def test_jpeg_pictures_are_those_of_any_viewer(self):
        """Baseline, progressive, subsampled, grey; four inks come out as the simple mixture."""
        rgb = Image.fromarray(numpy.random.default_rng(1).integers(0, 255, (5, 7, 3)).astype(numpy.uint8)).resize((70, 50))
        for name, picture, options in (("baseline", rgb, {"quality": 90}), ("progressive", rgb, {"progressive": True}),
                                       ("full", rgb, {"subsampling": 0}), ("grey", rgb.convert("L"), {}),
                                       ("inks", rgb.convert("CMYK"), {"quality": 95})):
            picture.save(self.path(f"studies/{name}.jpg"), **options)
        self.convert("--format", "png")
        for path in self.path("studies").iterdir():
            ours = numpy.array(Image.open(next(self.path("out").glob(f"{path.stem}/*.png"))))
            theirs = Image.open(path)
            if theirs.mode == "CMYK":
                inks = 255 - numpy.array(theirs).astype(int)
                theirs = inks[..., :3] * inks[..., 3:] // 255
            self.assertTrue(numpy.array_equal(ours, numpy.array(theirs)), path.name)

    def test_a_second_run_changes_no_file_and_a_lost_one_is_made_again(self):
        self.ct()
        for words in ([], ["--format", "png"], ["--layout", "bids"], ["--preview"]):
            out = "out" + "-".join(words).replace("--", "-")
            self.convert(*words, out=out)
            before = self.times(out)
            self.ends(self.run_tool("radbatch-convert", "studies", "-o", out, *words), 0, "none decoded")
            self.assertEqual(self.times(out), before)
            lost = sorted(self.path(out).rglob("*.png" if words else "*.nii.gz") if words[:1] != ["--layout"]
                          else self.path(out).rglob("*.nii.gz"))[-1]
            lost.unlink()
            self.convert(*words, out=out)
            self.assertTrue(lost.exists())

    def test_names_by_template(self):
        self.ct(SeriesDescription="thin / soft")
        self.ct(uid="1.2.826.9", folder="second", SeriesDescription="thin / soft")
        self.convert("--name", "{Modality}/{case_id}/{SeriesNumber}_{SeriesDescription}")
        found = sorted(str(path.relative_to(self.path("out"))) for path in self.path("out").rglob("*.nii.gz"))
        self.assertEqual([(path.split("/")[0], path.split("/")[2]) for path in found], [("CT", "1_thin_soft.nii.gz")] * 2)
        self.ends(self.run_tool("radbatch-convert", "studies", "-o", "x", "--name", "{case_id}/{PatientID}"), 2,
                  "--name: {PatientID} identifies a person or an examination")

    def test_previews_of_pictures_that_may_show_names_only_on_request(self):
        self.ct()
        self.ct(uid="1.2.826.8", folder="us", Modality="US")
        self.convert("--preview")
        self.assertEqual(len(list(self.path("out/previews").rglob("*.png"))), 1)
        self.convert("--preview", "--thumbnails", "all", out="all")
        self.assertEqual(len(list(self.path("all/previews").rglob("*.png"))), 1 + SLICES)
        with Image.open(self.only("series-*.png", "out/previews")) as sheet:
            self.assertGreater(len(set(sheet.convert("L").getdata())), 50)

    def test_names_and_dates_only_with_keep_phi(self):
        self.ct(StudyDate="20210304", AcquisitionTime="101112", InstitutionName="Hospital", StationName="CT7", KVP=120)
        self.convert()
        text = "".join(path.read_text() for path in self.path("out").glob("study-*/*.json"))
        self.assertIn('"KVP": 120', text)
        for secret in ("Anon", "20210304", "101112", "Hospital", "CT7", "1.2.826"):
            self.assertNotIn(secret, text)
        self.ends(self.run_tool("radbatch-convert", "studies", "-o", "phi", "--keep-phi"), 0, "the sidecars identify patients")
        sidecar = json.loads(self.only("series-*.json", "phi").read_text())
        self.assertEqual((sidecar["PatientName"], sidecar["StudyDate"]), ("Anon", "20210304"))
        self.assertTrue(json.loads(self.path("phi/run.json").read_text())["identity"]["options"]["keep_phi"])

    def test_bids_names_and_files(self):
        self.ct()
        self.ct(uid="1.2.826.5", folder="mr", Modality="MR", SeriesDescription="t1_mprage", PatientSex="F", PatientAge="093Y")
        self.convert("--layout", "bids")
        found = sorted(path.relative_to(self.path("out")).parts for path in self.path("out").rglob("*.nii.gz"))
        self.assertEqual(sorted(parts[2] for parts in found), ["anat", "ct"])
        for sub, ses, _, name in found:
            self.assertTrue(name.startswith(f"{sub}_{ses}_"))
        rows = [line.split("\t") for line in self.path("out/participants.tsv").read_text().splitlines()]
        self.assertEqual(rows[0], ["participant_id", "sex", "age"])
        self.assertIn(["F", "89"], [row[1:] for row in rows])
        description = json.loads(self.path("out/dataset_description.json").read_text())
        self.assertEqual(description["GeneratedBy"][0]["Name"], "radbatch-convert")
        self.assertIn("**/ct", self.path("out/.bidsignore").read_text().splitlines())

    def test_a_full_disk_ends_with_7_and_leaves_no_part_of_a_file(self):
        self.ct()
        small = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))
        for form in FORMATS:
            self.ends(self.run_tool("radbatch-convert", "studies", "-o", form, "--format", form, preexec_fn=small), 7,
                      "File too large")
            self.assertEqual([path for path in self.path(form).rglob("*") if path.name.endswith(form)], [])
            self.ends(self.run_tool("radbatch-convert", "studies", "-o", form, "--format", form), 0)


@unittest.skipUnless(shutil.which("dcm2niix"), "dcm2niix is not installed")
class Sidecars(unittest.TestCase):
    def test_keys_and_values_equal_those_of_dcm2niix(self):
        data = DATA / "dicom"
        if not data.exists():
            self.skipTest(f"no data at {data}")
        with tempfile.TemporaryDirectory() as folder:
            rows = sidecar_keys.compare(shutil.which("dcm2niix"), str(harness.BIN / "radbatch-convert"),
                                        [data / "head-mri-t1-120", data / "head-ct-ge-28", data / "abdomen-ct-j2k-20"],
                                        pathlib.Path(folder))
        wrong = [row for row in rows if row.verdict == "DIFFERS"]
        self.assertEqual(wrong, [])
        self.assertGreater(sum(row.verdict == "equal" for row in rows), 40)


if __name__ == "__main__":
    unittest.main()
