"""Gradients of diffusion series in .bval and .bvec beside the NIfTI: generated series of each maker, compared with the
directions that were put in and with dcm2niix where it is installed."""

import shutil
import struct
import sys
import unittest

import harness
import real_images
from real_images import nibabel, numpy
from test_geometry import GeometryTest, csa_header, mr_slice, unit

sys.path.insert(0, str(harness.ROOT / "tests/oracles"))
import compare_dcm2niix  # noqa: E402

B_VALUES = (0, 1000, 1000, 700, 0, 1000, 1000)
DIRECTIONS = ((0, 0, 0), (1, 0, 0), (0.36, 0.48, 0.8), (-0.6, 0.64, 0.48), (0, 0, 0), (0, -0.6, 0.8), (0.6, 0.8, 0))
AXES = {"axial": ((1, 0, 0), (0, 1, 0)), "sagittal": ((0, 1, 0), (0, 0, -1)), "coronal": ((1, 0, 0), (0, 0, -1)),
        "oblique": ((0.96, 0.28, 0), (-0.28 * 0.8, 0.96 * 0.8, 0.6))}
SLICES = 5


def world_directions(path):
    """b-values and unit vectors in RAS of the .bval and .bvec beside a NIfTI, by FSL's rule."""
    affine = nibabel.load(path).affine[:3, :3]
    axes = affine / numpy.linalg.norm(affine, axis=0)
    if numpy.linalg.det(affine) > 0:
        axes[:, 0] *= -1
    stem = str(path).removesuffix(".nii")
    vectors = numpy.loadtxt(stem + ".bvec", ndmin=2)
    return numpy.loadtxt(stem + ".bval", ndmin=1), (axes @ vectors).T


class Diffusion(GeometryTest):
    def clear(self):
        for folder in ("studies", "out", "theirs"):
            shutil.rmtree(self.path(folder), ignore_errors=True)

    def series(self, axes, put, **header):
        """`put` writes the gradient of one volume into each of its slices. Volumes lie one after the other in time."""
        rows = [unit(axis) for axis in axes]
        for t, (b, direction) in enumerate(zip(B_VALUES, DIRECTIONS)):
            for k in range(SLICES):
                image = self.slice(rows, t, k, header)
                put(image, b, direction, rows)
                real_images.save(image, self.path(f"studies/{t}/{k}"))

    def slice(self, rows, t, k, header):
        image = mr_slice("1.2.826.31", 1 + SLICES * t + k, numpy.array((-20, 10, 30)) + 3 * k * numpy.cross(*rows), rows,
                                       SLICES * t + k, AcquisitionNumber=t + 1, AcquisitionTime=f"12{t:02}00",
                                       ContentTime=f"12{t:02}{k:02}", SeriesDescription="dwi", ScanningSequence=["SE", "EP"],
                                       InPlanePhaseEncodingDirection="COL", **header)
        image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = f"1.2.826.31.{t}.{k}"
        return image

    def check(self, expected=True, b_values=B_VALUES):
        images = self.convert()
        self.assertEqual([image.data.shape[3:] for image in images], [(len(B_VALUES),)])
        b, vectors = world_directions(images[0].path)
        numpy.testing.assert_allclose(b, b_values)
        if expected:
            numpy.testing.assert_allclose(vectors, numpy.array(DIRECTIONS) * (-1, -1, 1), atol=1e-5)
        self.equals_theirs(b, vectors)
        return images[0]

    def equals_theirs(self, b, vectors):
        if not shutil.which("dcm2niix"):
            return
        self.path("theirs").mkdir(exist_ok=True)
        theirs = compare_dcm2niix.convert_theirs("dcm2niix", self.path("studies"), self.path("theirs"))
        self.assertEqual(len(theirs), 1)
        their_b, their_vectors = world_directions(theirs[0].path)
        numpy.testing.assert_allclose(b, their_b)
        numpy.testing.assert_allclose(vectors, their_vectors, atol=1e-4)


