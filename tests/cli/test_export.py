"""`radbatch export` over fake workers: BIDS and ClinicaDL tables, which cases, errors, reruns, stops."""

import json
import signal
import time
import unittest

import harness

HEADS = [{"name": "chest", "kind": "multi-label", "activation": "sigmoid", "thresholds": {"hand": 0.5},
          "findings": [{"name": "Hand", "code": "SCT:85562004"}, {"name": "Lung Opacity"}, {"name": "气胸", "slug": "pneumothorax"}]}]


class Export(harness.CliTest):
    def export(self, formats, *words, to="ex", exit_status=0, **options):
        return self.ends(self.run_tool("radbatch", "export", "out", "--to", to, "--format", formats, *words, **options),
                         exit_status)

    def lines(self, file):
        """A table with tabs as a list of dicts."""
        header, *rows = [line.split("\t") for line in self.path(file).read_text(encoding="utf-8").splitlines()]
        self.assertEqual({len(row) for row in rows} | {len(header)}, {len(header)})
        return [dict(zip(header, row)) for row in rows]

    def json(self, file):
        return json.loads(self.path(file).read_text(encoding="utf-8"))

    def content(self, to="ex"):
        return {str(path.relative_to(self.path(to))): path.read_bytes() for path in sorted(self.path(to).rglob("*")) if path.is_file()}


class Commands(Export):
    def test_what_is_missing_or_wrong_is_said(self):
        self.images(1)
        self.ends(self.infer(), 0)
        self.ends(self.run_tool("radbatch", "export", "out", "--to", "ex"), 2,
                  "error: export needs one run folder, --to DIR and --format LIST")
        self.export("dicom_sr", exit_status=2)
        told = self.export("dicom_sr", exit_status=2).stderr
        self.assertIn("unknown format 'dicom_sr'", told)
        self.assertIn("did you mean dicom-sr?", told)
        self.assertFalse(self.path("ex").exists())

    def test_a_folder_without_scores(self):
        self.images(1)
        self.ends(self.run_tool("radbatch-convert", "studies", "-o", "out"), 0)
        self.assertIn("out is a run of radbatch-convert: it has no scores", self.export("bids", exit_status=2).stderr)

    def test_a_run_folder_or_a_bids_data_set_is_not_written_into(self):
        self.images(1)
        self.ends(self.infer(), 0)
        self.assertIn("out is a run folder: exports go into a folder of their own",
                      self.export("bids", to="out", exit_status=2).stderr)
        self.path("data").mkdir()
        self.path("data/dataset_description.json").write_text("{}")
        self.assertIn("data is a BIDS data set", self.export("bids", to="data", exit_status=2).stderr)

    def test_help_names_every_format(self):
        text = self.ends(self.run_tool("radbatch", "export", "--help"), 0).stdout
        for name in ("dicom-sr", "dicom-sc", "bids", "clinicadl"):
            self.assertIn(name, text)

    def test_a_private_scheme_is_warned_of(self):
        self.study("P1", "1.2.3")
        self.bundle("model", heads=HEADS)
        self.ends(self.infer(), 0)
        self.assertIn("the model declares no code for lung_opacity, pneumothorax: the reports use the private scheme 99RADBATCH",
                      self.export("dicom-sr").stderr)


