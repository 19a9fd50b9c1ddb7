"""Damaged DICOM of every transfer syntax, given to radbatch-convert: python3 mutate_dicom.py [N] [--seed S].

Seeds are files written here (so that the test runs without data) and, where there is data, each file of
data/dicom/transfer-syntaxes and the small ones of odd-files. What is done to them: bytes flipped, cut, repeated and
removed; lengths, tags and value representations replaced; sequences nested; numbers made huge; fragments and their
offset table broken; transfer syntaxes exchanged.
"""

import pathlib
import struct
import sys
import tempfile
import zlib

import survival
from survival import DATA, real_images

pydicom, numpy = real_images.pydicom, real_images.numpy

LARGEST_SEED = 600_000
DEFLATED = b"1.2.840.10008.1.2.1.99"
LONG_VRS = (b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"UC", b"UN", b"UR", b"UT")
VRS = (*LONG_VRS, b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT", b"PN", b"SH", b"SL",
       b"SS", b"ST", b"TM", b"UI", b"UL", b"US", b"\0\0", b"zz", b"??")
TAGS = (0x7FE00010, 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD, 0x00280010, 0x00280011, 0x00280008, 0x00280100, 0x00020010,
        0x00080005, 0x00041220, 0x52009230, 0x00291010, 0x00281201, 0x60003000, 0, 0xFFFFFFFF)
LENGTHS = (0, 1, 2, 3, 7, 0xFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFD, 0xFFFFFFFE, 0xFFFFFFFF)
SYNTAXES = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2",
            "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.57",
            "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91",
            "1.2.840.10008.1.2.4.102", "1.2.840.10008.1.2.4.110", "1.2.840.10008.1.2.4.201", "1.2.3.4")


class Element:
    """Where the parts of one element lie in the file."""

    def __init__(self, at, tag, vr, length_at, length_size, value_at, length):
        self.at, self.tag, self.vr, self.length_at = at, tag, vr, length_at
        self.length_size, self.value_at, self.length = length_size, value_at, length


def elements_of(content, at, explicit, order):
    """The elements from `at` on, sequences and fragments entered, until something cannot be read."""
    found = []
    while at + 8 <= len(content) and len(found) < 2000:
        group, element = struct.unpack_from(order + "HH", content, at)
        tag, vr = group << 16 | element, content[at + 4:at + 6]
        if group == 0xFFFE or not explicit:
            length_at, size = at + 4, 4
        elif bytes(vr) in LONG_VRS:
            length_at, size = at + 8, 4
        else:
            length_at, size = at + 6, 2
        if length_at + size > len(content):
            break
        length = struct.unpack_from(order + ("I" if size == 4 else "H"), content, length_at)[0]
        value_at = length_at + size
        found.append(Element(at, tag, at + 4 if explicit and group != 0xFFFE else None, length_at, size, value_at, length))
        at = value_at if length == 0xFFFFFFFF else value_at + length
    return found


class Dicom:
    """A file that can be changed: its bytes, and where its elements lie."""

    def __init__(self, content):
        self.content = bytearray(content)
        self.is_deflated = DEFLATED in content[:1000]
        self.order, self.explicit, start = "<", True, 0
        if content[128:132] == b"DICM":
            meta = elements_of(content[:2000], 132, True, "<")
            after = [element for element in meta if element.tag >> 16 == 2]
            start = after[-1].value_at + after[-1].length if after else 132
            syntax = [bytes(content[e.value_at:e.value_at + e.length]).strip(b"\0 ") for e in after if e.tag == 0x00020010]
            self.explicit = syntax != [b"1.2.840.10008.1.2"]
            self.order = ">" if syntax == [b"1.2.840.10008.1.2.2"] else "<"
        self.start = start
        if self.is_deflated:
            self.content[start:] = zlib.decompressobj(-15).decompress(bytes(self.content[start:]))
        self.look()

    def look(self):
        self.elements = elements_of(self.content, self.start, self.explicit, self.order)

    def rename(self, number):
        """A study of its own for each mutant: the last digits of the UIDs become its number."""
        for element in self.elements:
            if element.tag in (0x0020000D, 0x0020000E, 0x00080018) and 12 < element.length < 65:
                end = element.value_at + element.length
                while end > element.value_at and self.content[end - 1] in b"\0 ":
                    end -= 1
                self.content[end - 7:end] = b"%07d" % (1_000_000 + number)

    def pack(self, content):
        if not self.is_deflated:
            return bytes(content)
        squeeze = zlib.compressobj(wbits=-15)
        return bytes(content[:self.start]) + squeeze.compress(bytes(content[self.start:])) + squeeze.flush()


