"""Which cases a run takes, which it takes up again, when it gives up, and what odd files become."""

import json
import os
import unittest

import harness


class Choice(harness.CliTest):
    def setUp(self):
        super().setUp()
        self.images(8)

    def chosen(self, *words):
        self.ends(self.infer(*words, "--dry-run"), 0)
        self.ends(self.infer(*words), 0)
        return [case[4:7] for case in self.ledger()]

    def test_only_takes_ids_prefixes_and_files(self):
        self.path("list.txt").write_text("case005.fake\n\ncase006\n")
        self.assertEqual(self.chosen("--only", "case002", "--only", "@list.txt"), ["002", "005", "006"])

    def test_exclude(self):
        self.assertEqual(self.chosen("--exclude", "case002", "--exclude", "case000.fake"),
                         ["001", "003", "004", "005", "006", "007"])

    def test_limit_takes_the_first_by_id(self):
        self.assertEqual(self.chosen("--limit", "3"), ["000", "001", "002"])

    def test_sample_is_the_same_for_the_same_seed(self):
        first = self.chosen("--sample", "3", "--seed", "7")
        self.infer("--sample", "3", "--seed", "7", out="again")
        self.infer("--sample", "3", "--seed", "8", out="other")
        self.assertEqual([case[4:7] for case in self.ledger("again")], first)
        self.assertNotEqual([case[4:7] for case in self.ledger("other")], first)
        self.assertEqual(len(first), 3)

    def test_an_id_that_is_none_or_several(self):
        self.ends(self.infer("--only", "case9"), 2, "--only: ")
        self.ends(self.infer("--only", "case00"), 2, "--only: ", "case000.fake")

    def test_dry_run_shows_the_cases_and_runs_nothing(self):
        self.ends(self.infer("--dry-run", "--limit", "1"), 0, "case000.fake  1 file, 1 image\n", "nothing was run")
        self.assertFalse(self.path("out/predictions.csv").exists())


class Retry(harness.CliTest):
    def setUp(self):
        super().setUp()
        self.image("good.fake", 0.4)
        self.image("lasting.fake", behaviour={"prepare": "error:E_TRUNCATED_PIXELS"})
        self.image("refused.fake", behaviour={"prepare": "error:E_SPACING"})
        self.image("passing.fake", behaviour={"prepare": "error:E_IO"})
        self.ends(self.infer(), 8, "4 cases: 1 done, 1 refused, 2 failed")

    def taken_up(self, *words):
        before = len(self.committed())
        self.ends(self.infer(*words), 8)
        return sorted(case.split(".")[0] for case in self.committed()[before:])

    def test_by_default_what_may_have_passed(self):
        self.assertEqual(self.taken_up(), ["passing"])

    def test_failed(self):
        self.assertEqual(self.taken_up("--retry", "failed"), ["lasting", "passing"])

    def test_all_but_the_done(self):
        self.assertEqual(self.taken_up("--retry", "all"), ["lasting", "passing", "refused"])

    def test_none(self):
        self.assertEqual(self.taken_up("--retry", "none"), [])

    def test_a_run_that_finds_nothing_to_do_ends_as_the_finished_one(self):
        self.ends(self.infer("--retry", "none"), 8, "none decoded")
        self.ends(self.infer("--retry", "none", "--ok", "refused,failed"), 0)
        self.ends(self.infer("--retry", "none", "--ok", "refused"), 8)


