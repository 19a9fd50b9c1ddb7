"""A cohort of four-channel MR with differing grids, every fifth patient without FLAIR, once as DICOM and once as NIfTI,
through a real network."""

import json
import math
import unittest

import real_images
from real_images import nibabel, numpy, pydicom

NAMES = ["t1", "t1c", "t2", "flair"]
PATIENTS = [f"p{i}" for i in range(5)]
SHAPE = (24, 20, 8)  # along x, y, z
COARSE = (12, 10, 8)
# The network's word for "tumour" is a weighted sum of the means of its five channels: four images, and whether FLAIR is there.
WEIGHTS = [0.5, -1.0, 1.5, 2.0, -0.25]
NETWORK = f"""
def forward(self, x):
    means = torch.mean(x, [2, 3, 4])
    weights = torch.tensor({WEIGHTS}, dtype=6)  # float32
    return torch.matmul(means, weights).unsqueeze(1)
"""


def step(name, **parameters):
    return {"name": name, **parameters}


PLAN = [step("Orientation", axcodes="RAS", keys=NAMES),
        step("ResampleToMatch", keys=["flair"], key_dst="t1", mode="bilinear"),
        step("ScaleIntensityRange", keys=NAMES, a_min=0, a_max=1000, b_min=0, b_max=1),
        step("ConcatItems", keys=NAMES, output="image")]


def voxels(patient, name):
    """[x, y, z] along R, A, S; FLAIR has half the resolution in plane and the same middle."""
    seed = 10 * PATIENTS.index(patient) + NAMES.index(name)
    return numpy.random.default_rng(seed).integers(0, 1000, COARSE if name == "flair" else SHAPE).astype(numpy.int16)


def affine(name):
    """Index to RAS mm. The coarse grid's voxels cover the fine one's two by two."""
    step_mm, first = (2.0, 0.5) if name == "flair" else (1.0, 0.0)
    matrix = numpy.diag([step_mm, step_mm, 2.0, 1])
    matrix[:3, 3] = [first - 10, first - 8, 5]
    return matrix


def has(patient, name):
    return name != "flair" or PATIENTS.index(patient) % 5 != 4


class MrCohort(real_images.RealTest):
    def setUp(self):
        super().setUp()
        inputs = [{"name": name, "dims": 3, "channels": 1, "modality": ["MR"],
                   "select": {"alternatives": [{"where": {"field": "SeriesDescription", "equals": name}}]}} for name in NAMES]
        inputs[3]["if_missing"] = "mask-channel"
        self.script_model(NETWORK, plan=PLAN, pooling={}, batch=1, inputs=inputs, heads=[
            {"name": "tumour", "kind": "binary", "activation": "sigmoid", "findings": [{"name": "Tumour"}]}])

    def as_nifti(self, patient):
        self.path("nifti").mkdir(exist_ok=True)
        for name in filter(lambda name: has(patient, name), NAMES):
            nibabel.save(nibabel.Nifti1Image(voxels(patient, name), affine(name)), self.path(f"nifti/{patient}-{name}.nii.gz"))
        return {"case_id": f"{patient}-nifti", "registered": True,
                "inputs": [{"name": name, "path": f"{patient}-{name}.nii.gz"} for name in NAMES if has(patient, name)]}

    def as_dicom(self, patient):
        """LPS and rows along x: planes are the volume's, seen with x and y turned round."""
        number = PATIENTS.index(patient) + 1
        for series, name in enumerate(NAMES, 1):
            data, matrix = voxels(patient, name), affine(name)
            for z in range(data.shape[2] if has(patient, name) else 0):
                corner = matrix @ [0, 0, z, 1]
                uid = f"1.2.826.7.{number}"
                image = real_images.dataset(
                    numpy.ascontiguousarray(data[:, :, z].T).astype(numpy.uint16), uid, "MR", pydicom.uid.MRImageStorage,
                    InstanceNumber=z + 1, SeriesInstanceUID=f"{uid}.{series}", SeriesNumber=series, SeriesDescription=name,
                    SOPInstanceUID=f"{uid}.{series}.{z}", PatientID=patient, ImageOrientationPatient=[-1, 0, 0, 0, -1, 0],
                    PixelSpacing=[matrix[0, 0]] * 2, SliceThickness=2, ImagePositionPatient=[-corner[0], -corner[1], corner[2]])
                real_images.save(image, self.path(f"dicom/{patient}/{series}-{z}.dcm"))

    def run_over(self, kind, source):
        self.ends(self.run_tool("radbatch-infer", "--model", "model", source, "-o", kind, "--case-by", "PatientID"), 0, "5 done")
        self.ledgers = getattr(self, "ledgers", {}) | {kind: self.rows(f"{kind}/cases.csv")}
        return self.rows(f"{kind}/predictions.csv")

    def test_dicom_and_nifti_agree_and_a_missing_input_is_filled_and_listed(self):
        for patient in PATIENTS:
            self.as_dicom(patient)
        self.path("nifti").mkdir()
        self.path("nifti/cases.jsonl").write_text("".join(json.dumps(self.as_nifti(patient)) + "\n" for patient in PATIENTS))
        for patient in PATIENTS:  # the input contract asks for MR, which NIfTI cannot say
            for name in NAMES:
                self.path(f"nifti/{patient}-{name}.json").write_text(json.dumps({"Modality": "MR"}))
        dicom, nifti = self.run_over("d", "dicom"), self.run_over("n", "nifti/cases.jsonl")
        # The ids of DICOM cases are hashes: the scores themselves are compared, in order of size.
        scores = [sorted(float(row["p_tumour"]) for row in table) for table in (dicom, nifti)]
        self.assertEqual(len(set(scores[0])), 5)
        for ours, theirs in zip(*scores):
            self.assertAlmostEqual(ours, theirs, delta=1e-6)
        for kind, table in (("d", dicom), ("n", nifti)):
            missing = [row["case_id"] for row in self.ledgers[kind] if row["missing_inputs"] == "flair"]
            self.assertEqual(len(missing), 1)
            flagged = [row["case_id"] for row in table if "W_INPUT_FILLED" in row["flags"]]
            self.assertEqual(flagged, missing)

    def test_the_score_is_what_the_channels_say(self):
        self.path("nifti").mkdir()
        self.path("nifti/cases.jsonl").write_text(json.dumps(self.as_nifti("p4")) + "\n")
        self.ends(self.run_tool("radbatch-infer", "--model", "model", "nifti/cases.jsonl", "-o", "n"), 0, "1 done")
        means = [voxels("p4", name).mean() / 1000 for name in NAMES[:3]]
        logit = numpy.dot(means, WEIGHTS[:3])
        self.assertAlmostEqual(float(self.rows("n/predictions.csv")[0]["p_tumour"]), 1 / (1 + math.exp(-logit)), delta=1e-6)


if __name__ == "__main__":
    unittest.main()
