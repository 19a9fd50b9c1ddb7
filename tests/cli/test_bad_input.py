"""Files that lie about themselves: each kind with its code, none believed, none dear.

The rows of the tables in docs/safety.md. The samples are made here.
"""

import gzip
import io
import json
import os
import pathlib
import random
import resource
import struct
import threading
import time
import unittest
import zlib

import harness
import real_images
from real_images import nibabel, numpy, pydicom

MIB = 1 << 20
ROWS, COLUMNS = 40, 32
DATA = pathlib.Path(os.environ.get("RADBATCH_DATA") or harness.ROOT.parent / "shared/data")


def header(**changes):
    """A radiograph of 40 x 32, 16 bits; None takes an attribute away."""
    image = real_images.radiograph("1.2.826.31.1")
    image["PixelData"].VR = "OW"
    for keyword, value in changes.items():
        if value is None:
            delattr(image, keyword)
        else:
            setattr(image, keyword, value)
    return image


def encapsulated(fragments, syntax, **changes):
    image = header(**changes)
    image.file_meta.TransferSyntaxUID = syntax
    image.PixelData = b"".join(struct.pack("<HHI", 0xFFFE, 0xE000, len(part)) + part for part in [b"", *fragments])
    image["PixelData"].VR, image["PixelData"].is_undefined_length = "OB", True
    return image


