"""The levels below a case: what is kept of slices, what predictions.h5 has of it, other pooling without the network.

The fake network gives (m, 1 - m, m * m) of an item's mean m; a rich one (citation "fake rich") also attention, the
item's number, and features.
"""

import json
import math
import resource
import signal
import unittest
import zlib

import harness

try:
    import h5py
    import numpy
except ImportError:  # the tests of what is in HDF5 are left out then
    h5py = None

LABELS = [{"name": "organs", "kind": "multi-label", "activation": "sigmoid",
           "findings": [{"name": "A"}, {"name": "B"}, {"name": "C"}], "thresholds": {"a": 0.65}}]
RICH = {"citation": "fake rich", "features": {"output": "features"}}
needs_h5py = unittest.skipUnless(h5py, "h5py is not installed")


def sigmoid(value):
    return 1 / (1 + math.exp(-value))


def means(value, items, step):
    return [value + step * i for i in range(items)]


class Levels(harness.CliTest):

    def stacks(self):
        """Three cases: four slices, two, and one."""
        self.image("a", 0.2, items=4, step=0.25)
        self.image("b", 0.5, items=2, step=-0.25)
        self.image("c", 0.5)

    def scored(self, rule="mean", **changes):
        self.bundle(heads=LABELS, pooling={"slices": rule}, **changes)
        self.stacks()
        return self.ends(self.infer(), 0)

    def column(self, name, out="out"):
        return {row["case_id"]: row[name] for row in self.rows(f"{out}/predictions.csv")}

    def repool(self, *words, run="out", out="other"):
        return self.run_tool("radbatch", "repool", run, "-o", out, *words)

    def near(self, found, expected):
        self.assertAlmostEqual(float(found), expected, delta=1e-6)

    # -- what is kept

    def result(self, case, out="out"):
        for journal in (self.folder / out / "journal").glob("*.ndjson"):
            for line in journal.read_text().splitlines():
                record = json.loads(line)["record"]
                if record.get("case_id") == case:
                    return record["result"]
        self.fail(f"no record of {case}")

    def test_a_small_level_is_kept_in_the_record(self):
        self.scored()
        levels = self.result("a")["levels"]
        self.assertEqual((levels["level"], levels["items"], levels["in"]), ("slices", 4, "record"))
        self.assertEqual(levels["arrays"][0]["shape"], [4, 3])
        self.assertNotIn("levels", self.result("c"))

    def test_a_large_level_is_kept_in_a_file(self):
        self.bundle(heads=LABELS)
        self.image("long", 0.2, items=2000, step=0.0001)
        self.ends(self.infer(), 0)
        self.assertEqual(self.result("long")["levels"]["in"], "file")
        self.assertTrue((self.folder / "out/arrays/long.h5").exists())

    def test_a_lost_file_of_arrays_is_made_again(self):
        self.bundle(heads=LABELS)
        self.image("long", 0.2, items=2000, step=0.0001)
        self.ends(self.infer(), 0)
        before = self.tables()
        (self.folder / "out/arrays/long.h5").unlink()
        self.ends(self.infer(), 0)
        self.assertEqual(self.tables(), before)
        self.assertTrue((self.folder / "out/arrays/long.h5").exists())

    # -- predictions.h5

    @needs_h5py
    def test_predictions_h5_has_the_scores_of_every_slice(self):
        self.scored()
        with h5py.File(self.folder / "out/predictions.h5") as file:
            self.assertEqual(sorted(file["slices"]), ["a", "b"])
            found = file["slices/a"]
            self.assertEqual((found.shape, found.dtype.str, found.attrs["level"]), ((4, 3), "<f4", "slices"))
            self.assertTrue(found.fletcher32 and found.shuffle and found.compression == "gzip")
            expected = [[sigmoid(m), sigmoid(1 - m), sigmoid(m * m)] for m in means(0.2, 4, 0.25)]
            numpy.testing.assert_allclose(found[()], expected, atol=1e-6)

    @needs_h5py
    def test_logits_and_features_are_matrices_over_the_cases(self):
        self.bundle(heads=LABELS, **RICH)
        self.stacks()
        self.ends(self.infer("--logits", "--features"), 0)
        with h5py.File(self.folder / "out/predictions.h5") as file:
            self.assertEqual([file["features"].dims[i].label for i in (0, 1)], ["case", "feature"])
            numpy.testing.assert_allclose(file["features"][()], [[0.575, 1.5], [0.375, 0.5], [0.5, 0]], atol=1e-6)
            self.assertEqual(list(file["logit"].asstr()[()]), ["organs.a", "organs.b", "organs.c"])
            numpy.testing.assert_allclose(file["logits"][2], [0.5, 0.5, 0.25], atol=1e-6)

    @needs_h5py
    def test_a_case_without_result_has_no_features(self):
        self.bundle(heads=LABELS, **RICH)
        self.image("bad", harness.CLASSIFY["nan"])
        self.image("good", 0.5)
        self.ends(self.infer("--features"), 8)
        with h5py.File(self.folder / "out/predictions.h5") as file:
            self.assertTrue(numpy.isnan(file["features"][0]).all())
            self.assertEqual(file["features"][1, 0], 0.5)

    def test_shards_and_merge_give_the_bytes_of_one_run(self):
        self.bundle(heads=LABELS, **RICH)
        self.stacks()
        self.ends(self.infer("--features", out="one"), 0)
        for shard in ("1/2", "0/2"):
            self.ends(self.infer("--features", "--shard", shard, out="two"), 0)
        self.ends(self.run_tool("radbatch", "merge", "two"), 0)
        for name in ("predictions.csv", "predictions.h5"):
            self.assertEqual((self.folder / "one" / name).read_bytes(), (self.folder / "two" / name).read_bytes())

    def test_a_second_run_leaves_the_file_as_it_is(self):
        self.scored()
        before = self.times()
        self.ends(self.infer(), 0, "nothing to do")
        self.assertEqual(self.times(), before)

    def test_predictions_h5_that_cannot_be_written_ends_the_run_and_leaves_nothing(self):
        self.bundle(heads=LABELS)
        for i in range(6):
            self.image(f"long{i}", 0.2, items=1500, step=0.0001)
        self.ends(self.infer(), 0)
        before = self.tables()
        (self.folder / "out/predictions.h5").unlink()

        def small_files():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))

        self.ends(self.infer(preexec_fn=small_files), 7, "writing predictions.h5: HDF5: cannot ", ": File too large")
        self.leaves_nothing_behind()
        self.ends(self.infer(), 0)
        self.assertEqual(self.tables(), before)

    def test_features_that_the_bundle_does_not_name_are_refused(self):
        self.stacks()
        self.ends(self.infer("--features"), 2, "--features: model 'fake' names no output with features")
        self.assertFalse((self.folder / "out").exists())

    def test_features_belong_to_the_run(self):
        self.bundle(heads=LABELS, **RICH)
        self.stacks()
        self.ends(self.infer("--features"), 0)
        self.ends(self.infer(), 2, "options/features: true there, nothing here")

    # -- pooling

    def test_top_k_and_attention_pool_slices(self):
        self.scored("top-k:2")
        self.near(self.column("p_a")["a"], (sigmoid(0.95) + sigmoid(0.7)) / 2)
        self.bundle("second", heads=LABELS, pooling={"slices": "attention:softmax:attention"}, **RICH)
        self.ends(self.infer(model="second", out="attention"), 0)
        weights = [math.exp(i) for i in range(4)]
        expected = sum(w * sigmoid(m) for w, m in zip(weights, means(0.2, 4, 0.25))) / sum(weights)
        self.near(self.column("p_a", "attention")["a"], expected)

    def test_an_ordinal_head_has_top_and_expected(self):
        grades = [{"name": "mild"}, {"name": "moderate"}, {"name": "severe"}, {"name": "critical"}]
        self.bundle(heads=[{"name": "grade", "kind": "ordinal", "activation": "corn", "findings": grades}])
        self.image("c", 0.5)
        self.ends(self.infer(), 0)
        above = [sigmoid(0.5), sigmoid(0.5) ** 2, sigmoid(0.5) ** 2 * sigmoid(0.25)]
        row = self.rows("out/predictions.csv")[0]
        self.assertEqual(row["top"], "mild")
        self.near(row["expected"], sum(above))
        self.near(row["p_critical"], above[2])

    # -- repool

    def test_repool_gives_what_a_run_with_that_rule_gives(self):
        self.scored("mean")
        self.ends(self.repool("--pooling", "slices=max"), 0, "2 pooled anew")
        self.bundle("max", heads=LABELS, pooling={"slices": "max"})
        self.ends(self.infer(model="max", out="direct"), 0)
        for name in ("predictions.csv", "cases.csv", "selection.csv", "series.csv"):
            self.assertEqual((self.folder / "other" / name).read_bytes(), (self.folder / "direct" / name).read_bytes())

    def test_repool_leaves_the_run_alone_and_can_be_undone(self):
        self.scored("mean")
        before = self.times()
        self.ends(self.repool("--pooling", "slices=max"), 0)
        self.assertEqual(self.times(), before)
        self.ends(self.repool("--pooling", "slices=mean", run="other", out="back"), 0)
        self.assertEqual(self.column("p_a", "back"), self.column("p_a"))

    def test_repool_reads_arrays_in_files(self):
        self.bundle(heads=LABELS)
        self.image("long", 0.2, items=2000, step=0.0001)
        self.ends(self.infer(), 0)
        self.ends(self.repool("--pooling", "slices=max"), 0)
        self.near(self.column("p_a", "other")["long"], sigmoid(0.2 + 1999 * 0.0001))

    def test_a_repool_that_was_cut_short_is_repeated(self):
        self.bundle(heads=LABELS)
        self.image("long", 0.2, items=2100, step=0.0001)
        self.ends(self.infer(), 0)
        self.ends(self.repool("--pooling", "slices=max"), 0)
        before = self.tables("other")
        (self.folder / "other/predictions.h5").unlink()
        self.ends(self.repool("--pooling", "slices=max"), 0)
        self.assertEqual(self.tables("other"), before)

    def test_a_repooled_run_knows_where_it_is_from_and_belongs_to_its_rule(self):
        self.scored("mean")
        self.ends(self.repool("--pooling", "slices=max"), 0)
        identity = json.loads((self.folder / "other/run.json").read_text())["identity"]
        self.assertEqual(identity["repooled"]["pooling"], {"slices": "max"})
        self.assertEqual(len(identity["repooled"]["source_identity_sha256"]), 64)
        self.ends(self.repool("--pooling", "slices=noisy-or"), 2, "belongs to another run")

    def test_merge_why_and_report_take_a_repooled_run(self):
        self.scored("mean")
        self.ends(self.repool("--pooling", "slices=max"), 0)
        before = self.tables("other")
        self.ends(self.run_tool("radbatch", "merge", "other"), 0)
        self.assertEqual(self.tables("other"), before)
        self.assertIn("p_a", self.ends(self.run_tool("radbatch", "why", "other", "a"), 0).stdout)
        self.ends(self.run_tool("radbatch-report", "other"), 0)

    def test_failed_cases_stay_failed(self):
        self.bundle(heads=LABELS)
        self.image("bad", harness.CLASSIFY["nan"])
        self.image("good", 0.5, items=2, step=0.25)
        self.ends(self.infer(), 8)
        self.ends(self.repool("--pooling", "slices=max"), 8, "1 pooled anew, 1 without result")
        self.assertEqual(self.column("status", "other"), {"bad": "failed", "good": "done"})

    def test_cases_whose_slices_were_not_kept_are_named(self):
        self.scored("mean")
        for journal in (self.folder / "out/journal").glob("*.ndjson"):
            self.forget_levels(journal)
        self.ends(self.repool("--pooling", "slices=max"), 2, "2 cases of several items kept none of them: a, b",
                  "run radbatch-infer again with --force")
        self.assertFalse((self.folder / "other").exists())

    @staticmethod
    def forget_levels(journal):
        """As a version that kept none would have written it."""
        lines = []
        for line in journal.read_text().splitlines():
            record = json.loads(line)["record"]
            record.get("result", {}).pop("levels", None)
            text = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            lines.append('{"crc":"%08x","record":%s}\n' % (zlib.crc32(text.encode()), text))
        journal.write_text("".join(lines))

    def test_rules_that_do_not_fit_are_refused_before_anything_is_written(self):
        self.stacks()
        self.ends(self.infer(), 0)  # one multi-class head
        self.ends(self.repool("--pooling", "slices=max"), 2, "which means nothing for the multi-class head 'organ'")
        self.ends(self.repool("--pooling", "frames=mean"), 2, "no case of the run has several frames; there are slices")
        self.ends(self.repool("--pooling", "slices=attention:sum:w"), 2,
                  "pooling by attention reads output 'w'; the network gave '0'")
        self.ends(self.repool("--pooling", "slices=median"), 2, "'median' is no pooling rule: mean, max")
        self.ends(self.repool(), 2, "at least one --pooling LEVEL=RULE")
        self.assertFalse((self.folder / "other").exists())

    def test_an_unfinished_run_is_not_repooled(self):
        self.bundle(heads=LABELS)
        self.images(8)
        self.ends(self.infer("--shard", "0/2"), 0)
        self.ends(self.repool("--pooling", "slices=max"), 2, "out is not complete: no result of")


if __name__ == "__main__":
    unittest.main()
