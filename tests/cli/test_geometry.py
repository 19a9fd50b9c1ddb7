"""Where slices and frames are put, over the real image worker: generated sets, compared with dcm2niix where it is installed."""

import os
import pathlib
import shutil
import struct
import subprocess
import sys
import unittest

import harness
import real_images
from real_images import nibabel, numpy, pydicom
from pydicom.uid import EnhancedMRImageStorage, MRImageStorage, NuclearMedicineImageStorage

sys.path.insert(0, str(harness.ROOT / "tests/oracles"))
import compare_dcm2niix  # noqa: E402

ROWS, COLUMNS = 12, 16
SPACING = (1.5, 2.0)  # between rows, between columns


def pixels(seed):
    return numpy.random.default_rng(seed).integers(0, 4000, (ROWS, COLUMNS)).astype(numpy.uint16)


def unit(vector):
    return numpy.array(vector, float) / numpy.linalg.norm(vector)


def mr_slice(uid, number, position, axes, seed, **header):
    return real_images.dataset(pixels(seed), uid, "MR", MRImageStorage, **{
        "InstanceNumber": number, "ImagePositionPatient": [*numpy.round(position, 6)], "SeriesDescription": "geometry",
        "ImageOrientationPatient": [*numpy.round(numpy.concatenate(axes), 8)], "PixelSpacing": [*SPACING],
        "SliceThickness": 3, "SpacingBetweenSlices": 3, "ImageType": ["ORIGINAL", "PRIMARY", "M"],
        "PatientPosition": "HFS", "Manufacturer": "GE MEDICAL SYSTEMS", "StudyDate": "20200101", "StudyTime": "120000",
        "SeriesTime": "120000", "AcquisitionTime": "120000", "AcquisitionNumber": 1, "EchoTime": 3, "RepetitionTime": 500} | header)


def csa_header(**entries):
    """A Siemens "CSA image header" of the second format: texts by name."""
    content = b""
    for name, values in entries.items():
        content += struct.pack("<64sI4sIII", name.encode(), len(values), b"FD", 4, 6, 77)
        for text in values + [""] * (6 - len(values)):
            raw = text.encode() + b"\0" if text else b""
            content += struct.pack("<4I", len(raw), len(raw), 77, len(raw)) + raw + bytes(-len(raw) % 4)
    return b"SV10\x04\x03\x02\x01" + struct.pack("<II", len(entries), 77) + content


class GeometryTest(real_images.RealTest):
    def stack(self, name, uid, axes, n=5, step=3, origin=(-20, 10, 30), first=1, positions=None, **header):
        axes = [unit(axis) for axis in axes]
        normal = numpy.cross(*axes)
        for k, z in enumerate(positions or [step * k for k in range(n)]):
            image = mr_slice(uid, first + k, origin + z * normal, axes, first + k, **header)
            image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = f"{uid}.1.{first + k}"
            real_images.save(image, self.path(f"studies/{name}/{first + k}"))

    def convert(self, *words, code=0, out="out"):
        self.ends(self.run_tool("radbatch-convert", "studies", "-o", out, "--format", "nii", *words), code)
        return [compare_dcm2niix.Image(path) for path in sorted(self.path(out).glob("*/*.nii"))]

    def equals_dcm2niix(self, ours, n):
        if not shutil.which("dcm2niix"):
            self.skipTest("dcm2niix is not installed")
        self.path("theirs").mkdir()
        theirs = compare_dcm2niix.convert_theirs("dcm2niix", self.path("studies"), self.path("theirs"))
        self.assertEqual(len(theirs), n)
        for image in theirs:
            match = compare_dcm2niix.nearest(image, ours)
            self.assertIsNotNone(match, (image.path.name, image.data.shape, [one.data.shape for one in ours]))
            self.assertLess(compare_dcm2niix.affine_difference(match, image), compare_dcm2niix.MAX_MM, image.path.name)
            self.assertEqual(compare_dcm2niix.value_difference(match, image), 0, image.path.name)


class Orientations(GeometryTest):
    def test_supine_prone_decubitus_sagittal_coronal_oblique(self):
        directions = {"axial": ((1, 0, 0), (0, 1, 0)), "prone": ((-1, 0, 0), (0, -1, 0)), "decubitus": ((0, 1, 0), (-1, 0, 0)),
                      "feet": ((-1, 0, 0), (0, 1, 0)), "sagittal": ((0, 1, 0), (0, 0, -1)), "coronal": ((1, 0, 0), (0, 0, -1)),
                      "oblique": ((0.96, 0.28, 0), (-0.28 * 0.8, 0.96 * 0.8, 0.6))}
        for i, (name, axes) in enumerate(directions.items()):
            self.stack(name, f"1.2.826.{i + 1}", axes, SeriesNumber=i + 1)
        self.equals_dcm2niix(self.convert(), len(directions))