def rle(rows=ROWS, columns=COLUMNS):
    """One frame of zeros, as RLE of 16 bits."""
    runs = b"\x81\0" * (rows * columns // 128) + (bytes([257 - rows * columns % 128, 0]) if rows * columns % 128 > 1 else b"")
    runs += b"\0" * (len(runs) % 2)
    return struct.pack("<16I", 2, 64, 64 + len(runs), *[0] * 13) + runs * 2


# The kinds of broken pixel header, each with the code it must end with.
BROKEN = {
    "no Rows": (dict(Rows=None), "E_NOT_IMAGE"),
    "no Columns": (dict(Columns=None), "E_BAD_HEADER"),
    "Rows 0": (dict(Rows=0), "E_BAD_HEADER"),
    "Columns 0": (dict(Columns=0), "E_BAD_HEADER"),
    "more Rows than pixels": (dict(Rows=41), "E_TRUNCATED_PIXELS"),
    "more Columns than pixels": (dict(Columns=64), "E_TRUNCATED_PIXELS"),
    "65535 x 65535": (dict(Rows=65535, Columns=65535), "E_TRUNCATED_PIXELS E_TOO_LARGE"),
    "fewer Rows than pixels": (dict(Rows=20), "E_BAD_HEADER"),
    "NumberOfFrames 0": (dict(NumberOfFrames=0), "E_BAD_HEADER"),
    "NumberOfFrames -1": (dict(NumberOfFrames=-1), "E_BAD_HEADER"),
    "NumberOfFrames 3": (dict(NumberOfFrames=3), "E_TRUNCATED_PIXELS"),
    "NumberOfFrames 2147483647": (dict(NumberOfFrames=2147483647), "E_TRUNCATED_PIXELS E_TOO_LARGE"),
    "SamplesPerPixel 0": (dict(SamplesPerPixel=0), "E_BAD_HEADER"),
    "SamplesPerPixel 2": (dict(SamplesPerPixel=2), "E_BAD_HEADER E_PHOTOMETRIC"),
    "SamplesPerPixel 3 of a grey image": (dict(SamplesPerPixel=3), "E_BAD_HEADER E_PHOTOMETRIC"),
    "SamplesPerPixel 65535": (dict(SamplesPerPixel=65535), "E_BAD_HEADER E_PHOTOMETRIC"),
    "RGB with one sample": (dict(PhotometricInterpretation="RGB"), "E_BAD_HEADER E_PHOTOMETRIC"),
    "no BitsAllocated": (dict(BitsAllocated=None), "E_BAD_HEADER"),
    "BitsAllocated 0": (dict(BitsAllocated=0), "E_BAD_HEADER"),
    "BitsAllocated 7": (dict(BitsAllocated=7, BitsStored=7, HighBit=6), "E_BAD_HEADER"),
    "BitsAllocated 32": (dict(BitsAllocated=32, BitsStored=32, HighBit=31), "E_TRUNCATED_PIXELS"),
    "BitsAllocated 64": (dict(BitsAllocated=64, BitsStored=64, HighBit=63), "E_BAD_HEADER E_TRUNCATED_PIXELS"),
    "BitsStored 0": (dict(BitsStored=0), "E_BAD_HEADER"),
    "BitsStored 17 of 16": (dict(BitsStored=17, HighBit=16), "E_BAD_HEADER"),
    "HighBit beyond BitsAllocated": (dict(HighBit=16), "E_BAD_HEADER"),
    "PixelRepresentation 2": (dict(PixelRepresentation=2), "E_BAD_HEADER"),
    "an unknown photometric interpretation": (dict(PhotometricInterpretation="CHINESE"), "E_PHOTOMETRIC E_BAD_HEADER"),
    "no photometric interpretation": (dict(PhotometricInterpretation=None), "E_PHOTOMETRIC E_BAD_HEADER"),
    "one byte of pixels": (dict(PixelData=b"\0\0"), "E_TRUNCATED_PIXELS"),
    "no byte of pixels": (dict(PixelData=b""), "E_TRUNCATED_PIXELS E_BAD_HEADER"),
    "no PixelData": (dict(PixelData=None), "E_NOT_IMAGE"),
    "a palette without a table": (dict(PhotometricInterpretation="PALETTE COLOR"), "E_BAD_HEADER E_PHOTOMETRIC"),
}


class BadInput(real_images.RealTest):
    def write(self, name, image):
        if isinstance(image, bytes):
            self.path(f"studies/{name}").write_bytes(image)
        else:
            image.StudyInstanceUID = f"1.2.826.31.{zlib.crc32(name.encode())}"
            image.SeriesInstanceUID = image.StudyInstanceUID + ".1"
            real_images.save(image, self.path(f"studies/{name}"))

    @staticmethod
    def bytes_of(image):
        content = io.BytesIO()
        image.save_as(content, write_like_original=False)
        return content.getvalue()

    def convert(self, *words, code=8, seconds=120):
        """Processor time of the tool and its workers, and their largest resident sizes. Not the time on the wall: the
        machine may be busy."""
        process = self.start("radbatch-convert", "studies", "-o", "out", "--jobs", "1", *words)
        sizes, stop = {"tool": 0, "worker": 0}, threading.Event()
        watcher = threading.Thread(target=self.watch, args=(process, sizes, stop))
        watcher.start()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        result = self.finish(process, seconds)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        took = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        stop.set()
        watcher.join()
        self.assertEqual(result.code, code, result.stderr)
        return took, sizes

    @staticmethod
    def watch(process, sizes, stop):
        while not stop.is_set():
            for role, pids in (("tool", [process.pid]), ("worker", harness.children_of(process.pid))):
                for pid in pids:
                    try:
                        status = pathlib.Path(f"/proc/{pid}/status").read_text()
                        sizes[role] = max(sizes[role], int(status.split("VmHWM:")[1].split()[0]) * 1024)
                    except (OSError, IndexError, ValueError):
                        pass
            time.sleep(0.01)

    def codes(self):
        """file name -> how its image ended: the index names the file, the ledger and the series how it ended."""
        ends, cases = {}, {row["case_id"]: row for row in self.rows("out/cases.csv")} if self.path("out/cases.csv").exists() else {}
        for row in self.rows("out/private/linkage.csv") if cases else []:
            case = cases[row["case_id"]]
            ends[pathlib.Path(row["source_path"]).name] = case["reason"] or case["status"]
        for row in self.rows("out/private/unassigned.csv") if cases else []:
            ends[row["path"]] = row["reason"]
        for line in self.path("out/private/index.ndjson").read_text().splitlines():
            record = json.loads(line)
            if "reason" in record and ends.get(record["path"]) in (None, "E_NO_SERIES"):
                ends[record["path"]] = record["reason"]
        return ends


class PixelHeaders(BadInput):
    def test_every_broken_kind_is_refused_with_its_code(self):
        self.write("good", header())
        for name, (changes, _) in BROKEN.items():
            self.write(name, header(**changes))
        self.convert()
        ends = self.codes()
        self.assertEqual(ends.pop("good"), "done")
        self.assertEqual({name: end for name, end in ends.items() if end not in BROKEN[name][1].split()}, {})
        self.assertEqual((len(ends), len(BROKEN)), (32, 32))

    def test_compressed_pixels_that_do_not_fit_their_header(self):
        syntaxes = pydicom.uid
        kinds = {
            "fewer fragments than frames": encapsulated([rle()], syntaxes.RLELossless, NumberOfFrames=3),
            "no fragment": encapsulated([], syntaxes.RLELossless),
            "an empty fragment": encapsulated([b""], syntaxes.RLELossless),
            "RLE that ends early": encapsulated([rle()[:70]], syntaxes.RLELossless),
            "RLE of another size": encapsulated([rle(8, 8)], syntaxes.RLELossless),
            "RLE with segments beyond its end": encapsulated([struct.pack("<16I", 2, 64, 1 << 30, *[0] * 13) + b"\x81\0" * 20],
                                                             syntaxes.RLELossless),
            "RLE with 99 segments": encapsulated([struct.pack("<16I", 99, *[64] * 15) + b"\x81\0" * 20], syntaxes.RLELossless),
            "text as JPEG": encapsulated([b"no pixels " * 30], syntaxes.JPEGBaseline8Bit),
            "text as JPEG lossless": encapsulated([b"no pixels " * 30], syntaxes.JPEGLosslessSV1),
            "text as JPEG-LS": encapsulated([b"no pixels " * 30], syntaxes.JPEGLSLossless),
            "text as JPEG 2000": encapsulated([b"no pixels " * 30], syntaxes.JPEG2000Lossless),
            "native pixels in a compressed syntax": self.bytes_of(header()).replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.5\0"),
            "an unknown syntax": header(),
        }
        kinds["an unknown syntax"].file_meta.TransferSyntaxUID = "1.2.3.4"
        self.write("good", encapsulated([rle()], syntaxes.RLELossless))
        for name, image in kinds.items():
            self.write(name, image)
        self.convert()
        ends = self.codes()
        self.assertEqual(ends.pop("good"), "done")
        self.assertEqual(ends.pop("an unknown syntax"), "E_TRANSFER_SYNTAX")
        allowed = {"E_BAD_HEADER", "E_TRUNCATED_PIXELS"}
        self.assertEqual({name: end for name, end in ends.items() if end not in allowed}, {})
        self.assertEqual(len(ends), len(kinds) - 1)


class Truncation(BadInput):
    """20 files cut at 100 places each: refused, or the very same volume as the whole file."""

    def files(self):
        yield "ct", real_images.ct_slice(1)
        implicit = real_images.ct_slice(2)
        implicit.file_meta.TransferSyntaxUID, implicit.is_implicit_VR = pydicom.uid.ImplicitVRLittleEndian, True
        yield "implicit", implicit
        deflated = real_images.ct_slice(3)
        deflated.file_meta.TransferSyntaxUID = pydicom.uid.DeflatedExplicitVRLittleEndian
        yield "deflated", deflated
        yield "rle", encapsulated([rle()], pydicom.uid.RLELossless)
        frames = header(NumberOfFrames=3)
        frames.PixelData *= 3
        yield "frames", frames
        yield "rle-frames", encapsulated([rle()] * 3, pydicom.uid.RLELossless, NumberOfFrames=3)
        voxels = numpy.stack([real_images.picture(i) for i in range(3)], axis=2).astype(numpy.int16)
        volume = nibabel.Nifti1Image(voxels, numpy.diag([-1, -1, 2, 1])).to_bytes()
        yield "v.nii", volume
        yield "packed.nii.gz", gzip.compress(volume, mtime=0)
        self.nrrd(), self.meta_image(), self.photographs()
        for name in ("volume.nrrd", "volume.mha", "grey.png", "colour.jpg", "deep.tif"):
            path = self.path(f"studies/{name}")
            yield name, path.read_bytes()
            path.unlink()
        real = sorted((DATA / "dicom/transfer-syntaxes").glob("CTImage.dcm_*1.2.840.10008.1.2.*")) if DATA.exists() else []
        for path in [path for path in real if path.stat().st_size < 400_000][:7]:
            yield path.name[12:40].replace(".", "-"), path.read_bytes()

    def cuts(self, name, content):
        """100 places: the first and last bytes, and between them some in the header and some in the pixels."""
        rng, size = random.Random(name), len(content)
        places = {size - 1, size - 2, size - 3, size - 9, 1, 100, 131, 132, 140}
        while len(places) < 100:
            places.add(rng.randrange(1, size if rng.random() < 0.6 else min(size, 2500)))
        return sorted(places)

    def test_no_cut_file_passes_as_another_image(self):
        wholes, n = {}, 0
        for name, image in self.files():
            wholes[name] = image if isinstance(image, bytes) else self.bytes_of(image)
        for name, content in wholes.items():
            stem, ending = self.parts(name)
            folder = self.path(f"studies/{stem}")
            folder.mkdir(parents=True)
            for cut in [*self.cuts(name, content), len(content)]:
                (folder / f"{cut}{ending}").write_bytes(content[:cut])
                n += 1
        lines = [json.dumps({"case_id": f"{path.parent.name}.{path.name.split('.')[0]}", "inputs": [{"name": "x", "path": str(path)}]})
                 for path in self.path("studies").rglob("*") if path.is_file()]
        # Sound cases go among the first: a run whose first 50 cases all fail for one reason is stopped.
        for name, content in wholes.items():
            stem, ending = self.parts(name)
            sound = self.path("studies") / stem / f"{len(content)}{ending}"
            lines.append(json.dumps({"case_id": f"0.{stem}", "inputs": [{"name": "x", "path": str(sound)}]}))
        self.path("cohort.jsonl").write_text("\n".join(lines) + "\n")
        self.ends(self.run_tool("radbatch-convert", "cohort.jsonl", "-o", "out", "--format", "nii", timeout=250), 8)
        rows = [row for row in self.rows("out/cases.csv") if not row["case_id"].startswith("0.")]
        self.assertEqual((len(rows), len(wholes) >= 13), (n, True))
        wrong = {}
        for row in rows:
            stem, cut = row["case_id"].rsplit(".", 1)
            whole = next(content for name, content in wholes.items() if self.parts(name)[0] == stem)
            if row["status"] == "done" and self.volumes(row["case_id"]) != self.volumes(f"{stem}.{len(whole)}"):
                wrong[row["case_id"]] = len(whole)
            if row["status"] == "done" or row["reason"].startswith("E_"):
                continue
            wrong[row["case_id"]] = row
        self.assertEqual(wrong, {})
        self.assertNotIn("E_DECODER_CRASH", {row["reason"] for row in self.rows("out/cases.csv")})

    @staticmethod
    def parts(name):
        """The folder of a file's cut copies, and their ending."""
        return name.replace(".", "-"), "" if "." not in name or name.endswith(".dcm") else "." + name.split(".", 1)[1]

    def volumes(self, case):
        return [path.read_bytes() for path in sorted(self.path(f"out/{case}").glob("*.nii"))]


class Bombs(BadInput):
    """Small files that would become large: refused at once, with the tool's memory as it was."""

    def refused(self, name, image, *codes, limit=2):
        self.write("good", header())
        self.convert(code=0)
        quiet = self.convert("--force", code=0)
        self.write(name, image)
        took, sizes = self.convert("--force", code=0 if codes == ("done",) else 8)
        self.assertIn(self.codes()[name], codes)
        self.assertLess(took - quiet[0], limit)
        self.assertLess(sizes["tool"] - quiet[1]["tool"], 50 * MIB)
        self.assertLess(sizes["worker"], 400 * MIB)

    def test_65535_squared_in_a_file_of_a_thousand_bytes(self):
        image = encapsulated([rle()], pydicom.uid.RLELossless, Rows=65535, Columns=65535)
        self.refused("bomb", image, "E_TOO_LARGE", "E_BAD_HEADER")

    def test_a_million_frames(self):
        self.refused("bomb", encapsulated([rle()], pydicom.uid.RLELossless, NumberOfFrames=1_000_000), "E_TOO_LARGE",
                     "E_TRUNCATED_PIXELS", "E_BAD_HEADER")

    def test_ten_thousand_fragments(self):
        self.refused("bomb", encapsulated([b"\0\0"] * 10_000, pydicom.uid.RLELossless), "E_BAD_HEADER", "E_TRUNCATED_PIXELS")

    def test_sequences_nested_thirty_thousand_times(self):
        content = self.bytes_of(header())
        at = content.index(b"\x28\x00\x02\x00US")
        opening = struct.pack("<HH2sHIHHI", 0x0018, 0x9999, b"SQ", 0, 0xFFFFFFFF, 0xFFFE, 0xE000, 0xFFFFFFFF)
        closing = struct.pack("<HHIHHI", 0xFFFE, 0xE00D, 0, 0xFFFE, 0xE0DD, 0)
        self.refused("bomb", content[:at] + opening * 30_000 + closing * 30_000 + content[at:], "E_BAD_HEADER")

    def test_a_text_of_two_gigabytes_in_a_small_file(self):
        content = bytearray(self.bytes_of(header()))
        at = content.index(b"\x28\x00\x03\x01US")
        content[at + 4:at + 12] = b"UR\0\0" + struct.pack("<I", 0x7FE00000)
        self.refused("bomb", bytes(content), "E_TRUNCATED_PIXELS", "E_BAD_HEADER")

    def test_deflate_of_one_to_a_thousand(self):
        image = header(Rows=8000, Columns=8000, PixelData=bytes(8000 * 8000 * 2))
        image.file_meta.TransferSyntaxUID = pydicom.uid.DeflatedExplicitVRLittleEndian
        image.NumberOfFrames = 100
        self.refused("bomb", image, "E_TRUNCATED_PIXELS", "E_TOO_LARGE")

    def test_gzip_of_one_to_a_thousand_behind_a_small_nifti_header(self):
        volume = nibabel.Nifti1Image(numpy.zeros((4, 4, 4), numpy.int16), numpy.eye(4)).to_bytes()
        self.refused("bomb.nii.gz", gzip.compress(volume + bytes(600 * MIB), 9, mtime=0), "E_BAD_HEADER")

    def test_a_nifti_header_of_32767_cubed(self):
        volume = bytearray(nibabel.Nifti1Image(numpy.zeros((4, 4, 4), numpy.int16), numpy.eye(4)).to_bytes())
        struct.pack_into("<8h", volume, 40, 3, 32767, 32767, 32767, 1, 1, 1, 1)
        self.refused("bomb.nii.gz", gzip.compress(bytes(volume), mtime=0), "E_TOO_LARGE", "E_TRUNCATED_PIXELS")

    def test_a_png_of_60000_squared(self):
        def chunk(kind, data):
            return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        squeeze = zlib.compressobj(9)
        rows = b"".join(squeeze.compress(bytes(60001)) for _ in range(2000)) + squeeze.flush()
        self.refused("bomb.png", b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 60000, 60000, 16, 2, 0, 0, 0)) +
                     chunk(b"IDAT", rows) + chunk(b"IEND", b""), "E_TOO_LARGE", "E_TRUNCATED_PIXELS")

    def test_a_jpeg_of_65500_squared(self):
        self.photographs()
        content = bytearray(self.path("studies/colour.jpg").read_bytes())
        for name in ("colour.jpg", "grey.png", "deep.tif"):
            self.path(f"studies/{name}").unlink()
        at = content.index(b"\xff\xc0")
        struct.pack_into(">HH", content, at + 5, 65500, 65500)
        self.refused("bomb.jpg", bytes(content), "E_TOO_LARGE", "E_TRUNCATED_PIXELS")

    def test_a_tiff_of_a_million_squared(self):
        entries = [(256, 4, 1_000_000), (257, 4, 1_000_000), (258, 3, 16), (259, 3, 1), (262, 3, 1), (273, 4, 200), (277, 3, 1),
                   (278, 4, 1_000_000), (279, 4, 8)]
        ifd = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
        self.refused("bomb.tif", b"II*\0" + struct.pack("<I", 8) + ifd + bytes(200), "E_TOO_LARGE", "E_TRUNCATED_PIXELS",
                     "E_BAD_HEADER")

    def test_nrrd_and_metaimage_of_100000_cubed(self):
        self.nrrd(), self.meta_image()
        for name in ("volume.nrrd", "volume.mha"):
            path = self.path(f"studies/{name}")
            text = path.read_bytes().replace(f"{real_images.COLUMNS} {real_images.ROWS} {real_images.SLICES}".encode(),
                                             b"100000 100000 100000")
            path.unlink()
            with self.subTest(name):
                self.refused(name, text, "E_TOO_LARGE", "E_TRUNCATED_PIXELS", "E_BAD_HEADER")
            self.path(f"studies/{name}").unlink()