def generated():
    """Seeds of our own: each byte order and way of packing, a nested sequence, fragments, several frames, a palette."""
    nested = pydicom.Dataset()
    for _ in range(6):
        outer = pydicom.Dataset()
        outer.ReferencedImageSequence = [nested]
        nested = outer
    plain = real_images.ct_slice(1, "1.2.826.555.1111111", ReferencedImageSequence=[nested])
    yield plain
    implicit = real_images.ct_slice(2, "1.2.826.555.1111112")
    implicit.file_meta.TransferSyntaxUID, implicit.is_implicit_VR = pydicom.uid.ImplicitVRLittleEndian, True
    yield implicit
    frames = real_images.radiograph("1.2.826.555.1111113", NumberOfFrames=4)
    frames.PixelData *= 4
    yield frames
    packed = real_images.radiograph("1.2.826.555.1111114")
    packed.compress(pydicom.uid.RLELossless)
    yield packed
    palette = real_images.radiograph("1.2.826.555.1111115", PhotometricInterpretation="PALETTE COLOR", BitsAllocated=8,
                                     BitsStored=8, HighBit=7)
    palette.PixelData = bytes(40 * 32)
    for colour in ("Red", "Green", "Blue"):
        setattr(palette, colour + "PaletteColorLookupTableDescriptor", [256, 0, 16])
        setattr(palette, colour + "PaletteColorLookupTableData", bytes(512))
    yield palette
    deflated = real_images.ct_slice(3, "1.2.826.555.1111116")
    deflated.file_meta.TransferSyntaxUID = pydicom.uid.DeflatedExplicitVRLittleEndian
    yield deflated


def seeds(folder):
    contents = []
    for i, image in enumerate(generated()):
        real_images.save(image, folder / str(i))
        contents.append((folder / str(i)).read_bytes())
    for part in ("transfer-syntaxes", "odd-files"):
        for path in sorted((DATA / "dicom" / part).rglob("*")):
            if path.is_file() and 256 < path.stat().st_size < LARGEST_SEED:
                contents.append(path.read_bytes())
    return contents


# -- what is done to a file; each takes the random numbers, the bytes and the elements

def flip(rng, content, elements):
    near = rng.random() < 0.7
    for _ in range(rng.randint(1, 8)):
        content[rng.randrange(min(len(content), 3000) if near else len(content))] = rng.randrange(256)


def cut(rng, content, elements):
    del content[rng.randrange(1, len(content)):]


def repeat(rng, content, elements):
    at, size = rng.randrange(len(content)), rng.randint(1, 400)
    content[at:at] = content[at:at + size] * rng.randint(1, 5)


def remove(rng, content, elements):
    at = rng.randrange(len(content))
    del content[at:at + rng.randint(1, 400)]


def noise(rng, content, elements):
    at = rng.randrange(len(content))
    content[at:at] = rng.randbytes(rng.randint(1, 300))


def change_length(rng, content, elements):
    element = rng.choice(elements)
    value = rng.choice([*LENGTHS, element.length + 1, element.length - 1, element.length * 2, len(content)])
    form, limit = ("<I", 0xFFFFFFFF) if element.length_size == 4 else ("<H", 0xFFFF)
    struct.pack_into(form, content, element.length_at, value & limit)


def change_tag(rng, content, elements):
    one, other = rng.choice(elements), rng.choice(elements)
    tag = rng.choice([other.tag, *TAGS])
    struct.pack_into("<HH", content, one.at, tag >> 16, tag & 0xFFFF)


def change_vr(rng, content, elements):
    element = rng.choice([e for e in elements if e.vr] or elements)
    if element.vr:
        content[element.vr:element.vr + 2] = rng.choice(VRS)


