"""Nothing leaks: a cohort in which every attribute of DICOM's confidentiality profile has a value of its own, and a search
for each of these values in all that the tools write and print outside private/.

The list of attributes is our own table, lib/radbatch/study/confidentiality_profile.cpp; docs/safety.md says which of
them are kept and why. Files are searched as they are and unpacked: gzip, HDF5 (its strings are in the file as they are),
PNG text (the same), pictures in HTML.
"""

import base64
import contextlib
import datetime
import gzip
import json
import os
import pathlib
import re
import shutil
import tempfile
import unittest
import zlib

import harness
import real_images
from real_images import MODEL, numpy, pydicom

SOURCE = harness.ROOT / "lib/radbatch/study/confidentiality_profile.cpp"
DATA = pathlib.Path(os.environ.get("RADBATCH_DATA") or harness.ROOT.parent / "shared/data")
ENCODINGS = ("utf-8", "gb18030", "utf-16-le", "latin-1")
# What is looked for as a whole; shorter texts and numbers are found everywhere by chance.
LEAST = 5
# Asked for: rows are joined by them with an archive (contracts.md, section 4).
UIDS = {"StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID"}
# Values that say what they are; free text is kept, with names masked, and has a test of its own.
KEPT = {"PatientSex", "PatientAge", "PatientSize", "PatientWeight", "StudyDescription", "SeriesDescription", "ProtocolName",
        "ContrastBolusAgent"}
CHINESE = {"PatientName": "欧阳^{n}梅", "ReferringPhysicianName": "司马^{n}光", "InstitutionName": "第{n}人民医院",
           "PatientAddress": "长安街{n}号"}


def table(name):
    text = SOURCE.read_text(encoding="utf-8")
    return re.findall(r'"(\w+)"', text.split(f"{name}{{" if name == "kept" else "profile{")[1].split("}")[0])


class Secrets:
    """Values of the attributes of one file; `n` tells files apart."""

    def __init__(self, n):
        self.n, self.values = n, {}

    def value(self, keyword, vr):
        """A value that is found nowhere by chance, and fits the VR."""
        n, k = self.n, zlib.crc32(keyword.encode())
        if keyword in CHINESE and n % 2:
            return CHINESE[keyword].format(n=chr(0x4E10 + n))
        day = datetime.date(1901, 1, 1) + datetime.timedelta(days=(k + 613 * n) % 40000)
        clock = f"{k % 24:02}{n % 60:02}{k // 24 % 60:02}.{k % 899983 + 100000}"
        short, number = f"Zq{k % 46656 + n:04X}x", str(k % 89_999_999 + 10_000_000 + n)
        return {"PN": f"Zq{keyword[:20]}{n}^Vorname{k % 9973}", "DA": f"{day:%Y%m%d}", "TM": clock,
                "DT": f"{day:%Y%m%d}{clock}", "UI": f"1.2.826.0.4711.{k}.{n}", "DS": number[:8] + "." + number[:4],
                "IS": number, "AS": None, "AE": short, "CS": short.upper(), "SH": short, "LO": f"Zq{keyword[:40]} {n}",
                "ST": f"Zq{keyword} text {n}", "LT": f"Zq{keyword} text {n}", "UT": f"Zq{keyword} text {n}",
                "UC": f"Zq{keyword} text {n}", "UR": f"http://zq{keyword}{n}.example", "OB": f"Zq{keyword}{n}".encode(),
                "UN": f"Zq{keyword}{n}".encode()}.get(vr)

    def fill(self, image, keywords, depth=0):
        """Sets every attribute that `image` has not, sequences down to the third level."""
        for keyword in keywords:
            tag = pydicom.datadict.tag_for_keyword(keyword)
            if keyword in UIDS or tag >> 16 < 8 or tag >> 16 >= 0x5000:
                continue
            vr = pydicom.datadict.dictionary_VR(tag)
            if vr == "SQ":
                if depth < 2:
                    inner = pydicom.Dataset()
                    self.fill(inner, [word for word in keywords if zlib.crc32((keyword + word).encode()) % 20 == 0], depth + 1)
                    image.add_new(tag, vr, [inner])
                continue
            value = self.value(keyword, vr)
            if value is None:
                continue
            image.add_new(tag, vr, value)
            if keyword not in KEPT:
                self.values.setdefault(keyword, set()).add(value)

    def texts(self):
        """keyword -> byte strings, in every encoding that a writer could have used."""
        for keyword, values in self.values.items():
            for value in values:
                if isinstance(value, bytes):
                    yield keyword, value
                    continue
                for part in {value, *(value.split("^") if "^" in value else ())}:
                    if len(part) < LEAST and part.isascii():
                        continue
                    for encoding in ENCODINGS[:1] + ENCODINGS[2:3] if part.isascii() else ENCODINGS:
                        with contextlib.suppress(UnicodeEncodeError):
                            yield keyword, part.encode(encoding)


