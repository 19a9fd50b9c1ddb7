"""The tools over real images, real workers and the shipped model, compared with pydicom, nibabel, h5py and dcm2niix."""

import gzip
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import unittest
import zipfile

import harness
import real_images
from real_images import AXES, INTERCEPT, MODEL, NORMAL, ORIGIN, SLICES, SLOPE, SPACING, STEP, h5py, nibabel, numpy, pydicom

sys.path.insert(0, str(harness.ROOT / "tests/support"))
import make_head_ct  # noqa: E402


class HeadCt(real_images.RealTest):
    """A small cohort as clinics have them, in real files: tests/support/make_head_ct.py."""

    def test_rules_find_the_thick_soft_series(self):
        self.run_maker("studies", "--studies", "14", "--thin-every", "20")
        self.ends(self.run_tool("radbatch", "scan", "studies", "-o", "scan"), 0, "14 cases")
        counts = json.loads(self.run_tool("radbatch", "select", "scan", "--rules", "preset:head-ct-soft-thick",
                                          "--json").stdout)["inputs"][0]
        self.assertEqual((counts["one"], counts["none"], counts["several"]), make_head_ct.expected(14))

    def run_maker(self, *words):
        subprocess.run([sys.executable, "-B", harness.ROOT / "tests/support/make_head_ct.py", *words], check=True,
                       cwd=self.folder, stdout=subprocess.DEVNULL)


class Sidecars(real_images.RealTest):
    def test_a_json_beside_a_nifti_gives_what_the_header_cannot(self):
        self.nifti()
        self.path("studies/volume.json").write_text(json.dumps({"Modality": "MR", "EchoTime": 0.1, "RepetitionTime": 4,
                                                                "SeriesDescription": "AX T2", "PatientName": "Secret"}))
        self.ends(self.run_tool("radbatch", "scan", "studies", "-o", "scan"), 0, "0 unassigned")
        row = self.rows("scan/series.csv")[0]
        self.assertEqual((row["Modality"], row["EchoTime"], row["mr_contrast"], row["modality_source"]),
                         ("MR", "100", "T2", "header"))
        self.assertNotIn("Secret", self.path("scan/private/index.ndjson").read_text())


