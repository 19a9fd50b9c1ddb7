"""How the network runs: chosen once, kept in the run folder and for the machine, the same for later sittings."""

import json
import shutil
import unittest

from real_images import MODEL, Image, RealTest, numpy

OLDER = {"graph": "frozen", "precision": "fp32", "batches": "padded"}


class Choice(RealTest):
    def setUp(self):
        super().setUp()
        self.pictures("a", "b")

    def pictures(self, *names):
        random = numpy.random.default_rng(len(names))
        for name in names:
            Image.fromarray(random.integers(0, 256, (70, 90), numpy.uint8)).save(self.folder / f"studies/{name}.png")

    def run_model(self, *words, out="out", code=0):
        return self.ends(self.infer(*words, model=MODEL, out=out), code)

    def engine(self, out="out"):
        return json.loads((self.folder / out / "journal/engine.json").read_text())["variant"]

    def loaded(self, out="out"):
        """What the last sitting's classify worker says of itself."""
        run = json.loads((self.folder / out / "run.json").read_text())
        return run["sittings"][-1]["workers"]["classify"]["setup"]["classifier"]

    def predictions(self, out="out"):
        return (self.folder / out / "predictions.csv").read_bytes()

    def test_two_fresh_runs_agree_to_the_bit_and_the_second_chooses_nothing(self):
        self.run_model(out="first")
        self.run_model(out="second")
        self.assertEqual(self.predictions("first"), self.predictions("second"))
        self.assertEqual(self.engine("first"), self.engine("second"))
        self.assertIn("frozen", self.loaded("first")["self_check"])
        self.assertEqual(self.loaded("second")["self_check"], {})

    def test_a_later_sitting_runs_as_the_first_did(self):
        self.run_model()
        chosen = {"graph": "plain", "precision": "fp32", "batches": "powers-of-two"}
        (self.folder / "out/journal/engine.json").write_text(json.dumps({"variant": chosen}))
        self.pictures("c")
        self.run_model()
        self.assertEqual(self.loaded()["variant"], chosen)

    def test_a_folder_without_a_choice_goes_on_as_older_versions_ran(self):
        self.run_model()
        (self.folder / "out/journal/engine.json").unlink()
        self.pictures("c")
        self.run_model()
        self.assertEqual(self.loaded()["variant"], OLDER)
        self.assertFalse((self.folder / "out/journal/engine.json").exists())

    def test_of_two_that_begin_at_once_the_first_choice_holds(self):
        self.run_model(out="first")
        shutil.rmtree(self.folder / ".cache")
        (self.folder / "second/journal").mkdir(parents=True)
        (self.folder / "second/private").mkdir()
        (self.folder / "second/journal/engine.json").write_text(json.dumps({"variant": OLDER}))
        self.run_model(out="second")
        self.assertEqual(self.loaded("second")["variant"], OLDER)

    def test_a_form_that_is_not_known_is_refused(self):
        self.run_model()
        (self.folder / "out/journal/engine.json").write_text(json.dumps({"variant": {"graph": "new", "precision": "fp32"}}))
        self.pictures("c")
        self.ends(self.infer(model=MODEL), 4, "which this version of radbatch does not have", "hint: ")

    def test_auto_takes_bf16_or_says_why_not(self):
        self.run_model("--precision", "auto")
        loaded = self.loaded()
        self.assertTrue(loaded["variant"]["precision"] == "bf16" or loaded["why_not_bf16"], loaded)
        self.ends(self.infer(model=MODEL), 2, "precision")

    def test_a_precision_that_is_none(self):
        self.ends(self.infer("--precision", "fp8", model=MODEL), 2, "there is no precision 'fp8'; known: fp32, bf16, auto")


if __name__ == "__main__":
    unittest.main()