class OverTime(GeometryTest):
    def volumes(self, n, **label):
        for t in range(n):
            header = {key: value(t) if callable(value) else value for key, value in label.items()}
            self.stack(f"t{t}", "1.2.826.1", ((1, 0, 0), (0, 1, 0)), first=1 + 5 * t, **header)

    def test_a_dynamic_series_is_one_volume_over_time(self):
        self.volumes(3, TemporalPositionIdentifier=lambda t: t + 1, NumberOfTemporalPositions=3,
                     AcquisitionTime=lambda t: f"12000{2 * t}")
        images = self.convert()
        self.assertEqual([image.data.shape for image in images], [(COLUMNS, ROWS, 5, 3)])
        self.assertEqual(images[0].sidecar["frame_times_s"], [0, 2, 4])
        self.equals_dcm2niix(images, 1)

    def test_diffusion_is_one_volume_over_directions(self):
        self.volumes(4, DiffusionBValue=lambda t: 1000 * (t > 0), DiffusionGradientOrientation=lambda t: [t == 1, t == 2, t == 3],
                     SeriesDescription="dwi")
        images = self.convert()
        self.assertEqual([image.data.shape for image in images], [(COLUMNS, ROWS, 5, 4)])
        self.assertEqual(images[0].sidecar["b_values"], [0, 1000, 1000, 1000])
        self.equals_dcm2niix(images, 1)

    def test_echoes_are_volumes_of_their_own(self):
        self.volumes(2, EchoTime=lambda t: 3 + t, EchoNumbers=lambda t: t + 1)
        self.equals_dcm2niix(self.convert(), 2)


class RealWorldValues(GeometryTest):
    """A second map beside the rescale: named where it says something else, not applied."""

    def mapped(self, slope, intercept):
        units = pydicom.Dataset()
        units.CodeValue = "mm2/s"
        mapping = pydicom.Dataset()
        mapping.RealWorldValueSlope, mapping.RealWorldValueIntercept = float(slope), float(intercept)
        mapping.MeasurementUnitsCodeSequence = [units]
        self.stack("mapped", "1.2.826.1", ((1, 0, 0), (0, 1, 0)), RescaleSlope=2, RescaleIntercept=-1,
                   RealWorldValueMappingSequence=[mapping])
        return self.convert()[0]

    def test_another_map_than_the_rescale_is_flagged(self):
        image = self.mapped(0.5, 0)
        self.assertEqual([image.sidecar.get(key) for key in ("RealWorldValueSlope", "RealWorldValueIntercept", "RealWorldValueUnits",
                                                             "RealWorldValuesApplied", "flags")],
                         [0.5, 0, "mm2/s", False, ["W_REAL_WORLD_UNITS"]])
        self.assertEqual(image.data.max(), 2 * max(pixels(k + 1).max() for k in range(5)) - 1)

    def test_the_rescale_itself_is_not(self):
        image = self.mapped(2, -1)
        self.assertTrue(image.sidecar["RealWorldValuesApplied"])
        self.assertNotIn("flags", image.sidecar)


