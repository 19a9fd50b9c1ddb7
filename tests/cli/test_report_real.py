"""Issue 7's proof: chest X-rays in one flat folder, from their files to a report by an accession-keyed label file."""

import base64
import csv
import gzip
import io
import json
import re
import unittest

import real_images
from real_images import h5py, pydicom
from pydicom.uid import DigitalXRayImageStorageForPresentation

FAMILY, GIVEN = ["张", "欧阳", "司马"], ["三丰", "翠花", "建国", "秀英"]
N_STUDIES = 26
FIRST_ACCESSION = 120_045_780_011  # 12 digits; one study's number has a zero in front and 11 behind it
LOST_ZERO, ROUNDED, UNLABELLED = 20, 21, (22, 23, 24, 25)
N_STRANGERS = 10


def accession(i):
    return f"0{98_700_654_321}" if i == LOST_ZERO else str(FIRST_ACCESSION + 7919 * i)


def patient(i):
    """Patients 0 to 5 have two studies each."""
    return i % 20 if i < 6 or i >= 20 else i


def name_of(i):
    return f"{FAMILY[patient(i) % 3]}^{GIVEN[patient(i) % 4]}{patient(i)}"


def patient_id(i):
    return f"门诊{8_801_234 + 31 * patient(i)}"


class Radiographs(real_images.RealTest):
    """`studies`: a PA and a lateral view per study in one series, DX and CR, Chinese headers that do not say so."""

    def setUp(self):
        super().setUp()
        for i in range(N_STUDIES):
            for view in (1, 2):
                self.view(i, view)

    def view(self, i, view):
        uid = f"1.2.826.0.1.{1000 + i}"
        image = real_images.dataset(
            real_images.picture(2 * i + view, (64, 56)), uid, "DX" if i % 2 else "CR", InstanceNumber=view,
            ImagerPixelSpacing=[1, 1], ViewPosition=("PA", "LL")[view - 1], AccessionNumber=accession(i),
            PatientID=patient_id(i).encode("gbk"), PatientName=name_of(i).encode("gbk"), PatientSex="FM"[patient(i) % 2],
            PatientBirthDate=f"19{40 + patient(i)}0317", PatientAge=f"0{40 + patient(i)}Y", StudyDate=f"202401{i + 1:02}",
            InstitutionName="协和医院".encode("gbk"), StudyDescription=f"胸部正侧位 {name_of(i)}".encode("gbk"),
            Manufacturer=("Alpha", "Beta")[i % 2],
            SOPClassUID=DigitalXRayImageStorageForPresentation if i % 2 else pydicom.uid.ComputedRadiographyImageStorage)
        image.file_meta.MediaStorageSOPClassUID = image.SOPClassUID
        real_images.save(image, self.path(f"studies/IM{2 * i + view:05}"))

    def secrets(self):
        """What may stand in private/ only, as bytes in the encodings in which it may come."""
        texts = {f"19{40 + patient(i)}0317" for i in range(N_STUDIES)}
        for i in range(N_STUDIES):
            texts |= {accession(i), accession(i).lstrip("0"), patient_id(i), patient_id(i)[2:], name_of(i), *name_of(i).split("^")[1:]}
        texts |= {stranger(i) for i in range(N_STRANGERS)}
        return {text.encode(encoding) for text in texts for encoding in ("utf-8", "gbk", "utf-16-le")} | {
            json.dumps(text)[1:-1].encode() for text in texts}

    def contents(self):
        """Every file outside private/, also what is packed in it: gzip, HDF5 datasets and attributes, pictures of the page."""
        for path in sorted(self.folder.rglob("*")):
            inside = path.relative_to(self.folder)
            if not path.is_file() or inside.parts[0] in ("studies", "labels", "model") or "private" in inside.parts:
                continue
            data = path.read_bytes()
            yield inside, str(inside).encode() + b"\n" + data
            if path.suffix == ".gz":
                yield inside, gzip.decompress(data)
            if path.suffix == ".h5":
                with h5py.File(path) as file:
                    texts = [repr(dict(file.attrs))]
                    file.visititems(lambda name, item: texts.append(
                        f"{name} {dict(item.attrs)} {item[()].tolist() if isinstance(item, h5py.Dataset) else ''}"))
                # h5py gives texts as bytes or str; both as they are
                yield inside, "\n".join(texts).encode().decode("unicode_escape", "replace").encode("latin-1", "replace")
                yield inside, "\n".join(texts).encode("utf-8", "surrogateescape")
            if path.suffix == ".html":
                for picture in re.findall(rb"data:image/\w+;base64,([A-Za-z0-9+/=]+)", data):
                    yield inside, base64.b64decode(picture)

    def leaks(self, *results):
        secrets = self.secrets()
        found = [("printed", secret) for result in results for secret in secrets
                 if secret in (result.stdout + result.stderr).encode("utf-8", "surrogateescape")]
        looked = 0
        for inside, data in self.contents():
            looked += 1
            found += [(str(inside), secret) for secret in secrets if secret in data]
        self.assertGreater(looked, 20)
        return found