class Rows(BadInput):
    """Rows of the edge cases that have no other test."""

    def one(self, image, code=8):
        self.write("x", image)
        self.convert(code=code)
        return self.codes()["x"]

    def test_a_segmentation_of_one_bit_is_no_image(self):
        image = header(SOPClassUID="1.2.840.10008.5.1.4.1.1.66.4", Modality="SEG", BitsAllocated=1, BitsStored=1, HighBit=0)
        image.PixelData = bytes(ROWS * COLUMNS // 8)
        self.write("good", header())
        self.assertEqual(self.one(image, code=0), "E_NOT_IMAGE")

    def test_a_dose_and_a_report_are_no_images(self):
        self.write("good", header())
        dose = header(SOPClassUID="1.2.840.10008.5.1.4.1.1.481.2", Modality="RTDOSE", BitsAllocated=32, BitsStored=32, HighBit=31)
        dose.PixelData = bytes(ROWS * COLUMNS * 4)
        report = header(SOPClassUID="1.2.840.10008.5.1.4.1.1.88.33", Modality="SR", PixelData=None, Rows=None, Columns=None)
        self.write("dose", dose)
        self.write("report", report)
        self.convert(code=0)
        self.assertEqual({name: end for name, end in self.codes().items() if name != "good"},
                         {"dose": "E_NOT_IMAGE", "report": "E_NOT_IMAGE"})

    def test_floating_point_pixels_are_no_silent_integers(self):
        image = header(PixelData=None)
        image.FloatPixelData = numpy.ones((ROWS, COLUMNS), numpy.float32).tobytes()
        self.assertEqual(self.one(image), "E_BAD_HEADER")  # 16 bits allocated, 32 in each pixel
        image.BitsAllocated = 32
        del image.BitsStored, image.HighBit, image.PixelRepresentation
        self.assertEqual(self.one(image, code=0), "done")
        (volume,) = self.path("out").rglob("*.nii.gz")
        self.assertTrue((numpy.asarray(nibabel.load(volume).dataobj) == 1).all())

    def test_infinity_in_a_volume_never_becomes_a_score(self):
        voxels = numpy.ones((8, 8, 4), numpy.float32)
        for i, value in enumerate((numpy.nan, numpy.inf, -numpy.inf)):
            odd = voxels.copy()
            odd[1, 2, 3] = value
            nibabel.save(nibabel.Nifti1Image(odd, numpy.eye(4)), self.path(f"studies/odd{i}.nii"))
        nibabel.save(nibabel.Nifti1Image(voxels, numpy.eye(4)), self.path("studies/good.nii"))
        self.ends(self.infer(), 8)
        self.assertEqual(self.ledger(), {"good": "done", **{f"odd{i}": "E_NONFINITE" for i in range(3)}})
        table = self.path("out/predictions.csv").read_text().lower()
        self.assertFalse([word for word in ("nan", "inf") if f",{word}" in table])

    def test_a_script_in_a_description_is_inert(self):
        script = "<script>alert(1)</script>"
        self.write("x", header(SeriesDescription=script, StudyDescription='"><img src=x onerror=alert(1)>'))
        self.ends(self.infer(), 0)
        report = self.run_tool("radbatch-report", "out")
        self.assertEqual(report.code, 0, report.stderr)
        self.assertEqual([row["SeriesDescription"] for row in self.rows("out/series.csv")], [script])
        for page in self.path("out").rglob("*.html"):
            self.assertNotIn("<script>alert", page.read_text(encoding="utf-8"))
            self.assertNotIn("<img src=x", page.read_text(encoding="utf-8"))

    def test_escape_codes_in_a_header_reach_no_terminal(self):
        self.write("x", header(SeriesDescription="a\x1b[2J", PhotometricInterpretation="\x1b[31m"))
        self.write("good", header())
        result = self.run_tool("radbatch-convert", "studies", "-o", "out", "-vv")
        self.assertNotIn("\x1b[", result.stderr)
        for name in ("cases.csv", "series.csv"):
            self.assertNotIn(b"\x1b", self.path(f"out/{name}").read_bytes())


class Studies(BadInput):
    """What is wrong with a series as a whole."""

    def series(self):
        return [row for row in self.rows("out/series.csv") if row["Modality"] == "CT"]

    def slices(self, *indices, uid="1.2.826.1", **header):
        for i in indices:
            real_images.save(real_images.ct_slice(i, uid, **header), self.path(f"studies/{uid}/{i}"))

    def test_a_missing_slice_is_counted(self):
        self.slices(0, 1, 2, 4, 5)
        self.convert(code=0)
        self.assertEqual([(row["n_slices"], row["n_missing_slices"], row["is_uneven"]) for row in self.series()], [("5", "1", "1")])
        self.ends(self.infer(out="scores"), 0)  # this model looks at single slices
        self.assertIn("W_MISSING_SLICES", self.rows("scores/predictions.csv")[0]["flags"])

    def test_another_orientation_is_never_stacked_in(self):
        self.slices(0, 1, 2, 3)
        self.slices(4, ImageOrientationPatient=[1, 0, 0, 0, 0, -1])
        self.convert(code=0)
        self.assertEqual(sorted(row["n_slices"] for row in self.series()), ["1", "4"])

    def test_the_same_uid_with_other_pixels_fails_its_series(self):
        self.slices(0, 1, 2)
        other = real_images.ct_slice(1)
        other.PixelData = bytes(len(other.PixelData))
        real_images.save(other, self.path("studies/other"))
        self.convert(code=8)
        self.assertEqual(list(self.ledger().values()), ["E_DUPLICATE_SLICES"])

    def test_a_localizer_and_a_dose_sheet_do_not_spoil_their_study(self):
        self.slices(0, 1, 2)
        scout = real_images.ct_slice(0, SeriesInstanceUID="1.2.826.1.7", SOPInstanceUID="1.2.826.1.7.1",
                                     ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
        sheet = header(SeriesInstanceUID="1.2.826.1.8", SOPInstanceUID="1.2.826.1.8.1", SOPClassUID="1.2.840.10008.5.1.4.1.1.7",
                       SamplesPerPixel=3, PhotometricInterpretation="RGB", PlanarConfiguration=0, BitsAllocated=8, BitsStored=8,
                       HighBit=7, PixelData=bytes(ROWS * COLUMNS * 3))
        for name, image in (("scout", scout), ("sheet", sheet)):
            image.StudyInstanceUID, image.PatientID = "1.2.826.1", real_images.ct_slice(0).PatientID
            real_images.save(image, self.path(f"studies/{name}"))
        self.convert(code=0)
        self.assertEqual(list(self.ledger().values()), ["done"])
        self.assertEqual(sorted((row["is_localizer"], row["is_secondary_capture"]) for row in self.rows("out/series.csv")),
                         [("0", "0"), ("0", "1"), ("1", "0")])

    def test_one_study_uid_of_two_patients_is_two_cases(self):
        self.slices(0, 1, 2)
        for i in range(3):
            image = real_images.ct_slice(i, PatientID="other", SeriesInstanceUID="1.2.826.1.5", SOPInstanceUID=f"1.2.826.1.5.{i}")
            real_images.save(image, self.path(f"studies/two/{i}"))
        self.convert(code=0)
        self.assertEqual(list(self.ledger().values()), ["done", "done"])

    def test_twenty_eight_ways_to_write_text(self):
        """SpecificCharacterSet, Python's codec of it, a text that it can write."""
        ways = [("ISO_IR 6", "ascii", "plain")]
        for name, codec, text in (("100", "latin-1", "Größe"), ("101", "iso8859-2", "Łódź"), ("109", "iso8859-3", "Ĉiu"),
                                  ("110", "iso8859-4", "Ģirts"), ("144", "iso8859-5", "Грудь"), ("127", "iso8859-6", "صدر"),
                                  ("126", "iso8859-7", "Θώρακας"), ("138", "iso8859-8", "חזה"), ("148", "iso8859-9", "Göğüs"),
                                  ("13", "shift_jis", "ﾑﾈ"), ("166", "tis-620", "อก")):
            ways.append((f"ISO_IR {name}", codec, text))
            ways.append((f"ISO 2022 IR {name}", codec, text))
        ways += [("GB18030", "gb18030", "胸部㐂"), ("GBK", "gbk", "胸部"), ("ISO_IR 192", "utf-8", "胸部 Größe ท")]
        ways += [("\\ISO 2022 IR 87", "iso2022_jp", "胸部"), ("ISO 2022 IR 100\\ISO 2022 IR 144", "latin-1", "Größe")]
        self.assertEqual(len(ways), 28)
        wanted = {}
        for n, (charset, codec, text) in enumerate(ways):
            uid = f"1.2.826.55.{n}"
            image = real_images.radiograph(uid, SeriesDescription=text.encode(codec))
            image.SpecificCharacterSet = charset.split("\\")
            content = self.bytes_of(image)
            self.path(f"studies/{n}").write_bytes(content)
            wanted[f"{uid}.1"] = text
        self.convert(code=0)
        found = {row["SeriesInstanceUID"]: row["SeriesDescription"] for row in self.rows("out/series.csv")}
        self.assertEqual(found, wanted)


if __name__ == "__main__":
    unittest.main()