class Makers(Diffusion):
    def test_the_standard_s_attributes(self):
        def put(image, b, direction, rows):
            image.DiffusionBValue = b
            if b:
                image.DiffusionGradientOrientation = [*direction]
        for name, axes in AXES.items():
            with self.subTest(name):
                self.clear()
                self.series(axes, put, Manufacturer="Philips Medical Systems")
                self.check()

    def test_siemens_by_its_elements_and_by_its_csa_header(self):
        def elements(image, b, direction, rows):
            block = image.private_block(0x0019, "SIEMENS MR HEADER", create=True)
            block.add_new(0x0C, "IS", b)
            if b:
                block.add_new(0x0E, "FD", [*direction])

        def header(image, b, direction, rows):
            vector = {"DiffusionGradientDirection": [f"{part:.8f}" for part in direction]} if b else {}
            image.private_block(0x0029, "SIEMENS CSA HEADER", create=True).add_new(0x10, "OB", csa_header(B_value=[str(b)], **vector))

        def both(image, b, direction, rows):
            elements(image, b, direction, rows)
            header(image, b, direction, rows)
        for put in (both, elements, header):
            with self.subTest(put.__name__):
                self.clear()
                self.series(AXES["oblique"], put, Manufacturer="SIEMENS", SequenceName="ep_b1000#1")
                if put is both:
                    self.check()
                else:  # without the other dcm2niix sees no gradients
                    _, vectors = world_directions(self.convert()[0].path)
                    numpy.testing.assert_allclose(vectors, numpy.array(DIRECTIONS) * (-1, -1, 1), atol=1e-5)

    def test_philips_by_its_private_elements(self):
        def put(image, b, direction, rows):
            image.private_block(0x2001, "Philips Imaging DD 001", create=True).add_new(0x03, "FL", b)
            block = image.private_block(0x2005, "Philips MR Imaging DD 001", create=True)
            for number, part in zip((0xB0, 0xB1, 0xB2), direction):
                block.add_new(number, "FL", part)
        self.series(AXES["oblique"], put, Manufacturer="Philips Medical Systems")
        self.check()

    def test_private_elements_without_their_types(self):
        def put(image, b, direction, rows):
            image.private_block(0x2001, "Philips Imaging DD 001", create=True).add_new(0x03, "UN", struct.pack("<f", b))
            block = image.private_block(0x2005, "Philips MR Imaging DD 001", create=True)
            for number, part in zip((0xB0, 0xB1, 0xB2), direction):
                block.add_new(number, "UN", struct.pack("<f", part))
        self.series(AXES["axial"], put, Manufacturer="Philips Medical Systems")
        _, vectors = world_directions(self.convert()[0].path)
        numpy.testing.assert_allclose(vectors, numpy.array(DIRECTIONS) * (-1, -1, 1), atol=1e-5)

    def test_ge_in_the_axes_of_the_scan(self):
        def put(image, b, direction, rows):
            image.private_block(0x0043, "GEMS_PARM_01", create=True).add_new(0x39, "IS", [1_000_000_000 + b, 8, 0, 0])
            block = image.private_block(0x0019, "GEMS_ACQU_01", create=True)
            for number, part in zip((0xBB, 0xBC, 0xBD), direction):
                block.add_new(number, "DS", f"{part:.6f}")
        for name, axes in AXES.items():
            for phase in ("COL", "ROW"):
                if (name, phase) == ("coronal", "ROW"):
                    continue  # Debian's dcm2niix and the current one do not agree
                with self.subTest(name, phase=phase):
                    self.clear()
                    self.series(axes, lambda *a: (put(*a), setattr(a[0], "InPlanePhaseEncodingDirection", phase)),
                                Manufacturer="GE MEDICAL SYSTEMS")
                    self.check(expected=False)

    def test_ge_s_shells_by_shorter_directions(self):
        def put(image, b, direction, rows):
            image.private_block(0x0043, "GEMS_PARM_01", create=True).add_new(0x39, "IS", [1000 if b else 0, 8, 0, 0])
            block = image.private_block(0x0019, "GEMS_ACQU_01", create=True)
            for number, part in zip((0xBB, 0xBC, 0xBD), numpy.array(direction) * (b / 1000) ** 0.5):
                block.add_new(number, "DS", f"{part:.6f}")
        self.series(AXES["axial"], put, Manufacturer="GE MEDICAL SYSTEMS")
        self.check(expected=False)


class Files(Diffusion):
    def put(self, image, b, direction, rows):
        image.DiffusionBValue = b
        if b:
            image.DiffusionGradientOrientation = [*direction]

    def test_a_lost_table_is_made_again_and_nothing_else(self):
        self.series(AXES["axial"], self.put, Manufacturer="Philips Medical Systems")
        image = self.convert()[0]
        table = image.path.with_suffix(".bvec")
        before = table.read_text()
        self.assertEqual(len(before.splitlines()), 3)
        table.unlink()
        self.convert()
        self.assertEqual(table.read_text(), before)

    def test_bids_has_a_place_for_it(self):
        self.series(AXES["axial"], self.put, Manufacturer="Philips Medical Systems")
        self.ends(self.run_tool("radbatch-convert", "studies", "-o", "bids", "--layout", "bids"), 0)
        found = sorted(path.name.split("_", 1)[1] for path in self.path("bids").glob("sub-*/**/dwi/*"))
        self.assertEqual([name.split("_")[-1] for name in found], ["dwi.bval", "dwi.bvec", "dwi.json", "dwi.nii.gz"])

    def test_none_beside_other_formats_and_without_a_weighted_volume(self):
        self.series(AXES["axial"], self.put, Manufacturer="Philips Medical Systems")
        self.ends(self.run_tool("radbatch-convert", "studies", "-o", "nrrd", "--format", "nrrd"), 0)
        self.assertEqual(list(self.path("nrrd").glob("*/*.bv*")), [])
        self.clear()
        self.series(AXES["axial"], lambda image, b, *rest: self.put(image, 0, *rest), Manufacturer="Philips Medical Systems")
        self.convert()
        self.assertEqual(list(self.path("out").glob("*/*.bv*")), [])


if __name__ == "__main__":
    unittest.main()
