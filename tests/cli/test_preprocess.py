"""What radbatch-preprocess leaves: formats, the pack, the table of qualities, previews, shared tensors, comparison."""

import ast
import json
import struct
import unittest

import harness


def read_npy(path):
    """(shape, values) of a float32 array, by the standard library only."""
    data = path.read_bytes()
    length = struct.unpack("<H", data[8:10])[0]
    header = ast.literal_eval(data[10:10 + length].decode())
    assert header["descr"] == "<f4" and not header["fortran_order"], header
    values = data[10 + length:]
    return header["shape"], struct.unpack(f"<{len(values) // 4}f", values)


def write_npy(path, shape, values):
    header = str({"descr": "<f4", "fortran_order": False, "shape": tuple(shape)}).encode() + b"\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + struct.pack(f"<{len(values)}f", *values))


class PreprocessTest(harness.CliTest):
    def preprocess(self, *words, inputs=("studies",), out="t", **options):
        where = ["-o", out] if out else []
        return self.run_tool("radbatch-preprocess", *self.model_words(), *inputs, *where, *words, **options)

    def sitting(self, out="t"):
        return json.loads(self.path(f"{out}/run.json").read_text())["sittings"][-1]


class Formats(PreprocessTest):
    def setUp(self):
        super().setUp()
        self.images(3)

    def test_npy_has_its_geometry_beside_it_and_feeds_infer(self):
        self.ends(self.preprocess("--format", "npy"), 0)
        shape, values = read_npy(self.path("t/tensors/case001.fake.npy"))
        self.assertEqual((shape, set(values)), ((1, 1, 2, 2), {struct.unpack("<f", struct.pack("<f", 0.89))[0]}))
        beside = json.loads(self.path("t/tensors/case001.fake.json").read_text())
        self.assertEqual((beside["axes"], len(beside["affine_ras"])), ("N,C,R,A", 16))
        self.ends(self.infer(inputs=["t/manifest.jsonl"]), 0)
        self.ends(self.infer(out="one"), 0)
        self.assertEqual(self.scores(), self.scores("one"))

    def test_npy_in_a_stream(self):
        self.ends(self.infer(out="one"), 0)
        self.ends(self.shell("radbatch preprocess --format npy studies --model model -o t --stream"
                             " | radbatch infer - --model model -o out"), 0)
        self.assertEqual(self.path("out/predictions.csv").read_bytes(), self.path("one/predictions.csv").read_bytes())

    def test_images_in_the_tensors_grid_are_written_by_the_worker_and_are_no_input_of_infer(self):
        for form in ("nii.gz", "nii", "nrrd"):
            with self.subTest(form):
                self.ends(self.preprocess("--format", form, out=form), 0)
                self.assertEqual(self.path(f"{form}/tensors/case000.fake.{form}").read_text(), f"{form} of the fake worker")
                self.ends(self.infer(inputs=[f"{form}/manifest.jsonl"], out=f"out-{form}"), 2, 'there are no "inputs"')
                self.ends(self.preprocess("--format", form, "--stream", out="s"), 2, "use --format h5 or npy")
        self.leaves_nothing_behind("nii")

    def test_a_lost_file_or_sidecar_is_made_again(self):
        for form, lost in (("nii.gz", "case001.fake.nii.gz"), ("npy", "case001.fake.npy"), ("npy", "case001.fake.json")):
            with self.subTest(lost):
                self.ends(self.preprocess("--format", form, out=lost), 0)
                before = self.path(f"{lost}/tensors/{lost}").read_bytes()
                self.path(f"{lost}/tensors/{lost}").write_bytes(b"half")
                self.ends(self.preprocess("--format", form, out=lost), 0)
                self.assertEqual(self.path(f"{lost}/tensors/{lost}").read_bytes(), before)
                self.assertEqual(self.committed(lost)[3:], ["case001.fake"])

    def test_another_format_is_another_run(self):
        self.ends(self.preprocess(), 0)
        self.ends(self.preprocess("--format", "npy"), 2, "t belongs to another run", "options/format")
        self.ends(self.preprocess("--format", "zip", out="u"), 2, "expected one of h5, npy, nii.gz, nii, nrrd, not 'zip'")


