"""The report of a real run, looked at by a browser: headless Chromium renders it, its DOM and its picture are judged."""

import re
import shutil
import subprocess
import unittest

import real_images
from real_images import Image

FINDINGS = ["AbdomenCT", "BreastMRI", "CXR", "ChestCT", "Hand", "HeadCT"]


@unittest.skipUnless(shutil.which("chromium"), "chromium is not installed")
class Page(real_images.RealTest):
    def setUp(self):
        super().setUp()
        self.cohort()
        self.nifti("cut.nii.gz")
        content = self.path("studies/cut.nii.gz").read_bytes()
        self.path("studies/cut.nii.gz").write_bytes(content[:500])
        self.ends(self.infer(), 8, "9 cases: 8 done, 1 failed")
        self.done = [case for case, how in self.ledger().items() if how == "done"]

    def label(self, encoding="utf-8"):
        lines = ["case_id,label,医院"] + [f"{case},{FINDINGS[4 + i % 2]},协和" for i, case in enumerate(self.done)]
        self.path("labels.csv").write_text("\n".join(lines) + "\n", encoding=encoding)

    def report(self, *words):
        self.ends(self.run_tool("radbatch-report", "out", *words), 0)
        self.page = self.path("out/report.html").read_text(encoding="utf-8")

    def render(self, width):
        """The DOM, with the screenshot in shot.png; what the page says to the browser's console is a failure."""
        run = subprocess.run(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr",
             f"--user-data-dir={self.path('browser')}", f"--window-size={width},4000",
             f"--screenshot={self.path('shot.png')}", "--dump-dom", self.path("out/report.html").as_uri()],
            capture_output=True, timeout=60, check=True, cwd=self.folder, env=self.environment)
        console = [line for line in run.stderr.decode(errors="replace").splitlines() if "CONSOLE" in line]
        self.assertEqual(console, [])
        return run.stdout.decode()

    def rendered(self, width):
        dom = self.render(width)
        self.assertEqual([text for text in (*self.done, "cut", "E_TRUNCATED_PIXELS") if f"<code>{text}</code>" not in dom], [])
        with Image.open(self.path("shot.png")) as shot:
            self.assertEqual(shot.size, (width, 4000))
            colours = len(shot.convert("RGB").getcolors(1 << 24))
            top = len(shot.convert("RGB").crop((0, 0, width, 400)).getcolors(1 << 24))
        self.assertGreater(colours, 500)  # text, charts and photographs; a blank page has one
        self.assertGreater(top, 20)
        return dom

    def test_without_labels(self):
        self.report()
        dom = self.rendered(1280)
        self.assertEqual(dom.count("AUROC"), 0)
        self.assertEqual(dom.count('src="data:image/'), len(self.done))

    def test_with_labels(self):
        self.label()
        self.report("--labels", "labels.csv")
        dom = self.rendered(1280)
        table = re.search(r"<table.*?AUROC.*?</table>", dom[dom.index("By finding"):], re.S).group()
        self.assertEqual(re.findall(r"<tr><t[hd][^>]*>(\w+)", table)[-6:], FINDINGS)
        hand = re.search(r">Hand<.*?</tr>", table, re.S).group()
        self.assertEqual(re.findall(r">(\d)</td>", hand), ["4", "4"])  # with and without
        self.assertRegex(hand, r'>[01]\.\d{3}<br><span class="soft">[01]\.\d{3}–[01]\.\d{3}<')  # the AUROC and its interval
        self.assertEqual(dom.count("Confusion matrix"), 1)

    def test_on_a_narrow_screen(self):
        self.report()
        self.rendered(500)  # headless Chromium makes no narrower window

    def test_nothing_is_fetched_and_nothing_runs(self):
        self.label()
        self.report("--labels", "labels.csv")
        self.assertIn("Content-Security-Policy\" content=\"default-src 'none';", self.page)
        self.assertEqual(re.findall(r"https?://|<script|\son\w+=|@import|url\((?!data:)", self.page), [])

    def test_the_same_run_gives_the_same_page(self):
        self.report()
        first = self.page
        self.report()
        self.assertEqual(self.page, first)

    def test_labels_in_another_encoding(self):
        self.label("gb18030")
        self.ends(self.run_tool("radbatch-report", "out", "--labels", "labels.csv"), 2, "--labels-encoding gb18030")
        self.report("--labels", "labels.csv", "--labels-encoding", "gb18030")
        self.assertIn("医院", self.page)


class Thumbnails(real_images.RealTest):
    def pictures(self, *words):
        self.cr(BurnedInAnnotation="YES")
        self.ends(self.infer(*words), 0)
        self.ends(self.run_tool("radbatch-report", "out", *words), 0)
        return self.path("out/report.html").read_text(encoding="utf-8").count('src="data:image/')

    def test_text_burned_into_the_pixels_may_be_a_name(self):
        self.assertEqual((self.pictures(), [*self.path("out").rglob("*.png")]), (0, []))

    def test_all_when_asked_for(self):
        self.assertEqual(self.pictures("--thumbnails", "all"), 1)


if __name__ == "__main__":
    unittest.main()