class Search:
    """Which of the secrets lie in some bytes. All are looked for at once, by their first four bytes."""

    def __init__(self, secrets):
        self.keyword = {}
        for one in secrets:
            for keyword, text in one.texts():
                self.keyword.setdefault(text, keyword)
        self.by_start = {}
        for word in self.keyword:
            self.by_start.setdefault(int.from_bytes(word[:4], "little"), []).append(word)
        self.starts = numpy.array(sorted(self.by_start), numpy.uint32)

    def __len__(self):
        return len(self.keyword)

    def hits(self, content):
        found = set()
        for shift in range(4):
            words = numpy.frombuffer(content, numpy.uint32, max(0, len(content) - shift) // 4, min(shift, len(content)))
            for i in numpy.flatnonzero(numpy.isin(words, self.starts)):
                at = int(i) * 4 + shift
                found |= {(self.keyword[word], word) for word in self.by_start[int(words[i])] if content.startswith(word, at)}
        return found


def unpacked(path):
    """A file's bytes, and what is packed inside."""
    content = path.read_bytes()
    yield content
    if content[:2] == b"\x1f\x8b":
        yield gzip.decompress(content)
    if path.suffix == ".html":
        for picture in re.findall(rb"base64,([A-Za-z0-9+/=]+)", content):
            yield base64.b64decode(picture)


def outputs(folder):
    """(path below the folder, path) of every file outside private/, and of every folder."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if "private" not in inside.parts:
            yield inside, path


class EveryAttribute(real_images.RealTest):
    """More than 200 files: CT and CR studies of several patients, made once for all tests."""

    N_CT, N_CR, N_SLICES = 12, 4, 17

    @classmethod
    def setUpClass(cls):
        cls.keywords, cls.secrets = [word for word in table("profile") if pydicom.datadict.tag_for_keyword(word)], []
        cls.cohort = pathlib.Path(tempfile.mkdtemp(prefix="radbatch-leaks-"))
        cls.addClassCleanup(shutil.rmtree, cls.cohort, ignore_errors=True)
        for i in range(cls.N_CT):
            slices = [real_images.ct_slice(index, f"1.2.826.9.{i + 1}") for index in range(cls.N_SLICES)]
            cls.keep(slices, f"Zqfolder{i} 欧阳", i)
        for i in range(cls.N_CR):
            cls.keep([real_images.radiograph(f"1.2.826.8.{i + 1}")], f"Zqfolder{100 + i} 欧阳", 100 + i)
        cls.search = Search(cls.secrets)

    def setUp(self):
        super().setUp()
        self.path("studies").rmdir()
        shutil.copytree(self.cohort, self.path("studies"), copy_function=os.link)

    @classmethod
    def keep(cls, images, folder, n):
        secrets, header = Secrets(n), pydicom.Dataset()
        secrets.fill(header, cls.keywords)
        header.SeriesDescription = f"thin {header.PatientName} {header.PatientID}"
        header.StudyDescription = f"Exam of {str(header.PatientName).split('^')[0]}, born {header.PatientBirthDate}"
        if n % 2:
            header.SpecificCharacterSet = "GB18030" if n % 4 == 1 else "ISO_IR 192"
        secrets.values["folder"] = {folder}
        cls.secrets.append(secrets)
        for i, image in enumerate(images):
            image.update(header)
            real_images.save(image, cls.cohort / folder / f"Zqfile{i}")

    def leaks(self, *results, outs=("out",), files=()):
        found = {}
        for out in outs:
            for inside, path in outputs(self.path(out)):
                hits = self.search.hits(os.fsencode(inside))
                for content in unpacked(path) if path.is_file() else ():
                    hits |= self.search.hits(content)
                if hits:
                    found[f"{out}/{inside}"] = sorted(hits)[:5]
        for name, content in [(f"printed by {i}", (r.stdout + r.stderr).encode()) for i, r in enumerate(results)] + \
                             [(name, self.path(name).read_bytes()) for name in files]:
            if hits := self.search.hits(content):
                found[name] = sorted(hits)[:5]
        return found

    def n_files(self):
        return sum(path.is_file() for path in self.path("studies").rglob("*"))

    def test_the_cohort_is_large_and_full(self):
        self.assertGreater(self.n_files(), 200)
        image = pydicom.dcmread(next(path for path in self.path("studies").rglob("*") if path.is_file()))
        kept = [word for word in self.keywords if word in image]
        self.assertGreater(len(kept), 500)
        self.assertGreater(len(self.search), 5_000)
        whole = b"".join(path.read_bytes() for path in self.path("studies").rglob("*") if path.is_file())
        self.assertGreater(len(self.search.hits(whole)), 5_000)  # or the search would find nothing

    def test_infer_its_report_and_why(self):
        run = self.ends(self.infer("-vv", "--stream", "--log-file", "run.log", "--thumbnails", "all"), 0)
        report = self.run_tool("radbatch-report", "out")
        self.assertEqual(report.code, 0, report.stderr)
        whys = [self.run_tool("radbatch", "why", "out", row["case_id"], "-v") for row in self.rows("out/cases.csv")[:5]]
        explained = [result.code for result in whys]
        self.assertEqual(self.leaks(run, report, files=["run.log"]), {})
        self.assertEqual(len(self.rows("out/cases.csv")), self.N_CT + self.N_CR)
        self.assertEqual(explained, [0] * 5)

    def test_convert_in_every_format(self):
        formats = re.search(r"one of ([\w., ]+)", self.run_tool("radbatch-convert", "studies", "-o", "x", "--format", "?").stderr)
        for i, form in enumerate(formats[1].split(", ")):
            run = self.ends(self.run_tool("radbatch-convert", "studies", "-o", f"out{i}", "-v", "--stream", "--log-file",
                                          f"{i}.log", "--format", form), 0)
            self.assertEqual(self.leaks(run, outs=[f"out{i}"], files=[f"{i}.log"]), {}, form)

    def test_preprocess(self):
        run = self.ends(self.run_tool("radbatch-preprocess", "--model", MODEL, "studies", "-o", "out", "-v", "--stream"), 0)
        self.assertEqual(self.leaks(run), {})

    def test_the_pipe(self):
        run = self.ends(self.shell(f"radbatch convert studies -o a --stream -v | radbatch preprocess - --model {MODEL} -o b -v --stream"
                                   f" | radbatch infer - --model {MODEL} -o out -v --stream"), 0)
        self.assertEqual(self.leaks(run, outs=["a", "b", "out"]), {})

    def test_a_dry_run_and_damaged_files(self):
        for path in [path for path in sorted(self.path("studies").rglob("*")) if path.is_file()][::7]:
            content = path.read_bytes()
            path.unlink()  # it is a link to the cohort of the other tests
            path.write_bytes(content[:-900])
        dry = self.run_tool("radbatch-convert", "studies", "-o", "dry", "--dry-run", "-v")
        self.assertEqual(dry.code, 0, dry.stderr)
        run = self.ends(self.infer("-vv"), 8)
        self.assertEqual(self.leaks(dry, run), {})

    def test_descriptions_stay_without_the_names_in_them(self):
        self.ends(self.run_tool("radbatch-convert", "studies", "-o", "out"), 0)
        self.assertEqual({row["SeriesDescription"] for row in self.rows("out/series.csv")}, {"thin *** ***"})
        self.assertEqual({row["StudyDescription"] for row in self.rows("out/studies.csv")}, {"Exam of ***, born ***"})

    def test_patient_keys(self):
        """Keyed: nobody can list all patients' numbers and compare; the same key gives the same key."""
        self.path("key").write_text("one secret")
        for out, words in {"a": ["--key-file", "key"], "b": ["--key-file", "key"], "c": []}.items():
            self.ends(self.run_tool("radbatch-convert", "studies", "-o", out, *words), 0)
        keys = {out: {row["PatientID"]: row["patient_key"] for row in self.rows(f"{out}/private/linkage.csv")} for out in "abc"}
        self.assertEqual((keys["a"], len(set(keys["a"].values()))), (keys["b"], self.N_CT + self.N_CR))
        self.assertFalse(set(keys["a"].values()) & set(keys["c"].values()))
        plain = {harness.hashlib.sha256(patient.encode()).hexdigest()[:16] for patient in keys["a"]}
        self.assertFalse(set(keys["a"].values()) & plain)


@unittest.skipUnless((DATA / "dicom").exists(), "no real data")
class RealFiles(real_images.RealTest):
    """The files of data/dicom, and whatever identifies in their headers."""

    WORDS = {"PatientName", "PatientID", "PatientBirthDate", "AccessionNumber", "StudyDate", "SeriesDate", "AcquisitionDate",
             "ContentDate", "StudyTime", "SeriesTime", "AcquisitionTime", "ContentTime", "StudyID", "InstitutionName",
             "InstitutionAddress", "ReferringPhysicianName", "PerformingPhysicianName", "OperatorsName", "StationName",
             "DeviceSerialNumber", "OtherPatientIDs", "PatientComments", "RequestingPhysician", "InstanceCreationDate"}
    # Attributes that are kept and may have the same text: a maker that is also named as the institution.
    KEPT = ("Manufacturer", "ManufacturerModelName", "SoftwareVersions", "SeriesDescription", "StudyDescription")
    # Values that stand for nobody, among them a keyword of DICOM that one file has as its patient's name.
    COMMON = {"anonymized", "anonymous", "unknown", "000000", "modality", "anonymized^^"}
    UID = re.compile(rb"[0-9]+(?:\.[0-9]+){4,}")  # may have dates and serial numbers inside, and is kept

    def secrets(self):
        secrets, kept = Secrets(0), set()
        for path in sorted((DATA / "dicom").rglob("*")):
            try:
                image = pydicom.dcmread(path, stop_before_pixels=True, force=True)
                values = {word: str(image[word].value) for word in self.WORDS if word in image}
                kept |= {str(image[word].value) for word in self.KEPT if word in image}
            except Exception:  # hostile files are what the folder is for
                continue
            for word, value in values.items():
                secrets.values.setdefault(word, set()).add(value.strip("^ "))
        for word, values in secrets.values.items():
            secrets.values[word] = {value for value in values if len(value) >= LEAST and value.lower() not in self.COMMON
                                    and "^" not in value and not any(value in text for text in kept)}
            secrets.values[word] |= {part for value in values for part in value.split("^")
                                     if len(part) >= LEAST and part.lower() not in self.COMMON and word.endswith("Name")
                                     and not any(part in text for text in kept)}
        return secrets

    def leaks(self, search, content):
        """Hits that stand as words of their own."""
        content = self.UID.sub(b"UID", content)
        return sorted(hit for hit in search.hits(content)
                      if re.search(rb"(?<![0-9A-Za-z.])" + re.escape(hit[1]) + rb"(?![0-9A-Za-z.])", content))[:5]

    def test_convert_and_infer(self):
        search = Search([self.secrets()])
        self.assertGreater(len(search), 150)
        data = str(DATA / "dicom")
        convert = self.run_tool("radbatch-convert", data, "-o", "out", "-vv", "--stream", timeout=250)
        infer = self.run_tool("radbatch-infer", "--model", MODEL, data, "-o", "scores", "-vv", timeout=250)
        self.assertEqual((convert.code, infer.code), (8, 8), convert.stderr + infer.stderr)
        found = {i: self.leaks(search, (result.stdout + result.stderr).encode()) for i, result in enumerate((convert, infer))}
        for out in ("out", "scores"):
            for inside, path in outputs(self.path(out)):
                found[f"{out}/{inside} named"] = self.leaks(search, os.fsencode(inside))
                if path.is_file() and path.suffix not in (".gz", ".nii"):  # voxels hold every short word by chance
                    found[f"{out}/{inside}"] = self.leaks(search, path.read_bytes())
        self.assertEqual({name: hits for name, hits in found.items() if hits}, {})


if __name__ == "__main__":
    unittest.main()
