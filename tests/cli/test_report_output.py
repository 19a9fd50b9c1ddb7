"""What a report writes: a page whose numbers all stand in report.json, tables, lists and checklists beside it, and
nothing that a hostile text could turn into markup. The run folders are written by hand, so no worker is needed."""

import csv
import html.parser
import json
import random
import re
import stat
import time
import unittest

import harness

VOID = {"meta", "link", "img", "br", "hr", "input"}
# What the page is made of; anything else came from a text.
TAGS = VOID | {
    "html", "head", "title", "style", "body", "header", "main", "footer", "nav", "section", "h1", "h2", "h3", "h4", "p", "a",
    "b", "i", "span", "div", "code", "pre", "ul", "ol", "li", "dl", "dt", "dd", "table", "caption", "thead", "tbody", "tr",
    "th", "td", "details", "summary", "figure", "figcaption", "svg", "desc", "g", "rect", "line", "path", "polyline",
    "polygon", "circle", "ellipse", "text", "tspan", "defs", "clippath", "use", "small", "strong", "em", "sup", "sub"}
HOSTILE = ['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "' onmouseover='alert(1)", "\u202egnp.exe",
           "</style></svg><b>", "]]>&lt;", "=HYPERLINK(\"x\")", "\\input{x} & % $ # _ ^ ~", "| `x` |\\",
           "W" * 10_000, "a\x01\x1b[31mb", "\u2066x\u2069", "javascript:alert(1)", "肺 & 心"]


