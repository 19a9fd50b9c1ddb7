"""A cohort of head CT studies as clinics have them: scouts, dose sheets, soft and bone kernels, thick and thin slices.

    python3 tests/support/make_head_ct.py OUT --studies 40            # small DICOM files (needs pydicom)
    python3 tests/support/make_head_ct.py OUT --studies 800 --scan    # a scan folder: headers only, no files

Descriptions, kernels and scanners differ between hospitals; some studies lack the thin series, some have the thick one
twice, some none with a soft kernel. Both forms give the same studies. The headers are those of one real slice
(RADBATCH_DATA/dicom/head-ct-ge-28, as the scan reads it) with what differs replaced; without it, a made-up one.
"""

import argparse
import json
import os
import pathlib

ROOT = pathlib.Path(__file__).absolute().parents[2]
PLAIN = {"Modality": "CT", "Rows": 16, "Columns": 16, "PixelSpacing": [14.0, 14.0], "PatientID": "x", "KVP": 120,
         "ImageOrientationPatient": [1, 0, 0, 0, 1, 0], "PhotometricInterpretation": "MONOCHROME2", "SamplesPerPixel": 1,
         "BitsAllocated": 16, "BitsStored": 12, "HighBit": 11, "PixelRepresentation": 0, "RescaleSlope": 1,
         "RescaleIntercept": -1024, "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2", "is_image": True,
         "TransferSyntaxUID": "1.2.840.10008.1.2.1"}
# manufacturer, model, kernel of soft and bone, descriptions of scout, thick, bone, thin soft, thin bone
SCANNERS = [
    ("GE MEDICAL SYSTEMS", "LightSpeed VCT", "STANDARD", "BONEPLUS", "Scout", "5mm Stnd", "5mm Bone", "0.625 Stnd", "0.625 Bone"),
    ("SIEMENS", "SOMATOM Definition", "H31s", "H60s", "Topogram 0.6 T20s", "HeadSeq 5.0 H31s", "HeadSeq 5.0 H60s",
     "Head 1.0 H31s", "Head 1.0 H60s"),
    ("Philips", "Brilliance 64", "UB", "D", "Surview", "HEAD 5/5", "HEAD BONE", "HEAD 1/.5", "HEAD BONE thin"),
    ("TOSHIBA", "Aquilion", "FC21", "FC30", "Scanogram", "头颅平扫 5mm", "头颅 骨窗", "头颅 薄层", "头颅 薄层 骨窗"),
]
SCOUT, THICK, BONE, THIN, THIN_BONE = 4, 5, 6, 7, 8
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


def real_header():
    """Attributes of a real slice as radbatch-scan gives them, or the plain ones."""
    folder = pathlib.Path(os.environ.get("RADBATCH_DATA", ROOT.parent / "shared/data")) / "dicom/head-ct-ge-28"
    if not folder.exists():
        return PLAIN
    try:
        import pydicom
    except ImportError:
        return PLAIN
    image = pydicom.dcmread(min(path for path in folder.iterdir() if path.is_file()), stop_before_pixels=True)
    header = dict(PLAIN)
    for element in image:
        if element.VR in ("CS", "LO", "SH") and element.keyword and not element.is_empty:
            value = element.value
            header[element.keyword] = "\\".join(value) if element.VM > 1 else str(value)
    for secret in ("PatientID", "PatientName", "AccessionNumber", "StudyID"):
        header.pop(secret, None)
    return header


