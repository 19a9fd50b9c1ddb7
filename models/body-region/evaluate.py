"""Recomputes the numbers of the model card: held-out MedNIST, and real images in other framings.

    python evaluate.py --data mednist-12000.tar.gz [--real FOLDER] [--write]

Prints Markdown; with --write puts it into README.md between its two marks and the held-out metrics into radbatch.json.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from scipy.stats import beta
from sklearn.metrics import roc_auc_score

import cohort
import pictures
import plan as plans

CLASSES = pictures.CLASSES
BEGIN, END = "<!-- numbers: evaluate.py -->", "<!-- end of numbers -->"
FOLDER = Path(__file__).parent


@torch.no_grad()
def probabilities(model, tensors):
    return torch.cat([torch.softmax(model(part), 1) for part in tensors.split(64)]).numpy()


def exact_interval(hits, n, level=0.95):
    """Clopper-Pearson."""
    tail = (1 - level) / 2
    low = 0.0 if hits == 0 else beta.ppf(tail, hits, n - hits + 1)
    high = 1.0 if hits == n else beta.ppf(1 - tail, hits + 1, n - hits)
    return float(low), float(high)


def bootstrap_auroc(positive, score, groups, rounds=1000, seed=1):
    """Percentile interval, drawing groups of near-duplicates and not single pictures."""
    rng = np.random.default_rng(seed)
    members = [np.flatnonzero(groups == g) for g in np.unique(groups)]
    values = []
    for _ in range(rounds):
        drawn = np.concatenate([members[i] for i in rng.integers(0, len(members), len(members))])
        if 0 < positive[drawn].sum() < len(drawn):
            values.append(roc_auc_score(positive[drawn], score[drawn]))
    return tuple(float(v) for v in np.quantile(values, [0.025, 0.975]))


def shown(value, interval):
    return f"{value:.4f} ({interval[0]:.4f} to {interval[1]:.4f})"


def near_duplicate_groups(images):
    prints = pictures.fingerprints(images)
    return pictures.connected_components(pictures.csr_matrix(prints @ prints.T > pictures.NEAR_DUPLICATE), directed=False)[1]


def held_out(model, plan, archive):
    images, labels, _ = pictures.load(archive)
    part = pictures.split(images, labels)
    chosen = part == 2
    images, labels, everything = images[chosen], labels[chosen], (images[part == 0], labels[part == 0])
    scores = probabilities(model, torch.cat([plans.run(plan, plans.picture(image)) for image in images]))
    found, groups = scores.argmax(1), near_duplicate_groups(images)
    lines, metrics = ["| class | n | precision | recall | AUROC (one against the rest) |", "|---|---|---|---|---|"], []
    for c, name in enumerate(CLASSES):
        hits, called, n = int(((found == c) & (labels == c)).sum()), int((found == c).sum()), int((labels == c).sum())
        row = {"precision": (hits / called, exact_interval(hits, called)), "recall": (hits / n, exact_interval(hits, n)),
               "auroc": (float(roc_auc_score(labels == c, scores[:, c])), bootstrap_auroc(labels == c, scores[:, c], groups))}
        lines.append(f"| {name} | {n} | " + " | ".join(shown(*value) for value in row.values()) + " |")
        metrics += [{"name": key, "finding": name, "value": round(value, 5), "interval_95": [round(v, 5) for v in interval],
                     "n": n, "data": "MedNIST, held out"} for key, (value, interval) in row.items()]
    right = int((found == labels).sum())
    accuracy = (right / len(labels), exact_interval(right, len(labels)))
    metrics.append({"name": "accuracy", "value": round(accuracy[0], 5), "interval_95": [round(v, 5) for v in accuracy[1]],
                    "n": len(labels), "data": "MedNIST, held out"})
    lines += ["", f"Accuracy {shown(*accuracy)}, {right} of {len(labels)} pictures in {groups.max() + 1} groups of "
              "near-duplicates.", "", "Rows: what it is; columns: what the model says.", "",
              "| | " + " | ".join(CLASSES) + " |", "|---" * (len(CLASSES) + 1) + "|"]
    for c, name in enumerate(CLASSES):
        lines.append(f"| {name} | " + " | ".join(str(int(((labels == c) & (found == d)).sum())) for d in range(len(CLASSES))) + " |")
    return lines + [""] + likeness(images, labels, *everything), metrics


def likeness(images, labels, train_images, train_labels):
    """How like its nearest training picture of the same class a held-out picture still is."""
    nearest = np.zeros(len(labels))
    for c in range(len(CLASSES)):
        here = labels == c
        nearest[here] = (pictures.fingerprints(images[here]) @ pictures.fingerprints(train_images[train_labels == c]).T).max(1)
    low, middle, high = np.quantile(nearest, [0.05, 0.5, 0.95])
    return [f"Correlation of a held-out picture with its nearest training picture of the class: median {middle:.2f}, "
            f"5 % below {low:.2f}, 5 % above {high:.2f}, largest {nearest.max():.3f}."]


def verdict(score, expected):
    top = CLASSES[int(score.argmax())]
    if expected is None:
        return f"{top} {score.max():.2f}", "no class fits"
    return f"{top} {score.max():.2f}", "right" if top in expected.split(" or ") else "**wrong**"


def real_cases(model, plan, root):
    lines = ["| case | expected | the case's top class and its probability | | slices called so |", "|---|---|---|---|---|"]
    fitting, right, cases = [], 0, 0
    for name, place, expected in cohort.VOLUMES + cohort.DICOM_PICTURES:
        if (name, place, expected) in cohort.VOLUMES:
            tensor = plans.run(plan, *cohort.read_volume(root / place))
        else:
            tensor = plans.run(plan, plans.picture(cohort.read_dicom_picture(root / place)))
        scores = probabilities(model, tensor)
        pooled = scores.mean(0)
        found, said = scores.argmax(1), verdict(pooled, expected)
        lines.append(f"| {name} | {expected or '-'} | {' | '.join(said)} | {int((found == pooled.argmax()).sum())} of {len(scores)} |")
        if expected:
            fitting.append([CLASSES[c] in expected.split(" or ") for c in found])
            right, cases = right + (said[1] == "right"), cases + 1
    slices = np.concatenate(fitting)
    return lines + ["", f"Of the {cases} cases that belong to a class {right} are right. Of their {len(slices)} slices "
                    f"{int(slices.sum())} ({slices.mean():.1%}) are; the mean of the cases' own shares is "
                    f"{np.mean([np.mean(case) for case in fitting]):.1%}."]


def seen_in_training(files, archive):
    """How many of these chest X-rays look like a picture of MedNIST's CXR: both stem from the NIH set."""
    images, labels, _ = pictures.load(archive)
    small = np.stack([np.asarray(Image.open(f).convert("L").resize((64, 64), Image.BOX)) for f in files])
    alike = pictures.fingerprints(small) @ pictures.fingerprints(images[labels == CLASSES.index("CXR")]).T
    return int((alike.max(1) > pictures.NEAR_DUPLICATE).sum())


