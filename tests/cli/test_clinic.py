"""Results back in the clinic's systems: DICOM reports and captures, judged by dciodvfy, dsrdump and pydicom."""

import datetime
import json
import os
import pathlib
import shutil
import subprocess
import unittest

import real_images
from PIL import Image
from real_images import numpy, pydicom
from pydicom.uid import UltrasoundImageStorage

SCORES = {"effusion": 0.75, "mass": 0.25, "pneumothorax": 0.5}
NETWORK = f"""
def forward(self, x):
    return torch.tensor([{list(SCORES.values())}], dtype=6).repeat(x.size(0), 1)
"""
HEADS = [{"name": "chest", "kind": "multi-label", "activation": "inside", "thresholds": {"effusion": 0.5, "mass": 0.9},
          "threshold_source": "Youden, split val",
          "findings": [{"name": "Effusion", "code": "SCT:60046008:Pleural effusion"}, {"name": "Mass", "code": "RADLEX:RID3874"},
                       {"name": "气胸", "slug": "pneumothorax"}]}]
ASCII_HEADS = [HEADS[0] | {"findings": HEADS[0]["findings"][:2] + [{"name": "Pneumothorax"}]}]


def code(item):
    value = item.get("LongCodeValue") or item.CodeValue
    return value, item.CodingSchemeDesignator, item.CodeMeaning


def children(item, meaning):
    return [child for child in item.ContentSequence
            if "ConceptNameCodeSequence" in child and child.ConceptNameCodeSequence[0].CodeMeaning == meaning]


def errors_of(path):
    """What dciodvfy calls errors."""
    done = subprocess.run(["dciodvfy", path], capture_output=True)
    return [line for line in done.stderr.decode("utf-8", "replace").splitlines() if line.startswith("Error")]


def dump_of(path):
    done = subprocess.run(["dsrdump", path], capture_output=True)
    return done.returncode, done.stdout.decode("utf-8", "replace")


class Clinic(real_images.RealTest):
    HEADS = ASCII_HEADS

    def setUp(self):
        super().setUp()
        self.script_model(NETWORK, heads=self.HEADS, name="model")

    def run_model(self, *words, **options):
        self.ends(self.infer(*words, model="model", **options), 0)

    def export(self, formats="dicom-sr", to="ex", exit_status=0, **options):
        return self.ends(self.run_tool("radbatch", "export", "out", "--to", to, "--format", formats, **options), exit_status)

    def objects(self, folder="dicom-sr", to="ex"):
        return [pydicom.dcmread(path) for path in sorted(self.path(f"{to}/{folder}").glob("*.dcm"))]

    def report(self, *words):
        self.run_model(*words)
        self.export()
        one, = self.objects()
        return one

    def bytes_of(self, to="ex"):
        return {str(path.relative_to(self.path(to))): path.read_bytes() for path in self.path(to).rglob("*") if path.is_file()}


