"""Archives as input: the real tools over zip and tar files that Python's own modules and a few bytes by hand make."""

import io
import json
import os
import pathlib
import shutil
import struct
import tarfile
import time
import unittest
import zipfile
import zlib

import real_images
from real_images import numpy


def with_crypt_bit(data):
    """A zip file whose first member claims to be encrypted: bit 0 of both flag fields."""
    data = bytearray(data)
    data[6] |= 1
    central = data.index(b"PK\x01\x02")
    data[central + 8] |= 1
    return bytes(data)


class ArchiveTest(real_images.RealTest):
    def files(self, folder="studies"):
        root = self.path(folder)
        return sorted(path for path in root.rglob("*") if path.is_file())

    def pack(self, name, folder="studies"):
        """Everything in `folder`, with names as they are below it."""
        target = self.path(name)
        target.parent.mkdir(exist_ok=True)
        if name.endswith(".zip"):
            with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
                for path in self.files(folder):
                    archive.write(path, path.relative_to(self.path(folder)))
            return name
        mode = {"tar": "w:", "gz": "w:gz", "tgz": "w:gz", "bz2": "w:bz2", "xz": "w:xz"}[name.rsplit(".", 1)[1]]
        with tarfile.open(target, mode) as archive:
            for path in self.files(folder):
                archive.add(path, str(path.relative_to(self.path(folder))))
        return name

    def zip_of(self, members, name="a.zip"):
        with zipfile.ZipFile(self.path(name), "w", zipfile.ZIP_DEFLATED) as archive:
            for member, data in members:
                archive.writestr(member, data)
        return name

    def tar_of(self, members, name="a.tar", **options):
        """Members: (name, bytes) or TarInfo."""
        with tarfile.open(self.path(name), "w:gz" if name.endswith("gz") else "w:", **options) as archive:
            for member in members:
                info, data = (member, b"") if isinstance(member, tarfile.TarInfo) else (tarfile.TarInfo(member[0]), member[1])
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
        return name

    def png(self, seed=1):
        stream = io.BytesIO()
        real_images.Image.fromarray((real_images.picture(seed) // 8).astype(numpy.uint8)).save(stream, "png")
        return stream.getvalue()

    def convert(self, *inputs, out="out", words=(), **options):
        return self.run_tool("radbatch-convert", *inputs, "-o", out, *words, **options)

    def unassigned(self, out="out"):
        return {row["path"]: row["reason"] for row in self.rows(f"{out}/private/unassigned.csv")}

    def accounts(self, out="out"):
        """Files found = files in cases + unassigned."""
        files = json.loads(self.path(f"{out}/run.json").read_text())["files"]
        self.assertEqual(files["found"], files["in_cases"] + sum(files["unassigned"].values()))
        return files["found"]


class SameAsTheFolder(ArchiveTest):
    def test_tables_are_those_of_the_folder(self):
        self.cohort()
        n = len(self.files())
        self.ends(self.infer(out="plain"), 0)
        for name in ("s.zip", "s.tar", "s.tar.gz", "s.tar.bz2", "s.tar.xz"):
            with self.subTest(name):
                out = "out-" + name
                self.ends(self.infer(inputs=[self.pack(name)], out=out), 0)
                self.assertEqual(self.tables(out), self.tables("plain"))
                self.assertEqual(self.path(f"{out}/studies.csv").read_bytes(), self.path("plain/studies.csv").read_bytes())
                self.assertEqual(self.accounts(out), n)
                self.assertEqual(list(self.path(f"{out}/private/unpacked").iterdir()), [])

    def test_a_scan_finds_the_images_of_the_folder(self):
        self.cohort()
        self.ends(self.run_tool("radbatch-scan", "studies", "-o", "plain"), 0)
        self.ends(self.run_tool("radbatch-scan", self.pack("s.tar"), "-o", "packed"), 0)
        for table in ("series.csv", "studies.csv"):
            self.assertEqual(self.rows(f"packed/{table}"), self.rows(f"plain/{table}"))

    def test_volumes_are_those_of_the_folder(self):
        self.cohort()
        self.ends(self.convert("studies", out="plain"), 0)
        self.ends(self.convert(self.pack("s.tar.gz")), 0)
        def volumes(out):
            return {str(path.relative_to(self.path(out))): path.read_bytes()
                    for path in self.files(out) if path.name.endswith(".nii.gz")}
        self.assertGreater(len(volumes("plain")), 5)
        self.assertEqual(volumes("out"), volumes("plain"))

    def test_an_archive_in_a_folder_is_a_folder_of_its_name(self):
        self.ct()
        self.zip_of([("a/x.png", self.png())], "studies/more.zip")
        self.ends(self.convert("studies"), 0)
        self.assertIn("more.zip__a__x", self.ledger())
        self.assertEqual(self.accounts(), real_images.SLICES + 1)
        told = self.run_tool("radbatch", "why", "out", "more")
        self.assertIn("studies/more.zip/a/x.png", told.stdout)

    def test_a_study_in_several_archives_is_one_case(self):
        self.ct()
        self.ends(self.convert("studies", out="plain"), 0)
        files = self.files()
        self.zip_of([(str(i), path.read_bytes()) for i, path in enumerate(files[:2])], "a.zip")
        self.tar_of([(str(i), path.read_bytes()) for i, path in enumerate(files[2:])], "b.tar")
        self.ends(self.convert("a.zip", "b.tar"), 0)
        self.assertEqual(self.path("out/series.csv").read_bytes(), self.path("plain/series.csv").read_bytes())

    def test_a_manifest_may_name_an_archive(self):
        self.ct()
        self.pack("one.zip")
        self.path("cohort.jsonl").write_text('{"case_id": "first", "inputs": [{"path": "one.zip"}]}\n')
        self.ends(self.infer(inputs=["cohort.jsonl"]), 0)
        self.assertEqual(self.ledger(), {"first": "done"})
        self.assertIn("done", self.run_tool("radbatch", "why", "out", "first").stdout)


class Reruns(ArchiveTest):
    def test_a_second_run_unpacks_nothing_and_changes_no_file(self):
        self.cohort()
        self.pack("s.zip")
        self.ends(self.infer(inputs=["s.zip"]), 0)
        before = self.times()
        self.ends(self.infer(inputs=["s.zip"]), 0, "none decoded")
        self.assertEqual(self.times(), before)

    def test_what_is_done_again_is_unpacked_again(self):
        self.cohort()
        self.pack("s.zip")
        self.ends(self.convert("s.zip"), 0)
        volume = next(path for path in self.path("out").rglob("*.nii.gz") if path.is_file())
        whole = volume.read_bytes()
        volume.unlink()
        self.ends(self.convert("s.zip"), 0)
        self.assertEqual(volume.read_bytes(), whole)

    def test_an_archive_that_changed_is_read_again(self):
        self.zip_of([("x.png", self.png(1))])
        self.ends(self.infer(inputs=["a.zip"]), 0)
        before = self.tables()["predictions.csv"]
        self.zip_of([("x.png", self.png(2)), ("y.png", self.png(3))])
        self.ends(self.infer(inputs=["a.zip"]), 0, "2 cases: 2 done")
        self.assertNotEqual(self.tables()["predictions.csv"].splitlines()[1], before.splitlines()[1])

    def test_shards_and_merge(self):
        self.cohort()
        self.pack("s.tar")
        self.ends(self.infer(inputs=["s.tar"], out="whole"), 0)
        for i in range(2):
            self.ends(self.infer("--shard", f"{i}/2", inputs=["s.tar"]), 0)
        self.ends(self.run_tool("radbatch", "merge", "out"), 0)
        self.assertEqual(self.tables(), self.tables("whole"))
        self.assertEqual(list(self.path("out/private/unpacked").iterdir()), [])


class Hostile(ArchiveTest):
    def test_names_are_data(self):
        png = self.png()
        self.tar_of([("../../escaped.png", png), ("/absolute.png", png), ("d/\udcb2\udca1.png", png), ("胸片.png", png),
                     ("x" * 300 + ".png", png)], format=tarfile.GNU_FORMAT, errors="surrogateescape")
        self.ends(self.convert("a.tar"), 8, "1 archive or member could not be read whole")
        self.assertEqual(self.unassigned(), {"../../escaped.png": "E_ARCHIVE"})
        self.assertEqual(len(self.ledger()), 4)
        self.assertIn("absolute", self.ledger())
        self.assertIn("d___xb2_xa1", self.ledger())
        self.assertEqual(self.accounts(), 5)
        self.assertEqual([path for path in self.folder.parent.glob("escaped*")], [])

    def test_long_names_of_pax_and_names_of_zip(self):
        png = self.png()
        self.tar_of([("长" * 100 + "/a.png", png)], format=tarfile.PAX_FORMAT)
        self.zip_of([("胸片.png", png)], "b.zip")
        name = "病人.png".encode("gbk")  # no flag says which encoding
        self.zip_of([("A" * len(name), png)], "c.zip")
        self.path("c.zip").write_bytes(self.path("c.zip").read_bytes().replace(b"A" * len(name), name))
        self.ends(self.convert("a.tar", "b.zip", "c.zip"), 0)
        self.assertIn("_xb2_xa1_xc8_xcb", self.ledger())
        self.assertIn("".join(f"_x{byte:02x}" for byte in "胸片".encode()), self.ledger())

    def test_links_and_devices(self):
        self.ct()
        members = [("a.png", self.png())]
        for kind, name in ((tarfile.SYMTYPE, "s"), (tarfile.LNKTYPE, "h.png"), (tarfile.CHRTYPE, "c"), (tarfile.FIFOTYPE, "f")):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "a.png" if kind == tarfile.LNKTYPE else "/etc/passwd"
            members.append(info)
        self.tar_of(members)
        self.ends(self.convert("a.tar"), 0)
        self.assertEqual(self.ledger(), {"a": "done", "h": "done"})
        self.assertEqual(self.unassigned(), {"s": "E_NOT_IMAGE", "c": "E_NOT_IMAGE", "f": "E_NOT_IMAGE"})

    def test_of_two_members_with_one_name_the_last_counts(self):
        self.tar_of([("a.png", self.png(1)), ("a.png", self.png(2))])
        self.tar_of([("a.png", self.png(2))], "b.tar")
        self.ends(self.infer(inputs=["a.tar"]), 0)
        self.ends(self.infer(inputs=["b.tar"], out="alone"), 0)
        self.assertEqual(self.tables()["predictions.csv"], self.tables("alone")["predictions.csv"])
        self.assertEqual(self.unassigned(), {"a.png": "E_DUPLICATE_SLICES"})

    def test_encrypted_members(self):
        self.zip_of([("secret.png", self.png()), ("open.png", self.png())])
        self.path("a.zip").write_bytes(with_crypt_bit(self.path("a.zip").read_bytes()))
        self.ends(self.convert("a.zip"), 8)
        self.assertEqual(self.ledger(), {"open": "done"})
        self.assertEqual(self.unassigned(), {"a.zip": "E_ARCHIVE", "secret.png": "E_ARCHIVE"})

    def test_nested_archives_are_not_opened(self):
        self.zip_of([("x.png", self.png())], "inner.zip")
        self.zip_of([("inner.zip", self.path("inner.zip").read_bytes()), ("y.png", self.png())])
        self.ends(self.convert("a.zip"), 8)
        self.assertEqual((self.ledger(), self.unassigned()), ({"y": "done"}, {"inner.zip": "E_ARCHIVE"}))
        self.ends(self.convert("a.zip", out="accepted", words=["--ok", "failed"]), 0)

    def test_what_is_no_archive(self):
        shutil.copy(self.path(self.zip_of([("x.png", self.png())])), self.path("studies/good.zip"))
        self.path("studies/text.zip").write_text("no archive")
        self.path("studies/empty.tar").write_bytes(b"")
        self.path("studies/image.zip").write_bytes(self.png())
        self.ends(self.convert("studies"), 8)
        self.assertEqual(self.unassigned(), {"empty.tar": "E_EMPTY_FILE", "text.zip": "E_ARCHIVE"})
        self.assertEqual(set(self.ledger().values()), {"done"})
        self.assertEqual(len(self.ledger()), 2)

    def test_bombs_are_refused_before_they_grow(self):
        megabytes = 1000

        def zeros(path):  # says what it will be
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("z", "w", force_zip64=True) as out:
                for _ in range(megabytes):
                    out.write(bytes(1 << 20))

        def streamed(path):  # must be unpacked to know
            compressor = zlib.compressobj(1, zlib.DEFLATED, 31)
            info = tarfile.TarInfo("z")
            info.size = megabytes << 20
            with open(path, "wb") as out:
                out.write(compressor.compress(info.tobuf()))
                for _ in range(megabytes):
                    out.write(compressor.compress(bytes(1 << 20)))
                out.write(compressor.flush())

        for name, write in (("z.zip", zeros), ("s.tar.gz", streamed)):
            with self.subTest(name):
                write(self.path(name))
                self.assertLess(self.path(name).stat().st_size, 8 << 20)
                started = time.monotonic()
                self.ends(self.convert(name, out="out-" + name), 3, "the archive unpacks to more than")
                self.assertLess(time.monotonic() - started, 20)  # 2 s on a machine that does nothing else
                self.assertEqual(list(self.path(f"out-{name}/private/unpacked").iterdir()), [])

    def test_overlapping_members_are_read_once(self):
        content = zlib.compress(bytes(64 << 20), 9)[2:-4]  # 500 names for the same 64 MB
        sizes = zlib.crc32(bytes(64 << 20)), len(content), 64 << 20
        local = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 8, 0, 0, *sizes, 1, 0) + b"a" + content
        central = b"".join(struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, *sizes, 1, 0, 0, 0, 0, 0, 0) + b"a"
                           for _ in range(500))
        end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 500, 500, len(central), len(local), 0)
        self.path("a.zip").write_bytes(local + central + end)
        self.ends(self.convert("a.zip"), 3, "no usable image among 1 file found")

    def test_the_limit_can_be_set(self):
        self.zip_of([("a.png", self.png()), ("big", bytes(1 << 20))])
        self.ends(self.convert("a.zip", words=["--max-unpacked", "1M"]), 3)
        self.ends(self.convert("a.zip", words=["--max-unpacked", "2M"]), 0)


