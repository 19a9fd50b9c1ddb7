"""scan and select: headers read once, rules tried over them, and what the other tools make of a scan."""

import json
import os

import harness

THICK = {"format_version": "1.0", "inputs": {"image": {"alternatives": [
    {"name": "thick", "where": [{"field": "Modality", "equals": "CT"}, {"field": "slice_step_mm", "range": [3, None]}]}]}}}


class Selection(harness.CliTest):
    def series(self, uid, number, *, slices=3, step=3.0, patient="P1", study=None, **header):
        for i in range(slices):
            self.image(f"{uid}/{number}-{i}", 0.3, kind="dicom", PatientID=patient, StudyInstanceUID=study or uid,
                       SeriesNumber=number, SeriesInstanceUID=f"{uid}.{number}", SOPInstanceUID=f"{uid}.{number}.{i}",
                       Modality="CT", InstanceNumber=i + 1, PixelSpacing=[1, 1], ImagePositionPatient=[0, 0, step * i],
                       ImageOrientationPatient=[1, 0, 0, 0, 1, 0], **header)

    def setUp(self):
        super().setUp()
        self.series("1.1", 1, step=5, SeriesDescription="Head 5mm", ConvolutionKernel="H30s")
        self.series("1.1", 2, step=1, slices=5, SeriesDescription="Head 1mm", ConvolutionKernel="H60s")
        self.series("1.2", 1, step=5, SeriesDescription="Head 5mm", ConvolutionKernel="H30s", patient="P2")
        self.path("thick.json").write_text(json.dumps(THICK))

    def scan(self, *words, out="scan"):
        return self.ends(self.run_tool("radbatch", "scan", "studies", "-o", out, *words), 0)

    def select(self, *words):
        return self.run_tool("radbatch", "select", *words)

    def test_a_scan_says_what_is_there_and_opens_nothing_twice(self):
        self.assertIn("11 files, 11 read now: 2 cases with 3 images, 0 unassigned files", self.scan().stderr)
        self.assertIn("11 files, 0 read now", self.scan().stderr)
        rows = self.rows("scan/series.csv")
        self.assertEqual(sorted((row["kernel_class"], row["kernel_class_source"], row["n_slices_source"]) for row in rows),
                         [("bone", "rule", "header"), ("soft", "rule", "header"), ("soft", "rule", "header")])

    def test_the_tree_is_not_walked_again(self):
        self.scan()
        self.image("9.9/late", 0.1, kind="dicom", StudyInstanceUID="9.9", SeriesInstanceUID="9", SOPInstanceUID="9")
        self.ends(self.infer("--on-many", "first", inputs=["scan"]), 0, "2 cases: 2 done")
        self.assertEqual(self.ledger(), dict.fromkeys(self.ledger(), "done"))

    def test_the_scores_are_those_of_the_studies(self):
        self.scan()
        self.ends(self.infer("--select", "thick.json", inputs=["scan"]), 0)
        self.ends(self.infer("--select", "thick.json", out="direct"), 0)
        self.assertEqual(self.tables(), self.tables("direct"))

    def test_a_file_that_went_since_the_scan_fails_its_case_and_no_other(self):
        self.scan()
        self.path("studies/1.2/1-1").unlink()
        self.ends(self.infer("--select", "thick.json", inputs=["scan"]), 8, "1 done, 1 failed")
        self.assertEqual(sorted(self.ledger().values()), ["E_FILE_CHANGED", "done"])
        self.assertIn("file 2 of 3 cannot be opened: No such file or directory; it was there when it was scanned",
                      self.details().values())

    def test_a_file_that_changed_since_the_scan_is_taken_after_another_scan(self):
        self.scan()
        os.utime(self.path("studies/1.2/1-1"), ns=(1, 1))
        self.ends(self.infer("--select", "thick.json", inputs=["scan"]), 8)
        self.assertIn("file 2 of 3 has changed since the scan", self.details().values())
        self.scan()
        self.ends(self.infer("--select", "thick.json", inputs=["scan"]), 0, "2 cases: 2 done")

    def test_select_counts_matches_and_shows_what_is_behind(self):
        self.scan()
        text = self.ends(self.select("scan", "--rules", "thick.json"), 0).stdout
        self.assertIn("image                     2          0          0\n", text)
        self.assertLessEqual(max(map(len, text.splitlines())), 80)
        counts = json.loads(self.select("scan", "--rules", "preset:head-ct-soft-thin", "--json").stdout)["inputs"][0]
        self.assertEqual((counts["one"], counts["none"], counts["several"]), (0, 2, 0))
        self.assertEqual(counts["patterns"]["none"][0]["why"], "soft thin: slice_step_mm is 5, not at most 2.49")

    def test_a_run_names_the_command_that_shows_its_torn_cases(self):
        result = self.ends(self.infer(), 8, "hint: 1 case with several images that fit; see them and choose: "
                                            "radbatch select out")
        self.assertEqual(result.stdout, "")
        text = self.ends(self.select("out"), 0).stdout
        self.assertIn("several fit in 1 case", text)
        case = next(case for case, end in self.ledger().items() if end == "E_MANY_SERIES")
        self.assertIn("\nNext: radbatch select out\n", self.run_tool("radbatch", "why", "out", case).stdout)

    def test_the_table_has_a_reason_for_every_series(self):
        self.scan()
        self.ends(self.select("scan", "--rules", "thick.json", "--out", "selection.csv"), 0)
        rows = self.rows("selection.csv")
        self.assertEqual([(row["selected"], row["rule"]) for row in rows if row["series"] == "1.1.2"],
                         [("0", "thick: slice_step_mm is 1, not at least 3")])
        self.ends(self.infer("--select", "thick.json", inputs=["scan"]), 0)
        self.assertEqual(rows, self.rows("out/selection.csv"))

    def test_explain_tells_of_every_image(self):
        self.scan()
        case = next(row["case_id"] for row in self.rows("scan/series.csv") if row["SeriesInstanceUID"] == "1.1.2")
        text = self.ends(self.select("scan", "--rules", "thick.json", "--explain", case[:12]), 0).stdout
        self.assertIn("thick: slice_step_mm is 1, not at least 3 (E_NOT_SELECTED)", text)
        self.assertIn("kernel_class bone?", text)

    def test_a_case_for_every_image(self):
        self.ends(self.infer("--on-many", "all"), 0, "3 cases: 3 done")
        self.assertEqual(sum(int(row["n_files"]) for row in self.rows("out/cases.csv")), 11)
        before = self.times()
        self.ends(self.infer("--on-many", "all"), 0, "none decoded")
        self.assertEqual(self.times(), before)
        self.ends(self.run_tool("radbatch", "merge", "out"), 0)
        self.assertEqual(self.times().keys(), before.keys())

    def test_rules_that_are_wrong_touch_nothing(self):
        self.path("wrong.json").write_text(json.dumps(THICK).replace("slice_step_mm", "slice_step"))
        self.ends(self.infer("--select", "wrong.json"), 2, "did you mean 'slice_step_mm'?")
        self.assertFalse(self.path("out").exists())
        self.ends(self.select("studies", "--rules", "thick.json"), 2, "studies holds no scan and no run",
                  "radbatch scan studies -o SCAN")

    def test_other_rules_are_another_run(self):
        self.ends(self.infer("--select", "thick.json"), 0)
        self.ends(self.infer("--select", "preset:head-ct-soft-thick"), 2, "belongs to another run")

    def test_a_preset_is_a_start_for_ones_own(self):
        text = self.ends(self.select("--rules", "preset:head-ct-soft-thick", "--print-rules"), 0).stdout
        self.path("own.json").write_text(text.replace("10", "3", 1))
        self.scan()
        self.ends(self.select("scan", "--rules", "own.json"), 0)

    def test_the_grouping_of_the_scan_is_kept(self):
        self.scan("--case-by", "SeriesInstanceUID")
        self.ends(self.infer(inputs=["scan"]), 0, "3 cases: 3 done")

    def test_ids_by_template_last_through_a_rerun(self):
        self.ends(self.infer("--case-id", "{PatientID}", "--on-many", "first"), 0)
        self.assertEqual(sorted(self.ledger()), ["P1", "P2"])
        self.ends(self.infer("--case-id", "{PatientID}", "--on-many", "first"), 0, "none decoded")
        self.ends(self.infer("--on-many", "first"), 2, "belongs to another run")
        self.assertIn("P1: done", self.run_tool("radbatch", "why", "out", "P1").stdout)