class Limits(harness.CliTest):
    def test_max_failures(self):
        self.images(20, behaviour={"prepare": "error:E_TRUNCATED_PIXELS"})
        self.ends(self.infer("--max-failures", "4"), 9, "5 cases failed, more than --max-failures allows")
        self.assertEqual(len(self.committed()), 5)

    def test_the_first_fifty_with_one_failure_are_a_lost_mount(self):
        self.images(60, behaviour={"prepare": "error:E_IO"})
        self.ends(self.infer("--ok", "failed"), 9, "the first 50 cases all failed with E_IO; is the input still there?")
        self.assertEqual((len(self.committed()), len(self.ledger())), (50, 60))

    def test_fifty_with_different_ends_are_not(self):
        self.images(55, behaviour={"prepare": "error:E_IO"})
        self.image("case000.fake", 0.5)
        self.ends(self.infer(), 8)

    def test_a_percentage_counts_after_a_hundred_cases(self):
        self.images(120, behaviour={"prepare": "error:E_IO"})
        for i in range(0, 120, 3):
            self.image(f"case{i:03}.fake", 0.5)
            self.image(f"case{i + 1:03}.fake", behaviour={"prepare": "error:E_TRUNCATED_PIXELS"})
        # In whatever order they end: of any 100 at least 60 have failed, and the first 50 not all with one reason.
        self.ends(self.infer("--max-failures", "40%"), 9, "more than --max-failures allows")
        self.assertEqual(len(self.committed()), 100)


class NoInput(harness.CliTest):
    def test_an_empty_folder(self):
        self.ends(self.infer(), 3, "radbatch-infer: error: no usable image among 0 files found\nhint: radbatch reads DICOM")

    def test_files_that_are_no_images(self):
        self.path("studies/a.txt").write_text("text")
        self.path("studies/b.dcm").write_bytes(b"")
        self.ends(self.infer(), 3, "no usable image among 2 files found")

    def test_an_empty_list(self):
        self.path("list.txt").write_text("\n")
        self.ends(self.infer(inputs=["@list.txt"]), 3, "no input: the list of files is empty")
        self.ends(self.infer(inputs=["-"], stdin=b""), 3)


class OddFiles(harness.CliTest):
    NAMES = [b"two words.fake", b"new\nline.fake", b"quo\"te'.fake", b";$(touch x).fake", b"`id`.fake",
             b"latin-\xe9\xff.fake", "肺部检查.fake".encode(), b"n" * 195 + b".fake", b"-rf", b"--help", b".hidden.fake",
             b"tab\tand\x1b[31mred.fake", b"%s%n.fake", b"back\\slash.fake", b"per%20cent.fake"]

    def test_every_name_is_a_case_of_its_own(self):
        for i, name in enumerate(self.NAMES):
            self.image(name, i / 100)
        result = self.ends(self.infer("-v"), 0, f"{len(self.NAMES)} cases: {len(self.NAMES)} done")
        self.assertNotIn("\x1b", result.stderr)
        for case in self.ledger():
            self.assertRegex(case, r"^[A-Za-z0-9._-]{1,120}$")
        self.assertEqual(sorted(os.listdir(self.folder)), ["model", "out", "studies"])

    def test_the_same_through_a_pipe(self):
        for i, name in enumerate(self.NAMES):
            self.image(name, i / 100)
        self.ends(self.infer(out="one"), 0)
        self.ends(self.shell("radbatch convert studies -o v --stream | radbatch preprocess - --model model -o t --stream"
                             " | radbatch infer - --model model -o out"), 0)
        self.assertEqual(self.scores(), self.scores("one"))

    def test_odd_names_of_the_input_and_the_run_folder(self):
        for i, folder in enumerate([b"a b", b"latin-\xe9", "影像".encode(), b"-rf", b"q'\"$(id)"]):
            with self.subTest(folder):
                self.image(b"x.fake", 0.2, folder=os.fsdecode(folder))
                self.ends(self.infer(inputs=[b"./" + folder], out=b"./out-" + folder), 0)
                self.assertEqual(self.ledger(os.fsdecode(b"out-" + folder)), {"x.fake": "done"})

    def test_links_pipes_and_loops(self):
        self.image("sub/real.fake", 0.3)
        os.symlink("..", self.path("studies/sub/loop"))
        os.symlink("/etc/passwd", self.path("studies/outside"))
        os.symlink("nowhere", self.path("studies/dangling"))
        os.symlink("sub/real.fake", self.path("studies/link.fake"))
        os.mkfifo(self.path("studies/fifo"))
        self.ends(self.infer(timeout=5), 0)
        self.assertEqual(set(self.ledger()), {"sub__real.fake", "link.fake"})
        self.assertEqual({row["path"]: row["detail"] for row in self.rows("out/private/unassigned.csv")},
                         {"fifo": "not a regular file",
                          "outside": "a link that leads out of the input folder or nowhere",
                          "dangling": "a link that leads out of the input folder or nowhere"})

    def test_a_fifo_given_by_name(self):
        os.mkfifo(self.path("fifo"))
        self.ends(self.infer(inputs=["fifo"], timeout=5), 3)

    def test_every_file_is_in_a_case_or_unassigned(self):
        self.images(3)
        self.study("P1", "1.2.3", 4)
        for name, content in {"a.txt": "text", "empty.dcm": "", "folder/b": "{}"}.items():
            self.path("studies/folder").mkdir(exist_ok=True)
            self.path("studies/" + name).write_text(content)
        self.ends(self.infer(), 0)
        in_cases = sum(int(row["n_files"]) for row in self.rows("out/cases.csv"))
        strays = {row["path"]: row["reason"] for row in self.rows("out/private/unassigned.csv")}
        files = json.loads(self.path("out/run.json").read_text())["files"]
        self.assertEqual((in_cases, strays), (7, {"a.txt": "E_NOT_IMAGE", "empty.dcm": "E_EMPTY_FILE",
                                                  "folder/b": "E_NOT_IMAGE"}))
        self.assertEqual((files["found"], files["in_cases"]), (10, 7))

    def test_a_run_folder_inside_the_input_is_not_read(self):
        self.images(2)
        self.ends(self.infer(out="studies/out"), 0)
        self.ends(self.infer(out="studies/out"), 0, "2 cases: 2 done")