class Formats(real_images.RealTest):
    def setUp(self):
        super().setUp()
        self.n = self.cohort()

    def test_every_format_gets_its_row(self):
        self.ends(self.infer(), 0, f"{self.n} cases: {self.n} done")
        rows = self.rows("out/predictions.csv")
        self.assertEqual([row["case_id"] for row in rows if not row["case_id"].startswith("study-")],
                         ["colour", "deep", "grey", "volume.mha", "volume.nii.gz", "volume.nrrd"])
        self.assertEqual((len(rows), {row["status"] for row in rows}), (self.n, {"done"}))
        self.assertEqual(sorted(row["kind"] for row in self.rows("out/series.csv")),
                         ["dicom", "dicom", "jpeg", "metaimage", "nifti", "nrrd", "png", "tiff"])
        for row in rows:
            self.assertAlmostEqual(sum(float(row[key]) for key in row if key.startswith("p_")), 1, 5)

    def test_the_same_voxels_in_two_formats_score_the_same(self):
        self.ends(self.infer(), 0)
        scores = {row["case_id"]: list(row.values())[2:] for row in self.rows("out/predictions.csv")}
        self.assertEqual(scores["volume.mha"], scores["volume.nrrd"])

    def test_hdf5_holds_the_numbers_of_the_table(self):
        self.ends(self.infer(), 0)
        rows = self.rows("out/predictions.csv")
        with h5py.File(self.path("out/predictions.h5")) as file:
            frame = file["predictions"]
            self.assertEqual(dict(frame.attrs) | {"column-order": list(frame.attrs["column-order"])},
                             {"_index": "case_id", "encoding-type": "dataframe", "encoding-version": "0.2.0",
                              "column-order": list(rows[0])[1:]})
            self.assertEqual([*frame["case_id"].asstr()], [row["case_id"] for row in rows])
            scores = numpy.array([[row[key] for key in row if key.startswith("p_")] for row in rows], numpy.float32)
            self.assertTrue(numpy.array_equal(file["probabilities"][:], scores))
            self.assertEqual([dim[0].name for dim in file["probabilities"].dims], ["/case", "/finding"])
            top = frame["top"]
            self.assertEqual((top.attrs["encoding-type"], [*top["categories"].asstr()[:][top["codes"][:]]]),
                             ("categorical", [row["top"] for row in rows]))

    def test_a_second_run_decodes_nothing_and_changes_no_file(self):
        self.ends(self.infer(), 0)
        before = self.times()
        self.ends(self.infer(), 0, "none decoded")
        self.assertEqual(self.times(), before)

    def test_the_pipe_equals_the_single_run(self):
        self.ends(self.infer(out="one"), 0)
        self.ends(self.shell(f"radbatch convert studies -o v --stream | radbatch preprocess - --model {MODEL} -o t --stream"
                             f" | radbatch infer - --model {MODEL} -o out"), 0)
        self.assertEqual(self.path("out/predictions.csv").read_bytes(), self.path("one/predictions.csv").read_bytes())

    def test_tensors_are_those_that_the_model_was_trained_on(self):
        self.ends(self.run_tool("radbatch-preprocess", "--model", MODEL, "studies", "-o", "out"), 0)
        with h5py.File(self.path("out/tensors/volume.nrrd.h5")) as file:
            tensor = file["tensors/volume.nrrd/image"]
            self.assertEqual((tensor.shape, tensor.dtype), ((SLICES, 1, 64, 64), numpy.float32))
            self.assertTrue(numpy.allclose(tensor[:].mean((1, 2, 3)), 0, atol=1e-5))
            self.assertTrue(numpy.allclose(tensor[:].std((1, 2, 3)), 1, atol=1e-4))

    def test_the_reference_prepares_the_same_tensors_and_is_recorded(self):
        tensors = {}
        for out, words in (("fused", []), ("slow", ["--reference"])):
            self.ends(self.run_tool("radbatch-preprocess", "--model", MODEL, "studies", "-o", out, *words), 0)
            with h5py.File(self.path(f"{out}/tensors/volume.nrrd.h5")) as file:
                tensors[out] = file["tensors/volume.nrrd/image"][:]
        self.assertLess(numpy.abs(tensors["fused"] - tensors["slow"]).max(), 1e-5 * numpy.ptp(tensors["slow"]))
        options = [json.loads(self.path(f"{out}/run.json").read_text())["identity"]["options"] for out in tensors]
        self.assertEqual([one.get("reference") for one in options], [None, True])
        self.ends(self.run_tool("radbatch-preprocess", "--model", MODEL, "studies", "-o", "slow"), 2)


class Geometry(real_images.RealTest):
    def setUp(self):
        super().setUp()
        self.ct()
        self.ends(self.run_tool("radbatch-convert", "studies", "-o", "out"), 0)
        self.volume = nibabel.load(next(self.path("out").glob("study-*/*.nii.gz")))

    def test_the_affine_is_that_of_the_headers(self):
        expected = numpy.eye(4)
        expected[:3, :3] = numpy.column_stack([AXES[0] * SPACING[1], AXES[1] * SPACING[0], NORMAL * STEP])
        expected[:3, 3] = ORIGIN
        expected = numpy.diag([-1, -1, 1, 1]) @ expected  # LPS to RAS
        found = self.volume.affine
        corners = numpy.array([[i, j, k, 1] for i in (0, 31) for j in (0, 23) for k in (0, SLICES - 1)]).T
        self.assertEqual((self.volume.shape, self.volume.header["sform_code"]), ((32, 24, SLICES), 1))
        self.assertLess(abs(found @ corners - expected @ corners).max(), 1e-3)

    def test_the_voxels_are_rescaled_pixels(self):
        expected = numpy.stack([real_images.picture(i).T * float(SLOPE) + INTERCEPT for i in range(SLICES)], axis=2)
        self.assertTrue(numpy.array_equal(self.volume.get_fdata(), expected))

    @unittest.skipUnless(shutil.which("dcm2niix"), "dcm2niix is not installed")
    def test_dcm2niix_sees_the_same_volume(self):
        self.path("other").mkdir()
        subprocess.run(["dcm2niix", "-z", "n", "-f", "x", "-o", self.path("other"), self.path("studies")], check=True,
                       stdout=subprocess.DEVNULL)
        other = nibabel.as_closest_canonical(nibabel.load(self.path("other/x.nii")))
        ours = nibabel.as_closest_canonical(self.volume)
        self.assertTrue(numpy.array_equal(ours.get_fdata(), other.get_fdata()))
        self.assertLess(abs(ours.affine - other.affine).max(), 1e-3)


