"""The tool's side of docs/worker-protocol.md for one classify worker: the network alone, as radbatch runs it.

Needs numpy. A bundle is made around any TorchScript file, with a known answer that its own PyTorch gave.
"""

import base64
import fcntl
import hashlib
import json
import os
import pathlib
import socket
import struct
import subprocess

import numpy

F_ADD_SEALS, SEALS = 1033, 0x1 | 0x2 | 0x4  # no further seals, no shrinking, no growing


class Refused(Exception):
    """The worker answered with a fault (of the run) or an error (of the case)."""


class Died(Exception):
    """The worker ended without an answer."""


class Worker:
    def __init__(self, executable, bundle, cache, device="cpu", threads=1, data_kib=None, **setup):
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self.process = subprocess.Popen(["sh", "-c", f'ulimit -d {data_kib or "unlimited"}; exec "$0" 3<&{theirs.fileno()}', str(executable)],
                                        pass_fds=[theirs.fileno()])
        theirs.close()
        self.number, self.buffers = 0, {}
        self.receive()  # hello
        self.facts = self.ask({"op": "setup", "bundle": str(bundle), "backend": "", "device": device,
                               "threads": threads, "cache_dir": str(cache)} | setup)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        self.process.kill()
        self.process.wait()

    def ask(self, body, descriptors=()):
        data = json.dumps(body | {"id": self.number}).encode()
        self.number += 1
        frame = b"RADB" + struct.pack("<HHI", 1, len(descriptors), len(data)) + data
        try:
            sent = socket.send_fds(self.socket, [frame], list(descriptors))
            self.socket.sendall(frame[sent:])
        except BrokenPipeError:
            raise Died(self.process.wait()) from None
        answer = self.receive()
        for kind in ("fault", "error"):
            if kind in answer:
                raise Refused(answer[kind].get("message") or answer[kind].get("detail"))
        return answer

    def receive(self):
        head = self.read(12)
        return json.loads(self.read(struct.unpack("<I", head[8:12])[0]))

    def read(self, size):
        data = b""
        while len(data) < size:
            try:
                part = self.socket.recv(size - len(data))
            except ConnectionResetError:
                part = b""
            if not part:
                raise Died(self.process.wait())
            data += part
        return data

    def classify(self, tensor):
        """Outputs of the network by name."""
        tensor = numpy.ascontiguousarray(tensor, numpy.float32)
        buffer, is_new = self.buffer_of(tensor.nbytes)
        os.pwrite(buffer, tensor.tobytes(), 0)
        answer = self.ask({"op": "classify", "shape": tensor.shape,
                           "buffer": {"id": tensor.nbytes, "bytes": tensor.nbytes, "new": is_new}},
                          [buffer] if is_new else [])
        outputs = answer["members"][0]["passes"][0]["outputs"]
        self.notes = answer.get("notes", [])
        return {output["name"]: numpy.frombuffer(base64.b64decode(output["float32"]), numpy.float32)
                .reshape(output["shape"]) for output in outputs}

    def buffer_of(self, size):
        if size in self.buffers:
            return self.buffers[size], False
        buffer = os.memfd_create("tensor", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.posix_fallocate(buffer, 0, size)
        fcntl.fcntl(buffer, F_ADD_SEALS, SEALS)
        self.buffers[size] = buffer
        return buffer, True

    def cpu_seconds(self):
        """Of all its threads so far."""
        tasks = pathlib.Path(f"/proc/{self.process.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def write_bundle(folder, model, tensor, outputs, batch=8, tolerance=1e-3, activation="softmax", kind="torchscript"):
    """A bundle folder around a model file, with what its network says to `tensor` as the known answer."""
    folder = pathlib.Path(folder)
    (folder / "models").mkdir(parents=True)
    data = pathlib.Path(model).read_bytes()
    file = f"models/model{pathlib.Path(model).suffix}"
    (folder / file).write_bytes(data)
    numpy.save(folder / "golden.npy", numpy.ascontiguousarray(tensor, numpy.float32))
    name, values = next(iter(outputs.items()))
    sidecar = {
        "format_version": "1.0", "name": "network", "version": "1.0", "task": "tests",
        "backends": [{"file": file, "kind": kind, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}],
        "inputs": [{"name": "image", "dims": [2, 3], "channels": [1, 3]}],
        "plan": [{"name": "ExtractSlices", "axis": 2}] if tensor.ndim == 4 else [{"name": "Orientation", "axcodes": "RAS"}],
        "heads": [{"name": "class", "kind": "multi-class", "activation": activation, "output": name,
                   "findings": [{"name": f"class {i}"} for i in range(values.shape[1])]}],
        "pooling": {"slices": "mean"}, "batch": batch, "intended_use": "tests", "licence": "CC0-1.0",
        "golden": [{"tensor": "golden.npy", "output": {name: values.tolist()}, "tolerance": tolerance,
                    "tensor_sha256": hashlib.sha256((folder / "golden.npy").read_bytes()).hexdigest()}]}
    (folder / "radbatch.json").write_text(json.dumps(sidecar), encoding="utf-8")
    return folder
