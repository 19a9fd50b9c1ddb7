"""Stops of every kind in the middle of a run; the same command then ends with the bytes of an undisturbed run."""

import contextlib
import json
import os
import re
import resource
import signal
import socket
import subprocess
import time
import unittest

import harness

N = 14


class Stopped(harness.CliTest):
    def setUp(self):
        super().setUp()
        self.images(N, behaviour={"prepare": "sleep:40", "convert": "sleep:40"})
        self.image("bad.fake", behaviour={"prepare": "error:E_TRUNCATED_PIXELS"})
        self.bundle()

    def completes(self, *, at_most=N + 1):
        """The same command again does the rest, and nothing shows that it was interrupted."""
        before = len(self.committed())
        self.ends(self.infer(), 8)
        self.assertLessEqual(len(self.committed()) - before, at_most)
        self.ends(self.infer(out="undisturbed"), 8)
        self.assertEqual(self.tables(), self.tables("undisturbed"))
        self.leaves_nothing_behind()

    def running(self, *words, commits=3, **options):
        process = self.start_infer(*words, **options)
        self.wait_for_commits(commits)
        return process


class Killed(Stopped):
    def kill_worker(self, role):
        process = self.running()
        os.kill(harness.workers_of(process, role)[0], signal.SIGKILL)
        self.ends(self.finish(process), 8, f"{N + 1} cases: {N} done, 1 failed")
        self.completes(at_most=0)

    def test_an_image_worker(self):
        self.kill_worker("image")

    def test_the_classify_worker(self):
        self.kill_worker("classify")

    def test_infer_itself(self):
        process = self.running()
        workers = harness.workers_of(process)
        process.kill()
        process.wait()
        self.assertGreaterEqual(len(workers), 2)
        self.wait_for(lambda: not any(map(harness.is_running, workers)), "the workers to end with their tool", 2)
        done = len(self.committed())
        self.assertGreaterEqual(done, 3)
        self.completes(at_most=N + 1 - done)

    def test_infer_while_it_reads_headers(self):
        for i in range(N):
            self.image(f"case{i:03}.fake", round(0.9 - i / 100, 3), behaviour={"scan": "sleep:20"})
        process = self.start_infer()
        self.wait_for(lambda: harness.workers_of(process, "image"), "an image worker")
        time.sleep(0.1)
        process.kill()
        process.wait()
        self.completes()

    def test_a_torn_last_line_of_the_journal_is_ignored(self):
        self.infer()
        journal = next(self.path("out/journal").glob("*.ndjson"))
        journal.write_bytes(journal.read_bytes()[:-40])
        self.completes(at_most=1)

    def test_a_damaged_line_of_the_journal_is_ignored(self):
        self.infer()
        journal = next(self.path("out/journal").glob("*.ndjson"))
        lines = journal.read_bytes().split(b"\n")
        lines[2] = lines[2].replace(b"done", b"gone", 1)
        journal.write_bytes(b"\n".join(lines))
        self.completes(at_most=1)

    def test_temporaries_of_a_killed_run_are_removed(self):
        self.infer()
        host, gone = re.sub("[^A-Za-z0-9]", "_", socket.gethostname()), subprocess.Popen(["true"])
        gone.wait()
        for name in ("predictions.csv", "journal/identity.json", "private/index.ndjson"):
            self.path(f"out/{name}.tmp-{host}-{gone.pid}").write_text("half")
        self.path(f"out/cases.csv.tmp-{host}-{os.getpid()}").write_text("a shard that is at work")
        self.infer()
        self.assertEqual([path.name for path in self.path("out").rglob("*.tmp-*")], [f"cases.csv.tmp-{host}-{os.getpid()}"])

    def test_convert(self):
        process = self.start("radbatch-convert", "studies", "-o", "out", "--jobs", "1")
        self.wait_for_commits(3)
        process.kill()
        process.wait()
        self.ends(self.run_tool("radbatch-convert", "studies", "-o", "out"), 0)
        self.ends(self.run_tool("radbatch-convert", "studies", "-o", "whole"), 0)
        self.assertEqual({path.name: path.read_bytes() for path in self.path("out").rglob("*.nii.gz")},
                         {path.name: path.read_bytes() for path in self.path("whole").rglob("*.nii.gz")})
        self.assertEqual(self.path("out/cases.csv").read_bytes(), self.path("whole/cases.csv").read_bytes())
        self.leaves_nothing_behind()