def slices_of(study, thin_every):
    """(header) of every instance of one study."""
    scanner = SCANNERS[study % len(SCANNERS)]
    uid = f"1.2.826.0.1.{study}"
    base = {"PatientID": f"P{study:04}", "StudyInstanceUID": uid, "StudyDescription": "CT HEAD", "BodyPartExamined": "HEAD",
            "Manufacturer": scanner[0], "ManufacturerModelName": scanner[1], "AcquisitionDate": "20260101"}
    n_thick = 28 + study % 7

    def series(number, description, kernel, n, step, image_type, **more):
        for i in range(n):
            yield base | {"SeriesInstanceUID": f"{uid}.{number}", "SOPInstanceUID": f"{uid}.{number}.{i + 1}",
                          "SeriesNumber": number, "InstanceNumber": i + 1, "SeriesDescription": description,
                          "ConvolutionKernel": kernel, "SliceThickness": step, "ImageType": image_type,
                          "AcquisitionTime": f"10{number % 60:02}00", "FrameOfReferenceUID": f"{uid}.9",
                          "ImagePositionPatient": [-112.0, -112.0, round(i * step, 3)]} | more

    axial, scout = "ORIGINAL\\PRIMARY\\AXIAL", "ORIGINAL\\PRIMARY\\LOCALIZER"
    yield from series(1, scanner[SCOUT], "", 2, 1, scout)
    if study % 11 != 5:  # some have a bone kernel only
        yield from series(2, scanner[THICK], scanner[2], n_thick, 5, axial)
    if study % 9 == 4:   # some were repeated: the patient had moved
        yield from series(3, scanner[THICK], scanner[2], n_thick, 5, axial)
    yield from series(4, scanner[BONE], scanner[3], n_thick, 5, axial)
    if study % thin_every == 0:
        yield from series(5, scanner[THIN], scanner[2], 160, 1, axial)
        yield from series(6, scanner[THIN_BONE], scanner[3], 160, 1, axial)
    sheet = series(501, "Dose Report", "", 1, 1, "DERIVED\\SECONDARY\\SCREEN SAVE", SOPClassUID=SECONDARY_CAPTURE)
    for header in sheet:
        for keyword in ("ImagePositionPatient", "FrameOfReferenceUID", "ConvolutionKernel"):
            header.pop(keyword)
        yield header


def expected(n_studies):
    """Cases of which one, none and several images meet preset:head-ct-soft-thick."""
    several = sum(study % 11 != 5 and study % 9 == 4 for study in range(n_studies))
    none = sum(study % 11 == 5 and study % 9 != 4 for study in range(n_studies))
    return n_studies - several - none, none, several


def write_scan(out, n_studies, thin_every):
    (out / "journal").mkdir(parents=True)
    (out / "private").mkdir(mode=0o700)
    identity = {"tool": "scan", "format_version": "1.0", "options": {"case_by": ["StudyInstanceUID"]}}
    (out / "journal/identity.json").write_text(json.dumps(identity))
    (out / "private/roots.json").write_text("[]")
    header = real_header()
    n_files = 0
    with open(out / "private/index.ndjson", "w", encoding="utf-8") as index:
        for study in range(n_studies):
            for own in slices_of(study, thin_every):
                attributes = header | own
                if attributes["SOPClassUID"] == SECONDARY_CAPTURE:
                    attributes.pop("PixelSpacing"), attributes.pop("ImageOrientationPatient")
                n_files += 1
                index.write(json.dumps({"path": f"{study:04}/{own['SOPInstanceUID']}.dcm", "root": "/nowhere", "size": 1000,
                                        "mtime_ns": 1, "kind": "dicom", "attributes": attributes}) + "\n")
    (out / "scan.json").write_text(json.dumps({"format": "radbatch-scan", "format_version": "1.0"}))
    return n_files


def write_files(out, n_studies, thin_every):
    import pydicom
    header = real_header()
    n_files = 0
    for study in range(n_studies):
        for own in slices_of(study, thin_every):
            attributes = header | own
            image = pydicom.Dataset()
            image.file_meta = pydicom.dataset.FileMetaDataset()
            image.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
            image.file_meta.MediaStorageSOPClassUID = attributes["SOPClassUID"]
            image.file_meta.MediaStorageSOPInstanceUID = attributes["SOPInstanceUID"]
            image.is_little_endian, image.is_implicit_VR = True, False
            for keyword, value in attributes.items():
                unfit = keyword in ("is_image", "TransferSyntaxUID", "SpecificCharacterSet") or value == ""
                if attributes["SOPClassUID"] == SECONDARY_CAPTURE and keyword in ("PixelSpacing", "ImageOrientationPatient"):
                    unfit = True
                if not unfit and pydicom.datadict.tag_for_keyword(keyword):
                    setattr(image, keyword, value.split("\\") if isinstance(value, str) and "\\" in value else value)
            image.SpecificCharacterSet = "ISO_IR 192"
            image.PixelData = bytes(2 * PLAIN["Rows"] * PLAIN["Columns"])
            path = out / f"{study:04}" / f"{own['SOPInstanceUID']}"
            path.parent.mkdir(parents=True, exist_ok=True)
            image.save_as(path, write_like_original=False)
            n_files += 1
    return n_files


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--studies", type=int, default=40)
    parser.add_argument("--thin-every", type=int, default=3, help="which studies have thin series")
    parser.add_argument("--scan", action="store_true", help="a scan folder without files")
    options = parser.parse_args()
    write = write_scan if options.scan else write_files
    print(f"{write(options.out, options.studies, options.thin_every)} headers of {options.studies} studies")


if __name__ == "__main__":
    main()
