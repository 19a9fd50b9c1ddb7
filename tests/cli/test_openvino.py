"""The worker that runs OpenVINO models, over a network small enough to be computed by NumPy beside it."""

import hashlib
import json
import shutil
import subprocess
import unittest

import harness
import real_images
from real_images import numpy

BATCH, SIDE, CLASSES = 4, 4, 3
WORKER = harness.BIN.parent / "libexec/radbatch/radbatch-classify-worker-openvino"
WEIGHTS = numpy.random.default_rng(0).normal(size=(SIDE * SIDE, CLASSES)).astype("<f4")


def port(number, *extents, name=""):
    names = f' names="{name}"' if name else ""
    return f'<port id="{number}" precision="FP32"{names}>' + "".join(f"<dim>{n}</dim>" for n in extents) + "</port>"


def graph(name="0", batch=BATCH):
    """logits = x W with x [batch, 1, 4, 4] taken as rows, as openvino.save_model writes it."""
    pixels = SIDE * SIDE
    return f"""<?xml version="1.0"?>
<net name="rows" version="11">
  <layers>
    <layer id="0" name="x" type="Parameter" version="opset1"><data shape="{batch},1,{SIDE},{SIDE}" element_type="f32" />
      <output>{port(0, batch, 1, SIDE, SIDE)}</output></layer>
    <layer id="1" name="rows" type="Const" version="opset1"><data element_type="i64" shape="2" offset="{WEIGHTS.nbytes}" size="16" />
      <output><port id="0" precision="I64"><dim>2</dim></port></output></layer>
    <layer id="2" name="flat" type="Reshape" version="opset1"><data special_zero="false" />
      <input>{port(0, batch, 1, SIDE, SIDE)}<port id="1" precision="I64"><dim>2</dim></port></input>
      <output>{port(2, batch, pixels)}</output></layer>
    <layer id="3" name="W" type="Const" version="opset1"><data element_type="f32" shape="{pixels}, {CLASSES}" offset="0" size="{WEIGHTS.nbytes}" />
      <output>{port(0, pixels, CLASSES)}</output></layer>
    <layer id="4" name="product" type="MatMul" version="opset1"><data transpose_a="false" transpose_b="false" />
      <input>{port(0, batch, pixels)}{port(1, pixels, CLASSES)}</input>
      <output>{port(2, batch, CLASSES, name=name)}</output></layer>
    <layer id="5" name="y" type="Result" version="opset1" output_names="{name}"><input>{port(0, batch, CLASSES)}</input></layer>
  </layers>
  <edges>
    <edge from-layer="0" from-port="0" to-layer="2" to-port="0" /><edge from-layer="1" from-port="0" to-layer="2" to-port="1" />
    <edge from-layer="2" from-port="2" to-layer="4" to-port="0" /><edge from-layer="3" from-port="0" to-layer="4" to-port="1" />
    <edge from-layer="4" from-port="2" to-layer="5" to-port="0" />
  </edges>
</net>
"""


def digest(data):
    return {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}


