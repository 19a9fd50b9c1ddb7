"""The report of a real run, looked at by a browser: headless Chromium renders it, its DOM and its picture are judged."""

import re
import shutil
import subprocess
import unittest

import real_images
from real_images import Image

FINDINGS = ["AbdomenCT", "BreastMRI", "CXR", "ChestCT", "Hand", "HeadCT"]


# A page around the report that says how wide it is and which words of its pictures lie outside or are small. The window
# of headless Chromium is never narrower than 500 pixels, a frame in it may be.
FRAME = """<body><iframe id="report" src="out/report.html" style="width:400px;height:900px" onload="look()"></iframe>
<pre id="told"></pre><script>
function look() {
  const page = document.getElementById("report").contentDocument, root = page.documentElement, told = [];
  told.push(root.scrollWidth - root.clientWidth);
  for (const text of page.querySelectorAll("svg.chart text")) {
    const chart = text.ownerSVGElement, words = text.getBoundingClientRect(), box = chart.getBoundingClientRect();
    const size = parseFloat(getComputedStyle(text).fontSize) * box.width / chart.viewBox.baseVal.width;
    const outside = Math.max(box.left - words.left, words.right - box.right, box.top - words.top, words.bottom - box.bottom);
    if (box.width > 0 && (outside > 1 || size < 8)) told.push(text.textContent);
  }
  document.getElementById("told").textContent = JSON.stringify(told);
}
</script>"""


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
        accuracy = dom[dom.index('<section id="discrimination"'):]
        accuracy = accuracy[:accuracy.index("</section>")]
        self.assertIn("Confusion matrix", accuracy)
        rows = re.findall(r"<tr><t[hd][^>]*>(\w+)</t[hd]>.*?</tr>", accuracy, re.S)
        self.assertEqual([finding for finding in FINDINGS if finding not in rows], [])
        self.assertRegex(accuracy, r">Hand<.*?[01]\.\d{3} \([01]\.\d{3}–[01]\.\d{3}\)")  # the AUROC and its interval

    def test_on_a_narrow_screen(self):
        self.report()
        self.rendered(500)  # headless Chromium makes no narrower window

    def test_400_pixels_need_no_sideways_scroll_and_keep_words_legible(self):
        self.label()
        self.report("--labels", "labels.csv")
        self.path("frame.html").write_text(FRAME, encoding="utf-8")
        run = subprocess.run(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files",
             f"--user-data-dir={self.path('browser')}", "--window-size=1000,1200", "--virtual-time-budget=5000",
             "--dump-dom", self.path("frame.html").as_uri()],
            capture_output=True, timeout=60, check=True, cwd=self.folder, env=self.environment)
        told = re.search(r'<pre id="told">(.*?)</pre>', run.stdout.decode(), re.S).group(1)
        self.assertEqual(told, "[0]")

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
        self.report("--labels", "labels.csv", "--labels-encoding", "gb18030", "--by", "医院")
        self.assertIn("协和", self.page)


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