class Bids(Export):
    def data_set(self):
        for participant, session in (("01", "1"), ("01", "2"), ("02", "1")):
            folder = f"studies/sub-{participant}/ses-{session}/anat"
            self.image(f"sub-{participant}_ses-{session}_T1w.nii.gz", 0.1, kind="nifti", folder=folder)
        self.path("studies/participants.tsv").write_text("participant_id\tage\nsub-01\t40\nsub-02\t50\n")
        self.path("studies/dataset_description.json").write_text('{"Name": "x", "BIDSVersion": "1.10.0"}')

    def test_the_participants_of_a_bids_data_set_keep_their_names(self):
        self.data_set()
        before = self.content("studies")
        self.ends(self.infer(), 0)
        self.export("bids")
        rows = self.lines("ex/bids/predictions.tsv")
        self.assertEqual([(row["participant_id"], row["session_id"]) for row in rows],
                         [("sub-01", "ses-1"), ("sub-01", "ses-2"), ("sub-02", "ses-1")])
        self.assertEqual(self.content("studies"), before)
        self.assertTrue(self.path("ex/bids/sub-01/ses-2/sub-01_ses-2_desc-fake_predictions.tsv").exists())

    def test_scores_are_those_of_the_run(self):
        self.images(3)
        self.ends(self.infer(), 0)
        self.export("bids")
        for ours, theirs in zip(self.lines("ex/bids/predictions.tsv"), self.rows("out/predictions.csv")):
            for column in ("case_id", "p_hand", "p_lung_opacity", "p_pneumothorax", "d_pneumothorax", "top"):
                self.assertEqual(ours[column], theirs[column])

    def test_every_column_is_described_and_the_derivative_says_what_made_it(self):
        self.images(1)
        self.bundle("model", heads=HEADS)
        self.ends(self.infer(), 0)
        self.export("bids")
        columns = self.json("ex/bids/predictions.json")
        self.assertEqual(set(self.lines("ex/bids/predictions.tsv")[0]) - set(columns), set())
        self.assertEqual(columns["p_hand"]["TermURL"], "http://snomed.info/id/85562004")
        about = self.json("ex/bids/dataset_description.json")
        self.assertEqual((about["DatasetType"], about["GeneratedBy"][0]["Name"]), ("derivative", "radbatch"))
        self.assertRegex(about["GeneratedBy"][0]["Description"], "fake 1.0 .sha256 [0-9a-f]{64}.")

    def test_a_study_has_a_line_per_finding(self):
        self.study("P1", "1.2.3")
        self.ends(self.infer(), 0)
        self.export("bids")
        key = self.rows("out/private/linkage.csv")[0]["patient_key"]
        table, = self.path("ex/bids").glob(f"sub-{key}/ses-*/*_desc-fake_predictions.tsv")
        self.assertEqual([row["finding"] for row in self.lines(table.relative_to(self.folder))], ["Hand", "Lung Opacity", "气胸"])
        self.assertNotIn("P1", "".join(self.content()))

    def test_only_done_cases_unless_all_are_asked_for(self):
        self.images(1)
        self.image("bad.fake", behaviour={"prepare": "error:E_SPACING"})
        self.ends(self.infer(), 8)
        self.export("bids")
        self.assertEqual(len(self.lines("ex/bids/predictions.tsv")), 1)
        self.export("bids", "--all-cases")
        bad, = [row for row in self.lines("ex/bids/predictions.tsv") if row["case_id"] == "bad.fake"]
        self.assertEqual((bad["p_hand"], bad["status"].startswith("E_")), ("n/a", True))

    def test_several_cases_of_one_session_are_told_apart(self):
        folder = "studies/sub-01/anat"
        for contrast in ("T1w", "T2w"):
            self.image(f"sub-01_{contrast}.nii.gz", kind="nifti", folder=folder)
        self.ends(self.infer(), 0)
        self.export("bids")
        self.assertEqual(sorted(path.name for path in self.path("ex/bids/sub-01").glob("*.tsv")),
                         ["sub-01_run-1_desc-fake_predictions.tsv", "sub-01_run-2_desc-fake_predictions.tsv"])


class ClinicaDl(Export):
    def test_a_head_of_classes(self):
        self.images(2)
        self.ends(self.infer(), 0)
        self.export("clinicadl")
        rows = self.lines("ex/clinicadl/organ_image_level_prediction.tsv")
        self.assertEqual([*rows[0]], ["participant_id", "session_id", "image_id", "true_label", "predicted_label",
                                      "proba0", "proba1", "proba2"])
        codes = self.json("ex/clinicadl/organ_label_code.json")
        for ours, theirs in zip(rows, self.rows("out/predictions.csv")):
            self.assertEqual((ours["proba0"], ours["proba1"]), (theirs["p_hand"], theirs["p_lung_opacity"]))
            self.assertEqual(int(ours["predicted_label"]), codes[theirs["top"]])
            self.assertEqual(ours["true_label"], "n/a")

    def test_a_finding_with_a_threshold_and_one_without(self):
        self.images(2)
        self.bundle("model", heads=HEADS)
        self.ends(self.infer(), 0)
        self.export("clinicadl")
        for finding in ("hand", "lung_opacity"):
            for ours, theirs in zip(self.lines(f"ex/clinicadl/{finding}_image_level_prediction.tsv"), self.rows("out/predictions.csv")):
                p = float(theirs[f"p_{finding}"])
                self.assertEqual((ours["proba1"], ours["predicted_label"]), (theirs[f"p_{finding}"], str(int(p >= 0.5))))
                self.assertAlmostEqual(float(ours["proba0"]), 1 - p, places=6)

    def test_the_truth_comes_from_a_table_of_labels(self):
        self.images(3)
        self.ends(self.infer(), 0)
        self.path("labels.csv").write_text("case_id,label\ncase000.fake,Hand\ncase001.fake,pneumothorax\nelsewhere,Hand\n")
        told = self.export("clinicadl", "--labels", "labels.csv").stderr
        self.assertIn("warning: labels.csv: 1 case is not in the run", told)
        rows = self.lines("ex/clinicadl/organ_image_level_prediction.tsv")
        self.assertEqual([row["true_label"] for row in rows], ["0", "2", "n/a"])
        self.path("labels.csv").write_text("case_id,label\ncase000.fake,Foot\n")
        told = self.export("clinicadl", "--labels", "labels.csv", exit_status=2).stderr
        self.assertIn("labels.csv, line 2: 'Foot' is no label of organ", told)

    def test_labels_of_other_cases_or_findings_are_refused(self):
        self.images(1)
        self.ends(self.infer(), 0)
        for text, why in (("case_id,label\nother,Hand\n", "none of its cases is in the run"),
                          ("case_id,truth\ncase000.fake,Hand\n", "no column is named label or like a head or finding"),
                          ("id,label\ncase000.fake,Hand\n", "there is no column case_id"),
                          ("case_id,label\ncase000.fake,Hand\ncase000.fake,Hand\n", "line 3: case000.fake comes twice")):
            self.path("labels.csv").write_text(text)
            self.assertIn(f"labels.csv: {why}", self.export("clinicadl", "--labels", "labels.csv", exit_status=2).stderr)