def picture_files(folder):
    return sorted(p for p in folder.rglob("*") if p.suffix in (".png", ".jpg", ".jpeg"))


def real_sets(model, plan, root, archive):
    lines = ["| set | expected | n | called so (95 % interval) | what it says |", "|---|---|---|---|---|"]
    for name, place, expected in cohort.PICTURE_SETS:
        files = picture_files(root / place)
        scores = probabilities(model, torch.cat([plans.run(plan, plans.picture(cohort.read_picture(f))) for f in files]))
        counts = np.bincount(scores.argmax(1), minlength=len(CLASSES))
        said = ", ".join(f"{CLASSES[c]} {counts[c]}" for c in np.argsort(-counts, kind="stable") if counts[c])
        share = "-"
        if expected:
            hits = int(counts[CLASSES.index(expected)])
            share = shown(hits / len(files), exact_interval(hits, len(files)))
        lines.append(f"| {name} | {expected or '-'} | {len(files)} | {share} | {said} |")
    chest = picture_files(root / "sets/chest-xray-nih/images")
    return lines + ["", f"MedNIST's chest X-rays stem from the NIH set too, so the first row is no independent test: {seen_in_training(chest, archive)} "
                    f"of its {len(chest)} images correlate with one of MedNIST's by more than {pictures.NEAR_DUPLICATE}."]


def write(lines, metrics):
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    before, after = readme.partition(BEGIN)[0], readme.partition(END)[2]
    (FOLDER / "README.md").write_text(before + BEGIN + "\n" + "\n".join(lines) + "\n" + END + after, encoding="utf-8")
    sidecar = json.loads((FOLDER / "radbatch.json").read_text(encoding="utf-8"))
    sidecar["metrics"] = metrics
    (FOLDER / "radbatch.json").write_text(json.dumps(sidecar, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, type=Path, help="mednist-12000.tar.gz")
    parser.add_argument("--real", type=Path, help="folder with dicom/, volumes/ and sets/ as cohort.py lists them")
    parser.add_argument("--write", action="store_true", help="put the numbers into README.md and radbatch.json")
    options = parser.parse_args()
    torch.set_num_threads(1)
    plan = json.loads((FOLDER / "radbatch.json").read_text(encoding="utf-8"))["plan"]
    model = torch.jit.load(str(FOLDER / "models" / "model.ts")).eval()
    lines, metrics = held_out(model, plan, options.data)
    lines = ["", "### Held-out MedNIST", ""] + lines
    if options.real:
        lines += ["", "### Real studies and slices", ""] + real_cases(model, plan, options.real)
        lines += ["", "### Real sets of pictures", ""] + real_sets(model, plan, options.real, options.data)
    print("\n".join(lines))
    if options.write:
        write(lines + [""], metrics)


if __name__ == "__main__":
    main()