def stranger(i):
    return str(770_010_203_040 + 13 * i)


class Shown(Radiographs):
    def label(self):
        """acc.csv of 33 rows: 20 that fit, a lost zero, a rounded number, 10 strangers, one row twice."""
        rows = [(accession(i), ("CXR", "Hand", "HeadCT")[i % 3]) for i in range(LOST_ZERO)]
        rows.append((accession(LOST_ZERO).lstrip("0"), "CXR"))
        rows.append(("1.2E+11", "CXR"))
        rows += [(stranger(i), "CXR") for i in range(N_STRANGERS)]
        rows.append(rows[4])
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([("accession", "label"), *rows])
        self.path("labels").mkdir(exist_ok=True)
        self.path("labels/acc.csv").write_text(text.getvalue(), encoding="utf-8")

    def infer_and_report(self, *words):
        self.label()
        run = self.ends(self.infer("--on-many", "first"), 0)
        report = self.ends(self.run_tool("radbatch-report", "out", "--labels", "labels/acc.csv", "--key",
                                         "accession=AccessionNumber", *words), 0)
        self.case_of = {row["AccessionNumber"]: row["case_id"] for row in self.rows("out/private/linkage.csv")}
        return run, report

    def expected_join(self):
        case = [self.case_of[accession(i)] for i in range(N_STUDIES)]
        rows = [(str(i + 2), case[i], "matched", "", "") for i in range(LOST_ZERO)]
        rows.append(("22", "", "unmatched", "no case has this key as it stands; it differs in: leading zeros",
                     "--repair-keys accepts it"))
        rows.append(("23", "", "unmatched", "a spreadsheet has rounded the key (1.2E+11): its last digits are lost",
                     "export the column as text"))
        rows += [(str(24 + i), "", "unmatched", "no case has this key", "") for i in range(N_STRANGERS)]
        rows.append(("34", case[4], "duplicate", "line 6 says the same of this case", ""))
        return rows + [("", one, "unlabelled", "no row names the case", "") for one in sorted(
            case[i] for i in (LOST_ZERO, ROUNDED, *UNLABELLED))]

    def test_the_join_is_exact_and_no_one_is_named(self):
        results = self.infer_and_report("--tables", "tables", "--checklists", "checklists", "--figures", "figures",
                                        "--subgroup", "Manufacturer,PatientSex", "--min-group", "5", "--layout", "bids,clinicadl",
                                        "--by", "PatientSex")
        self.assertEqual(len(self.case_of), N_STUDIES)
        self.assertEqual([tuple(row.values()) for row in self.rows("out/label_join.csv")], self.expected_join())
        self.assertEqual(self.leaks(*results), [])
        told = results[1].stderr
        self.assertIn("1 key would match but for leading zeros; --repair-keys accepts that", told)

    def test_the_errors_can_be_looked_up_in_the_pacs(self):
        self.infer_and_report()
        top = {row["case_id"]: row["top"] for row in self.rows("out/predictions.csv")}
        wrong = [i for i in range(LOST_ZERO) if top[self.case_of[accession(i)]] != ("CXR", "Hand", "HeadCT")[i % 3]]
        self.assertTrue(wrong)
        page = self.path("out/private/review.html").read_text(encoding="utf-8")
        self.assertEqual([i for i in wrong if f"<code>{accession(i)}</code>" not in page
                          or f"<code>{patient_id(i)}</code>" not in page], [])
        self.assertEqual({row["AccessionNumber"] for row in self.rows("out/private/review.csv")}, {accession(i) for i in wrong})
        for name in ("", "review.html", "review.csv", "label_join_keys.csv"):
            self.assertEqual(self.path(f"out/private/{name}").stat().st_mode & 0o77, 0, name)

    def test_repaired_keys_match(self):
        self.infer_and_report("--repair-keys")
        rows = {row["line"]: row for row in self.rows("out/label_join.csv")}
        self.assertEqual((rows["22"]["case_id"], rows["22"]["outcome"], rows["22"]["why"]),
                         (self.case_of[accession(LOST_ZERO)], "matched", "matched after a repair: leading zeros"))
        self.assertEqual(rows["23"]["outcome"], "unmatched")

    def test_patients_with_several_studies_are_one_cluster(self):
        self.infer_and_report()
        labels = json.loads(self.path("out/report.json").read_text(encoding="utf-8"))["parts"]["label-join"]
        self.assertEqual((labels["units"], labels["patients"], labels["outcomes"]["unlabelled"]), (20, 20, 6))