class Reports(Clinic):
    def groups(self, report):
        measurements, = children(report, "Imaging Measurements")
        return children(measurements, "Measurement Group")

    def test_findings_scores_and_decisions_are_coded(self):
        self.ct()
        found = []
        for group in self.groups(self.report()):
            finding, = children(group, "Finding")
            number, = children(group, "Probability")
            value = number.MeasuredValueSequence[0]
            self.assertEqual(code(value.MeasurementUnitsCodeSequence[0]), ("1", "UCUM", "no units"))
            name = code(finding.ConceptCodeSequence[0])
            decisions = [code(child.ConceptCodeSequence[0])[2] for child in children(group, name[2])]
            found.append((name, float(value.NumericValue), decisions))
        self.assertEqual(found, [(("60046008", "SCT", "Pleural effusion"), 0.75, ["Present"]),
                                 (("RID3874", "RADLEX", "Mass"), 0.25, ["Absent"]),
                                 (("pneumothorax", "99RADBATCH", "Pneumothorax"), 0.5, [])])

    def test_the_algorithm_is_identified(self):
        self.cr()
        for group in self.groups(self.report()):
            name, = children(group, "Algorithm Name")
            version, = children(group, "Algorithm Version")
            parameters = [child.TextValue for child in children(group, "Algorithm Parameters")]
            self.assertEqual((name.TextValue, version.TextValue), ("fake", "1.0"))
            self.assertRegex(parameters[0], "^model sha256: [0-9a-f]{64}$")
            self.assertIn("threshold mass: 0.9 (Youden, split val)", parameters)

    def test_every_image_is_in_the_evidence_and_the_library(self):
        self.ct()
        report = self.report()
        sources = {image.SOPInstanceUID for image in map(pydicom.dcmread, filter(
            os.path.isfile, map(str, self.path("studies").rglob("*"))))}
        study, = report.CurrentRequestedProcedureEvidenceSequence
        series, = study.ReferencedSeriesSequence
        self.assertEqual({item.ReferencedSOPInstanceUID for item in series.ReferencedSOPSequence}, sources)
        self.assertEqual((study.StudyInstanceUID, series.SeriesInstanceUID), ("1.2.826.1", "1.2.826.1.1"))
        library, = children(report, "Image Library")
        images = [item.ReferencedSOPSequence[0].ReferencedSOPInstanceUID
                  for group in library.ContentSequence for item in group.ContentSequence]
        self.assertEqual(sorted(images), sorted(sources))

    def test_a_radiograph_is_named_as_the_source_of_each_measurement(self):
        self.cr()
        for group in self.groups(self.report()):
            number, = children(group, "Probability")
            source, = children(number, "Source of Measurement")
            self.assertEqual(source.ReferencedSOPSequence[0].ReferencedSOPInstanceUID, "1.2.826.2.1.1")

    def test_patient_and_study_are_the_source_s(self):
        header = {"PatientBirthDate": "19700203", "PatientSex": "F", "PatientAge": "056Y", "StudyDate": "20260704",
                  "StudyTime": "101112", "StudyID": "7", "AccessionNumber": "ACC/1", "StudyDescription": "CHEST",
                  "ReferringPhysicianName": "Doe^Jane", "IssuerOfPatientID": "HOSPITAL"}
        self.cr(**header)
        report = self.report()
        self.assertEqual({keyword: str(report[keyword].value) for keyword in header}, header)
        self.assertEqual((report.PatientID, report.StudyInstanceUID, report.Modality), ("P2", "1.2.826.2", "SR"))
        self.assertGreaterEqual(report.SeriesNumber, 9000)

    def test_its_date_is_the_run_s_by_the_clock_of_the_study(self):
        self.cr(TimezoneOffsetFromUTC="+0800")
        report = self.report()
        sitting = json.loads(self.path("out/run.json").read_text(encoding="utf-8"))["sittings"][0]
        began, ended = (datetime.datetime.fromisoformat(sitting[key].replace("Z", "+00:00")) for key in ("started", "ended"))
        content = datetime.datetime.strptime(report.ContentDate + report.ContentTime + "+0800", "%Y%m%d%H%M%S%z")
        self.assertTrue(began <= content <= ended, (began, content, ended))

    def test_the_classes_of_a_head_are_an_evaluation_of_the_report(self):
        self.ct()
        self.ends(self.infer(), 0)
        self.export()
        report, = self.objects()
        evaluations, = children(report, "Qualitative Evaluations")
        region, = children(evaluations, "region")
        top = self.rows("out/predictions.csv")[0]["top"]
        self.assertEqual(code(region.ConceptCodeSequence[0])[1:], ("99RADBATCH", top))

    def test_dciodvfy_and_dsrdump_accept_them(self):
        self.ct(PatientIdentityRemoved="YES")
        self.cr()
        self.run_model()
        self.export()
        for path in sorted(self.path("ex/dicom-sr").glob("*.dcm")):
            self.assertEqual(errors_of(path), [])
            status, text = dump_of(path)
            self.assertEqual(status, 0)
            self.assertIn('"Probability")="0.75" (1,UCUM,"no units")>', text)


