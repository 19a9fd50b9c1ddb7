"""Where files lie, what they are called and where a tool is started changes nothing, and no name stops a run."""

import os
import pathlib
import random
import shutil
import socket
import subprocess
import unittest

import real_images

N_ORDERS = int(os.environ.get("RADBATCH_ORDERS", "12"))  # 50 by hand: RADBATCH_ORDERS=50
TABLES = ("cases.csv", "studies.csv", "series.csv", "selection.csv", "datapackage.json", "manifest.jsonl")
LOCALES = {"C": {"LC_ALL": "C"}, "C.UTF-8": {"LC_ALL": "C.UTF-8"},
           "de_DE": {"LC_ALL": "de_DE.UTF-8"}, "tr_TR": {"LC_ALL": "tr_TR.UTF-8"}}


class OddPlaces(real_images.RealTest):
    def results(self, out="out"):
        """Every byte that must not depend on where and when: tables, volumes and sidecars."""
        root = self.path(out)
        return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*"))
                if path.is_file() and (path.name in TABLES or path.parent.name.startswith("study-"))}

    def convert(self, out="out", inputs=("studies",), code=0, **options):
        return self.ends(self.run_tool("radbatch-convert", *inputs, "-o", out, "--jobs", "2", **options), code)


class OrderAndCopies(OddPlaces):
    def setUp(self):
        super().setUp()
        for n in range(3):
            self.ct(uid=f"1.2.826.1.{n + 1}", folder=f"s{n}")
        self.cr()
        self.convert("plain")
        self.expected = self.results("plain")
        self.sources = [path for path in sorted(self.path("studies").rglob("*")) if path.is_file()]
        self.assertEqual((len(self.sources), len(self.expected)), (19, len(TABLES) + 8))

    def test_any_order_of_files_and_folders(self):
        for n in range(N_ORDERS):
            rng = random.Random(n)
            folder = self.path(f"order{n}")
            for path in rng.sample(self.sources, len(self.sources)):
                place = folder.joinpath(*[f"{rng.randrange(100)}" for _ in range(rng.randint(1, 4))], f"f{rng.randrange(10 ** 9)}")
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, place)
            self.convert(f"out{n}", [f"order{n}"])
            self.assertEqual(self.results(f"out{n}"), self.expected, f"order {n}")

    def test_hard_links_and_symbolic_links_and_copies(self):
        for how in (os.link, os.symlink, shutil.copyfile):
            with self.subTest(how.__name__):
                extra = self.path("studies/again")
                extra.mkdir()
                for i, path in enumerate(self.sources):
                    how(path, extra / f"{i}")
                self.convert(how.__name__)
                found = self.results(how.__name__)
                self.assertEqual({name: content for name, content in found.items() if name != "cases.csv"},
                                 {name: content for name, content in self.expected.items() if name != "cases.csv"})
                self.assertEqual(self.ledger(how.__name__), self.ledger("plain"))
                shutil.rmtree(extra)