class Stories(harness.CliTest):
    def setUp(self):
        super().setUp()
        self.study("P1", "1.2.3")
        self.image("bad.fake", behaviour={"prepare": "error:E_TRUNCATED_PIXELS"})
        self.infer()

    def test_why_tells_a_good_case(self):
        case = next(case for case in self.ledger() if case.startswith("study-"))
        text = self.ends(self.run_tool("radbatch", "why", "out", case[:9]), 0).stdout
        for part in (f"{case}: done\n", "\nFiles (3)\n", "studies/1.2.3/0", "Images (1)", "[x] ", "the only one that fits",
                     "  Fake  ", "p_hand", "top"):
            self.assertIn(part, text)

    def test_why_tells_a_bad_case(self):
        text = self.ends(self.run_tool("radbatch", "why", "out", "bad"), 0).stdout
        self.assertTrue(text.startswith("bad.fake: failed, E_TRUNCATED_PIXELS\n  as the file asked\n"), text)
        self.assertIn("What to do: ", text)
        self.assertIn("It stays so on the next run, unless --retry failed or the files change.", text)

    def test_why_of_no_case(self):
        self.ends(self.run_tool("radbatch", "why", "out", "nobody"), 2)
        self.ends(self.run_tool("radbatch", "why", "studies", "x"), 2, "studies holds no run of radbatch")
        self.ends(self.run_tool("radbatch", "why", "out"), 2, "why needs another argument")

    def test_explain(self):
        self.assertEqual(self.run_tool("radbatch", "explain", "e_io").stdout,
                         "E_IO: The file could not be read from storage.\nStatus: failed, tried again by the next run\n"
                         "What to do: Check permissions and the mount; the next run tries again.\n")
        self.ends(self.run_tool("radbatch", "explain", "E_SLICE_GAB"), 2, "did you mean E_SLICE_GAP?")


if __name__ == "__main__":
    unittest.main()
