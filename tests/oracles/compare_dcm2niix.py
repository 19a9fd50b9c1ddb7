"""Every series that dcm2niix converts, converted by both programs and compared: affine, voxels, sidecar keys.

  RADBATCH_BIN=build/bin compare_dcm2niix.py [--light] [--dcm2niix PROGRAM] [DATA/dicom]

A folder of one series or study is converted as a whole; in odd-files and transfer-syntaxes each file alone. An image
of dcm2niix is compared with the image of ours of the same size that is nearest. Both are turned to RAS first, because
dcm2niix turns rows round. Differences that docs/geometry.md explains are listed in EXPLAINED; any other one is a
failure (exit 1). Exit 77: a module, the program or the data is missing.
"""

import argparse
import fnmatch
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

try:
    import nibabel
    import numpy
except ImportError as error:
    print(f"skipped: {error}; bash cmake/install-dependencies.sh --test installs it")
    sys.exit(77)

ROOT = pathlib.Path(__file__).resolve().parents[2]
MAX_MM = 1e-3
MAX_VALUE = 1e-4  # relative to the largest value: dcm2niix multiplies in single precision
WHOLE = ("abdomen-ct-j2k-20", "enhanced-mr", "head-ct-ge-28", "head-mri-t1-120")
EACH = ("odd-files", "transfer-syntaxes")
LIGHT = ("eCT_Supplemental.dcm", "CT_small.dcm", "MR_small.dcm", "693_UNCI.dcm", "CTImage.dcm")

# Patterns of "series image", what docs/geometry.md says about them. Files whose pixels are read by other rules are
# compared with pydicom elsewhere; here they only must not be taken for a fault of geometry.
EXPLAINED = (
    ("head-ct-ge-28 2_0", "the tilt stays in the matrix as shear"),
    ("head-ct-ge-28 2_0_Tilt_Eq_1", "only with --tilt fix --uneven resample, at another step"),
    ("odd-files/liver* *", "a segmentation is no image of the patient"),
    ("odd-files/rtdose* *", "a dose grid is no image of the patient"),
    ("odd-files/parametric_map* *", "a parametric map is no image of the patient"),
    ("odd-files/OBXXXX1A* *", "the palette is applied"),
    ("odd-files/OT-PAL-8-face.dcm *", "the palette is applied"),
    ("odd-files/examples_palette.dcm *", "the palette is applied"),
    ("odd-files/gdcm-US-ALOKA-16*.dcm *", "a palette, not its indices"),
    ("transfer-syntaxes/no-pixel-spacing.dcm *", "the palette is applied"),
    ("odd-files/RG[13]_*.dcm *", "MONOCHROME1 is inverted"),
    ("odd-files/mlut_18.dcm *", "the modality LUT is applied"),
    ("odd-files/SC_*jpeg* *", "another JPEG decoder"),
    ("odd-files/SC_rgb_dcmtk_+eb+cy+* *", "another JPEG decoder"),
    ("odd-files/examples_ybr_color.dcm *", "another JPEG decoder"),
    ("odd-files/SC_rgb*32bit*.dcm *", "colour of 32 bits is refused"),
    ("odd-files/SC_rgb_small_odd_big_endian.dcm *", "8-bit samples in big-endian words are swapped"),
    ("odd-files/HTJ2K*.dcm *", "refused where no HTJ2K decoder is built in"),
    ("odd-files/J2K_pixelrep_mismatch.dcm *", "PixelRepresentation decides about the sign"),
    ("odd-files/JLSL_16_15_1_1F.dcm *", "the sign is extended from BitsStored"),
    ("odd-files/MR_small_padded.dcm *", "more bytes than pixels"),
    ("odd-files/badVR.dcm *", "no readable image"),
    ("odd-files/emri_small_jpeg_2k_lossless_too_short.dcm *", "a frame is missing"),
    ("transfer-syntaxes/CTImage.dcm_JPEGProcess14T* *", "ours equal the uncompressed file"),
    ("transfer-syntaxes/CTImage.dcm_JPEGProcess1T* *", "another JPEG decoder"),
)


