"""Manifests as spreadsheets and scripts write them: byte order marks, CRLF, duplicates, missing columns, very many rows."""

import unittest

import harness


class Lists(harness.CliTest):
    def setUp(self):
        super().setUp()
        self.images(3)

    def manifest(self, text, name="list.csv"):
        data = text if isinstance(text, bytes) else text.encode()
        self.path(name).write_bytes(data)
        return self.infer(inputs=[name])

    def refused(self, text, *says, **options):
        self.ends(self.manifest(text, **options), 2, *says)
        self.assertFalse(self.path("out").exists(), "something was touched")

    def test_a_byte_order_mark_and_crlf_change_nothing(self):
        text = "case_id,path,site\na,studies/case000.fake,X\nb,studies/case001.fake,Y\n"
        self.ends(self.manifest(text), 0)
        plain = self.path("out/predictions.csv").read_bytes()
        self.path("out").rename(self.path("plain"))
        self.ends(self.manifest(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()), 0)
        self.assertEqual(self.path("out/predictions.csv").read_bytes(), plain)

    def test_a_missing_column_is_named(self):
        self.refused("case_id,file\na,studies/case000.fake\n", "list.csv: there is no column path")
        self.refused("id,path\na,studies/case000.fake\n", "list.csv: there is no column case_id")

    def test_a_column_twice_is_named(self):
        self.refused("case_id,path,path\na,x,y\n", "list.csv: line 1:", "path")

    def test_a_row_that_is_too_short_is_named(self):
        self.refused("case_id,path,site\na,studies/case000.fake,X\nb,studies/case001.fake\n",
                     "list.csv: line 3: 2 fields, but the header has 3")

    def test_rows_of_one_case_that_disagree_are_named(self):
        self.refused("case_id,path,site\na,studies/case000.fake,X\na,studies/case001.fake,Y\n",
                     "list.csv: line 3: the rows of case a differ in the column site")

    def test_a_case_twice_in_json_lines_is_named(self):
        line = '{"case_id": "a", "inputs": [{"path": "studies/case000.fake"}]}\n'
        self.refused(line + line, "list.jsonl: line 2: the case_id a was already on line 1", name="list.jsonl")

    def test_text_of_another_encoding_is_refused(self):
        self.refused("case_id,path,site\na,studies/case000.fake,北京\n".encode("gb18030"), "list.csv", "UTF-8")

    def test_a_file_that_is_not_there_fails_its_own_case(self):
        self.ends(self.manifest("case_id,path\na,studies/case000.fake\nb,studies/none.fake\n"), 8)
        self.assertEqual(self.ledger()["a"], "done")
        self.assertEqual(self.ledger()["b"], "E_IO")

    def test_an_empty_list_is_no_input(self):
        self.ends(self.manifest("case_id,path\n"), 3, "no input")

    def test_fifty_thousand_rows(self):
        rows = "".join(f"case{i:05},studies/case00{i % 3}.fake\n" for i in range(50_000))
        self.path("list.csv").write_text("case_id,path\n" + rows)
        self.ends(self.infer("--limit", "3", inputs=["list.csv"]), 0, "3 cases: 3 done")


if __name__ == "__main__":
    unittest.main()