class Pack(PreprocessTest):
    def test_one_file_of_all_cases_the_same_bytes_again(self):
        self.images(4)
        self.ends(self.preprocess("--pack"), 0)
        packed = self.path("t/tensors.h5")
        first, mtime = packed.read_bytes(), packed.stat().st_mtime_ns
        self.assertTrue(first.startswith(b"\x89HDF"))
        self.ends(self.preprocess("--pack"), 0)
        self.assertEqual(packed.stat().st_mtime_ns, mtime)
        packed.unlink()
        self.ends(self.preprocess("--pack"), 0, "none decoded")
        self.assertEqual(packed.read_bytes(), first)

    def test_merge_packs_what_the_shards_made(self):
        self.images(4)
        self.ends(self.preprocess("--pack", out="whole"), 0)
        for shard in ("0/2", "1/2"):
            self.ends(self.preprocess("--pack", "--shard", shard), 0)
        self.ends(self.run_tool("radbatch", "merge", "t"), 0)
        self.assertEqual(self.path("t/tensors.h5").read_bytes(), self.path("whole/tensors.h5").read_bytes())

    def test_only_of_h5(self):
        self.images(1)
        self.ends(self.preprocess("--pack", "--format", "npy"), 2, "--pack makes tensors.h5 of .h5 files, not of npy")


class Qualities(PreprocessTest):
    def setUp(self):
        super().setUp()
        self.images(9)
        self.image("odd.fake", 55.0)
        self.image("broken.fake", 0.1, behaviour={"prepare": "error:E_TRUNCATED_PIXELS"})

    def test_every_case_once_outliers_named(self):
        self.ends(self.preprocess(), 8)
        rows = {row["case_id"]: row for row in self.rows("t/qc.csv")}
        self.assertEqual(list(rows), sorted(self.ledger("t")))
        self.assertEqual(rows["case001.fake"]["shape"], "1 1 2 2")
        self.assertEqual(float(rows["odd.fake"]["before_mean"]), 55)
        self.assertIn("after_mean", rows["odd.fake"]["outlier"].split())
        self.assertEqual((rows["case001.fake"]["outlier"], rows["broken.fake"]["before_mean"]), ("", ""))
        self.assertEqual(rows["case001.fake"]["alarms"], "constant_tensor")
        described = {table["path"]: table for table in json.loads(self.path("t/datapackage.json").read_text())["resources"]}
        self.assertEqual([field["name"] for field in described["qc.csv"]["schema"]["fields"]], list(rows["odd.fake"]))

    def test_the_table_comes_back_byte_for_byte(self):
        self.ends(self.preprocess(), 8)
        before = self.path("t/qc.csv").read_bytes()
        self.path("t/qc.csv").unlink()
        self.ends(self.preprocess("--retry", "none"), 8, "none decoded")
        self.assertEqual(self.path("t/qc.csv").read_bytes(), before)
        self.ends(self.preprocess("--jobs", "3", out="jobs"), 8)
        self.assertEqual(self.path("jobs/qc.csv").read_bytes(), before)
        for shard in ("0/2", "1/2"):
            self.preprocess("--shard", shard, out="s")
        self.ends(self.run_tool("radbatch", "merge", "s"), 8)
        self.assertEqual(self.path("s/qc.csv").read_bytes(), before)