class Page(html.parser.HTMLParser):
    """A page taken apart: its tags balanced, and the words of each section as one text."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes, self.ids, self.links = [], set(), [], [], []
        self.words, self.section, self.faults = {}, "", []
        self.feed(text)
        self.close()
        self.faults += [f"<{tag}> is not closed" for tag in self.open]

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs
        attrs = dict(attrs)
        self.ids += [attrs["id"]] if "id" in attrs else []
        self.links += [attrs["href"]] if "href" in attrs else []
        if tag == "section":
            self.section = attrs["id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")
        if tag == "section":
            self.section = ""

    def handle_data(self, data):
        # Ids and hashes stand in <code>; a picture's ticks are round numbers of its axes, its points are in report.json.
        if not {"code", "style", "pre", "svg"} & set(self.open):
            self.words[self.section] = self.words.get(self.section, "") + " " + data


def numbers_in(text):
    """Numbers as printed, with their decimals: not those of names (p_1), versions, dates and citations."""
    text = re.sub(r"\d{4}-\d\d-\d\d\S*|\d+\.\d+\.\d+\S*|\b(?:19|20)\d\d\b|\bE\d+\b", " ", text.replace("\u2212", "-"))
    for match in re.finditer(r"(?<![\w.,/])-?\d{1,3}(?:,\d{3})+(?![\w,])|(?<![\w.])\d+(?:\.\d+)?(?![\w]|\.\d)", text):
        yield match.group().replace(",", "")


def leaves(value):
    if isinstance(value, dict):
        for key, inside in value.items():
            yield key
            yield from leaves(inside)
    elif isinstance(value, list):
        for inside in value:
            yield from leaves(inside)
    else:
        yield value


def stands_in(number, values, words):
    """The number is one of the values, rounded as it is printed, or as a percentage; or it stands in a text."""
    decimals = len(number.partition(".")[2])
    half = 0.5000001 * 10 ** -decimals
    asked = abs(float(number))
    return any(abs(abs(v) - asked) <= half or abs(abs(100 * v) - asked) <= half for v in values) or any(
        re.search(rf"(?<![\d.]){re.escape(number)}(?![\d])", word) for word in words)


class ReportTest(harness.CliTest):
    FINDINGS = [("Effusion", "effusion"), ("Mass", "mass")]

    def write_csv(self, name, rows):
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)

    def study(self, n=60, findings=None, model="cxr <1>", seed=1):
        """A run of n cases, the last two not done, with labels and covariates."""
        findings = findings or self.FINDINGS
        rng = random.Random(seed)
        ids = [f"case-{i:04d}" for i in range(n)]
        done = ids[:-2]
        self.truth = {case: [int(rng.random() < 0.3) for _ in findings] for case in ids}
        scores = {case: [min(0.99, max(0.01, rng.gauss(0.35 + 0.3 * t, 0.2))) for t in self.truth[case]] for case in done}
        head = ["case_id", "status"] + [f"p_{s}" for _, s in findings] + [f"d_{s}" for _, s in findings] + ["flags"]
        self.write_csv("out/predictions.csv", [head] + [
            [case, "done", *(f"{p:.6f}" for p in scores[case]), *(int(p >= 0.5) for p in scores[case]), ""]
            if case in scores else [case, "failed"] + [""] * (2 * len(findings) + 1) for case in ids])
        self.write_csv("out/cases.csv", [["case_id", "status", "reason", "detail", "n_files"]] + [
            [case, "done", "", "", 1] if case in scores else [case, "failed", "E_IO", HOSTILE[0], 1] for case in ids])
        self.path("out/run.json").write_text(json.dumps({
            "tool": "radbatch-infer", "version": "0.1.0", "git_revision": "abcdef1",
            "model": {"name": model, "version": "1.0", "sha256": "00ff", "findings": [
                {"name": name, "slug": slug, "column": f"p_{slug}", "threshold": 0.5} for name, slug in findings]},
            "plan": [{"name": "Resize", "spatial_size": [224, 224]}],
            "files": {"found": n + 1, "in_cases": n, "unassigned": {"E_NOT_IMAGE": 1}}}), encoding="utf-8")
        self.path("out/datapackage.json").write_text('{"name": "run", "resources": []}', encoding="utf-8")
        self.write_csv("out/private/linkage.csv", [["case_id", "patient_key", "PatientID", "AccessionNumber",
                                                    "StudyInstanceUID", "StudyDate", "source_path"]] + [
            [case, f"k{i // 2}", f"PID{i // 2}", f"ACC{i}", f"1.2.{i}", "20240101", "/x"] for i, case in enumerate(ids)])
        self.path("out/private").chmod(0o700)
        self.label(findings)

    def label(self, findings, columns=()):
        """labels.csv; columns are (name, value of a case number)."""
        columns = [("site", lambda i: "AB"[i % 2]), ("sex", lambda i: "FM"[i // 3 % 2]),
                   ("age", lambda i: 30 + i * 7 % 50), *columns]
        self.write_csv("labels.csv", [["case_id", *(name for name, _ in findings), *(name for name, _ in columns)]] + [
            [case, *truth, *(value(i) for _, value in columns)] for i, (case, truth) in enumerate(self.truth.items())])

    def report(self, *words):
        self.ends(self.run_tool("radbatch-report", "out", *words), 0)
        self.text = self.path("out/report.html").read_text(encoding="utf-8")
        self.page = Page(self.text)
        self.json = json.loads(self.path("out/report.json").read_text(encoding="utf-8"))

    def is_sound(self):
        """The page is of our tags only, nothing runs or is fetched, and every link has its place."""
        self.assertEqual(self.page.faults, [])
        self.assertEqual(self.page.tags - TAGS, set())
        self.assertEqual([a for a in self.page.attributes if a[0].startswith("on") or a[0] in ("src", "srcset", "xlink:href")
                          and not (a[1] or "").startswith("data:image/png;base64,")], [])
        self.assertEqual([link for link in self.page.links if link.removeprefix("#") not in self.page.ids], [])
        self.assertEqual(len(self.page.ids), len(set(self.page.ids)))
        self.assertEqual(re.findall(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", self.text), [])


class Numbers(ReportTest):
    def check(self):
        missing = []
        for section, words in self.page.words.items():
            head = [self.json["key_figures"], self.json["main_results"]]
            source = [self.json["parts"][section] if section else head, self.json["settings"]]
            if section == "provenance":
                source.append(self.json["runs"])
            values = [v for v in leaves(source) if isinstance(v, (int, float)) and not isinstance(v, bool)]
            values += [1 - self.json["settings"]["level"], self.json["settings"]["level"]]
            texts = [v for v in leaves(source) if isinstance(v, str)] + [self.json["title"]]
            missing += [(section, number) for number in numbers_in(words) if not stands_in(number, values, texts)]
        self.assertEqual(missing, [])

    def test_of_a_labelled_study(self):
        self.study()
        self.report("--labels", "labels.csv", "--by", "site", "--bootstrap", "200")
        self.check()
        self.is_sound()

    def test_of_an_unlabelled_run(self):
        self.study()
        self.report()
        self.check()
        self.is_sound()
        self.assertEqual({"checklists", "discrimination", "right-and-wrong"} & set(self.json["parts"]), set())


class Files(ReportTest):
    def test_metrics_are_tidy_and_described(self):
        self.study()
        self.report("--labels", "labels.csv", "--bootstrap", "200")
        rows = self.rows("out/metrics.csv")
        self.assertEqual(list(rows[0]), ["finding", "metric", "value", "lower", "upper", "method", "n", "n_positive", "subgroup",
                                         "model", "level", "note"])
        auroc = [row for row in rows if row["metric"] == "auroc" and row["finding"] == "Mass" and not row["subgroup"]]
        self.assertTrue(auroc and 0 <= float(auroc[0]["lower"]) <= float(auroc[0]["value"]) <= float(auroc[0]["upper"]) <= 1)
        self.assertIn("metrics.csv", [r["path"] for r in json.loads(self.path("out/datapackage.json").read_text())["resources"]])

    def test_tables_have_one_form_in_three_formats(self):
        self.study(findings=[("Effusion & <more>", "effusion"), ("Mass_%", "mass")])
        self.report("--labels", "labels.csv", "--by", "site", "--tables", "tables", "--bootstrap", "200")
        self.assertIn("table1.tex", [file.name for file in self.path("tables").iterdir()])
        for file in self.path("tables").glob("*.tex"):
            body = re.sub(r"(?<!\\)%.*", "", file.read_text(encoding="utf-8")).replace(r"\\", "")
            plain = re.sub(r"\\[{}&%$#_]", "", body)
            self.assertEqual(plain.count("{"), plain.count("}"), file.name)
            columns = len(re.search(r"\\begin\{(?:tabular|longtable)\}\{([lr]+)\}", body).group(1))
            rows = [line for line in plain.splitlines() if "&" in line]
            self.assertEqual({line.count("&") for line in rows}, {columns - 1}, file.name)
            with open(file.with_suffix(".csv"), newline="", encoding="utf-8") as table:
                self.assertEqual({len(row) for row in csv.reader(table)}, {columns}, file.name)

    def test_lists_lead_back_to_the_cases(self):
        self.study()
        self.report("--labels", "labels.csv", "--bootstrap", "200")
        lists = self.json["parts"]["lists"]["lists"]
        self.assertTrue(lists)
        for name, entry in lists.items():
            self.assertEqual(len(self.rows(f"out/lists/{name}.csv")), entry["n"], name)
            self.assertIn(f"list-{name}", self.page.ids)

    def test_errors_are_listed_with_accession_numbers_in_private_only(self):
        self.study()
        result = self.run_tool("radbatch-report", "out", "--labels", "labels.csv", "--bootstrap", "200", "--tables", "out/t")
        self.ends(result, 0)
        review = self.path("out/private/review.html")
        self.assertEqual(stat.S_IMODE(review.stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(review.with_suffix(".csv").stat().st_mode), 0o600)
        decisions = {row["case_id"]: row["d_mass"] for row in self.rows("out/predictions.csv")}
        wrong = {case for case, truth in self.truth.items() if decisions[case] not in ("", str(truth[1]))}
        self.assertEqual({row["case_id"] for row in self.rows("out/private/review.csv") if row["finding"] == "Mass"}, wrong)
        self.assertIn("<code>ACC", review.read_text(encoding="utf-8"))
        self.assertEqual(Page(review.read_text(encoding="utf-8")).faults, [])
        public = [file for file in self.path("out").rglob("*") if file.is_file() and "private" not in file.parts]
        self.assertEqual([f.name for f in public if re.search(rb"ACC\d|PID\d", f.read_bytes())], [])

    def test_checklists_hold_what_is_known(self):
        self.study(model="cxr")
        self.report("--labels", "labels.csv", "--checklists", "lists", "--bootstrap", "200")
        rows = {row["Item"]: row for row in self.rows("lists/claim-2024.csv")}
        self.assertEqual(len(rows), 44)
        self.assertIn("Of 60 cases: 58 done, 2 failed.", rows["35"]["What the tool knows"])
        self.assertIn("Resize", rows["9"]["What the tool knows"])
        self.assertEqual(rows["44"]["What the tool knows"], "For the authors.")

    def test_the_same_study_gives_the_same_bytes(self):
        self.study()
        kept = []
        for words in ((), ("--cpus", "1")):
            self.report("--labels", "labels.csv", "--bootstrap", "200", *words)
            kept.append([self.path(f"out/{name}").read_bytes() for name in ("report.html", "report.json", "metrics.csv")])
        self.assertEqual(kept[0], kept[1])

    def test_another_page_has_files_of_its_own(self):
        self.study()
        self.ends(self.run_tool("radbatch-report", "out", "--labels", "labels.csv", "-o", "a.html", "--bootstrap", "200"), 0)
        self.assertTrue({"a.html", "a.json", "a-metrics.csv", "a-lists"} <= {file.name for file in self.folder.iterdir()})

    def test_lists_of_an_earlier_report_go(self):
        self.study()
        self.report("--labels", "labels.csv", "--bootstrap", "200")
        self.path("out/lists/mine.csv").write_text("x\n")
        self.report()
        self.assertEqual([file.name for file in self.path("out/lists").iterdir()], ["mine.csv"])
        self.assertFalse(self.path("out/metrics.csv").exists())

    def test_pictures_give_way_before_the_page_grows_too_large(self):
        self.study(n=80)
        for case in self.truth:
            self.path("out/previews").mkdir(exist_ok=True)
            self.path(f"out/previews/{case}.png").write_bytes(b"\x89PNG\r\n\x1a\n" + random.Random(case).randbytes(200_000))
        self.report("--labels", "labels.csv", "--bootstrap", "200")
        self.assertLess(len(self.text.encode()), 5_000_000)
        self.assertGreater(self.text.count("data:image/png"), 10)
        self.assertIn("left out to keep the page small", self.text)


class Hostile(ReportTest):
    def test_texts_everywhere_stay_texts(self):
        findings = [(text if i else "Mass", f"f{i}") for i, text in enumerate(HOSTILE[:4])]
        self.study(n=60, findings=findings, model=HOSTILE[1])
        self.label([("f0", "")] + [(f"f{i}", "") for i in range(1, 4)],
                   [(f"note {i} {text[:200]}", lambda n, text=text: text if n % 3 else "") for i, text in enumerate(HOSTILE)]
                   + [("Manufacturer", lambda n: HOSTILE[n % len(HOSTILE)])])
        self.report("--labels", "labels.csv", "--by", "Manufacturer", "--tables", "tables", "--checklists", "lists",
                    "--title", HOSTILE[1] + HOSTILE[9], "--bootstrap", "200")
        self.is_sound()
        self.assertIn("&lt;script&gt;alert(1)&lt;/script&gt;", self.text)
        self.assertEqual(Page(self.path("out/private/review.html").read_text(encoding="utf-8")).faults, [])
        for file in [*self.path("tables").glob("*.csv"), *self.path("lists").glob("*.csv")]:
            with open(file, newline="", encoding="utf-8") as table:
                rows = list(csv.reader(table))
            self.assertEqual({len(row) for row in rows}, {len(rows[0])}, file.name)
            self.assertEqual([cell for row in rows for cell in row if cell[:1] in "=+@" and cell], [], file.name)

    def test_a_slug_leads_to_no_other_folder(self):
        self.study(findings=[("Mass", "../../../mass")])
        before = {file for file in self.folder.iterdir()}
        self.report("--labels", "labels.csv", "--tables", "out/tables", "--bootstrap", "200")
        self.assertEqual({file for file in self.folder.iterdir()}, before)
        self.is_sound()


class Speed(ReportTest):
    def test_ten_thousand_cases_are_listed_not_drawn(self):
        self.study(n=10_000)
        started = time.monotonic()
        self.report("--labels", "labels.csv", "--bootstrap", "100")
        self.assertLess(time.monotonic() - started, 30)
        self.assertLess(len(self.text.encode()), 2_000_000)


if __name__ == "__main__":
    unittest.main()
