"""Which backend of a model a run takes, and what it says of those that it cannot take."""

import hashlib
import json
import os
import unittest

import harness

GRAPH = b'<?xml version="1.0"?>\n<net name="fake" version="11"></net>\n'
VALUES = b"\0\0\x80?"


class Backends(harness.CliTest):
    def setUp(self):
        super().setUp()
        self.images(2)
        self.bundle()
        self.sidecar = json.loads(self.path("model/radbatch.json").read_text(encoding="utf-8"))
        self.path("model/models/model.xml").write_bytes(GRAPH)
        self.path("model/models/model.bin").write_bytes(VALUES)
        self.list_backends({"file": "models/model.xml", "kind": "openvino", "sha256": hashlib.sha256(GRAPH).hexdigest(),
                            "weights": {"file": "models/model.bin", "sha256": hashlib.sha256(VALUES).hexdigest(),
                                        "bytes": len(VALUES)}}, *self.sidecar["backends"])

    def list_backends(self, *backends):
        self.path("model/radbatch.json").write_text(json.dumps(self.sidecar | {"backends": list(backends)}))

    def with_openvino(self):
        """Workers as a build with OpenVINO has them: the fake classify worker stands for both libraries."""
        folder = self.path("workers")
        folder.mkdir()
        for name in ("radbatch-image-worker", "radbatch-classify-worker"):
            os.symlink(harness.WORKERS / name, folder / name)
        os.symlink(harness.WORKERS / "radbatch-classify-worker", folder / "radbatch-classify-worker-openvino")
        return {"RADBATCH_WORKERS": str(folder)}

    def used(self, out="out"):
        return json.loads(self.path(f"{out}/run.json").read_text())["identity"]["model"]["backend"]

    def test_the_first_that_is_listed_is_taken_and_its_worker_started(self):
        self.ends(self.infer(env=self.with_openvino()), 0, "2 cases: 2 done")
        self.assertEqual(self.used(), "openvino")

    def test_a_build_without_openvino_takes_the_next_and_says_why(self):
        self.ends(self.infer(), 0, "warning: models/model.xml is an OpenVINO model, and this radbatch was built without OpenVINO "
                  "(RADBATCH_OPENVINO); taking models/model.ts", "2 cases: 2 done")
        self.assertEqual(self.used(), "torchscript")

    def test_a_build_without_openvino_refuses_it_where_it_is_asked_for(self):
        self.ends(self.infer("--backend", "openvino"), 4,
                  "model 'fake': models/model.xml is an OpenVINO model, and this radbatch was built without OpenVINO",
                  "hint: leave out --backend")
        self.assertFalse(self.path("out").exists())

    def test_another_device_takes_the_next(self):
        done = self.infer("--device", "cuda", env=self.with_openvino())
        self.assertIn("models/model.xml is an OpenVINO model, which runs on the CPU, and --device is cuda", done.stderr)
        self.assertEqual(self.used(), "torchscript")

    def test_a_run_keeps_the_backend_that_it_began_with(self):
        self.ends(self.infer(env=self.with_openvino()), 0)
        self.ends(self.infer(), 2, "backend")

    def test_values_that_are_not_the_declared_ones_are_refused(self):
        self.path("model/models/model.bin").write_bytes(VALUES[::-1])
        self.ends(self.infer(env=self.with_openvino()), 4, "model.bin has the SHA-256")
        self.path("model/models/model.bin").unlink()
        self.ends(self.infer(env={"RADBATCH_WORKERS": str(self.path("workers"))}), 4, "model.bin is missing")
        self.assertFalse(self.path("out").exists())

    def test_nothing_is_compiled_without_known_answers_or_what_could_run_it(self):
        def compiling(*words, **options):
            return self.run_tool("radbatch", "model", "compile", "model", *words, **options)

        self.ends(compiling(), 4, "built without OpenVINO", "hint: build radbatch with OpenVINO")
        self.ends(compiling(env=self.with_openvino()), 4, "model 'fake' has no known answers")
        self.ends(compiling("--backend", "onnx"), 2, "cannot make a backend of kind 'onnx'")
        self.ends(self.run_tool("radbatch", "model", "compile"), 2)


if __name__ == "__main__":
    unittest.main()
