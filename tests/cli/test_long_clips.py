"""Clips of more frames than go through the network at once: lots, stops in the middle of a case, frames.csv.gz."""

import csv
import gzip
import json
import math
import signal
import unittest

import harness

FRAMES = 200  # lots of two batches of 8 here: 13 of them
CLIP = {"is_video": True, "frames": FRAMES, "dims": 2, "size": [2, 2, 1], "channels": 3,
        "NumberOfFrames": FRAMES, "SamplesPerPixel": 3}
POOLED = {"pooling": {"slices": "mean", "frames": "mean"}}


class LongClip(harness.CliTest):
    def setUp(self):
        super().setUp()
        self.bundle(**POOLED)

    def infer(self, *words, **options):
        return super().infer("--frames", "all", *words, **options)

    def start_infer(self, *words, **options):
        return super().start_infer("--frames", "all", *words, **options)

    def clip(self, name="clip.fake", value=0.5, step=0.001, *, behaviour=None, lot=None, items=FRAMES):
        self.image(name, value, kind="video", items=items, behaviour=behaviour, **CLIP)
        path = self.path(f"studies/{name}")
        text = json.loads(path.read_text()) | {"step": step} | ({} if lot is None else {"clip_lot": lot})
        path.write_text(json.dumps(text))

    def frames(self, out="out"):
        with gzip.open(self.path(f"{out}/frames.csv.gz"), "rt", encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def tables(self, out="out"):
        return super().tables(out) | {"frames.csv.gz": self.path(f"{out}/frames.csv.gz").read_bytes()}

    def part(self, name="clip.fake"):
        path = self.path(f"out/arrays/{name}.part")
        return path.read_bytes() if path.exists() else b""

    def killed_after(self, lots):
        """A run that is killed when that many lots of its slow clip are written down."""
        process = self.start_infer()
        self.wait_for(lambda: self.part().count(b"\n") > lots, f"{lots} lots")
        process.kill()
        process.wait()
        return self.part()

    def undisturbed(self):
        self.ends(self.infer(out="undisturbed"), 0)
        return self.tables("undisturbed")


class Frames(LongClip):
    def test_every_frame_has_its_time_and_its_scores(self):
        self.clip()
        self.ends(self.infer(), 0, "1 case: 1 done")
        rows = self.frames()
        self.assertEqual([(row["case_id"], row["frame"]) for row in rows], [("clip.fake", str(i)) for i in range(FRAMES)])
        self.assertEqual([float(row["t_s"]) for row in rows], [i / 10 for i in range(FRAMES)])
        for i, row in enumerate(rows):
            mean = 0.5 + 0.001 * i
            parts = [math.exp(mean), math.exp(1 - mean), math.exp(mean * mean)]
            self.assertAlmostEqual(float(row["p_hand"]), parts[0] / sum(parts), places=5)
        mean = sum(float(row["p_hand"]) for row in rows) / FRAMES
        self.assertAlmostEqual(float(self.scores()["clip.fake"]), mean, places=5)

    def test_the_packed_table_says_neither_when_nor_where_it_was_made(self):
        self.clip()
        self.ends(self.infer(), 0)
        self.assertEqual(self.path("out/frames.csv.gz").read_bytes()[:10].hex(), "1f8b08000000000000ff")
        resources = json.loads(self.path("out/datapackage.json").read_text())["resources"]
        (frames,) = [one for one in resources if one["path"] == "frames.csv.gz"]
        self.assertEqual((frames["name"], frames["compression"]), ("frames", "gz"))
        self.assertEqual([field["name"] for field in frames["schema"]["fields"]][:3], ["case_id", "frame", "t_s"])

    def test_items_that_are_no_frames_make_no_table(self):
        self.image("volumes.fake", 0.25, items=3, NumberOfFrames=3)  # the fake says nothing of frames in its answer
        self.ends(self.infer(), 0)
        self.assertFalse(self.path("out/frames.csv.gz").exists())

    def test_the_report_draws_the_clip_over_time(self):
        self.clip(step=-0.002)
        self.ends(self.infer(), 0)
        self.ends(self.run_tool("radbatch-report", "out"), 0)
        page = self.path("out/report.html").read_text(encoding="utf-8")
        self.assertIn("Scores over time, clip.fake", page)
        strip = page.split("<polyline")[1].split('points="')[1].split()[0]  # "Hand" at the first frame
        x, y = map(float, strip.split(","))
        self.assertAlmostEqual(x, 150, delta=2)
        self.assertAlmostEqual(1 - (y - 6) / 36, float(self.frames()[0]["p_hand"]), delta=0.01)

    def test_segments_follow_the_rules_of_the_bundle(self):
        self.bundle("segmenting", **POOLED, segments={"smooth": {"kind": "mean", "seconds": 0.5}, "minimum_s": 1})
        self.clip(step=-0.01)  # "Hand" sinks from 0.5 on, "Lung Opacity" rises
        self.ends(self.infer(model="segmenting"), 0)
        rows = self.rows("out/segments.csv")
        tops = ["lung_opacity" if float(row["p_lung_opacity"]) >= max(float(row["p_hand"]), float(row["p_pneumothorax"]))
                else "other" for row in self.frames()]
        (found,) = [row for row in rows if row["finding"] == "lung_opacity"]
        self.assertAlmostEqual(float(found["start_s"]), tops.index("lung_opacity") / 10, delta=0.3)
        self.assertEqual(float(found["duration_s"]), float(found["end_s"]) - float(found["start_s"]))
        self.assertGreaterEqual(float(found["max_p"]), float(found["mean_p"]))


class Stops(LongClip):
    def test_a_killed_run_goes_on_behind_its_last_lot(self):
        self.clip(behaviour={"clip": "sleep:60"})
        first = self.killed_after(7)
        second = self.killed_after(9)
        self.assertTrue(second.startswith(first[:first.rindex(b"\n") + 1]))
        self.ends(self.infer(), 0)
        self.assertEqual(self.tables(), self.undisturbed())
        self.assertEqual(self.part(), b"")

    def test_a_signal_ends_it_between_two_lots(self):
        self.clip(behaviour={"clip": "sleep:60"})
        process = self.start_infer()
        self.wait_for(lambda: self.part().count(b"\n") > 3, "3 lots")
        process.send_signal(signal.SIGTERM)
        self.ends(self.finish(process), 128 + signal.SIGTERM)
        self.ends(self.infer(), 0)
        self.assertEqual(self.tables(), self.undisturbed())

    def test_damaged_records_are_done_again(self):
        self.clip(behaviour={"clip": "sleep:60"})
        for damage in (lambda data: data[:-40], lambda data: data[:len(data) // 2] + b"#" + data[len(data) // 2:],
                       lambda data: b"nothing of ours\n"):
            self.path("out/arrays/clip.fake.part").write_bytes(damage(self.killed_after(4)))
        self.ends(self.infer(), 0)
        self.assertEqual(self.tables(), self.undisturbed())

    def test_another_recording_under_the_same_name_begins_anew(self):
        self.clip(behaviour={"clip": "sleep:60"})
        self.killed_after(4)
        self.clip(value=0.75)
        self.ends(self.infer(), 0)
        self.assertEqual(self.tables(), self.undisturbed())


class Faults(LongClip):
    def test_a_decoder_that_dies_in_a_lot_is_asked_for_it_once_more(self):
        self.clip(behaviour={"clip": "crash-once"}, lot=7)
        self.ends(self.infer(), 0)
        self.assertEqual(len(self.frames()), FRAMES)

    def test_one_that_dies_twice_ends_the_case_and_keeps_what_is_done(self):
        self.clip(behaviour={"clip": "crash"}, lot=7)
        self.image("other.fake", 0.3)
        self.ends(self.infer(), 8, "2 cases: 1 done, 1 failed")
        self.assertEqual(self.ledger()["clip.fake"], "E_DECODER_CRASH")
        self.assertEqual(self.part().count(b"\n"), 8)

    def test_a_model_that_dies_in_a_lot_is_asked_for_it_once_more(self):
        at = 40
        self.clip(value=harness.CLASSIFY["crash-once"] + 100 * at, step=-100)
        self.ends(self.infer(), 0)
        self.assertEqual(len(self.frames()), FRAMES)

    def test_lots_that_are_no_lots_fail_the_case(self):
        self.clip(behaviour={"clip": "garbage"}, lot=3)
        self.ends(self.infer(), 8)
        self.assertEqual(self.ledger()["clip.fake"], "E_DECODER_CRASH")

    def test_a_clip_that_hangs_ends_by_the_time_of_one_request(self):
        self.clip(behaviour={"clip": "hang"}, lot=3)
        self.ends(self.infer("--case-timeout", "2s"), 8)
        self.assertEqual(self.ledger()["clip.fake"], "E_DECODER_TIMEOUT")

    def test_a_long_case_is_no_case_time_out(self):
        self.clip(behaviour={"clip": "sleep:500"})
        self.ends(self.infer("--case-timeout", "5s"), 0)


if __name__ == "__main__":
    unittest.main()