class Dicom(Export):
    def request(self, path):
        """What the fake worker was asked for."""
        return json.loads(self.path(path).read_bytes()[132:])

    def test_a_worker_is_told_scores_codes_and_files(self):
        self.study("P1", "1.2.3")
        self.bundle("model", heads=HEADS)
        self.ends(self.infer(), 0)
        self.export("dicom-sr")
        case, = self.rows("out/predictions.csv")
        asked = self.request(f"ex/dicom-sr/{case['case_id']}.dcm")
        self.assertEqual([finding["value"] for finding in asked["findings"]],
                         [case[f"p_{slug}"] for slug in ("hand", "lung_opacity", "pneumothorax")])
        self.assertEqual([finding["decision"] for finding in asked["findings"]], [case["d_hand"] == "1", None, None])
        self.assertEqual(asked["findings"][0]["code"], {"value": "85562004", "scheme": "SCT", "meaning": "Hand"})
        self.assertEqual([file.rsplit("/", 1)[1] for file in asked["files"]], ["0", "1", "2"])

    def test_the_ledger_keeps_other_formats_and_leftovers_are_warned_of(self):
        self.study("P1", "1.2.3")
        self.ends(self.infer(), 0)
        self.export("dicom-sr")
        self.export("bids")
        self.assertEqual([row["format"] for row in self.rows("ex/export.csv")], ["bids", "dicom-sr"])
        self.path("ex/dicom-sr/study-old.dcm").write_bytes(b"x")
        self.assertIn("warning: ex has 1 DICOM file of an earlier export that this one did not make", self.export("dicom-sr").stderr)
        self.assertNotIn("earlier export", self.export("bids").stderr)

    def test_an_ensemble(self):
        self.study("P1", "1.2.3")
        self.image("lone.png")
        for name in ("one", "two"):
            self.bundle(name)
            card = self.json(f"{name}/radbatch.json") | {"name": name}
            self.path(f"{name}/radbatch.json").write_text(json.dumps(card), encoding="utf-8")
            self.ends(self.infer(model=name, out=f"out-{name}"), 0)
        self.ends(self.run_tool("radbatch-ensemble", "out-one", "out-two", "-o", "out"), 0)
        self.export("dicom-sr,bids")
        case = self.rows("out/predictions.csv")[1]
        asked = self.request(f"ex/dicom-sr/{case['case_id']}.dcm")
        self.assertEqual([finding["value"] for finding in asked["findings"]],
                         [case[f"p_{slug}"] for slug in ("hand", "lung_opacity", "pneumothorax")])
        self.assertEqual((asked["algorithm"]["name"], len(asked["files"])), ("one + two", 3))
        self.assertEqual([row["status"] for row in self.rows("ex/export.csv") if row["format"] == "dicom-sr"], ["skipped", "exported"])

    def test_a_worker_that_dies_or_talks_nonsense_costs_one_case(self):
        for i, behaviour in enumerate(["", "crash", "garbage", "bad-frame", "crash-once", "error:E_BAD_HEADER"]):
            self.study(f"P{i}", f"1.2.{i}", slices=1, behaviour={"report": behaviour})
        self.ends(self.infer(), 0)
        self.export("dicom-sr", exit_status=8)
        self.assertEqual(sorted(row["reason"] or row["status"] for row in self.rows("ex/export.csv")),
                         ["E_BAD_HEADER", *["E_DECODER_CRASH"] * 3, "exported", "exported"])

    def test_a_fault_of_the_run_ends_it(self):
        self.study("P1", "1.2.3", behaviour={"report": "fault:7"})
        self.ends(self.infer(), 0)
        self.export("dicom-sr", exit_status=7)

    def test_a_stopped_export_goes_on_and_leaves_what_was_there(self):
        for i in range(40):
            self.study(f"P{i}", f"1.2.{i}", slices=1)
        self.ends(self.infer(), 0)
        process = self.start("radbatch", "export", "out", "--to", "ex", "--format", "dicom-sr", "--cpus", "1")
        self.wait_for(lambda: len(list(self.path("ex").rglob("*.dcm"))) > 3, "some reports")
        process.send_signal(signal.SIGTERM)
        self.assertIn(self.finish(process).code, (128 + signal.SIGTERM, 0))
        early = self.times("ex/dicom-sr")
        time.sleep(0.02)
        self.export("dicom-sr")
        late = self.times("ex/dicom-sr")
        self.assertEqual(len(late), 40)
        self.assertEqual({path: late[path] for path in early}, early)
        self.leaves_nothing_behind("ex")


if __name__ == "__main__":
    unittest.main()
