#!/usr/bin/env python3
"""Our pixels of every DICOM file in data/dicom/odd-files and transfer-syntaxes against pydicom with its decoders.

Run as a test it needs RADBATCH_DUMP_PIXELS (the program dump-pixels), RADBATCH_DICTIONARY and RADBATCH_DATA; pydicom 3
with pylibjpeg (-libjpeg, -openjpeg, -rle), python-gdcm and imagecodecs. With --table it prints one line per file.

Compared are values: palettes applied, colour as RGB, MONOCHROME1 turned round, modality LUTs applied. A lossless file
must be equal. A file in 12-bit lossy JPEG may differ by 1: the inverse cosine transforms of two libraries round
differently (the standard allows it). What we refuse is in REFUSED with its reason, or is no image.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import warnings

import imagecodecs
import numpy
import pydicom
from pydicom.encaps import encapsulate
from pydicom.pixels import apply_color_lut, apply_modality_lut

warnings.filterwarnings("ignore")

DATA = pathlib.Path(os.environ.get("RADBATCH_DATA", pathlib.Path(__file__).parents[3] / "shared/data")) / "dicom"
LOSSY_12_BIT = {"1.2.840.10008.1.2.4.51": 1}

# What pydicom reads and we do not, with our reason.
REFUSED = {
    "MR_small_padded.dcm": "E_BAD_HEADER",  # 128 bytes behind the pixels: which of them are the image is a guess
    "SC_rgb_jpeg.dcm": "E_TRUNCATED_PIXELS",  # the header is not in the syntax that it declares
    **{f"SC_rgb_{name}32bit{frames}.dcm": "E_PHOTOMETRIC"  # values up to 2^32 - 1: no sample type here holds them
       for name in ("", "expb_", "rle_") for frames in ("", "_2frame")},
}
# What we read and pydicom's decoders do not.
OURS_ONLY = {"JPEG-lossy.dcm", "CTImage.dcm_JPEGProcess10_12TransferSyntax_1.2.840.10008.1.2.4.55.dcm",
             "CTImage.dcm_JPEGProcess6_8TransferSyntax_1.2.840.10008.1.2.4.53.dcm"}


def dump(paths):
    """[(description, samples or None)] of what we make of the files."""
    with tempfile.NamedTemporaryFile() as out:
        lines = subprocess.run([os.environ["RADBATCH_DUMP_PIXELS"], os.environ["RADBATCH_DICTIONARY"], out.name, *paths],
                               check=True, capture_output=True, text=True).stdout.splitlines()
        stream = pathlib.Path(out.name).read_bytes()
    results, at = [], 0
    for line in lines:
        info = json.loads(line)
        end = at + info.get("bytes", 0)
        results.append((info, numpy.frombuffer(stream[at:end], info["type"]) if end > at else None))
        at = end
    return results


def reference(path):
    """(dataset, values as we define them) by pydicom; values are None where it cannot decode."""
    dataset = pydicom.dcmread(path, force=True)
    if "Rows" not in dataset:
        return dataset, None
    if "TransferSyntaxUID" not in dataset.file_meta:
        dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2"
    try:
        values = dataset.pixel_array
    except Exception:  # its decoders raise whatever they like
        return dataset, None
    if dataset.PhotometricInterpretation == "PALETTE COLOR":
        values = apply_color_lut(values, dataset)
        if values.max() > 255:
            values = values >> 8
    if dataset.PhotometricInterpretation == "MONOCHROME1":
        highest = -1 if dataset.PixelRepresentation else 2**dataset.BitsStored - 1
        values = highest - values.astype("int64")
    if "ModalityLUTSequence" in dataset:
        values = apply_modality_lut(values, dataset)
    return dataset, values.reshape(-1)


def compare(path, info, ours):
    """(verdict, dataset): "equal", "within N", "refused CODE", "ours only", "neither", "not an image", or the difference."""
    dataset, theirs = reference(path)
    if ours is None and info["reason"] == "E_NOT_IMAGE":
        return "not an image", dataset
    if ours is None:
        return (f"refused {info['reason']}" if theirs is not None else "neither"), dataset
    if theirs is None:
        return "ours only", dataset
    if ours.size != theirs.size:
        return f"DIFFER: {ours.size} and {theirs.size} values", dataset
    difference = int(numpy.abs(ours.astype("int64") - theirs.astype("int64")).max())
    if difference == 0:
        return "equal", dataset
    allowed = LOSSY_12_BIT.get(str(dataset.file_meta.TransferSyntaxUID), 0) if dataset.BitsStored == 12 else 0
    return (f"within {allowed}" if difference <= allowed else f"DIFFER by {difference}"), dataset


def real_files():
    return sorted(p for folder in ("odd-files", "transfer-syntaxes") for p in (DATA / folder).iterdir()
                  if p.is_file() and (p.suffix == ".dcm" or p.name.endswith("J2KR")))


def print_table():
    print(f"{'file':46} {'syntax':12} {'photometric':16} {'ours':22} {'theirs':10} verdict")
    paths = real_files()
    for path, (info, ours) in zip(paths, dump(paths)):
        verdict, dataset = compare(path, info, ours)
        syntax = str(dataset.file_meta.get("TransferSyntaxUID", "-")).replace("1.2.840.10008.", "")
        mine = info.get("reason") or f"{info['type']} {info['frames']}x{info['rows']}x{info['columns']}x{info['channels']}"
        theirs = "-" if verdict in ("ours only", "neither", "not an image") else "decoded"
        print(f"{path.name[:45]:46} {syntax:12} {str(dataset.get('PhotometricInterpretation', '-')):16} {mine:22} "
              f"{theirs:10} {verdict}")


class RealFiles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not DATA.is_dir():
            raise unittest.SkipTest(f"no data in {DATA}")
        cls.paths = real_files()
        cls.verdicts = {path.name: compare(path, *result)[0] for path, result in zip(cls.paths, dump(cls.paths))}

    def test_what_both_decode_is_equal(self):
        wrong = {name: v for name, v in self.verdicts.items() if v.startswith("DIFFER")}
        self.assertEqual(wrong, {})
        self.assertGreaterEqual(list(self.verdicts.values()).count("equal"), 120)

    def test_what_we_refuse_is_known(self):
        refused = {name: v.split()[1] for name, v in self.verdicts.items() if v.startswith("refused")}
        self.assertEqual(refused, REFUSED)

    def test_what_only_we_decode_is_known(self):
        self.assertEqual({name for name, v in self.verdicts.items() if v == "ours only"}, OURS_ONLY)


class OtherEncoders(unittest.TestCase):
    """Larger frames of imagecodecs' encoders in syntaxes of which there is no real sample, noise included."""

    def decoded(self, stream, like, syntax, photometric="MONOCHROME2", bits=None):
        dataset = pydicom.dcmread(pydicom.data.get_testdata_file("CT_small.dcm"))
        dataset.file_meta.TransferSyntaxUID = syntax
        dataset.Rows, dataset.Columns = like.shape[:2]
        dataset.SamplesPerPixel = 3 if like.ndim == 3 else 1
        if like.ndim == 3:
            dataset.PlanarConfiguration = 0
        dataset.PhotometricInterpretation = photometric
        dataset.BitsAllocated = like.dtype.itemsize * 8
        dataset.BitsStored = bits or dataset.BitsAllocated
        dataset.HighBit = dataset.BitsStored - 1
        dataset.PixelRepresentation = 0
        dataset.PixelData = encapsulate([stream])
        dataset["PixelData"].VR = "OB"
        dataset["PixelData"].is_undefined_length = True
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "a.dcm"
            dataset.save_as(path, implicit_vr=False, little_endian=True, force_encoding=True)
            info, values = dump([path])[0]
        self.assertIsNotNone(values, info)
        return values.reshape(like.shape)

    def setUp(self):
        rng = numpy.random.default_rng(1)
        y, x = numpy.mgrid[0:193, 0:257]
        smooth = 2000 + 1500 * numpy.sin(x / 19) * numpy.cos(y / 23)
        self.grey12 = numpy.clip(smooth + rng.normal(0, 30, x.shape), 0, 4095).astype("uint16")
        self.grey16 = rng.integers(0, 65536, x.shape).astype("uint16")
        self.rgb = numpy.stack([x % 256, y, (x + y) % 256], -1).astype("uint8")

    def test_jpeg_xl_lossless(self):
        for bits, image in ((12, self.grey12), (16, self.grey16), (8, self.grey12.astype("uint8"))):
            stream = imagecodecs.jpegxl_encode(image, lossless=True, bitspersample=bits)
            numpy.testing.assert_array_equal(self.decoded(stream, image, "1.2.840.10008.1.2.4.110", bits=bits), image)
        stream = imagecodecs.jpegxl_encode(self.rgb, lossless=True)
        numpy.testing.assert_array_equal(self.decoded(stream, self.rgb, "1.2.840.10008.1.2.4.110", "RGB"), self.rgb)

    def test_jpeg_xl_lossy_is_what_its_own_library_makes(self):
        stream = imagecodecs.jpegxl_encode(self.rgb, distance=1.0)
        theirs = imagecodecs.jpegxl_decode(stream).astype(int)
        ours = self.decoded(stream, self.rgb, "1.2.840.10008.1.2.4.112", "XYB").astype(int)
        self.assertLessEqual(numpy.abs(ours - theirs).max(), 1)

    def test_recompressed_jpeg_is_the_jpeg(self):
        jpeg = imagecodecs.jpeg8_encode(self.rgb, level=90, subsampling="422")
        stream = imagecodecs.jpegxl_encode_jpeg(jpeg)
        xl = self.decoded(stream, self.rgb, "1.2.840.10008.1.2.4.111", "YBR_FULL_422").astype(int)
        plain = self.decoded(jpeg, self.rgb, "1.2.840.10008.1.2.4.50", "YBR_FULL_422").astype(int)
        self.assertLessEqual(numpy.abs(xl - plain).mean(), 1.5)  # another transform and another way to upsample

    def test_high_throughput_jpeg_2000(self):
        stream = imagecodecs.htj2k_encode(self.grey12, reversible=True)
        numpy.testing.assert_array_equal(self.decoded(stream, self.grey12, "1.2.840.10008.1.2.4.201", bits=12),
                                         self.grey12)

    def test_jpeg_lossless_of_noise(self):
        stream = imagecodecs.ljpeg_encode(self.grey16)
        numpy.testing.assert_array_equal(self.decoded(stream, self.grey16, "1.2.840.10008.1.2.4.57"), self.grey16)

    def test_jpeg_ls_with_a_spiff_header(self):
        stream = imagecodecs.jpegls_encode(self.grey12)
        numpy.testing.assert_array_equal(self.decoded(stream, self.grey12, "1.2.840.10008.1.2.4.80", bits=12),
                                         self.grey12)


if __name__ == "__main__":
    if "--table" in sys.argv:
        print_table()
    else:
        unittest.main()
