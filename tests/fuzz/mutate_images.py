"""Damaged NIfTI, NRRD, MetaImage, PNG, JPEG and TIFF, given to radbatch-convert: python3 mutate_images.py [N] [--seed S].

Seeds are written here. What is done to them: numbers and words of the header replaced by odd ones, bytes flipped, cut,
repeated and removed; of what is packed with gzip, before packing or after.
"""

import gzip
import io
import struct
import sys

import survival
from survival import real_images

numpy, nibabel, Image = real_images.numpy, real_images.nibabel, real_images.Image

NUMBERS = (0, 1, 2, 7, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
FLOATS = (0.0, -1.0, 1e-38, 1e38, float("inf"), float("-inf"), float("nan"))
WORDS = ("0", "-1", "99999999999", "1e308", "nan", "inf", "", "none", "(1,0,0)", "uint8", "double", "MET_DOUBLE", "raw", "ascii",
         "bzip2", "../../etc/passwd", "/dev/zero", "LOCAL", "LIST", "%d", "\\x00", "True")
HEADER = {"nii": 352, "nii.gz": 352, "nrrd": 300, "mha": 330, "png": 60, "jpg": 700, "tif": 400}


def seeds():
    """ending -> several files"""
    voxels = numpy.stack([real_images.picture(i) for i in range(3)], axis=2).astype(numpy.int16)
    made = {"nii": [], "nii.gz": [], "nrrd": [], "mha": [], "png": [], "jpg": [], "tif": []}
    for dtype in (numpy.int16, numpy.uint8, numpy.float32, numpy.float64):
        volume = nibabel.Nifti1Image(voxels.astype(dtype), numpy.diag([-1, -1, 2, 1])).to_bytes()
        made["nii"].append(volume)
        made["nii.gz"].append(gzip.compress(volume, mtime=0))
    size = f"{voxels.shape[0]} {voxels.shape[1]} 3"
    raw = voxels.tobytes(order="F")
    for encoding, data in (("raw", raw), ("gzip", gzip.compress(raw, mtime=0))):
        made["nrrd"].append((f"NRRD0004\ntype: int16\ndimension: 3\nspace: left-posterior-superior\nsizes: {size}\n"
                             "space directions: (1,0,0) (0,1,0) (0,0,2)\nkinds: domain domain domain\nendian: little\n"
                             f"encoding: {encoding}\nspace origin: (0,0,0)\n\n").encode() + data)
    made["mha"].append((f"ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\nCompressedData = False\n"
                        f"TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 0 0 0\nElementSpacing = 1 1 2\nDimSize = {size}\n"
                        "ElementType = MET_SHORT\nElementDataFile = LOCAL\n").encode() + raw)
    grey = Image.fromarray((real_images.picture(1) // 8).astype(numpy.uint8))
    for picture in (grey, grey.convert("RGB"), grey.convert("P")):
        made["png"].append(saved(picture, "PNG"))
        made["tif"] += [saved(picture, "TIFF"), saved(picture, "TIFF", compression="packbits"),
                        saved(picture, "TIFF", compression="tiff_lzw")]
        if picture.mode != "P":
            made["jpg"] += [saved(picture, "JPEG"), saved(picture, "JPEG", progressive=True)]
    made["tif"].append(saved(Image.fromarray(real_images.picture(2)), "TIFF"))
    return made


def saved(picture, form, **options):
    content = io.BytesIO()
    picture.save(content, form, **options)
    return content.getvalue()


# -- what is done to a file; `header` is how many bytes the header has

def number(rng, content, header):
    form = rng.choice(["<B", "<H", "<I", ">H", ">I"])
    limit = (1 << 8 * struct.calcsize(form)) - 1
    struct.pack_into(form, content, rng.randrange(min(header, len(content) - 4)), rng.choice(NUMBERS) & limit)


def real(rng, content, header):
    struct.pack_into("<f", content, rng.randrange(min(header, len(content) - 4)) & ~3, rng.choice(FLOATS))


def word(rng, content, header):
    """Replaces a value of a text header; in a binary one, some bytes."""
    end = min(header, len(content))
    words = [at for at in range(1, end) if content[at - 1:at] in b" :=\n" and content[at:at + 1] not in b" \n"]
    at = rng.choice(words or [rng.randrange(end)])
    stop = at
    while stop < end and content[stop:stop + 1] not in b" \n":
        stop += 1
    content[at:stop] = rng.choice(WORDS).encode()


def flip(rng, content, header):
    for _ in range(rng.randint(1, 6)):
        content[rng.randrange(min(header, len(content)) if rng.random() < 0.6 else len(content))] = rng.randrange(256)


def cut(rng, content, header):
    del content[rng.randrange(1, len(content)):]


def remove(rng, content, header):
    at = rng.randrange(len(content))
    del content[at:at + rng.randint(1, 200)]


def repeat(rng, content, header):
    at, size = rng.randrange(len(content)), rng.randint(1, 200)
    content[at:at] = content[at:at + size] * rng.randint(1, 4)


MUTATIONS = (number, number, number, real, word, word, flip, flip, cut, remove, repeat)


class Mutator:
    def __init__(self):
        self.made = seeds()

    def __call__(self, rng, n):
        ending = list(self.made)[n % len(self.made)]
        content, header = rng.choice(self.made[ending]), HEADER[ending]
        inside = ending == "nii.gz" and rng.random() < 0.7
        content = bytearray(gzip.decompress(content) if inside else content)
        for _ in range(rng.choice([1, 1, 2, 3])):
            if len(content) > 8:
                rng.choice(MUTATIONS)(rng, content, header)
        return f"{n:06}.{ending}", gzip.compress(bytes(content), 1, mtime=0) if inside else bytes(content)


if __name__ == "__main__":
    sys.exit(survival.survive(survival.options(__doc__.split("\n")[0], 3_000), Mutator()))