class Hounsfield(real_images.RealTest):
    def test_a_ct_without_its_rescale_is_scored_and_flagged(self):
        self.ct("1.2.826.1", "rescaled")
        self.ct("1.2.826.2", "stored", RescaleIntercept=0, RescaleSlope=1)
        self.ends(self.infer(), 0)
        flags = {row["case_id"]: row["flags"] for row in self.rows("out/predictions.csv")}
        self.assertEqual(sorted(flags.values()), ["", "W_HU_IMPLAUSIBLE"])


class Chinese(real_images.RealTest):
    FOLDER = "张三 胸部CT"
    SECRETS = {"PatientName": "张三丰", "PatientID": "LEAK-4711", "AccessionNumber": "LEAKACC815", "StudyDate": "19870605"}
    TEXT = {"StudyDescription": "胸部平扫", "SeriesDescription": "薄层 肺窗 㐂"}  # the last one is in no older code than GB18030

    def run_on(self, encoding, **header):
        header |= {key: value.encode(encoding) if key in ("PatientName", *self.TEXT) else value
                   for key, value in (self.SECRETS | self.TEXT).items()}
        self.ct(folder=f"{self.FOLDER}/{self.SECRETS['StudyDate']}", **header)
        self.ends(self.infer(), 0, "1 case: 1 done")
        return (self.rows("out/studies.csv")[0]["StudyDescription"], self.rows("out/series.csv")[0]["SeriesDescription"])

    def test_gb18030_with_its_tag(self):
        self.assertEqual(self.run_on("gb18030", SpecificCharacterSet="GB18030"), (*self.TEXT.values(),))

    def test_gb18030_without_a_tag(self):
        self.assertEqual(self.run_on("gb18030"), (*self.TEXT.values(),))

    def test_utf8_without_a_tag(self):
        self.assertEqual(self.run_on("utf-8"), (*self.TEXT.values(),))

    def test_nothing_that_identifies_leaves_private(self):
        self.run_on("gb18030", SpecificCharacterSet="GB18030")
        self.ends(self.run_tool("radbatch-report", "out"), 0)
        self.ends(self.run_tool("radbatch-convert", "studies", "-o", "out/volumes"), 0)
        secrets = {word.encode(code) for word in (*self.SECRETS.values(), "张三") for code in ("utf-8", "gb18030", "utf-16-le")}
        read = set()
        for path in self.path("out").rglob("*"):
            inside = path.relative_to(self.path("out"))
            if path.is_file() and "private" not in inside.parts:
                content = path.read_bytes()
                content += gzip.decompress(content) if path.suffix == ".gz" else b""
                read.add(path.suffix)
                self.assertEqual([word for word in secrets if word in content + os.fsencode(inside)], [], inside)
        self.assertLessEqual({".h5", ".html", ".csv", ".json", ".ndjson", ".gz"}, read)
        link = self.rows("out/private/linkage.csv")[0]
        self.assertEqual((link["PatientID"], self.FOLDER in link["source_path"]), (self.SECRETS["PatientID"], True))


