"""Networks that misbehave, made by PyTorch itself, through the tools: each costs its case or is refused, by name.

    RADBATCH_BIN=build/bin RADBATCH_WORKERS=build/libexec/radbatch venv/bin/python tests/oracles/test_torch_models.py

Needs torch in the version of radbatch's LibTorch, numpy and pillow.
"""

import pathlib
import shutil
import sys
import unittest
import warnings
import zipfile

import numpy
import torch
from PIL import Image

ROOT = pathlib.Path(__file__).absolute().parents[2]
sys.path[:0] = [str(ROOT / "tests/cli"), str(ROOT / "tests/support")]
import classify_client  # noqa: E402
import harness  # noqa: E402

warnings.filterwarnings("ignore")  # TorchScript is deprecated upstream, and is what is tested here

DARK, BRIGHT = 10, 200


class Network(torch.nn.Module):
    """Three logits from the mean; what a subclass does in `odd` happens to bright images."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        mean = x.mean(dim=[1, 2, 3])
        logits = torch.stack([mean / 100, 1 - mean / 100, mean * 0], 1)
        if bool(mean.max() > 100):
            return self.odd(logits)
        return logits

    def odd(self, logits: torch.Tensor) -> torch.Tensor:
        return logits


class GivesNan(Network):
    def odd(self, logits: torch.Tensor) -> torch.Tensor:
        return logits / 0 - logits / 0


class GivesTwoClasses(Network):
    def odd(self, logits: torch.Tensor) -> torch.Tensor:
        return logits[:, :2]


class GivesOtherBatch(Network):
    def odd(self, logits: torch.Tensor) -> torch.Tensor:
        return torch.cat([logits, logits])


class Raises(Network):
    def odd(self, logits: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("no liver in sight")


class LoopsForEver(Network):
    def odd(self, logits: torch.Tensor) -> torch.Tensor:
        n = 0
        while n >= 0:
            n = (n + 1) % 1000
        return logits


class NeedsMuchPerItem(torch.nn.Module):
    """40 MB for each item of a batch, and as much again."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        large = torch.ones([x.size(0), 10 * 1000 * 1000]) * x.mean(dim=[1, 2, 3]).unsqueeze(1)
        return large[:, :3].contiguous()


class SavesFiles(Network):
    def odd(self, logits: torch.Tensor) -> torch.Tensor:
        torch.save(logits, "/tmp/radbatch-was-here")
        return logits


class Misbehaving(harness.CliTest):
    def model(self, network, name="model"):
        path = self.folder / f"{name}.ts"
        torch.jit.script(network.eval()).save(path)
        tensor = torch.full((1, 1, 8, 8), float(DARK))
        return classify_client.write_bundle(self.folder / name, path, tensor.numpy(), {"0": network(tensor).numpy()})

    def pictures(self):
        for name, value in (("dark", DARK), ("bright", BRIGHT)):
            Image.fromarray(numpy.full((8, 8), value, numpy.uint8)).save(self.folder / f"studies/{name}.png")

    def bright_ends(self, network, reason, text="", *words):
        self.model(network)
        self.pictures()
        self.ends(self.infer(*words, timeout=300), 8)
        rows = {row["case_id"].split(".")[0]: row for row in self.rows("out/cases.csv")}
        self.assertEqual((rows["dark"]["status"], rows["bright"]["reason"]), ("done", reason))
        self.assertIn(text, rows["bright"]["detail"])

    def test_not_a_number(self):
        self.bright_ends(GivesNan(), "E_NONFINITE", "not a number")

    def test_another_number_of_classes(self):
        self.bright_ends(GivesTwoClasses(), "E_MODEL_OUTPUT")

    def test_another_batch(self):
        self.bright_ends(GivesOtherBatch(), "E_MODEL_OUTPUT", "first dimension 2, the batch of 1 was expected")

    def test_an_exception(self):
        self.bright_ends(Raises(), "E_MODEL_OUTPUT", "no liver in sight")

    def test_an_endless_loop(self):
        self.bright_ends(LoopsForEver(), "E_CASE_TIMEOUT", "", "--case-timeout", "5s")

    def test_a_network_that_saves_files_is_refused(self):
        self.model(SavesFiles())
        self.pictures()
        self.ends(self.infer(), 4, "it calls aten::save in odd", "hint: ")
        self.assertFalse((self.folder / "out").exists())

    def test_a_file_of_a_later_torch_says_so(self):
        bundle = self.model(Network())
        later = self.folder / "later.ts"
        with zipfile.ZipFile(bundle / "models/model.ts") as old, zipfile.ZipFile(later, "w") as new:
            for entry in old.infolist():
                data = b"99\n" if entry.filename.endswith("/version") else old.read(entry)
                new.writestr(zipfile.ZipInfo(entry.filename), data)
        shutil.rmtree(bundle)
        tensor = torch.full((1, 1, 8, 8), float(DARK))
        classify_client.write_bundle(bundle, later, tensor.numpy(), {"0": Network()(tensor).numpy()})
        self.pictures()
        self.ends(self.infer(), 4, "LibTorch cannot load", "version")


class Memory(harness.CliTest):
    def run_with(self, bundle, tensor, data_kib):
        with classify_client.Worker(harness.WORKERS / "radbatch-classify-worker", bundle, self.folder / "cache",
                                    data_kib=data_kib) as worker:
            return worker.classify(tensor)["0"], worker.notes

    def test_a_batch_that_does_not_fit_runs_in_parts_with_the_same_numbers(self):
        path = self.folder / "large.ts"
        network = NeedsMuchPerItem().eval()
        torch.jit.script(network).save(path)
        one = numpy.full((1, 1, 4, 4), 0.5, numpy.float32)
        bundle = classify_client.write_bundle(self.folder / "large", path, one, {"0": network(torch.from_numpy(one)).numpy()})
        tensor = numpy.random.default_rng(0).random((8, 1, 4, 4), numpy.float32)
        whole, no_notes = self.run_with(bundle, tensor, None)
        parts, notes = self.run_with(bundle, tensor, 600 * 1000)
        self.assertEqual(no_notes, [])
        self.assertTrue(notes and notes[0].startswith("out of memory with 8 items at once, 4 at once"), notes)
        self.assertLess(float(numpy.abs(whole - parts).max()), 1e-6)


if __name__ == "__main__":
    unittest.main()