class Mosaics(GeometryTest):
    """Siemens: nine slices in a picture of 3 x 3 tiles, of which eight are used."""

    def mosaic(self, time, reverse=False, private=True, axes=((0.96, 0.28, 0), (-0.28 * 0.8, 0.96 * 0.8, 0.6))):
        axes = [unit(axis) for axis in axes]
        normal = numpy.cross(*axes) * (-1 if reverse else 1)
        tiles = numpy.zeros((3 * ROWS, 3 * COLUMNS), numpy.uint16)
        for k in range(8):
            tiles[k // 3 * ROWS:k // 3 * ROWS + ROWS, k % 3 * COLUMNS:k % 3 * COLUMNS + COLUMNS] = pixels(10 * time + k)
        image = mr_slice("1.2.826.7", time + 1, (-40, -30, 20), axes, 0, Manufacturer="SIEMENS", AcquisitionNumber=time + 1,
                         ImageType=["ORIGINAL", "PRIMARY", "M", "ND", "MOSAIC"], AcquisitionTime=f"12000{2 * time}")
        image.Rows, image.Columns, image.PixelData = *tiles.shape, tiles.tobytes()
        image.AcquisitionMatrix = [COLUMNS, 0, 0, ROWS]
        if private:
            image.private_block(0x0019, "SIEMENS MR HEADER", create=True).add_new(0x0A, "US", 8)
            image.private_block(0x0029, "SIEMENS CSA HEADER", create=True).add_new(
                0x10, "OB", csa_header(NumberOfImagesInMosaic=["8"], SliceNormalVector=[f"{x:.8f}" for x in normal]))
        real_images.save(image, self.path(f"studies/{time}"))

    def test_tiles_become_slices_where_dcm2niix_puts_them(self):
        for time in range(2):
            self.mosaic(time)
        images = self.convert()
        self.assertEqual([image.data.shape for image in images], [(COLUMNS, ROWS, 8, 2)])
        self.equals_dcm2niix(images, 1)

    def test_tiles_that_run_against_the_normal(self):
        self.mosaic(0, reverse=True)
        self.equals_dcm2niix(self.convert(), 1)

    def test_a_mosaic_without_its_private_header_is_refused(self):
        self.mosaic(0, private=False)
        self.assertEqual(self.convert(code=8), [])
        self.assertEqual(self.details(), {self.rows("out/cases.csv")[0]["case_id"]:
                                          "a Siemens mosaic whose private header does not say how many images it has"})


class MultiFrame(GeometryTest):
    def enhanced(self, slopes):
        image = mr_slice("1.2.826.8", 1, (0, 0, 0), (numpy.array([1, 0, 0]), numpy.array([0, 1, 0])), 0)
        for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SpacingBetweenSlices", "SliceThickness"):
            delattr(image, keyword)
        image.SOPClassUID = image.file_meta.MediaStorageSOPClassUID = EnhancedMRImageStorage
        n = len(slopes)
        image.NumberOfFrames, image.PixelData = n, b"".join(pixels(k).tobytes() for k in range(n))

        def item(**values):
            made = pydicom.Dataset()
            for keyword, value in values.items():
                setattr(made, keyword, value)
            return made
        image.SharedFunctionalGroupsSequence = [item(
            PlaneOrientationSequence=[item(ImageOrientationPatient=[0, 1, 0, 0, 0, -1])],
            PixelMeasuresSequence=[item(PixelSpacing=[*SPACING], SliceThickness=3)])]
        # Frames are stored in the order 0, 2, 1: the positions say where they belong.
        image.PerFrameFunctionalGroupsSequence = [
            item(PlanePositionSequence=[item(ImagePositionPatient=[-3 * place, 5, 7])],
                 PixelValueTransformationSequence=[item(RescaleSlope=slope, RescaleIntercept=-1, RescaleType="US")])
            for place, slope in zip((0, 2, 1), slopes)]
        real_images.save(image, self.path("studies/enhanced"))
        return image

    def test_each_frame_has_its_place_and_its_rescale(self):
        slopes = (1, 0.5, 0.25)
        self.enhanced(slopes)
        image, = self.convert()
        raw = nibabel.load(image.path)
        planes = [pixels(k).T * slope - 1.0 for k, slope in enumerate(slopes)]
        found = raw.get_fdata()
        for k, plane in zip((0, 2, 1), planes):
            self.assertTrue(numpy.allclose(found[:, :, k], plane), k)
        self.assertTrue(numpy.allclose(raw.affine, [[0, 0, 3, 0], [-2, 0, 0, -5], [0, -1.5, 0, 7], [0, 0, 0, 1]]), raw.affine)

    def test_a_reconstructed_nm_volume(self):
        image = mr_slice("1.2.826.9", 1, (0, 0, 0), (numpy.array([1, 0, 0]), numpy.array([0, 1, 0])), 0, Modality="NM",
                         ImageType=["ORIGINAL", "PRIMARY", "RECON TOMO", "EMISSION"], SpacingBetweenSlices=-4)
        image.SOPClassUID = image.file_meta.MediaStorageSOPClassUID = NuclearMedicineImageStorage
        del image.ImagePositionPatient, image.ImageOrientationPatient
        image.NumberOfFrames, image.SliceVector = 3, [1, 2, 3]
        image.PixelData = b"".join(pixels(k).tobytes() for k in range(3))
        detector = pydicom.Dataset()
        detector.ImagePositionPatient, detector.ImageOrientationPatient = [1, 2, 3], [1, 0, 0, 0, 1, 0]
        image.DetectorInformationSequence = [detector]
        real_images.save(image, self.path("studies/nm"))
        image, = self.convert()
        raw = nibabel.load(image.path)
        self.assertTrue(numpy.allclose(raw.affine, [[-2, 0, 0, -1], [0, -1.5, 0, -2], [0, 0, 4, -5], [0, 0, 0, 1]]), raw.affine)
        self.assertTrue(numpy.array_equal(raw.get_fdata()[:, :, 2], pixels(0).T))


class Grids(GeometryTest):
    TILTED = ((1, 0, 0), (0, 0.9483237, -0.3173047))

    def tilted(self, positions):
        """Slices that lean by 18.5 degrees, along the table."""
        axes = [unit(axis) for axis in self.TILTED]
        for k, z in enumerate(positions):
            image = mr_slice("1.2.826.5", k + 1, (0, 0, z), axes, k, Modality="CT")
            real_images.save(image, self.path(f"studies/{k}"))

    def flags(self):
        return {flag for row in self.rows("out/selection.csv") for flag in row.get("flags", "").split()}

    def test_a_tilt_is_kept_fixed_or_refused(self):
        self.tilted([3 * k for k in range(6)])
        kept, = self.convert()
        self.assertEqual(kept.data.shape, (COLUMNS, ROWS, 6))
        self.assertGreater(abs(kept.affine[:3, 1] @ kept.affine[:3, 2]), 0.5)
        fixed, = self.convert("--tilt", "fix", out="fixed")
        self.assertEqual(fixed.data.shape, (COLUMNS, ROWS + 4, 6))
        self.assertLess(abs(fixed.affine[:3, :3].T @ fixed.affine[:3, :3] - numpy.diag([4, 2.25, (3 * 0.9483237) ** 2])).max(), 1e-4)
        self.assertEqual((fixed.sidecar["resampled"], fixed.sidecar["tilt_degrees_before"]), (["tilt"], 18.5))
        self.ends(self.run_tool("radbatch-convert", "studies", "-o", "refused", "--tilt", "refuse"), 8, "1 refused")
        if not shutil.which("dcm2niix"):
            return
        self.path("theirs").mkdir()
        theirs, = (image for image in compare_dcm2niix.convert_theirs("dcm2niix", self.path("studies"), self.path("theirs"))
                   if "_Tilt" in image.path.name)
        self.assertLess(compare_dcm2niix.affine_difference(fixed, theirs), compare_dcm2niix.MAX_MM)
        covered = slice(4, ROWS)  # the rows that every slice covers; at the border dcm2niix reads beyond the slice
        self.assertTrue(numpy.array_equal(fixed.data[:, covered], theirs.data[:, covered]))

    def test_a_missing_slice_is_kept_filled_or_refused(self):
        self.stack("gap", "1.2.826.6", ((1, 0, 0), (0, 1, 0)), positions=[0, 3, 6, 12, 15])
        kept, = self.convert()
        self.assertEqual((kept.data.shape[2], kept.sidecar["n_missing_slices"]), (5, 1))
        even, = self.convert("--uneven", "resample", out="even")
        self.assertEqual((even.data.shape[2], even.sidecar["is_uneven"]), (6, False))
        middle = (pixels(3).astype(float) + pixels(4)) / 2
        self.assertLessEqual(abs(nibabel.load(even.path).get_fdata()[:, :, 3] - middle.T).max(), 0.5)
        self.ends(self.run_tool("radbatch-convert", "studies", "-o", "refused", "--uneven", "refuse"), 8, "1 refused")

    def test_an_unknown_word_is_an_error(self):
        self.ends(self.run_tool("radbatch-convert", "studies", "-o", "out", "--tilt", "mend"), 2,
                  "--tilt: unknown value 'mend'", "one of fix, keep, refuse")


class Copies(GeometryTest):
    def test_a_copy_is_dropped_a_forgery_is_refused(self):
        self.stack("a", "1.2.826.4", ((1, 0, 0), (0, 1, 0)))
        shutil.copy(self.path("studies/a/2"), self.path("studies/copy"))
        self.assertEqual(self.convert()[0].data.shape, (COLUMNS, ROWS, 5))
        self.assertEqual([row["reason"] for row in self.rows("out/private/unassigned.csv")], ["E_DUPLICATE_SLICES"])
        content = bytearray(self.path("studies/copy").read_bytes())
        content[-1] ^= 1
        self.path("studies/copy").write_bytes(content)
        shutil.rmtree(self.path("out"))
        self.assertEqual(self.convert(code=8), [])
        self.assertIn("another file has the same SOPInstanceUID and differs", next(iter(self.details().values())))


@unittest.skipUnless(shutil.which("dcm2niix"), "dcm2niix is not installed")
class RealSeries(unittest.TestCase):
    def test_every_real_series_is_where_dcm2niix_puts_it(self):
        data = pathlib.Path(os.environ.get("RADBATCH_DATA", harness.ROOT / "../shared/data")) / "dicom"
        if not data.is_dir():
            self.skipTest("no data")
        result = subprocess.run([sys.executable, "-B", harness.ROOT / "tests/oracles/compare_dcm2niix.py", "--light", data],
                                check=False, capture_output=True, text=True)
        print(result.stdout, file=sys.stderr)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)


if __name__ == "__main__":
    unittest.main()