class Damaged(ArchiveTest):
    def setUp(self):
        super().setUp()
        self.cohort()

    def cut(self, name, share):
        self.pack(name)
        data = self.path(name).read_bytes()
        self.path(name).write_bytes(data[:int(len(data) * share)])

    def test_what_is_before_the_cut_is_used_and_the_cut_is_told(self):
        for name in ("s.zip", "s.tar", "s.tar.gz", "s.tar.xz"):
            with self.subTest(name):
                self.cut(name, 0.9)
                out = "out-" + name
                result = self.convert(name, out=out)
                if name == "s.tar.xz" and result.code == 3:
                    continue  # one block of xz may hold it all
                self.ends(result, 8, "could not be read whole")
                self.assertEqual(self.unassigned(out)[name], "E_ARCHIVE")
                done = [case for case, how in self.ledger(out).items() if how == "done"]
                self.assertGreater(len(done), 1)
                self.accounts(out)

    def test_every_case_of_a_damaged_archive_is_flagged(self):
        self.cut("s.tar", 0.9)
        self.ends(self.infer(inputs=["s.tar"]), 8)
        done = [row for row in self.rows("out/predictions.csv") if row["status"] == "done"]
        self.assertGreater(len(done), 1)
        self.assertEqual({"W_ARCHIVE_DAMAGED" in row["flags"].split() for row in done}, {True})

    def test_a_flipped_bit_is_noticed(self):
        for name in ("s.zip", "s.tar.gz"):
            with self.subTest(name):
                self.pack(name)
                data = bytearray(self.path(name).read_bytes())
                data[len(data) // 2] ^= 4
                self.path(name).write_bytes(data)
                self.ends(self.convert(name, out="out-" + name), 8)
                self.assertEqual(self.unassigned("out-" + name)[name], "E_ARCHIVE")


class Many(ArchiveTest):
    def test_a_dicomdir_is_listed_and_not_used(self):
        data = pathlib.Path(os.environ.get("RADBATCH_DATA", real_images.harness.ROOT / "../shared/data"))
        if not (data / "dicom/odd-files/DICOMDIR").exists():
            self.skipTest(f"no data in {data}")
        self.ct()
        shutil.copy(data / "dicom/odd-files/DICOMDIR", self.path("studies/DICOMDIR"))
        self.ends(self.convert(self.pack("s.zip")), 0)
        self.assertEqual(self.unassigned(), {"DICOMDIR": "E_NOT_IMAGE"})
        self.assertEqual(self.accounts(), real_images.SLICES + 1)

    def test_thousands_of_members(self):
        png = self.png()
        # More requests than one process serves: it must not be replaced while the archive is open in it.
        self.zip_of([(f"{i % 7}/{i}.txt", b"text") for i in range(8200)] + [("a.png", png)])
        self.ends(self.convert("a.zip"), 0)
        self.assertEqual(self.accounts(), 8201)
        self.assertEqual(self.ledger(), {"a": "done"})

    def test_zip64(self):
        with zipfile.ZipFile(self.path("a.zip"), "w") as archive, archive.open("x.png", "w", force_zip64=True) as member:
            member.write(self.png())
        self.ends(self.convert("a.zip"), 0)
        self.assertEqual(self.ledger(), {"x": "done"})

    @unittest.skipUnless(shutil.which("zstd"), "no zstd")
    def test_zstd(self):
        self.tar_of([("x.png", self.png())])
        os.system(f"zstd -q {self.path('a.tar')}")
        os.rename(self.path("a.tar.zst"), self.path("b.tar.zst"))
        self.ends(self.convert("b.tar.zst"), 0)
        self.assertEqual(self.ledger(), {"x": "done"})


if __name__ == "__main__":
    unittest.main()