def load(path):
    """Turned to RAS: affine (None when the file claims no geometry), values with colour as a last axis."""
    image = nibabel.load(path)
    data = numpy.asanyarray(image.dataobj)
    if data.dtype.names:
        data = numpy.stack([data[name] for name in data.dtype.names], axis=-1)
        image = nibabel.Nifti1Image(numpy.zeros(data.shape[:-1], numpy.uint8), image.affine, image.header)
        image.header.set_data_dtype(numpy.uint8)
    placed = image.header["sform_code"] > 0 or image.header["qform_code"] > 0
    turn = nibabel.orientations.io_orientation(image.affine) if placed else None
    if turn is not None:
        affine = image.affine @ nibabel.orientations.inv_ornt_aff(turn, image.shape[:3])
        data = nibabel.orientations.apply_orientation(data, turn)
    return affine if turn is not None else None, data


def squeezed(data):
    return [n for n in data.shape if n != 1]


class Image:
    def __init__(self, path):
        self.path = path
        self.affine, self.data = load(path)
        side = path.with_name(path.name.removesuffix(".nii") + ".json")
        try:
            self.sidecar = json.loads(side.read_bytes().decode("utf-8", "replace"), strict=False) if side.exists() else {}
        except json.JSONDecodeError:  # dcm2niix writes some header texts as they are
            self.sidecar = {}


