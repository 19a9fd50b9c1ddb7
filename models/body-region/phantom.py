"""The golden volume of the bundle: an oblique generated CT, prepared by MONAI, and what the network says to its slices.

The golden pictures prove the steps of a picture; this proves that a volume is turned, cut and resized as in MONAI. It is made
of a formula, so it shows no patient and has no licence but the program's. train.py writes it with the others; alone,

    python phantom.py

replaces its entry in radbatch.json by one made with the weights that are there.
"""

import gzip
import hashlib
import json
from pathlib import Path

import nibabel
import numpy as np
import torch

import plan as plans

SIZE, SPACING_MM, TURN = (56, 40, 3), (0.9, 0.7, 5.0), 0.3


def volume():
    """(i, j, k) int16 in Hounsfield units, and its affine to RAS mm: turned in the plane, i to the left, k to the feet."""
    i, j, k = np.meshgrid(*(np.linspace(-1, 1, n) for n in SIZE), indexing="ij")
    head = (i / 0.8) ** 2 + (j / 0.9) ** 2
    values = np.where(head < 1, np.where(head > 0.8, 900, 35 + 20 * np.sin(5 * i + 2 * k)), -1000)
    values[(i - 0.3) ** 2 + (j + 0.2) ** 2 < 0.02] = 70
    turn = np.array([[-np.cos(TURN), np.sin(TURN), 0], [-np.sin(TURN), -np.cos(TURN), 0], [0, 0, -1]])
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = turn * SPACING_MM, (20, 25, 60)
    return values.round().astype(np.int16), affine.astype(np.float32).astype(np.float64)


def write(path, voxels, affine):
    """Packed without a time stamp, so that the same volume is the same file."""
    image = nibabel.Nifti1Image(voxels, affine)
    image.header.set_xyzt_units("mm")
    path.write_bytes(gzip.compress(image.to_bytes(), mtime=0))


def entry(out, model, plan):
    """Writes image and tensor into `out`/golden and gives the entry of radbatch.json."""
    voxels, affine = volume()
    write(out / "golden" / "phantom.nii.gz", voxels, affine)
    tensor = plans.run(plan, voxels[None], affine).numpy()
    np.save(out / "golden" / "phantom.npy", tensor)
    with torch.no_grad():
        logits = model(torch.from_numpy(tensor)).numpy()
    return {"input": "golden/phantom.nii.gz", "tensor": "golden/phantom.npy",
            "tensor_sha256": hashlib.sha256((out / "golden" / "phantom.npy").read_bytes()).hexdigest(),
            "output": {"0": [[round(float(v), 7) for v in row] for row in logits]}, "tolerance": 1e-4}


def main():
    out = Path(__file__).parent
    torch.set_num_threads(1)
    sidecar = json.loads((out / "radbatch.json").read_text(encoding="utf-8"))
    model = torch.jit.load(str(out / sidecar["backends"][0]["file"])).eval()
    others = [golden for golden in sidecar["golden"] if "phantom" not in golden["tensor"]]
    sidecar["golden"] = others + [entry(out, model, sidecar["plan"])]
    (out / "radbatch.json").write_text(json.dumps(sidecar, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