class KilledPipe(Stopped):
    PIPE = ("radbatch convert studies -o v --stream | radbatch preprocess - --model model -o t --stream"
            " | radbatch infer - --model model -o out")

    SLOW = {"radbatch-convert": {"convert": "sleep:30000"}, "radbatch-preprocess": {"prepare": "sleep:30000"},
            "radbatch-infer": {}}

    def kill_part(self, tool):
        self.image("slow.fake", behaviour=self.SLOW[tool])  # so that the tool is still there when it is to be killed
        pipe = subprocess.Popen(["bash", "-c", self.PIPE], cwd=self.folder, stderr=subprocess.PIPE,
                                env=self.environment | {"PATH": f"{harness.BIN}:{os.environ['PATH']}"})
        self.addCleanup(self.discard, pipe)
        self.wait_for_commits(2)
        os.kill(harness.children_of(pipe.pid, tool)[0], signal.SIGKILL)
        self.image("slow.fake")
        _, stderr = pipe.communicate(timeout=30)
        return pipe.returncode, stderr.decode()

    def whole(self):
        self.ends(self.shell(self.PIPE), 8)
        self.ends(self.infer(out="one"), 8)
        self.assertEqual(self.path("out/predictions.csv").read_bytes(), self.path("one/predictions.csv").read_bytes())

    def test_the_first_tool(self):
        code, stderr = self.kill_part("radbatch-convert")
        self.assertEqual(code, 8, stderr)
        self.assertIn("radbatch-convert ended before its list was complete; what it sent is committed", stderr)
        self.assertGreaterEqual(len(self.ledger()), 2)
        self.whole()

    def test_the_tool_in_the_middle(self):
        code, stderr = self.kill_part("radbatch-preprocess")
        self.assertEqual(code, 8, stderr)
        self.assertIn("radbatch-preprocess ended before its list was complete", stderr)
        self.whole()

    def test_the_last_tool(self):
        self.kill_part("radbatch-infer")
        self.whole()


class Signals(Stopped):
    def signalled(self, number, code):
        process = self.running()
        process.send_signal(number)
        result = self.ends(self.finish(process, timeout=10), code)
        ends = set(self.ledger().values())
        self.assertLessEqual(ends, {"done", "E_INTERRUPTED", "E_TRUNCATED_PIXELS"})
        self.assertIn("E_INTERRUPTED", ends, result.stderr)
        self.completes(at_most=N - 2)

    def test_term(self):
        self.signalled(signal.SIGTERM, 128 + signal.SIGTERM)

    def test_int(self):
        self.signalled(signal.SIGINT, 128 + signal.SIGINT)

    def test_hup(self):
        self.signalled(signal.SIGHUP, 128 + signal.SIGHUP)

    def test_usr1_is_a_checkpoint(self):
        self.signalled(signal.SIGUSR1, 10)

    def test_stop_after_is_a_checkpoint(self):
        self.ends(self.infer("--stop-after", "0.3s"), 10)
        self.assertIn("E_INTERRUPTED", self.ledger().values())
        self.completes(at_most=N)

    def test_a_second_signal_ends_at_once(self):
        self.image("case000.fake", behaviour={"prepare": "hang"})
        process = self.start_infer()
        self.wait_for(lambda: harness.workers_of(process, "image"), "the image worker")
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        self.ends(self.finish(process, timeout=5), 128 + signal.SIGTERM)

    def while_reading_headers(self, number, code):
        for i in range(N):
            self.image(f"case{i:03}.fake", round(0.9 - i / 100, 3), behaviour={"scan": "sleep:30"})
        process = self.start_infer()
        self.wait_for(lambda: harness.workers_of(process, "image"), "an image worker")
        time.sleep(0.1)
        process.send_signal(number)
        self.ends(self.finish(process, timeout=10), code)
        self.completes()
        self.assertEqual(len(self.ledger()), N + 1)

    def test_term_while_it_reads_headers_loses_no_file(self):
        self.while_reading_headers(signal.SIGTERM, 128 + signal.SIGTERM)

    def test_usr1_while_it_reads_headers(self):
        self.while_reading_headers(signal.SIGUSR1, 10)

    def test_term_while_it_waits_for_the_tool_before(self):
        process = self.start_infer(inputs=["-"], stdin=subprocess.PIPE)
        process.stdin.write(b"studies/case000.fake\nnowhe")
        process.stdin.flush()
        time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=5), 128 + signal.SIGTERM)

    def test_term_in_a_stream_that_waits(self):
        process = self.start_infer(inputs=["-"], stdin=subprocess.PIPE)
        header = {"format": "radbatch-stream", "format_version": "1.0", "tool": "radbatch-convert", "run_id": "x"}
        process.stdin.write(json.dumps(header).encode() + b"\n")
        process.stdin.flush()
        time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=5), 128 + signal.SIGTERM)


class Output(Stopped):
    def test_a_run_folder_below_a_file(self):
        self.path("blocker").write_text("a file")
        self.ends(self.infer(out="blocker/out"), 7, "radbatch-infer: error: cannot create the folder blocker/out")
        self.ends(self.infer(out="blocker"), 7)

    def test_a_run_folder_on_a_file_system_that_cannot_be_written(self):
        self.ends(self.infer(out="/proc/radbatch"), 7)

    def test_a_journal_that_may_not_grow(self):
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))
        self.ends(self.infer(preexec_fn=limit), 7, "radbatch-infer: error: cannot write")
        self.completes()

    def test_a_full_disk(self):
        self.path("out").mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96k", "tmpfs", self.path("out")],
                          capture_output=True).returncode:
            self.skipTest("mounting a small file system is not permitted here")
        self.addCleanup(subprocess.run, ["umount", "-l", self.path("out")], check=True)
        self.path("out/private").mkdir()
        self.path("out/private/ballast").write_bytes(b"\0" * 60000)
        self.ends(self.infer(), 7, "No space left on device")
        committed = len(self.committed())
        self.path("out/private/ballast").unlink()
        subprocess.run(["mount", "-o", "remount,size=4m", self.path("out")], check=True)
        self.completes(at_most=N + 1 - committed)


if __name__ == "__main__":
    unittest.main()