class FaultsWithoutNames(real_images.RealTest):
    """What a fault says names no file: names of files and folders may be patients'."""

    NAME = "Leakname_Anna"

    def nothing_leaks(self, result):
        self.assertNotIn(self.NAME, result.stderr)
        for path in self.path("out").rglob("*"):
            if path.is_file() and "private" not in path.parts:
                self.assertNotIn(self.NAME.encode(), path.read_bytes() + os.fsencode(path))

    def test_of_dicom_files(self):
        for i, syntax in enumerate((pydicom.uid.JPEGBaseline8Bit, pydicom.uid.JPEG2000, pydicom.uid.RLELossless)):
            image = real_images.radiograph(f"1.2.826.{i + 20}")
            image.file_meta.TransferSyntaxUID = syntax
            image.PixelData = pydicom.encaps.encapsulate([b"no pixels" * 30])
            image["PixelData"].is_undefined_length = True
            real_images.save(image, self.path(f"studies/{self.NAME}/{self.NAME}{i}"))
        self.ct(folder=self.NAME)
        odd = real_images.ct_slice(1)
        odd.PixelData = odd.PixelData[:-100]
        real_images.save(odd, next(path for path in self.path("studies").rglob("*")
                                   if path.is_file() and path.name.isdigit()
                                   and pydicom.dcmread(path).InstanceNumber == odd.InstanceNumber))
        self.nothing_leaks(self.ends(self.infer("-v"), 8, "4 cases: 4 failed"))
        self.assertIn("file 2 of 6: pixel data is 1436 bytes, 1536 expected", self.details().values())

    def test_of_files_that_a_manifest_names(self):
        self.nifti()
        content = self.path("studies/volume.nii.gz").read_bytes()
        self.path(f"studies/{self.NAME}.nii.gz").write_bytes(content[:-500])
        self.path("cohort.jsonl").write_text(
            f'{{"case_id": "c1", "inputs": [{{"name": "image", "path": "studies/{self.NAME}.nii.gz"}}]}}\n')
        self.nothing_leaks(self.ends(self.infer("-v", inputs=["cohort.jsonl"]), 8))
        self.assertEqual(self.details(), {"c1": "the gzip stream is truncated or damaged"})

    def test_of_pictures_that_a_manifest_names(self):
        self.photographs()
        self.path(f"studies/{self.NAME}.png").write_bytes(self.path("studies/grey.png").read_bytes()[:200])
        self.path("cohort.csv").write_text(f"case_id,path\nc1,studies/{self.NAME}.png\n")
        self.nothing_leaks(self.ends(self.infer("-v", inputs=["cohort.csv"]), 8))