class Reruns(Clinic):
    def test_the_same_bytes_and_no_file_is_touched(self):
        self.ct()
        self.cr()
        self.run_model("--preview", "2")
        self.export("dicom-sr,dicom-sc,bids,clinicadl")
        before = self.times("ex"), self.bytes_of()
        self.export("dicom-sr,dicom-sc,bids,clinicadl")
        self.assertEqual((self.times("ex"), self.bytes_of()), before)
        self.export("dicom-sr,dicom-sc,bids,clinicadl", to="again")
        self.assertEqual(self.bytes_of("again"), before[1])

    def test_another_score_is_another_object_of_the_same_series(self):
        self.cr()
        first = self.report()
        self.script_model(NETWORK.replace("0.75", "0.875"), heads=self.HEADS, name="other")
        self.ends(self.infer(model="other", out="out2"), 0)
        self.ends(self.run_tool("radbatch", "export", "out2", "--to", "ex2", "--format", "dicom-sr"), 0)
        second, = self.objects(to="ex2")
        self.assertNotEqual(first.SOPInstanceUID, second.SOPInstanceUID)

    def test_a_copy_with_another_time_is_the_same_file(self):
        self.cr()
        self.report()
        before = self.bytes_of()
        os.utime(self.path("studies/cr/IM0"), (1, 1))
        self.export()
        self.assertEqual(self.bytes_of(), before)


class Sources(Clinic):
    """What stands behind a case may be gone, changed, or no DICOM."""

    def test_a_moved_file_fails_its_case_alone_and_the_message_names_it(self):
        self.ct()
        self.cr(PatientName="Secret^Name")
        self.run_model()
        self.path("studies/cr/IM0").unlink()
        told = self.export(exit_status=8).stderr
        case, = [row for row in self.rows("ex/export.csv") if row["status"] == "failed"]
        self.assertEqual((case["reason"], case["detail"]), ("E_IO", "file 1 of 1 is gone since the run"))
        self.assertIn(f"warning: {case['case_id']}: no dicom-sr: file 1 of 1 is gone since the run (E_IO)", told)
        self.assertNotIn("Secret", told)
        self.assertEqual(len(self.objects()), 1)

    def test_a_changed_file_is_not_passed_off_as_the_one_that_was_scored(self):
        self.cr()
        self.run_model()
        self.cr(StudyDescription="other")
        self.export(exit_status=8)
        self.assertEqual(self.rows("ex/export.csv")[0]["detail"], "file 1 of 1 has changed since the run")

    def test_a_case_that_is_no_dicom_is_skipped(self):
        self.nifti()
        self.run_model()
        told = self.export(exit_status=3).stderr
        self.assertIn("nothing was exported: volume: the case has no DICOM image, so there is no study to refer to", told)

    def test_files_in_an_archive(self):
        self.ct()
        shutil.make_archive(self.path("study"), "zip", self.path("studies/ct"))
        shutil.rmtree(self.path("studies/ct"))
        for place in ("studies/a.zip", "studies"):  # the archive as the input, and in a folder that is the input
            shutil.copy(self.path("study.zip"), self.path("studies/a.zip"))
            shutil.rmtree(self.path("out"), ignore_errors=True)
            self.run_model(inputs=(place,))
            self.export(to=place.replace("/", "-") + "-ex")
            report, = self.objects(to=place.replace("/", "-") + "-ex")
            self.assertEqual(report.StudyInstanceUID, "1.2.826.1")
            self.assertEqual(list(self.path("out/private/unpacked").glob("*")), [])
        with open(self.path("studies/a.zip"), "ab") as archive:
            archive.write(b"more")
        self.export(exit_status=8)
        self.assertEqual(self.rows("ex/export.csv")[0]["detail"], "file 1 of 6 is gone since the run")

    def test_slices_without_a_study_uid_have_no_study_to_go_to(self):
        for index in range(real_images.SLICES):
            image = real_images.ct_slice(index)
            del image.StudyInstanceUID
            real_images.save(image, self.path(f"studies/ct/{index}"))
        self.run_model()
        self.export(exit_status=8)
        self.assertEqual(self.rows("ex/export.csv")[0]["reason"], "E_BAD_HEADER")

    def test_cases_that_are_not_done_are_listed_as_skipped(self):
        self.cr()
        self.cr("1.2.826.7", "bad/IM0", Rows=60000)
        self.ends(self.infer(model="model"), 8)
        self.export()
        self.assertEqual(sorted(row["status"] for row in self.rows("ex/export.csv")), ["exported", "skipped"])
        self.assertEqual(len(self.objects()), 1)

    def test_the_folder_is_for_its_owner_alone(self):
        self.cr()
        self.report()
        self.assertEqual(self.path("ex/dicom-sr").stat().st_mode & 0o77, 0)