class Names(OddPlaces):
    ODD = [b"with space", b"new\nline", b"quote'\"`", b";$(touch made) `touch made`", b"\xff\xfe not utf-8", b"x" * 255, b"-rf",
           b"--help", "欧阳".encode(), b"tab\t", b"%s%n%x", b"..hidden", b"back\\slash", b"\x1b[31mred", b"*", b"~", b"a,b;c\"d",
           b"CON", b"trailing. ", "\u202egnp".encode()]

    def test_every_name_is_read(self):
        root = os.fsencode(self.path("studies"))
        for n, name in enumerate(self.ODD):
            os.makedirs(os.path.join(root, name))
            real_images.radiograph(f"1.2.826.77.{n}").save_as(os.path.join(root, name, name).decode("utf-8", "surrogateescape"),
                                                              write_like_original=False)
        result = self.convert(inputs=["studies"], timeout=60)
        self.assertEqual(set(self.ledger().values()), {"done"})
        self.assertEqual(len(self.ledger()), len(self.ODD))
        self.assertFalse([path for path in self.folder.rglob("made")])
        self.assertNotIn("\x1b", result.stderr)
        names = [path.name for path in self.path("out").rglob("*") if "private" not in path.parts]
        self.assertFalse([name for name in names if not name.isascii() or not set(name).isdisjoint(" ;$'\"\n\\")])

    def test_pictures_of_odd_names_get_ids_and_rows(self):
        from PIL import Image
        root = os.fsencode(self.path("studies"))
        for name in [odd for odd in self.ODD if len(odd) < 250]:
            Image.new("L", (8, 8)).save(os.path.join(root, name + b".png").decode("utf-8", "surrogateescape"))
        self.convert()
        rows = self.rows("out/cases.csv")
        self.assertEqual(({row["status"] for row in rows}, len(rows)), ({"done"}, len(self.ODD) - 1))
        for row in rows:
            self.assertRegex(row["case_id"], r"\A[A-Za-z0-9._-]{1,120}\Z")

    def test_an_input_that_looks_like_an_option(self):
        (self.folder / "-rf").mkdir()
        real_images.save(real_images.radiograph(), self.path("-rf/x"))
        self.convert(inputs=["./-rf"])
        self.assertEqual(len(self.ledger()), 1)

    def test_what_is_no_file_is_named_and_never_waited_for(self):
        self.cr()
        studies = self.path("studies")
        os.mkfifo(studies / "fifo")
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        listener.bind(str(studies / "socket"))
        os.symlink(studies, studies / "loop")
        os.symlink("self", studies / "self")
        os.symlink("nowhere", studies / "dangling")
        os.symlink("/dev/zero", studies / "zero")
        os.symlink("/etc", studies / "outside")
        self.convert(timeout=20)
        strays = {row["path"]: row["reason"] for row in self.rows("out/private/unassigned.csv")}
        self.assertEqual(strays, dict.fromkeys(["dangling", "fifo", "outside", "self", "socket", "zero"], "E_NOT_IMAGE"))
        self.assertEqual(list(self.ledger().values()), ["done"])

    def test_a_folder_that_cannot_be_read_is_named(self):
        """Root reads every folder, so one is made that nobody reads: its path is too long to be opened."""
        self.cr()
        here = os.open(self.path("studies"), os.O_RDONLY)
        try:
            for _ in range(20):
                os.mkdir("d" * 250, dir_fd=here)
                deeper = os.open("d" * 250, os.O_RDONLY, dir_fd=here)
                os.close(here)
                here = deeper
        finally:
            os.close(here)
        self.addCleanup(subprocess.run, ["rm", "-rf", str(self.path("studies"))], check=False)
        self.convert(timeout=20)
        strays = self.rows("out/private/unassigned.csv")
        self.assertEqual([row["reason"] for row in strays], ["E_IO"])
        self.assertEqual(list(self.ledger().values()), ["done"])

    @unittest.skipIf(os.geteuid() == 0 and not shutil.which("setpriv"), "root reads every folder")
    def test_a_folder_without_permission_is_named(self):
        self.cr()
        self.path("studies/locked").mkdir()
        self.path("studies/locked").chmod(0)
        self.folder.chmod(0o777)
        self.addCleanup(self.path("studies/locked").chmod, 0o700)
        drop = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
        words = [*drop, *self.command("radbatch-convert", "studies", "-o", "out")]
        done = subprocess.run(words, cwd=self.folder, env=self.environment, capture_output=True, timeout=30, text=True)
        if done.returncode == 126 or "failed to execute" in done.stderr:
            self.skipTest("another user may not start the tools of this build")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([(row["path"], row["reason"]) for row in self.rows("out/private/unassigned.csv")], [("locked", "E_IO")])


class Surroundings(OddPlaces):
    """Locale, time zone, umask, home: none of them reaches a byte of the results."""

    def setUp(self):
        super().setUp()
        self.ct(SeriesDescription="iIıİ Ünïcode", SpecificCharacterSet="ISO_IR 192")
        self.cr()
        self.convert("plain")
        self.expected = self.results("plain")

    def make_locales(self):
        folder = self.path("locales")
        folder.mkdir()
        for name in ("de_DE", "tr_TR"):
            done = subprocess.run(["localedef", "-i", name, "-f", "UTF-8", str(folder / f"{name}.UTF-8")], capture_output=True)
            if done.returncode > 1:
                self.skipTest("localedef has no sources: install the package locales")
        return {"LOCPATH": str(folder)}

    def test_locales(self):
        self.assertIsNotNone(shutil.which("localedef"))
        places = self.make_locales()
        turkish = subprocess.run(["locale", "decimal_point"], env=self.environment | places | LOCALES["tr_TR"], capture_output=True)
        self.assertEqual(turkish.stdout.strip(), b",")  # or the locales below would not be those that are meant
        for name, variables in LOCALES.items():
            self.convert(name, env=places | variables)
            self.assertEqual(self.results(name), self.expected, name)

    def test_time_zones(self):
        for i, zone in enumerate(("UTC", "Asia/Shanghai", "America/St_Johns", "nonsense", "Pacific/Kiritimati")):
            self.convert(f"zone{i}", env={"TZ": zone})
            self.assertEqual(self.results(f"zone{i}"), self.expected, zone)

    def test_a_narrow_umask(self):
        self.convert("narrow", umask=0o077)
        self.assertEqual(self.results("narrow"), self.expected)
        self.assertFalse([path for path in self.path("narrow").rglob("*") if path.stat().st_mode & 0o077])

    def test_a_home_that_cannot_be_written_or_is_not_there(self):
        home = pathlib.Path("/proc/self")  # read-only, for root too
        for i, value in enumerate((str(home), "/nowhere", "")):
            self.convert(f"home{i}", env={"HOME": value, "XDG_CACHE_HOME": value, "TMPDIR": value})
            self.assertEqual(self.results(f"home{i}"), self.expected, value)

    def test_an_empty_environment(self):
        done = subprocess.run(self.command("radbatch-convert", "studies", "-o", "bare"), cwd=self.folder, env={}, timeout=60,
                              capture_output=True)
        self.assertEqual((done.returncode, self.results("bare")), (0, self.expected))


if __name__ == "__main__":
    unittest.main()