class BadImages(real_images.RealTest):
    """None of these costs another case."""

    def setUp(self):
        super().setUp()
        self.ct()
        self.ends(self.infer(out="alone"), 0)

    def bad_case(self, status, reason, code=8):
        result = self.ends(self.infer(), code)
        rows = self.rows("out/cases.csv")
        alone = self.rows("alone/predictions.csv")
        self.assertEqual([row for row in self.rows("out/predictions.csv") if row["status"] == "done"], alone)
        self.assertEqual([(row["status"], row["reason"]) for row in rows if row["status"] != "done"], [(status, reason)])
        return result

    def stray(self, reason):
        self.ends(self.infer(), 0, "1 case: 1 done")
        self.assertEqual(self.path("out/predictions.csv").read_bytes(), self.path("alone/predictions.csv").read_bytes())
        self.assertEqual([row["reason"] for row in self.rows("out/private/unassigned.csv")], [reason])

    def test_text_named_dcm(self):
        self.path("studies/notes.dcm").write_text("these are notes, not an image\n" * 100)
        self.stray("E_NOT_IMAGE")

    def test_a_file_of_no_bytes(self):
        self.path("studies/empty.dcm").write_bytes(b"")
        self.stray("E_EMPTY_FILE")

    def test_dicom_cut_in_the_pixels(self):
        self.cr()
        content = self.path("studies/cr/IM0").read_bytes()
        self.path("studies/cr/IM0").write_bytes(content[:-1000])
        self.bad_case("failed", "E_TRUNCATED_PIXELS")

    def test_dicom_cut_in_the_header(self):
        self.cr()
        self.path("studies/cr/IM0").write_bytes(self.path("studies/cr/IM0").read_bytes()[:400])
        self.ends(self.infer(), 0)
        self.assertEqual(len(self.rows("out/private/unassigned.csv")), 1)

    def test_nifti_cut(self):
        self.nifti()
        content = self.path("studies/volume.nii.gz").read_bytes()
        self.path("studies/volume.nii.gz").write_bytes(content[:len(content) // 2])
        self.bad_case("failed", "E_TRUNCATED_PIXELS")

    def test_png_cut(self):
        self.photographs()
        for name in ("colour.jpg", "deep.tif"):
            self.path(f"studies/{name}").unlink()
        self.path("studies/grey.png").write_bytes(self.path("studies/grey.png").read_bytes()[:300])
        self.bad_case("failed", "E_TRUNCATED_PIXELS")

    @unittest.skipIf(os.geteuid() == 0, "root reads every file")
    def test_a_file_that_may_not_be_read(self):
        self.cr()
        self.path("studies/cr/IM0").chmod(0)
        self.ends(self.infer(), 0)
        self.assertEqual([row["reason"] for row in self.rows("out/private/unassigned.csv")], ["E_IO"])


class BadModels(real_images.RealTest):
    def setUp(self):
        super().setUp()
        self.cr()

    def refused(self, file, *texts):
        self.ends(self.infer(model=str(self.path(file))), 4, "hint: ", *texts)
        self.assertFalse(self.path("out/predictions.csv").exists())

    def test_a_state_dict(self):
        with zipfile.ZipFile(self.path("model.pth"), "w") as archive:
            archive.writestr("model/data.pkl", pickle.dumps({"weight": 1}))
            archive.writestr("model/data/0", bytes(64))
            archive.writestr("model/version", "3\n")
        self.refused("model.pth", "is a PyTorch checkpoint", "torch.jit.trace")

    def test_a_raw_pickle(self):
        self.path("model.pt").write_bytes(pickle.dumps({"weight": [1, 2]}, protocol=2))
        self.refused("model.pt", "is a pickle", "torch.jit.trace")

    def test_an_onnx_file(self):
        self.path("model.onnx").write_bytes(b"\x08\x08\x12\x07pytorch\x1a\x032.5:\x10\x0a\x04node\x12\x08Identity")
        self.refused("model.onnx", "is an ONNX file", "torch.jit.trace")

    def test_one_byte_of_the_weights_changed(self):
        shutil.copytree(MODEL, self.path("copy"))
        weights = self.path("copy/models/model.ts")
        content = bytearray(weights.read_bytes())
        content[len(content) // 2] ^= 1
        weights.write_bytes(content)
        self.ends(self.infer(model=str(self.path("copy"))), 4, "has the SHA-256 ", "hint: ")
        self.assertFalse(self.path("out/predictions.csv").exists())

    @unittest.skipIf(os.path.exists("/dev/nvidia0"), "there is a GPU")
    def test_a_device_that_is_not_there(self):
        self.ends(self.infer("--device", "cuda"), 5, "device cuda was asked for", "hint: ")

    def test_an_unknown_option(self):
        self.ends(self.infer("--devise", "cpu"), 2, "unknown option --devise\nhint: did you mean --device?")

    def test_a_file_where_the_run_folder_should_be(self):
        self.path("taken").write_text("mine")
        self.ends(self.infer(out="taken"), 7, "cannot create the folder taken: Not a directory")
        self.assertEqual(self.path("taken").read_text(), "mine")

    def test_a_folder_that_holds_something_else(self):
        self.path("thesis").mkdir()
        self.path("thesis/chapter1.txt").write_text("mine")
        self.ends(self.infer(out="thesis"), 2, "thesis is not empty and holds no run of radbatch\nhint: ")
        self.assertEqual([path.name for path in self.path("thesis").iterdir()], ["chapter1.txt"])

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_a_run_folder_that_may_not_be_written(self):
        self.path("closed").mkdir(mode=0o500)
        self.ends(self.infer(out="closed/out"), 7)


class Killed(real_images.RealTest):
    N = 60

    def setUp(self):
        super().setUp()
        for i in range(self.N):
            self.cr(f"1.2.826.{i + 10}", f"cr/{i}", PatientID=f"P{i}")
        self.ends(self.infer(out="undisturbed"), 0)

    def kill(self, role):
        process = self.start_infer("--jobs", "1")
        self.wait_for_commits(1)
        os.kill(harness.workers_of(process, role)[0], signal.SIGKILL)
        self.assertLess(len(self.committed()), self.N)
        self.ends(self.finish(process), 0, f"{self.N} cases: {self.N} done")
        self.assertEqual(self.tables(), self.tables("undisturbed"))
        self.leaves_nothing_behind()

    def test_an_image_worker(self):
        self.kill("image")

    def test_the_classify_worker(self):
        self.kill("classify")


if __name__ == "__main__":
    unittest.main()