class CharacterSets(Clinic):
    def name_of(self, name, **header):
        self.cr(PatientName=name, **header)
        report = self.report()
        self.assertEqual(errors_of(next(self.path("ex/dicom-sr").glob("*.dcm"))), [])
        return report.get("SpecificCharacterSet"), str(report.PatientName), report[0x00100010]

    def test_a_declared_set_and_its_bytes_are_kept(self):
        charset, name, _ = self.name_of("张^三", SpecificCharacterSet="GB18030")
        self.assertEqual((charset, name), ("GB18030", "张^三"))
        raw = next(self.path("ex/dicom-sr").glob("*.dcm")).read_bytes()
        self.assertIn("张^三".encode("gb18030"), raw)

    def test_bytes_without_a_tag_get_the_tag_by_which_they_can_be_read(self):
        charset, name, _ = self.name_of("张^三".encode("gb18030"))
        self.assertEqual((charset, name), ("GB18030", "张^三"))

    def test_iso_2022_names_are_kept(self):
        sets = ["", "ISO 2022 IR 87"]
        charset, name, _ = self.name_of("Yamada^Tarou=山田^太郎", SpecificCharacterSet=sets)
        self.assertEqual(list(charset), sets)
        self.assertEqual(name, "Yamada^Tarou=山田^太郎")

    def test_latin_1(self):
        self.assertEqual(self.name_of("Größe", SpecificCharacterSet="ISO_IR 100")[:2], ("ISO_IR 100", "Größe"))


class ChineseFindings(CharacterSets):
    """Words of ours join the source's set where that has their characters; else everything becomes UTF-8."""
    HEADS = HEADS

    def meanings(self):
        report, = self.objects()
        measurements, = children(report, "Imaging Measurements")
        return [child.ConceptCodeSequence[0].CodeMeaning for group in children(measurements, "Measurement Group")
                for child in children(group, "Finding")]

    def test_a_declared_set_and_its_bytes_are_kept(self):
        super().test_a_declared_set_and_its_bytes_are_kept()
        self.assertEqual(self.meanings()[-1], "气胸")

    def test_bytes_without_a_tag_get_the_tag_by_which_they_can_be_read(self):
        super().test_bytes_without_a_tag_get_the_tag_by_which_they_can_be_read()
        self.assertEqual(self.meanings()[-1], "气胸")

    def test_iso_2022_names_are_kept(self):
        charset, name, _ = self.name_of("Yamada^Tarou=山田^太郎", SpecificCharacterSet=["", "ISO 2022 IR 87"])
        self.assertEqual((charset, name, self.meanings()[-1]), ("ISO_IR 192", "Yamada^Tarou=山田^太郎", "气胸"))

    def test_latin_1(self):
        self.assertEqual(self.name_of("Größe", SpecificCharacterSet="ISO_IR 100")[:2], ("ISO_IR 192", "Größe"))
        self.assertEqual(self.meanings()[-1], "气胸")