class Previews(PreprocessTest):
    def setUp(self):
        super().setUp()
        for i in range(12):
            self.image(f"case{i:02}.fake", 0.5, spacing_mm=[1 + i, 1 + i, 1 + i])

    def drawn(self, out="t"):
        return sorted(path.name for path in self.path(f"{out}/previews/sheets").glob("*.png"))

    def test_a_sample_and_the_extremes_the_same_for_shards(self):
        self.ends(self.preprocess("--preview", "3", "--seed", "5"), 0)
        self.assertIn("case00.fake.png", self.drawn())  # finest spacing
        self.assertIn("case11.fake.png", self.drawn())  # coarsest spacing
        self.assertTrue(3 <= len(self.drawn()) <= 6, self.drawn())
        for shard in ("0/2", "1/2"):
            self.ends(self.preprocess("--preview", "3", "--seed", "5", "--shard", shard, out="s"), 0)
        self.ends(self.run_tool("radbatch", "merge", "s"), 0)
        self.assertEqual(self.drawn("s"), self.drawn())
        self.assertEqual(self.path("s/preview.html").read_bytes(), self.path("t/preview.html").read_bytes())
        self.ends(self.preprocess("--preview", "3", "--seed", "6", out="other"), 0)
        self.assertNotEqual(self.drawn("other"), self.drawn())

    def test_asked_for_later_only_those_cases_are_done_again(self):
        self.ends(self.preprocess(), 0)
        self.assertFalse(self.path("t/preview.html").exists())
        self.ends(self.preprocess("--preview", "2"), 0)
        self.assertEqual(sorted(f"{case}.png" for case in self.committed("t")[12:]), self.drawn())
        before = self.times("t")
        self.ends(self.preprocess("--preview", "2"), 0, "none decoded")
        self.assertEqual(self.times("t"), before)

    def test_the_page_is_one_file_without_script(self):
        self.ends(self.preprocess("--preview"), 0)
        page = self.path("t/preview.html").read_text(encoding="utf-8")
        self.assertEqual(page.count("<figure"), 12)
        self.assertEqual(page.count("data:image/png;base64,"), 12)
        self.assertNotIn("<script", page)
        self.assertIn("constant_tensor", page)

    def test_pictures_that_may_show_names_are_left_out(self):
        self.image("us.fake", 0.5, Modality="US", spacing_mm=[0.1, 0.1, 0.1])
        self.ends(self.preprocess("--preview", "20"), 0)
        self.assertNotIn("us.fake.png", self.drawn())
        self.assertIn("--thumbnails all draws them", self.path("t/preview.html").read_text(encoding="utf-8"))
        self.ends(self.preprocess("--preview", "20", "--thumbnails", "all", out="all"), 0)
        self.assertIn("us.fake.png", self.drawn("all"))
        self.ends(self.preprocess("--preview", "--thumbnails", "none", out="none"), 2, "nothing to draw")

    def test_of_a_stream_too(self):
        self.bundle()
        self.ends(self.shell("radbatch convert studies -o v --stream | radbatch preprocess - --model model -o t --preview 2"), 0)
        page = self.path("t/preview.html").read_text(encoding="utf-8")
        self.assertEqual(page.count("data:image/png;base64,"), len(self.drawn()))
        self.assertGreaterEqual(len(self.drawn()), 2)

    def test_infer_draws_the_same_cases_and_scores_as_ever(self):
        self.ends(self.preprocess("--preview", "3", "--seed", "5"), 0)
        self.ends(self.infer("--preview", "3", "--seed", "5"), 0)
        self.assertEqual(self.drawn("out"), self.drawn())
        self.ends(self.infer(out="plain"), 0)
        self.assertEqual(self.path("out/predictions.csv").read_bytes(), self.path("plain/predictions.csv").read_bytes())