@unittest.skipUnless(WORKER.exists(), "this build has no OpenVINO")
class OpenVino(real_images.RealTest):
    def setUp(self):
        super().setUp()
        self.tensors = {f"case{i}": numpy.random.default_rng(i).normal(size=(i + 1, 1, SIDE, SIDE)).astype("<f4") for i in range(6)}
        for name, tensor in self.tensors.items():
            numpy.save(self.path(f"studies/{name}.npy"), tensor)
        self.values = WEIGHTS.tobytes() + numpy.array([-1, SIDE * SIDE], "<i8").tobytes()
        self.make()

    def make(self, text=None, **changes):
        """The bundle `net`, with one known answer that NumPy gave."""
        shutil.rmtree(self.path("net"), ignore_errors=True)
        self.path("net/models").mkdir(parents=True)
        data = (graph() if text is None else text).encode()
        self.path("net/models/model.xml").write_bytes(data)
        self.path("net/models/model.bin").write_bytes(self.values)
        known = numpy.ones((2, 1, SIDE, SIDE), "<f4")
        numpy.save(self.path("net/known.npy"), known)
        golden = {"tensor": "known.npy", "tolerance": 1e-5, "output": {"0": self.logits(known).tolist()},
                  "tensor_sha256": hashlib.sha256(self.path("net/known.npy").read_bytes()).hexdigest()}
        self.sidecar = harness.SIDECAR | {"batch": BATCH, "golden": [golden], "backends": [
            {"file": "models/model.xml", "kind": "openvino", **digest(data),
             "weights": {"file": "models/model.bin", **digest(self.values)}}]} | changes
        self.path("net/radbatch.json").write_text(json.dumps(self.sidecar))

    def run_net(self, *words, out="out", **options):
        return self.infer("--prepared", *words, out=out, model="net", **options)

    @staticmethod
    def logits(tensor):
        return tensor.reshape(len(tensor), -1).astype(float) @ WEIGHTS

    def expected(self, tensor):
        powers = numpy.exp(self.logits(tensor))
        return (powers / powers.sum(1, keepdims=True)).mean(0)

    def test_scores_are_those_of_numpy_and_do_not_depend_on_threads(self):
        self.ends(self.run_net("--cpus", "1"), 0, "6 cases: 6 done")
        for row in self.rows("out/predictions.csv"):
            found = [float(row[column]) for column in ("p_hand", "p_lung_opacity", "p_pneumothorax")]
            numpy.testing.assert_allclose(found, self.expected(self.tensors[row["case_id"].removesuffix(".npy")]), atol=1e-6)
        self.ends(self.run_net("--threads", "2", out="two"), 0)
        self.assertEqual(self.path("two/predictions.csv").read_bytes(), self.path("out/predictions.csv").read_bytes())

    def test_the_run_says_what_computed_it_and_behind_which_sandbox(self):
        self.ends(self.run_net("--require-sandbox"), 0)
        run = json.loads(self.path("out/run.json").read_text())
        worker = run["sittings"][0]["workers"]["classify"]["setup"]
        self.assertRegex(worker["classifier"]["library"], r"^OpenVINO \d+\.\d+\.\d+$")
        self.assertEqual((worker["classifier"]["precision"], worker["golden"]), ("fp32", 1))
        self.assertTrue(worker["sandbox"]["seccomp"] and worker["sandbox"]["no_new_privileges"])
        self.assertEqual(run["identity"]["model"]["backend"], "openvino")

    def refused(self, *texts):
        done = self.run_net()
        self.ends(done, 4, *texts)
        self.assertFalse(self.path("out").exists())

    def test_a_known_answer_that_is_not_reproduced_refuses_the_model(self):
        golden = dict(self.sidecar["golden"][0], output={"0": [[9, 9, 9], [9, 9, 9]]})
        self.make(golden=[golden])
        self.refused("golden 'known': output '0' value 0 is")

    def test_outputs_of_other_names_refuse_the_model(self):
        self.make(graph(name="input12.1"))
        self.refused("the network gave no output '0'")

    def test_a_graph_of_another_batch_or_cut_short_is_refused(self):
        self.make(graph(batch=8))
        self.refused("it takes batches of 8, radbatch.json declares 4", "hint: make it anew")
        self.make(graph()[:1500])
        self.refused("OpenVINO cannot load")
        self.values = self.values[:40]
        self.make()
        self.refused("OpenVINO cannot load")

    def test_a_graph_with_an_unknown_operator_is_refused(self):
        self.make(graph().replace('"MatMul"', '"Frobnicate"'))
        self.refused("OpenVINO cannot load", "Frobnicate")

    def test_files_that_are_not_the_declared_ones_are_refused(self):
        self.path("net/models/model.bin").write_bytes(bytes(WEIGHTS.nbytes) + self.values[WEIGHTS.nbytes:])
        self.refused("model.bin has the SHA-256")
        self.ends(self.run_net("--allow-unverified-model"), 4, "golden 'known': output '0' value 0 is 0")

    def test_model_verify_loads_it(self):
        done = self.run_tool("radbatch", "model", "verify", "net")
        self.ends(done, 0)
        self.assertRegex(done.stdout, r"models/model.xml: loaded by OpenVINO [\d.]+, 1 known answers within tolerance")

    def test_no_process_has_both_libraries_and_another_openvino_on_the_path_changes_nothing(self):
        def needed(name):
            return subprocess.run(["readelf", "-d", WORKER.parent / name], capture_output=True, text=True, check=True).stdout

        self.assertNotRegex(needed(WORKER.name), "torch|libc10")
        self.assertNotIn("openvino", needed("radbatch-classify-worker"))
        self.path("other").mkdir()
        for library in ("libopenvino.so.2641", "libtbb.so.12"):
            self.path(f"other/{library}").write_text("not a library")
        self.ends(self.run_net(env={"LD_LIBRARY_PATH": str(self.path("other"))}), 0, "6 cases: 6 done")


if __name__ == "__main__":
    unittest.main()