HOSTILE = ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "=HYPERLINK(\"http://x\")", "a&b</title>",
           "'; DROP TABLE", "%s%n\\input{x}", "\u202egnp.exe", "]]></svg><script>1</script>"]


class Hostile(Radiographs):
    """Strings that would like to run, in findings, labels, columns and headers."""

    def test_nothing_of_them_runs_or_breaks_the_page(self):
        network = f"""
            def forward(self, x):
                return torch.sigmoid(torch.cat([x.flatten(1).mean(1, True) * (i + 1) for i in range({len(HOSTILE)})], 1).to(6))
        """
        self.script_model(network, name="model", heads=[{
            "name": "head", "kind": "multi-label", "activation": "inside",
            "thresholds": {f"f{i}": 0.5 for i in range(len(HOSTILE))},
            "findings": [{"name": text, "slug": f"f{i}"} for i, text in enumerate(HOSTILE)]}])
        self.ends(self.infer("--on-many", "first", model="model"), 0)
        cases = [row["case_id"] for row in self.rows("out/predictions.csv")]
        self.path("labels").mkdir()
        with open(self.path("labels/<b>.csv"), "w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(["case_id", *HOSTILE, "<i>site</i>"])
            table.writerows([case, *((i + k) % 2 for k in range(len(HOSTILE))), HOSTILE[i % 3]] for i, case in enumerate(cases))
        self.ends(self.run_tool("radbatch-report", "out", "--labels", "labels/<b>.csv", "--title", HOSTILE[0], "--subgroup",
                                "<i>site</i>", "--min-group", "5", "--by", "<i>site</i>", "--tables", "tables",
                                "--checklists", "checklists", "--figures", "figures"), 0)
        for page in ("out/report.html", "out/private/review.html"):
            text = self.path(page).read_text(encoding="utf-8")
            self.assertIn("&lt;script&gt;alert(1)&lt;/script&gt;", text)
            self.assertEqual(re.findall(r"<script|<img src=x|a&b</title>|<i>site|]]>", text), [], page)
        for figure in self.path("figures").glob("*.svg"):
            self.assertNotIn("<script", figure.read_text(encoding="utf-8"), figure.name)
        for table in self.path("tables").glob("*.csv"):
            self.assertNotRegex(table.read_text(encoding="utf-8"), r'(?m)(^|,)"?=', table.name)
        for table in self.path("tables").glob("*.tex"):
            self.assertNotIn("\\input", table.read_text(encoding="utf-8"), table.name)
        self.assertEqual({row["finding"] for row in self.rows("out/metrics.csv") if row["metric"] == "auroc"} & set(HOSTILE), set(HOSTILE))


if __name__ == "__main__":
    unittest.main()
