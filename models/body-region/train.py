"""Trains the body-region model on MedNIST and writes the bundle's weights, sidecar, metadata and golden vectors.

    python train.py --data mednist-12000.tar.gz --out .

One thread and fixed seeds: the same machine and versions give the same weights.
"""

import argparse
import hashlib
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn

import bundle_files
import phantom
import pictures
import plan as plans
from network import BodyRegionNet, augment


def prepared(plan, images):
    return torch.cat([plans.run(plan, plans.picture(image)) for image in images])


@torch.no_grad()
def accuracy(model, tensors, labels):
    model.eval()
    return float((model(tensors).argmax(1) == labels).float().mean())


def train(images, labels, validation, epochs, seed):
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    model = BodyRegionNet()
    x, y = torch.from_numpy(images)[:, None].float().transpose(2, 3), torch.from_numpy(labels)
    batch = 64
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=epochs * (len(x) // batch))
    loss_of = nn.CrossEntropyLoss(label_smoothing=0.02)
    start = time.process_time()
    for epoch in range(epochs):
        model.train()
        order = torch.randperm(len(x), generator=generator)
        for at in range(0, len(x) - batch + 1, batch):
            chosen = order[at:at + batch]
            loss = loss_of(model(augment(x[chosen], generator)), y[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        print(f"epoch {epoch + 1}/{epochs}: loss {loss:.3f}, validation accuracy {accuracy(model, *validation):.4f}, "
              f"{time.process_time() - start:.0f} s of CPU", flush=True)
    return model.eval()


def write_golden(out, model, plan, images, labels, chosen):
    """One held-out picture of each class: as PNG, prepared, and what the network says; and a generated volume."""
    entries = []
    for index in chosen:
        name = pictures.CLASSES[labels[index]].lower()
        Image.fromarray(images[index]).save(out / "golden" / f"{name}.png", optimize=True)
        tensor = plans.run(plan, plans.picture(images[index])).numpy()
        np.save(out / "golden" / f"{name}.npy", tensor)
        with torch.no_grad():
            logits = model(torch.from_numpy(tensor)).numpy()
        entries.append({"input": f"golden/{name}.png", "tensor": f"golden/{name}.npy",
                        "tensor_sha256": hashlib.sha256((out / "golden" / f"{name}.npy").read_bytes()).hexdigest(),
                        "output": {"0": [[round(float(v), 7) for v in row] for row in logits]}, "tolerance": 1e-4})
    return entries + [phantom.entry(out, model, plan)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, type=Path, help="mednist-12000.tar.gz")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="bundle folder to write")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--seed", type=int, default=20)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    for folder in ("models", "golden", "configs"):
        (options.out / folder).mkdir(parents=True, exist_ok=True)

    images, labels, _ = pictures.load(options.data)
    part = pictures.split(images, labels)
    print({name: int((part == i).sum()) for i, name in enumerate(pictures.PARTS)}, flush=True)
    plan = bundle_files.PLAN
    validation = (prepared(plan, images[part == 1]), torch.from_numpy(labels[part == 1]))
    model = train(images[part == 0], labels[part == 0], validation, options.epochs, options.seed)

    weights = options.out / "models" / "model.ts"
    torch.jit.freeze(torch.jit.script(model)).save(str(weights))
    exported = torch.jit.load(str(weights)).eval()
    held_out = np.flatnonzero(part == 2)
    chosen = [held_out[labels[held_out] == c][0] for c in range(len(pictures.CLASSES))]
    golden = write_golden(options.out, exported, plan, images, labels, chosen)
    bundle_files.write(options.out, weights, golden, int((part == 0).sum()))
    test = (prepared(plan, images[part == 2]), torch.from_numpy(labels[part == 2]))
    print(f"held-out accuracy {accuracy(exported, *test):.4f} on {len(test[1])} pictures; {weights.stat().st_size} bytes")


if __name__ == "__main__":
    main()
