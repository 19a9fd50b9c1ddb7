#!/usr/bin/env python3
"""The sidecars of radbatch-convert beside those of dcm2niix, key by key.

usage: sidecar_keys.py DCM2NIIX RADBATCH_CONVERT SERIES_FOLDER...

Each folder holds one series. Prints a line per key: equal, ours only, theirs only (with why), DIFFERS.
"""
import collections
import json
import pathlib
import subprocess
import sys
import tempfile

Row = collections.namedtuple("Row", "series key verdict theirs ours")

# Keys of dcm2niix that we leave out, and why. docs/convert.md says the same.
LEFT_OUT = {
    "AcquisitionTime": "identifies", "InstitutionAddress": "identifies", "InstitutionName": "identifies",
    "InstitutionalDepartmentName": "identifies", "StationName": "identifies", "DeviceSerialNumber": "identifies",
    "PatientAge": "of the person: studies.csv", "PatientSex": "of the person: studies.csv",
    "PatientWeight": "of the person", "PatientSize": "of the person",
    "StudyDescription": "free text about the person: studies.csv", "ProcedureStepDescription": "free text",
    "BidsGuess": "--layout bids", "ReconFilterType": "a guess from ConvolutionKernel",
    "ReconFilterSize": "a guess from ConvolutionKernel", "PulseSequenceType": "a guess from SequenceName",
    "ImageComments": "free text", "RawImage": "said by ImageType",
    "ProtocolName": "dcm2niix copies SeriesDescription where there is none",
    "ReconMatrixPE": "the phase encoding direction is not in the header",
    "TablePosition": "private (Siemens)", "CoilString": "private (Siemens)", "DwellTime": "private (Siemens)",
}
# Keys whose values differ for a reason.
EXPLAINED = {
    "ImageType": "dcm2niix adds words of its own (MAGNITUDE) and turns spaces into _",
    "ConversionSoftware": "another program", "ConversionSoftwareVersion": "another program",
}


def is_equal(theirs, ours):
    numbers = lambda value: [value] if isinstance(value, (int, float)) and not isinstance(value, bool) else value
    theirs, ours = numbers(theirs), numbers(ours)
    if isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        return all(a == b if isinstance(a, (str, bool)) or isinstance(b, (str, bool)) else abs(a - b) <= 1e-5 * max(abs(a), 1e-3)
                   for a, b in zip(theirs, ours))
    return theirs == ours


def load(path):
    """dcm2niix writes control characters and lone backslashes: such a file is mended before it is read."""
    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        return json.loads(text, strict=False)
    except json.JSONDecodeError:
        return json.loads(text.replace('\\"', '\\\\"'), strict=False)


def compare(dcm2niix, convert, folders, scratch):
    rows = []
    for series in map(pathlib.Path, folders):
        theirs_out, ours_out = scratch / series.name / "theirs", scratch / series.name / "ours"
        theirs_out.mkdir(parents=True)
        subprocess.run([dcm2niix, "-z", "n", "-b", "o", "-ba", "y", "-f", "x", "-o", theirs_out, series],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        subprocess.run([convert, series, "-o", ours_out, "-q", "--ok", "refused,failed"], check=True)
        theirs = load(sorted(theirs_out.glob("*.json"))[0])
        ours = load(next(path for path in ours_out.glob("*/*.json") if path.parent.name not in ("journal", "private")))
        for key in sorted(theirs.keys() | ours.keys()):
            if key not in ours:
                verdict = "left out: " + LEFT_OUT[key] if key in LEFT_OUT else "DIFFERS"
            elif key not in theirs:
                verdict = "ours only"
            elif is_equal(theirs[key], ours[key]):
                verdict = "equal"
            else:
                verdict = "explained: " + EXPLAINED[key] if key in EXPLAINED else "DIFFERS"
            rows.append(Row(series.name, key, verdict, theirs.get(key), ours.get(key)))
    return rows


def main():
    with tempfile.TemporaryDirectory() as folder:
        rows = compare(sys.argv[1], sys.argv[2], sys.argv[3:], pathlib.Path(folder))
    for row in rows:
        print(f"{row.series:20} {row.key:36} {row.verdict:50} {row.theirs!s:.40} | {row.ours!s:.40}")
    return 1 if any(row.verdict == "DIFFERS" for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
