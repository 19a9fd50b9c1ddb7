"""Clips through the tools and the real, sandboxed image worker, compared with ffmpeg, nibabel and pydicom."""

import csv
import gzip
import json
import os
import random
import shutil
import subprocess
import sys
import unittest

import harness
import real_images
from real_images import MODEL, nibabel, numpy, pydicom

if not shutil.which("ffmpeg"):
    print("skipped: no ffmpeg program; bash cmake/install-dependencies.sh --test installs it")
    sys.exit(77)

MOVING = ["-f", "lavfi", "-i", "testsrc2=size=64x48:rate=10:duration=4"]
H264 = ["-c:v", "libx264", "-g", "10", "-pix_fmt", "yuv420p"]
EXACT = "scale=flags=bicubic+full_chroma_int+full_chroma_inp+accurate_rnd+bitexact"
DATA = os.environ.get("RADBATCH_DATA", str(harness.ROOT / "../shared/data"))


def ffmpeg(*words):
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *map(str, words)], check=True)


class VideoTest(real_images.RealTest):
    def clip(self, name, *words, source=MOVING):
        path = self.path(f"studies/{name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        ffmpeg(*source, *(words or H264), path)
        return path

    def rgb(self, clip, size=(48, 64)):
        raw = self.path("oracle.rgb")
        ffmpeg("-i", clip, "-vsync", "passthrough", "-vf", EXACT, "-pix_fmt", "rgb24", "-f", "rawvideo", raw)
        return numpy.fromfile(raw, numpy.uint8).reshape(-1, *size, 3)

    def convert(self, *words, inputs=("studies",), out="out"):
        return self.run_tool("radbatch-convert", *inputs, "-o", out, *words)

    def frames(self, case, out="out", image="image"):
        """What convert wrote, as ffmpeg orders it: frame, row, column, RGB."""
        voxels = numpy.asarray(nibabel.load(self.path(f"{out}/{case}/{image}.nii.gz")).dataobj)
        rgb = voxels.view((numpy.uint8, 3)) if voxels.dtype.fields else voxels[..., None]
        rgb = rgb.reshape(*voxels.shape[:2], -1, rgb.shape[-1])
        return rgb.transpose(2, 1, 0, 3)

    def sidecar(self, case, out="out", image="image"):
        return json.loads(self.path(f"{out}/{case}/{image}.json").read_text())

    def cases(self, out="out"):
        return {row["case_id"]: row for row in self.rows(f"{out}/cases.csv")}


class Clips(VideoTest):
    def test_every_container_is_a_case_with_ffmpegs_frames(self):
        clips = {"one": self.clip("one.mp4"), "two": self.clip("two.avi", "-c:v", "mpeg4", "-g", "10"),
                 "three": self.clip("three.mov", "-c:v", "mjpeg", "-pix_fmt", "yuvj422p"), "four": self.clip("four.mkv")}
        self.ends(self.convert("--frames", "all"), 0, "4 cases: 4 done")
        for case, clip in clips.items():
            self.assertTrue(numpy.array_equal(self.frames(case), self.rgb(clip)), case)
            numpy.testing.assert_allclose(self.sidecar(case)["frame_times_s"], numpy.arange(40) / 10, atol=1e-3)

    def test_frames_are_chosen_and_belong_to_the_run(self):
        clip = self.clip("one.mp4")
        self.ends(self.convert("--frames", "every=1s"), 0)
        self.assertEqual(self.sidecar("one")["frame_indices"], [0, 10, 20, 30])
        self.assertTrue(numpy.array_equal(self.frames("one"), self.rgb(clip)[::10]))
        manifest = json.loads(self.path("out/manifest.jsonl").read_text())
        self.assertEqual(manifest["inputs"][0]["attributes"]["frame_times_s"], [0, 1, 2, 3])
        self.ends(self.convert("--frames", "n=2"), 2, "every=1s")

    def test_the_default_is_bounded(self):
        self.clip("one.mp4")
        self.ends(self.convert(), 0)
        self.assertEqual((len(self.frames("one")), self.sidecar("one")["source_frames"]), (32, 40))

    def test_chapters_under_one_input_are_one_clip(self):
        first, second = self.clip("GX010012.MP4"), self.clip("GX020012.MP4", "-vf", "negate", *H264)
        self.path("m.jsonl").write_text(json.dumps(
            {"case_id": "operation", "inputs": [{"path": ["studies/GX010012.MP4", "studies/GX020012.MP4"]}]}))
        self.ends(self.convert("--frames", "every=2s", inputs=("m.jsonl",)), 0, "1 case: 1 done")
        self.assertEqual(self.sidecar("operation")["frame_times_s"], [0, 2, 4, 6])
        both = numpy.concatenate([self.rgb(first), self.rgb(second)])
        self.assertTrue(numpy.array_equal(self.frames("operation"), both[::20]))

    def test_what_is_cut_off_or_no_clip_is_said_by_name(self):
        whole = self.clip("whole.mp4", *H264, "-movflags", "+faststart").read_bytes()
        self.path("studies/half.mp4").write_bytes(whole[:len(whole) * 6 // 10])
        self.path("studies/no-index.mp4").write_bytes(self.clip("tail.mp4").read_bytes()[:5000])
        self.path("studies/text.mp4").write_text("no recording at all")
        self.clip("sound.mp4", source=["-f", "lavfi", "-i", "sine=duration=1"])
        self.ends(self.infer("--frames", "n=40"), 8)
        rows = {row["case_id"]: row for row in self.rows("out/predictions.csv")}
        self.assertIn("W_TRUNCATED_VIDEO", rows["half"]["flags"])
        self.assertNotIn("W_TRUNCATED_VIDEO", rows["whole"]["flags"])
        cases = self.cases()
        self.assertEqual({name: cases[name]["reason"] for name in ("no-index", "text", "half", "whole")},
                         {"no-index": "E_TRUNCATED_PIXELS", "text": "E_BAD_HEADER", "half": "", "whole": ""})
        self.assertNotIn("sound", cases)
        self.convert("--frames", "n=4", out="volumes")
        self.assertEqual(self.sidecar("half", out="volumes")["flags"], ["W_TRUNCATED_VIDEO"])

    def test_a_pipe_equals_the_single_run(self):
        self.clip("one.mp4")
        self.ends(self.infer("--frames", "n=5", out="alone"), 0)
        done = self.shell(f"radbatch-convert studies -o volumes --frames n=5 --stream | "
                          f"radbatch-infer --model {MODEL} - -o piped")
        self.assertEqual(done.code, 0, done.stderr)
        alone, piped = self.rows("alone/predictions.csv"), self.rows("piped/predictions.csv")
        self.assertEqual(alone, piped)


class LongClips(VideoTest):
    """Recordings of more frames than go through the network at once."""

    def frame_rows(self, out="out"):
        with gzip.open(self.path(f"{out}/frames.csv.gz"), "rt", encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def test_lots_give_the_numbers_of_clips_in_one_piece(self):
        clip = self.clip("one.mp4", source=["-f", "lavfi", "-i", "testsrc2=size=64x48:rate=25:duration=4"])
        self.ends(self.infer("--frames", "all"), 0)
        parts = []
        for first, end in ((0, 48), (48, 100)):  # whole batches of 8 before the end
            self.ends(self.infer("--frames", ",".join(map(str, range(first, end))), out=f"from{first}"), 0)
            parts += self.frame_rows(f"from{first}")
        self.assertEqual(self.frame_rows(), parts)
        shown = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "frame=pts_time", "-of", "csv=p=0", clip],
                               capture_output=True, check=True).stdout.split()
        numpy.testing.assert_allclose([float(row["t_s"]) for row in parts],
                                      [float(t.strip(b",")) for t in shown], atol=1e-6)

    def test_a_recording_killed_at_sixty_percent_goes_on(self):
        seconds = 60 * float(os.environ.get("RADBATCH_VIDEO_MINUTES", "0.5"))
        rate = 25
        self.clip("long.mp4", "-vf", "eq=brightness='0.4*sin(t/3)':eval=frame", "-c:v", "libx264", "-bf", "3", "-preset",
                  "ultrafast", source=["-f", "lavfi", "-i", f"testsrc=size=160x120:rate={rate}:duration={seconds}"])
        self.ends(self.infer("--frames", "all", out="undisturbed", timeout=7200), 0)
        process = self.start_infer("--frames", "all")
        part = self.path("out/arrays/long.part")
        done = lambda: sum(len(json.loads(line)["record"].get("lot", {"frames": []})["frames"])
                           for line in part.read_text().split("\n")[:-1]) if part.exists() else 0
        self.wait_for(lambda: done() >= 0.6 * rate * seconds, "60 % of the frames", 3600)
        process.kill()
        process.wait()
        self.assertEqual(self.committed(), [])
        self.ends(self.infer("--frames", "all", timeout=7200), 0)
        self.assertEqual(len(self.frame_rows()), round(rate * seconds))
        for table in ("frames.csv.gz", "predictions.csv", "predictions.h5", "cases.csv"):
            self.assertEqual(self.path(f"out/{table}").read_bytes(), self.path(f"undisturbed/{table}").read_bytes())


class DicomClips(VideoTest):
    def encapsulate(self, stream, syntax, **header):
        """A video of 64 x 48 in DICOM, its bytes in fragments that frames know nothing of."""
        image = real_images.dataset(numpy.zeros((48, 64), numpy.uint8), "1.2.826.7", "ES",
                                    "1.2.840.10008.5.1.4.1.1.77.1.1.1", NumberOfFrames=40, SamplesPerPixel=3,
                                    PhotometricInterpretation="YBR_PARTIAL_420", PlanarConfiguration=0, BitsAllocated=8,
                                    BitsStored=8, HighBit=7, **header)
        image.file_meta.TransferSyntaxUID = syntax
        size = 4096
        image.PixelData = pydicom.encaps.encapsulate(
            [stream[at:at + size] for at in range(0, len(stream), size)], has_bot=False)
        image["PixelData"].is_undefined_length = True
        real_images.save(image, self.path("studies/clip.dcm"))

    def check(self, clip, times):
        self.ends(self.convert("--frames", "0,13,39"), 0, "1 case: 1 done")
        (case,) = self.cases()
        (image,) = [path.name[:-7] for path in self.path(f"out/{case}").glob("*.nii.gz")]
        self.assertTrue(numpy.array_equal(self.frames(case, image=image), self.rgb(clip)[[0, 13, 39]]))
        numpy.testing.assert_allclose(self.sidecar(case, image=image)["frame_times_s"], times, atol=1e-6)

    def test_mpeg4_in_dicom(self):
        clip = self.path("clip.mp4")
        ffmpeg(*MOVING, *H264, clip)
        self.encapsulate(clip.read_bytes(), "1.2.840.10008.1.2.4.102")
        self.check(clip, [0, 1.3, 3.9])

    def test_hevc_in_dicom(self):
        clip = self.path("clip.mp4")
        ffmpeg(*MOVING, "-c:v", "libx265", "-x265-params", "log-level=error", "-pix_fmt", "yuv420p", clip)
        self.encapsulate(clip.read_bytes(), "1.2.840.10008.1.2.4.107")
        self.check(clip, [0, 1.3, 3.9])

    def test_a_bare_mpeg2_stream_has_the_times_of_the_header(self):
        clip = self.path("clip.m2v")
        ffmpeg(*MOVING[:3], "testsrc2=size=64x48:rate=25:duration=1.6", "-c:v", "mpeg2video", "-bf", "2", clip)
        self.encapsulate(clip.read_bytes(), "1.2.840.10008.1.2.4.100", FrameTime=50)
        self.check(clip, [0, 0.65, 1.95])

    def test_an_ultrasound_cine_is_pydicoms_with_times_and_mode(self):
        source = f"{DATA}/dicom/odd-files/examples_ybr_color.dcm"
        if not os.path.exists(source):
            self.skipTest("no shared data")
        shutil.copy(source, self.path("studies/cine.dcm"))
        self.ends(self.convert("--frames", "all"), 0)
        (case,) = self.cases()
        (image,) = [path.name[:-7] for path in self.path(f"out/{case}").glob("*.nii.gz")]
        frames, facts = self.frames(case, image=image), self.sidecar(case, image=image)
        self.assertEqual((facts["us_mode"], facts["us_mode_source"]), ("b-mode", "header"))
        # This picture was halved after its header was written: the regions leave it, and calibrate nothing.
        self.assertNotIn("us_region_px", facts)
        numpy.testing.assert_allclose(facts["frame_times_s"], numpy.arange(30) * 0.033333)
        self.assertEqual(len(frames), 30)
        original = pydicom.dcmread(source)
        original.pixel_array
        expected = pydicom.pixel_data_handlers.convert_color_space(original.pixel_array, "YBR_FULL_422", "RGB")
        difference = numpy.abs(frames.astype(int) - expected)
        self.assertLess(difference.mean(), 1)

    def test_the_regions_of_an_ultrasound_image_calibrate_it(self):
        source = f"{DATA}/dicom/odd-files/JPGLosslessP14SV1_1s_1f_8b.dcm"
        if not os.path.exists(source):
            self.skipTest("no shared data")
        shutil.copy(source, self.path("studies/still.dcm"))
        self.ends(self.convert(), 0)
        (case,) = self.cases()
        (image,) = [path.name[:-7] for path in self.path(f"out/{case}").glob("*.nii.gz")]
        self.assertEqual(self.sidecar(case, image=image)["us_region_px"], [14, 38, 1010, 758])
        zooms = nibabel.load(self.path(f"out/{case}/{image}.nii.gz")).header.get_zooms()
        numpy.testing.assert_allclose(zooms[:2], [0.25476696592] * 2, rtol=1e-6)


class Hostile(VideoTest):
    def test_mutants_end_with_a_reason_and_never_the_run(self):
        n = int(os.environ.get("RADBATCH_MUTANTS", "60"))
        originals = [self.clip("a.mp4", "-c:v", "mpeg4", "-g", "5").read_bytes(),
                     self.clip("b.mp4", *H264, "-movflags", "+faststart").read_bytes(),
                     self.clip("c.avi", "-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-t", "1").read_bytes(),
                     self.clip("d.mkv").read_bytes(), self.clip("e.ts").read_bytes()]
        random_numbers = random.Random(20261128)
        for i in range(n):
            data = bytearray(originals[i % len(originals)])
            # Headers are a small part of a file and decide the most.
            limit = len(data) if i % 2 else min(len(data), 2048)
            for _ in range(random_numbers.choice([1, 3, 10, 50])):
                data[random_numbers.randrange(limit)] = random_numbers.choice([0, 255, random_numbers.randrange(256)])
            if i % 7 == 0:
                del data[random_numbers.randrange(len(data)):]
            self.path(f"studies/mutant{i:05}").write_bytes(data)
        done = self.run_tool("radbatch-convert", "studies", "-o", "out", "--case-timeout", "60s", timeout=240)
        self.assertIn(done.code, (0, 8), done.stderr)
        cases = self.cases()
        for row in cases.values():
            self.assertTrue(row["status"] == "done" or row["reason"], row)
            self.assertNotEqual(row["reason"], "E_IO")  # damage is no fault of the storage, which would be retried
        unassigned = self.rows("out/private/unassigned.csv") if self.path("out/private/unassigned.csv").exists() else []
        self.assertEqual(len(cases) + len(unassigned), n + len(originals))
        print(f"{n} mutants:", {code: sum(row["reason"] == code for row in cases.values())
                                for code in sorted({row["reason"] for row in cases.values()})}, file=sys.stderr)


if __name__ == "__main__":
    unittest.main()
