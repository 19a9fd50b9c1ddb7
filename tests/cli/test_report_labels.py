"""From a flat folder of studies with accession numbers to a report by an accession-keyed label file."""

import re
import unittest

import harness

SECRET = "LEAK"


class Labels(harness.CliTest):
    def setUp(self):
        super().setUp()
        self.bundle()
        self.accessions = [f"{SECRET}{7000 + i}" for i in range(30)]
        for i, accession in enumerate(self.accessions):
            for view in ("PA", "LL"):  # two views in one study
                self.image(f"IMG{i:04}{view}", 0.3 + i / 100, kind="dicom", Modality="DX", PatientID=f"{SECRET}-P{i // 2}",
                           PatientName=f"{SECRET}name^Anna", AccessionNumber=accession, StudyDate="20200101",
                           StudyInstanceUID=f"1.2.{i + 1}", SeriesInstanceUID=f"1.2.{i + 1}.1",
                           SOPInstanceUID=f"1.2.{i + 1}.1.{view == 'LL'}", ViewPosition=view)
        run = self.infer("--on-many", "first")
        self.assertIn(run.code, (0, 8), run.stderr)
        self.case_of = {row["AccessionNumber"]: row["case_id"] for row in self.rows("out/private/linkage.csv")}
        self.done = {case for case, how in self.ledger().items() if how == "done"}
        self.assertGreaterEqual(len(self.done), 20, self.ledger())

    def label(self, rows, header="accession,Hand"):
        self.path("labels.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")

    def labels_with_ten_strangers_and_one_twin(self):
        rows = [f"{accession},{i % 2}" for i, accession in enumerate(self.accessions[:20])]
        rows += [f"{SECRET}-NOBODY-{i},1" for i in range(10)]
        self.label([*rows, rows[3]])

    def report(self, *words):
        return self.run_tool("radbatch-report", "out", "--labels", "labels.csv", *words)

    def outcomes(self):
        return [(row["line"], row["case_id"], row["outcome"]) for row in self.rows("out/label_join.csv")]

    def leaks(self, *results):
        """Every place outside private/ that holds a secret."""
        found = [name for name, text in (("printed", result.stdout + result.stderr) for result in results) if SECRET in text]
        for path in self.path("out").rglob("*"):
            inside = path.relative_to(self.path("out"))
            if path.is_file() and inside.parts[0] != "private" and SECRET.encode() in path.read_bytes():
                found.append(str(inside))
        return found

    def test_every_row_is_accounted_for(self):
        self.labels_with_ten_strangers_and_one_twin()
        result = self.ends(self.report("--key", "accession=AccessionNumber"), 0,
                           "10 label rows without a case in the run", "1 label row left out: another row says the same")
        def outcome(accession):
            return "matched" if self.case_of[accession] in self.done else "no_score"
        expected = [(str(i + 2), self.case_of[accession], outcome(accession))
                    for i, accession in enumerate(self.accessions[:20])]
        expected += [(str(i + 22), "", "unmatched") for i in range(10)]
        expected += [("32", self.case_of[self.accessions[3]], "duplicate")]
        unlabelled = sorted(self.case_of[accession] for accession in self.accessions[20:])
        expected += [("", case, "unlabelled") for case in unlabelled if case in self.done]
        self.assertEqual(self.outcomes(), expected)
        self.assertEqual(self.leaks(result), [])
        keys = {row["line"]: row["key"] for row in self.rows("out/private/label_join_keys.csv")}
        self.assertEqual(keys["2"], self.accessions[0])

    def test_nothing_matches(self):
        self.label([f"{SECRET}{i},1" for i in range(3)])
        result = self.ends(self.report("--key", "accession=AccessionNumber"), 2,
                           "labels.csv: no labelled case is in the run", "4 letters, 1 digit", "4 letters, 4 digits")
        self.assertEqual(self.leaks(result), [])

    def test_a_patient_in_two_splits_is_refused(self):
        self.label([f"{accession},{i % 2},{'test' if i % 2 else 'val'}" for i, accession in enumerate(self.accessions)],
                   "accession,Hand,split")
        words = ["--key", "accession=AccessionNumber", "--where", 'split=="test"']
        result = self.ends(self.report(*words), 2, "both in the test cases and in the other values of split")
        self.assertEqual(self.leaks(result), [])
        self.assertTrue(re.search(r"split: [0-9a-f]{16}", result.stderr), result.stderr)
        self.ends(self.report(*words, "--allow-leak"), 0, "--allow-leak")

    def test_blanks_around_a_key_are_told_and_repaired_on_request(self):
        self.label([f"{self.case_of[self.accessions[0]]},1", f" {self.case_of[self.accessions[1]]},1"], "case_id,Hand")
        self.ends(self.report(), 0, "1 key would match but for blanks; --repair-keys accepts that")
        self.ends(self.report("--repair-keys"), 0, "1 key matched but for blanks (--repair-keys)")


if __name__ == "__main__":
    unittest.main()
