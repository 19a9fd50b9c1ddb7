"""What identifies a patient stays in private/: looked for in every byte that a run writes and prints."""

import stat
import unittest

import harness

SECRETS = {"PatientID": "LEAK-ID-4711", "PatientName": "Leakname^Anna", "PatientBirthDate": "19570311",
           "AccessionNumber": "LEAK-ACC-0815", "InstitutionName": "Leak Hospital", "ReferringPhysicianName": "Leakdoc^Otto",
           "StudyDate": "20190704", "OtherPatientIDs": "LEAK-OTHER-1", "StudyID": "LEAK-STUDY-9"}
FOLDER = "Leakfolder, Anna"


class Leaks(harness.CliTest):
    def setUp(self):
        super().setUp()
        header = {key: value for key, value in SECRETS.items() if key != "PatientID"}
        self.study(SECRETS["PatientID"], "1.2.3", **header)
        self.image("0", 0.3, kind="dicom", folder=f"studies/{FOLDER}", Modality="DX", StudyInstanceUID="1.2.4",
                   SeriesInstanceUID="1.2.4.1", SOPInstanceUID="1.2.4.1.1", **SECRETS)
        self.image("1", 0.3, kind="dicom", folder=f"studies/{FOLDER}", behaviour={"prepare": "error:E_TRUNCATED_PIXELS"},
                   Modality="DX", StudyInstanceUID="1.2.5", SeriesInstanceUID="1.2.5.1", SOPInstanceUID="1.2.5.1.1", **SECRETS)
        self.bundle()

    def leaks(self, *results, out):
        """Every place outside private/ that holds a secret."""
        found = []
        secrets = [*(value.encode() for value in SECRETS.values()), b"Leakname", FOLDER.encode()]
        for path in self.path(out).rglob("*"):
            inside = path.relative_to(self.path(out))
            if inside.parts[0] == "private":
                continue
            content = path.read_bytes() if path.is_file() else b""
            found += [(str(inside), secret) for secret in secrets if secret in content or secret in str(inside).encode()]
        for result in results:
            text = (result.stdout + result.stderr).encode()
            found += [("printed", secret) for secret in secrets if secret in text]
        return found

    def test_infer_and_its_report(self):
        run = self.ends(self.infer("-v", "--log-file", "out.log"), 8)
        report = self.run_tool("radbatch-report", "out")
        self.assertEqual(report.code, 0, report.stderr)
        self.assertEqual(self.leaks(run, report, out="out"), [])
        self.assertNotIn("Leak", self.path("out.log").read_text())

    def test_convert_and_its_stream(self):
        run = self.ends(self.run_tool("radbatch-convert", "studies", "-o", "out", "--stream"), 0)
        volumes = [path for path in self.path("out").rglob("*.nii.gz")]
        for volume in volumes:  # the fake copies its whole text into the volume, a real one has no header to leak
            volume.write_text("")
        self.assertEqual((len(volumes), self.leaks(run, out="out")), (3, []))

    def test_preprocess_and_its_stream(self):
        run = self.ends(self.run_tool("radbatch-preprocess", "--model", "model", "studies", "-o", "out", "--stream"), 8)
        self.assertEqual(self.leaks(run, out="out"), [])

    def test_the_pipe(self):
        run = self.ends(self.shell("radbatch convert studies -o v --stream | radbatch preprocess - --model model -o t --stream"
                                   " | radbatch infer - --model model -o out --stream"), 8)
        self.assertEqual(self.leaks(run, out="out"), [])

    def test_private_holds_the_link_and_is_closed_to_others(self):
        self.infer()
        self.assertEqual(stat.S_IMODE(self.path("out/private").stat().st_mode), 0o700)
        rows = self.rows("out/private/linkage.csv")
        self.assertEqual({(row["PatientID"], row["AccessionNumber"], row["StudyDate"]) for row in rows},
                         {(SECRETS["PatientID"], SECRETS["AccessionNumber"], SECRETS["StudyDate"])})

    def test_patient_keys_are_stable_with_a_key_file_only(self):
        self.path("key").write_text("secret")
        for out in ("a", "b"):
            self.infer("--key-file", "key", out=out)
        self.infer(out="c")
        key = lambda out: {row["patient_key"] for row in self.rows(f"{out}/private/linkage.csv")}
        self.assertEqual((len(key("a")), key("a") == key("b"), key("a") == key("c")), (1, True, False))


if __name__ == "__main__":
    unittest.main()