def change_number(rng, content, elements):
    image = [e for e in elements if e.tag >> 16 == 0x0028 and 2 <= e.length <= 16]
    element = rng.choice(image or elements)
    if element.length == 2:
        struct.pack_into("<H", content, element.value_at, rng.choice([0, 1, 2, 7, 33, 255, 32768, 65534, 65535]))
    elif element.length < len(content):
        text = rng.choice([b"99999999999999999999", b"-1", b"1e308", b"nan", b"0", b"\\\\\\\\", b"1.2.3", b"\xff\xfe"])
        content[element.value_at:element.value_at + element.length] = text[:element.length].ljust(element.length)


def nest(rng, content, elements):
    depth = rng.choice([3, 31, 33, 100, 1000, 5000])
    opening = struct.pack("<HH2sHIHHI", 0x0040, 0xA730, b"SQ", 0, 0xFFFFFFFF, 0xFFFE, 0xE000, 0xFFFFFFFF)
    closing = struct.pack("<HHIHHI", 0xFFFE, 0xE00D, 0, 0xFFFE, 0xE0DD, 0)
    at = rng.choice(elements).at
    content[at:at] = opening * depth + closing * rng.choice([depth, depth - 1, 0])


def break_fragments(rng, content, elements):
    items = [e for e in elements if e.tag == 0xFFFEE000]
    if not items:
        return flip(rng, content, elements)
    item = rng.choice(items)
    what = rng.randrange(4)
    if what == 0:
        struct.pack_into("<I", content, item.length_at, rng.choice([*LENGTHS, item.length + 2, item.length - 2]) & 0xFFFFFFFF)
    elif what == 1:  # an offset table that points anywhere
        size = min(items[0].length, 400)
        content[items[0].value_at:items[0].value_at + size] = rng.randbytes(size)
    elif what == 2:
        content[item.at:item.at] = struct.pack("<HHI", 0xFFFE, 0xE000, 0) * rng.choice([1, 3, 2000])
    elif item.length > 4:  # damage inside the compressed stream
        for _ in range(rng.randint(1, 20)):
            content[item.value_at + rng.randrange(min(item.length, 2000))] = rng.randrange(256)


def change_syntax(rng, content, elements):
    at = content.find(b"1.2.840.10008.1.2", 132, 1000)
    at = content.find(b"\x02\x00\x10\x00UI", 132, 1000) + 6 if at >= 0 else -1
    if at < 6:
        return flip(rng, content, elements)
    length = struct.unpack_from("<H", content, at)[0]
    uid = rng.choice(SYNTAXES).encode()
    uid += b"\0" * (len(uid) % 2)
    content[at + 2:at + 2 + length] = uid
    struct.pack_into("<H", content, at, len(uid))


MUTATIONS = (flip, flip, cut, repeat, remove, noise, change_length, change_length, change_tag, change_vr, change_number,
             change_number, nest, break_fragments, break_fragments, change_syntax)


class Mutator:
    def __init__(self, contents):
        self.contents = contents

    def __call__(self, rng, number):
        dicom = Dicom(self.contents[number % len(self.contents)])
        dicom.rename(number)
        content = dicom.content
        for _ in range(rng.choice([1, 1, 1, 2, 3])):
            if len(content) > 200 and dicom.elements:
                try:
                    rng.choice(MUTATIONS)(rng, content, dicom.elements)
                except (struct.error, IndexError):  # the step before has cut the place away
                    flip(rng, content, dicom.elements)
        content = dicom.pack(content)
        if dicom.is_deflated and rng.random() < 0.5:  # and damage to the deflate stream itself
            content = bytearray(content)
            flip(rng, content, [])
        return f"{number:06}.dcm", bytes(content)


def main():
    chosen = survival.options(__doc__.split("\n")[0], 10_000)
    with tempfile.TemporaryDirectory() as folder:
        contents = seeds(pathlib.Path(folder))
    print(f"{len(contents)} seeds")
    return survival.survive(chosen, Mutator(contents))


if __name__ == "__main__":
    sys.exit(main())