class Names(harness.CliTest):
    def test_an_assumed_modality_lets_an_image_in_and_says_who_said_so(self):
        self.image("a.nii", kind="nifti")
        model = self.bundle("ct", inputs=[{"name": "image", "dims": [2, 3], "channels": [1, 3], "modality": ["CT"]}])
        self.ends(self.infer("--assume", "Modality=CT", model=model), 0)
        self.assertEqual([row["modality_source"] for row in self.rows("out/series.csv")], ["user"])
        self.assertEqual([row["flags"] for row in self.rows("out/predictions.csv")], [""])
        self.ends(self.infer("--assume", "Modality=US", model=model, out="other"), 0, "1 skipped")

    def test_groups_of_files(self):
        for name in ("001_t1.fake", "001_t2.fake", "002_t1.fake", "notes.fake"):
            self.image(name)
        words = ["--group", r"(?<case>.+)_(?<input>t1|t2)\.fake"]
        self.ends(self.infer(*words, "--on-many", "first"), 0)
        self.assertEqual(set(self.ledger()), {"001", "002"})
        self.assertEqual([row["detail"] for row in self.rows("out/private/unassigned.csv")],
                         ["the path does not match --group"])

    def test_a_manifest_by_its_columns(self):
        for name in "abc":
            self.image(f"{name}.fake")
        self.path("list.csv").write_text("case_id,path,subject\n1,studies/a.fake,X\n2,studies/b.fake,X\n3,studies/c.fake,Y\n")
        self.ends(self.infer("--case-by", "subject", "--on-many", "first", inputs=["list.csv"]), 0, "2 cases: 2 done")
        self.assertEqual(sorted(row["subject"] for row in self.rows("out/predictions.csv")), ["X", "Y"])
        self.ends(self.infer("--case-by", "subjekt", inputs=["list.csv"], out="o"), 2, "did you mean subject?")

    def test_a_region_is_carried_and_never_ignored(self):
        self.image("a.fake")
        roi = {"center_mm": [1, 2, 3], "space": "LPS", "size_mm": [9, 9, 9]}
        self.path("list.jsonl").write_text(json.dumps({"case_id": "n1", "roi": roi, "inputs": [{"path": "studies/a.fake"}]}))
        streamed = self.run_tool("radbatch-convert", "list.jsonl", "-o", "v", "--stream").lines()
        self.assertEqual(streamed[1]["roi"], roi)
        self.ends(self.infer(inputs=["list.jsonl"]), 8)
        self.assertEqual(self.ledger(), {"n1": "E_PREPARE"})


if __name__ == "__main__":
    harness.unittest.main()