def convert_theirs(program, source, out):
    # -p n: Philips' values as RescaleSlope says, not in the units of its private "precise" scale.
    subprocess.run([program, "-z", "n", "-b", "y", "-ba", "y", "-p", "n", "-f", "%s_%d_%e", "-o", out, source], check=False,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return [Image(path) for path in sorted(pathlib.Path(out).rglob("*.nii")) if "_ROI" not in path.name]


def convert_ours(source, out):
    program = pathlib.Path(os.environ.get("RADBATCH_BIN", ROOT / "build/bin")) / "radbatch-convert"
    result = subprocess.run([program, source, "-o", out, "--format", "nii", "--progress", "never"], check=False,
                            capture_output=True, text=True)
    images = [Image(path) for path in sorted(pathlib.Path(out).rglob("*.nii"))]
    if images:
        return images, ""
    cases = pathlib.Path(out) / "cases.csv"
    reasons = [line.split(",")[2] for line in cases.read_text().splitlines()[1:]] if cases.exists() else []
    if not any(reasons) and (pathlib.Path(out) / "private/unassigned.csv").exists():
        reasons = [line.split(",")[1] for line in (pathlib.Path(out) / "private/unassigned.csv").read_text().splitlines()[1:]]
    return images, ",".join(sorted(set(filter(None, reasons)))) or result.stderr.strip().splitlines()[-1][:60]


def affine_difference(a, b):
    """The largest distance in mm between where the two put the corners of the image; None without a geometry."""
    if a.affine is None or b.affine is None or a.data.shape[:3] != b.data.shape[:3]:
        return None
    n = numpy.array(a.data.shape[:3]) - 1
    corners = numpy.array([[i, j, k, 1] for i in (0, n[0]) for j in (0, n[1]) for k in (0, n[2])]).T
    return float(numpy.abs((a.affine - b.affine) @ corners).max())


def value_difference(a, b):
    """Largest difference; for pictures, whose rows the two programs may turn, the smaller one of both ways."""
    ours, theirs = (numpy.squeeze(one.data).astype(float) for one in (a, b))
    if ours.shape != theirs.shape:
        return None
    ways = [theirs] if a.affine is not None else [numpy.flip(theirs, axes) for axes in ((), (1,), (0,), (0, 1))]
    return min(float(numpy.abs(ours - way).max()) for way in ways)


def nearest(theirs, ours):
    same = [one for one in ours if squeezed(one.data) == squeezed(theirs.data)]
    worst = float("inf")

    def distance(one):
        affine, value = affine_difference(one, theirs), value_difference(one, theirs)
        return (worst if value is None else value, worst if affine is None else affine)
    return min(same, key=distance, default=None)


def keys(ours, theirs):
    """Sidecar keys: equal, different, only in dcm2niix's."""
    shared = [key for key in theirs if key in ours]
    equal = [key for key in shared if ours[key] == theirs[key] or is_near(ours[key], theirs[key])]
    return len(equal), sorted(set(shared) - set(equal)), sorted(set(theirs) - set(ours))


def is_near(a, b):
    try:
        return bool(numpy.allclose(numpy.array(a, float), numpy.array(b, float), rtol=1e-4, atol=1e-6))
    except (TypeError, ValueError):
        return False


def compare(unit, source, program):
    """Rows of the table: unit, image, affine mm, value, sidecar, verdict."""
    with tempfile.TemporaryDirectory() as folder:
        theirs_out, ours_out = pathlib.Path(folder) / "theirs", pathlib.Path(folder) / "ours"
        theirs_out.mkdir()
        if source.is_file():  # given one file, dcm2niix converts all of its folder
            (pathlib.Path(folder) / "alone").mkdir()
            source = pathlib.Path(shutil.copy(source, pathlib.Path(folder) / "alone")).parent
        theirs = convert_theirs(program, source, theirs_out)
        if not theirs:
            return []
        ours, reason = convert_ours(source, ours_out)
        return [compare_image(unit, image, ours, reason) for image in theirs]


def compare_image(unit, theirs, ours, reason):
    name = theirs.path.name.removesuffix(".nii")
    match = nearest(theirs, ours)
    if match is None:
        shape = "x".join(map(str, theirs.data.shape))
        return [unit, name, "", "", "", verdict(unit, name, reason or f"no image of {shape}")]
    affine, value = affine_difference(match, theirs), value_difference(match, theirs)
    equal, different, missing = keys(match.sidecar, theirs.sidecar)
    scale = max(1.0, float(numpy.abs(theirs.data.astype(float)).max()))
    faults = []
    if affine is not None and affine > MAX_MM:
        faults.append(f"affine by {affine:.4g} mm")
    if value is None or value > MAX_VALUE * scale:
        faults.append("voxels")
    placed = "none" if affine is None else f"{affine:.1e}"
    return [unit, name, placed, "equal" if value == 0 else f"{value:.3g}",
            f"{equal}={len(different)}/{len(missing)}-", verdict(unit, name, " and ".join(faults))]


def verdict(unit, name, fault):
    if not fault:
        return "ok"
    why = next((why for pattern, why in EXPLAINED if fnmatch.fnmatchcase(f"{unit} {name}", pattern)), None)
    return f"explained: {why} ({fault})" if why else f"DIFFERENT: {fault}"


def units(data, light):
    for folder in WHOLE:
        if (data / folder).is_dir():
            yield folder, data / folder
    for folder in EACH:
        for path in sorted((data / folder).iterdir()) if (data / folder).is_dir() else ():
            if path.is_file() and (not light or path.name in LIGHT):
                yield f"{folder}/{path.name}", path


def show(row):
    widths = (52, 44, 10, 8, 10)
    print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)) + "  " + row[5], flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=pathlib.Path,
                        default=pathlib.Path(os.environ.get("RADBATCH_DATA", ROOT / "../shared/data")) / "dicom")
    parser.add_argument("--dcm2niix", default="dcm2niix")
    parser.add_argument("--light", action="store_true", help="the whole series and a handful of odd files")
    options = parser.parse_args()
    if not shutil.which(options.dcm2niix) or not options.data.is_dir():
        print("skipped: no dcm2niix or no data")
        return 77
    rows = []
    show(["series", "image of dcm2niix", "affine mm", "voxels", "keys", "verdict"])
    for unit, source in units(options.data.resolve(), options.light):
        for row in compare(unit, source, options.dcm2niix):
            show(row)
            rows.append(row)
    print(f"{len(rows)} images: {sum(row[5] == 'ok' for row in rows)} the same, "
          f"{sum(row[5].startswith('explained') for row in rows)} explained, "
          f"{sum(row[5].startswith('DIFF') for row in rows)} different; keys: equal=different/missing-")
    return 1 if any(row[5].startswith("DIFF") for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
