"""radbatch-infer --explain over fake workers: which cases, what is written, what a fault costs.

The fake map has the value n at voxel n; an image of one value below 0.1 makes `explain` misbehave (fake_worker.cpp).
"""

import unittest

import harness

EXPLAINED = ("--explain", "p_hand>0.38")


class Explain(harness.CliTest):
    def setUp(self):
        super().setUp()
        for name, value in (("a.fake", 0.9), ("b.fake", 0.5), ("c.fake", 0.8)):
            self.image(name, value, side=3)

    def explained(self, out="out"):
        return {row["case_id"]: row for row in self.rows(f"{out}/explanations.csv")}


class Which(Explain):
    def test_the_cases_that_meet_the_condition(self):
        self.ends(self.infer(*EXPLAINED), 0)
        met = {case for case, score in self.scores().items() if float(score) > 0.38}
        self.assertEqual(set(self.explained()), met)
        self.assertLess(len(met), 3)

    def test_the_finding_is_the_condition_s_or_the_one_that_is_named_or_the_highest(self):
        self.ends(self.infer("--explain", "p_lung_opacity>0"), 0)
        self.assertEqual({row["finding"] for row in self.explained().values()}, {"lung_opacity"})
        self.ends(self.infer("--explain", "p_lung_opacity>0", "--explain-finding", "pneumothorax"), 0)
        self.assertEqual({row["finding"] for row in self.explained().values()}, {"pneumothorax"})
        self.ends(self.infer("--explain", "all"), 0)
        self.assertEqual(self.explained()["a.fake"]["finding"], "hand")
        self.ends(self.infer("--explain", "top", "--explain-finding", "lung_opacity", out="none"), 0)
        self.assertEqual([case for case in self.explained("none") if case == "a.fake"], [])

    def test_the_cases_of_a_table(self):
        self.path("review.csv").write_text("note,case_id\nodd,b.fake\n,unknown.fake\n")
        self.ends(self.infer("--explain-from", "review.csv"), 0)
        self.assertEqual(list(self.explained()), ["b.fake"])
        self.ends(self.infer("--explain-from", "review.csv", "--explain", "p_hand>0.38", out="both"), 0)
        self.assertEqual(self.explained("both"), {})

    def test_what_cannot_be_asked_is_said_before_anything_is_touched(self):
        self.path("bad.csv").write_text("id\nb.fake\n")
        self.path("others.csv").write_text("case_id\nx\ny\n")
        for words, text in (
                (("--explain", "p_hnd>1"), 'character 1, before "p_hnd>1": the model has no column "p_hnd"; did you mean "p_hand"?'),
                (("--explain", "p_hnd>1"), "hint: known columns: p_hand, p_lung_opacity, p_pneumothorax, d_pneumothorax, top"),
                (("--explain", "all", "--explain-finding", "foot"), "it has: hand, lung_opacity, pneumothorax"),
                (("--explain", "all", "--explain-method", "cam"), "the bundle names neither features nor a layer"),
                (("--explain-from", "bad.csv"), "bad.csv has no column case_id"),
                (("--explain-from", "gone.csv"), "--explain-from: there is no table gone.csv"),
                (("--explain-from", "others.csv"), "others.csv names no case of this run")):
            self.ends(self.infer(*words), 2, text)
            self.assertFalse(self.path("out/predictions.csv").exists())

    def test_a_compiled_backend_has_no_gradients(self):
        self.bundle("compiled", archive=("model/data/aotinductor/model/x.so", "model/version"),
                    backends=[{"file": "models/model.ts", "kind": "aotinductor"}])
        self.ends(self.infer("--explain", "all", "--explain-method", "gradients", "--allow-unverified-model",
                             model="compiled"), 2, "a backend of kind aotinductor has no gradients; torchscript has")


