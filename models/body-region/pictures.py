"""MedNIST pictures and their split: shared by train.py and evaluate.py, so that both mean the same held-out set.

MedNIST carries no patient identifiers, and slices of one patient resemble each other. Two measures keep copies apart:
the split follows the file numbers (neighbouring numbers are visibly related in the CT and MR classes), and pictures
that correlate by more than NEAR_DUPLICATE are kept on one side.
"""

import tarfile
from io import BytesIO

import numpy as np
from PIL import Image, ImageFilter
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

CLASSES = ["AbdomenCT", "BreastMRI", "CXR", "ChestCT", "Hand", "HeadCT"]
NEAR_DUPLICATE = 0.95
PARTS = ("train", "validation", "test")
CUTS = (0.70, 0.80)  # by rank of the file number within the class


def load(archive):
    """Arrays (pictures uint8 [n, y, x], labels [n], file numbers [n]), sorted by class and number."""
    rows = []
    with tarfile.open(archive) as tar:
        for member in tar:
            folder, _, name = member.name.rpartition("/")
            label = folder.rpartition("/")[2]
            if label in CLASSES and name.endswith(".jpeg"):
                picture = np.asarray(Image.open(BytesIO(tar.extractfile(member).read())).convert("L"))
                rows.append((CLASSES.index(label), int(name[:-5]), picture))
    rows.sort(key=lambda row: row[:2])
    return np.stack([row[2] for row in rows]), np.array([row[0] for row in rows]), np.array([row[1] for row in rows])


def fingerprints(pictures):
    """Blurred pictures, centred and of unit length: a dot product is a correlation."""
    blurred = [np.asarray(Image.fromarray(p).filter(ImageFilter.GaussianBlur(1)), dtype=np.float32) for p in pictures]
    flat = np.stack(blurred).reshape(len(pictures), -1)
    flat -= flat.mean(axis=1, keepdims=True)
    return flat / (np.linalg.norm(flat, axis=1, keepdims=True) + 1e-6)


def split(pictures, labels):
    """Index of the part (train 0, validation 1, test 2) of every picture; `pictures` sorted as load() returns them.

    A group of near-duplicates goes where its median file number lies.
    """
    part = np.zeros(len(labels), dtype=int)
    for label in range(len(CLASSES)):
        members = np.flatnonzero(labels == label)
        prints = fingerprints(pictures[members])
        _, group = connected_components(csr_matrix(prints @ prints.T > NEAR_DUPLICATE), directed=False)
        rank = np.arange(len(members)) / len(members)
        middle = np.array([np.median(rank[group == g]) for g in range(group.max() + 1)])
        part[members] = np.digitize(middle[group], CUTS)
    return part