class Hostile(Clinic):
    def test_texts_of_every_kind_in_the_header(self):
        for number, text in enumerate(["<script>alert(1)</script>", "a\\b", "x" * 300, "=^^^=", "\x1b[31m", "%s%n", "'\";--"]):
            self.cr(f"1.2.826.{number + 20}", f"{number}/IM0", StudyDescription=text.encode(), PatientComments=text.encode())
        self.run_model()
        self.export()
        self.assertEqual(len(self.objects()), 7)
        for path in self.path("ex/dicom-sr").glob("*.dcm"):
            self.assertEqual(dump_of(path)[0], 0)


class Captures(Clinic):
    def captures(self, *words):
        self.run_model("--preview", "1", "--explain", "all", *words)
        self.export("dicom-sc")
        return {path.stem.split("_")[-1]: pydicom.dcmread(path) for path in self.path("ex/dicom-sc").glob("*.dcm")}

    def test_pictures_are_captured_as_they_are(self):
        self.ct()
        found = self.captures()
        explanation, = self.path("out/explanations").glob("*.png")
        numpy.testing.assert_array_equal(found["explanation"].pixel_array, numpy.array(Image.open(explanation)))
        self.assertEqual(sorted(found), ["explanation", "sheet"] if "preview" not in found else ["explanation", "preview", "sheet"])

    def test_they_say_what_they_are(self):
        self.ct()
        one = self.captures()["explanation"]
        self.assertEqual((list(one.ImageType), one.BurnedInAnnotation, one.Modality), (["DERIVED", "SECONDARY"], "NO", "OT"))
        self.assertRegex(one.DerivationDescription, "^Where the finding .* comes from, by occlusion; fake 1.0, for research$")
        self.assertEqual(len(one.SourceImageSequence), real_images.SLICES)
        self.assertGreaterEqual(one.SeriesNumber, 9000)

    def test_dciodvfy_accepts_them(self):
        self.ct()
        self.cr()
        self.captures()
        for path in self.path("ex/dicom-sc").glob("*.dcm"):
            self.assertEqual(errors_of(path), [])

    def test_pixels_that_may_name_somebody_say_so(self):
        self.cr(Modality="US", SOPClassUID=UltrasoundImageStorage)
        self.assertEqual(self.captures("--thumbnails", "all")["explanation"].BurnedInAnnotation, "YES")

    def test_a_run_without_pictures_has_nothing_to_capture(self):
        self.cr()
        self.run_model("--thumbnails", "none")
        self.export("dicom-sc", exit_status=3)
        self.assertEqual(self.rows("ex/export.csv")[0]["detail"], "the run made no picture of the case")


@unittest.skipUnless(os.environ.get("RADBATCH_DATA"), "RADBATCH_DATA is not set")
class RealStudies(Clinic):
    def test_real_studies_of_every_kind(self):
        shutil.rmtree(self.path("studies"))
        os.symlink(pathlib.Path(os.environ["RADBATCH_DATA"]) / "dicom", self.path("studies"))
        self.infer("--preview", "3")
        self.run_tool("radbatch", "export", "out", "--to", "ex", "--format", "dicom-sr,dicom-sc")
        rows = self.rows("ex/export.csv")
        made = [self.path("ex") / row["file"] for row in rows if row["status"] == "exported"]
        self.assertGreater(len(made), 5)
        self.assertEqual({row["reason"] for row in rows if row["status"] == "failed"} - {"E_BAD_HEADER"}, set())
        for path in made:
            self.assertEqual(errors_of(path), [], path.name)
            pydicom.dcmread(path)


if __name__ == "__main__":
    unittest.main()