class Written(Explain):
    def test_the_row_the_picture_and_the_volume(self):
        self.ends(self.infer("--explain", "all", "--explain-finding", "hand"), 0)
        row = self.explained()["a.fake"]
        self.assertEqual((row["method"], row["peak_value"], row["peak_voxel"], row["items"]), ("occlusion", "8", "2 2", "0"))
        # The fake affine is the identity in RAS, so LPS has the first two turned round.
        self.assertEqual((row["peak_x_mm"], row["peak_y_mm"], row["peak_z_mm"]), ("-2", "-2", "0"))
        self.assertTrue(self.path("out/" + row["picture"]).read_bytes().startswith(b"\x89PNG"))
        self.assertEqual(row["volume"], "")  # one picture is no volume
        self.image("d.fake", 0.7, items=4, side=3)
        self.ends(self.infer("--explain", "all", "--explain-finding", "hand"), 0)
        row = self.explained()["d.fake"]
        self.assertEqual((row["items"], row["peak_item"], row["peak_z_mm"]), ("0 1 2", "2", "2"))
        self.assertEqual(self.path("out/" + row["volume"]).read_text(), "volume of the fake worker")

    def test_scores_do_not_change_and_only_those_cases_are_done_again(self):
        self.ends(self.infer(), 0)
        before = self.path("out/predictions.csv").read_bytes()
        self.ends(self.infer(*EXPLAINED), 0)
        self.assertEqual(self.path("out/predictions.csv").read_bytes(), before)
        self.assertEqual(sorted(self.committed()), sorted(["a.fake", "b.fake", "c.fake"] + list(self.explained())))
        times = self.times()
        self.ends(self.infer(*EXPLAINED), 0, "nothing to do")
        self.assertEqual(self.times(), times)

    def test_another_method_or_a_lost_picture_makes_it_again(self):
        self.ends(self.infer(*EXPLAINED), 0)
        row = self.explained()["a.fake"]
        self.ends(self.infer(*EXPLAINED, "--explain-method", "gradients"), 0)
        self.assertEqual(self.explained()["a.fake"]["method"], "gradients")
        self.path("out/" + row["picture"]).unlink()
        self.ends(self.infer(*EXPLAINED, "--explain-method", "gradients"), 0)
        self.assertTrue(self.path("out/" + row["picture"]).exists())

    def test_a_later_run_without_the_option_keeps_the_table(self):
        self.ends(self.infer(*EXPLAINED), 0)
        table = self.path("out/explanations.csv").read_bytes()
        self.image("z.fake", 0.3)
        self.ends(self.infer(), 0)
        self.assertEqual(self.path("out/explanations.csv").read_bytes(), table)

    def test_the_same_bytes_again_and_from_shards(self):
        self.ends(self.infer(*EXPLAINED), 0)
        for shard in ("1/2", "0/2"):
            self.ends(self.infer(*EXPLAINED, "--shard", shard, out="shards"), 0)
        self.ends(self.run_tool("radbatch", "merge", "shards"), 0)
        names = ["explanations.csv", "predictions.csv", "predictions.h5"]
        names += [str(path.relative_to(self.path("out"))) for folder in ("explanations", "arrays")
                  for path in self.path("out/" + folder).iterdir()]
        self.assertGreater(len(names), 4)
        for name in names:
            self.assertEqual(self.path("out/" + name).read_bytes(), self.path("shards/" + name).read_bytes(), name)

    def test_what_may_show_a_name_is_not_drawn_unless_asked(self):
        self.image("us.fake", 0.9, Modality="US")
        self.ends(self.infer(*EXPLAINED), 0)
        self.assertEqual(self.explained()["us.fake"]["picture"], "")
        self.assertNotEqual(self.explained()["us.fake"]["array"], "")
        self.ends(self.infer(*EXPLAINED, "--thumbnails", "all"), 0)
        self.assertNotEqual(self.explained()["us.fake"]["picture"], "")

    def test_the_report_shows_the_pictures(self):
        self.ends(self.infer(*EXPLAINED), 0)
        self.ends(self.run_tool("radbatch-report", "out"), 0)
        page = self.path("out/report.html").read_text(encoding="utf-8")
        self.assertIn('id="explanations"', page)
        self.assertIn('alt="a.fake: where hand comes from"', page)


class Faults(Explain):
    def test_a_case_that_cannot_be_explained_keeps_its_scores(self):
        for hundredths, reason in ((1, "E_MODEL_CRASH"), (4, "E_OUT_OF_MEMORY"), (5, "E_NONFINITE"), (6, "E_MODEL_OUTPUT")):
            self.image(f"fault{hundredths}.fake", hundredths / 100, side=3)
        self.ends(self.infer("--explain", "all"), 0)
        rows = self.explained()
        self.assertEqual({case: row["reason"] for case, row in rows.items() if row["reason"]},
                         {"fault1.fake": "E_MODEL_CRASH", "fault4.fake": "E_OUT_OF_MEMORY", "fault5.fake": "E_NONFINITE",
                          "fault6.fake": "E_MODEL_OUTPUT"})
        flags = {row["case_id"]: row["flags"] for row in self.rows("out/predictions.csv")}
        self.assertEqual(sorted(case for case in flags if "W_EXPLANATION" in flags[case].split()),
                         [case for case, row in rows.items() if row["reason"]])
        self.assertEqual(set(self.ledger().values()), {"done"})
        self.ends(self.infer(out="plain"), 0)
        self.assertEqual(self.scores(), self.scores("plain"))
        self.leaves_nothing_behind()

    def test_a_worker_that_dies_once_is_asked_again(self):
        self.image("once.fake", 0.02, side=3)
        self.ends(self.infer("--explain", "all"), 0)
        self.assertEqual((self.explained()["once.fake"]["reason"], self.explained()["once.fake"]["peak_value"]), ("", "8"))

    def test_an_explanation_that_takes_too_long_is_stopped(self):
        self.image("slow.fake", 0.03, side=3)
        self.ends(self.infer("--explain", "all", "--case-timeout", "2s"), 0)
        self.assertEqual(self.explained()["slow.fake"]["reason"], "E_CASE_TIMEOUT")
        self.assertEqual(self.ledger()["slow.fake"], "done")

    def test_a_picture_that_fails_leaves_the_numbers(self):
        self.image("two.fake", 0.7, items=2, side=3)
        self.ends(self.infer("--explain", "all", "--explain-finding", "pneumothorax"), 0)
        row = self.explained()["two.fake"]
        self.assertEqual((row["reason"], row["peak_value"], row["picture"]), ("E_OUT_OF_MEMORY", "17", ""))
        self.assertNotEqual(row["array"], "")
        self.leaves_nothing_behind()


if __name__ == "__main__":
    unittest.main()