class Cache(PreprocessTest):
    def setUp(self):
        super().setUp()
        self.images(5)
        self.bundle()

    def counts(self, out):
        return self.sitting(out)["cache"]

    def test_a_second_run_prepares_nothing_and_gives_the_same(self):
        self.ends(self.preprocess(out="plain"), 0)
        self.ends(self.preprocess("--cache", "cache", out="a"), 0)
        self.ends(self.preprocess("--cache", "cache", out="b"), 0)
        self.assertEqual(self.counts("a"), {"hits": 0, "misses": 5, "damaged": 0})
        self.assertEqual(self.counts("b"), {"hits": 5, "misses": 0, "damaged": 0})
        for name in ("qc.csv", "cases.csv", "manifest.jsonl", "tensors/case003.fake.h5"):
            self.assertEqual({self.path(f"{out}/{name}").read_bytes() for out in ("a", "b")}, {self.path(f"plain/{name}").read_bytes()}, name)
        self.assertNotIn("prepare", {row["stage"] for row in self.rows("b/timings.csv")})

    def test_infer_takes_what_preprocess_made(self):
        self.ends(self.preprocess("--cache", "cache", out="a"), 0)
        self.ends(self.infer(out="plain"), 0)
        self.ends(self.infer("--cache", "cache", "--thumbnails", "none"), 0)
        self.assertEqual(self.counts("out")["hits"], 5)
        self.assertEqual(self.tables(), self.tables("plain"))

    def test_files_without_a_record_are_hashed_not_prepared(self):
        self.ends(self.preprocess("--cache", "cache", out="a"), 0)
        self.path("studies").rename(self.path("moved"))
        self.ends(self.preprocess("--cache", "cache", inputs=["moved"], out="b"), 0)
        self.assertEqual(self.counts("b")["hits"], 5)
        self.assertEqual({row["stage"] for row in self.rows("b/timings.csv")}, {"digest", "tensor"})

    def test_a_damaged_entry_is_made_anew(self):
        self.ends(self.preprocess("--cache", "cache", out="a"), 0)
        entries = sorted(self.path("cache/tensors").rglob("*.h5"))
        whole = entries[0].read_bytes()
        entries[0].write_bytes(whole[:len(whole) // 2])
        entries[1].write_bytes(entries[2].read_bytes())  # another case's
        self.ends(self.preprocess("--cache", "cache", out="b"), 0)
        self.assertEqual(self.counts("b"), {"hits": 3, "misses": 2, "damaged": 2})
        self.assertEqual(entries[0].read_bytes(), whole)
        self.assertEqual(self.path("b/qc.csv").read_bytes(), self.path("a/qc.csv").read_bytes())

    def test_a_changed_file_and_another_plan_are_misses(self):
        self.ends(self.preprocess("--cache", "cache", out="a"), 0)
        self.image("case002.fake", 0.123)
        self.ends(self.preprocess("--cache", "cache", out="b"), 0)
        self.assertEqual(self.counts("b"), {"hits": 4, "misses": 1, "damaged": 0})
        self.bundle("other", plan=[{"name": "ExtractSlices", "axis": 1}])
        self.ends(self.run_tool("radbatch-preprocess", "--model", "other", "studies", "-o", "c", "--cache", "cache"), 0)
        self.assertEqual(self.counts("c")["hits"], 0)

    def test_two_runs_at_once(self):
        both = [self.start("radbatch-preprocess", "--model", "model", "studies", "-o", out, "--cache", "cache") for out in "ab"]
        for one in both:
            self.ends(self.finish(one), 0)
        self.assertEqual(self.path("a/qc.csv").read_bytes(), self.path("b/qc.csv").read_bytes())
        self.leaves_nothing_behind("cache")


class Prepared(PreprocessTest):
    def test_tensors_made_elsewhere_are_recorded_as_external(self):
        self.path("mine").mkdir()
        for i in range(3):
            write_npy(self.path(f"mine/m{i}.npy"), (1, 1, 2, 2), [0.9 - i / 10] * 4)
        self.ends(self.infer(inputs=["mine"]), 8)
        self.assertEqual(set(self.ledger().values()), {"E_PLAN_MISMATCH"})
        self.ends(self.infer("--prepared", inputs=["mine"], out="ext"), 0)
        self.assertEqual(json.loads(self.path("ext/run.json").read_text())["plan"], "external")
        self.image("m0.fake", 0.9)
        self.ends(self.infer(out="own"), 0)
        self.assertEqual(self.scores("ext")["m0"], self.scores("own")["m0.fake"])

    def test_images_are_not_taken(self):
        self.images(1)
        self.ends(self.infer("--prepared"), 8)
        self.assertIn("--prepared takes tensors", self.details()["case000.fake"])


class Compare(PreprocessTest):
    def compare(self, values, shape=(2, 2), case="case000", **options):
        write_npy(self.path("mine.npy"), shape, values)
        return self.preprocess("--compare", "mine.npy", "--case", case, out=None, **options)

    def setUp(self):
        super().setUp()
        self.images(2)

    def test_equal_tensors_end_with_0(self):
        result = self.ends(self.compare([0.9] * 4), 0)
        self.assertIn("They are equal", result.stdout)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["mine.npy", "model", "studies"])

    def test_different_ones_with_8_and_a_cause(self):
        result = self.ends(self.compare([90, 80, 70, 60]), 8)
        self.assertIn("largest difference: 89.1 at [0, 0]", result.stdout)
        self.assertRegex(result.stdout.splitlines()[-1], "^Likely cause: ")

    def test_what_cannot_be_compared_is_refused(self):
        self.ends(self.compare([1.0] * 6, (2, 3, 1)), 2, "items and channels have to be the same")
        self.ends(self.compare([1.0] * 4, case="nobody"), 2, "nobody")
        self.ends(self.preprocess("--compare", "mine.npy", out=None), 2, "--compare and --case go together")
        self.ends(self.preprocess("--compare", "gone.npy", "--case", "case000", out=None), 2, "gone.npy")

    def test_a_case_that_cannot_be_prepared(self):
        self.image("case002.fake", 0.1, behaviour={"prepare": "error:E_TRUNCATED_PIXELS"})
        self.ends(self.compare([1.0] * 4, case="case002"), 8, "has no tensor to compare", "E_TRUNCATED_PIXELS")


if __name__ == "__main__":
    unittest.main()
