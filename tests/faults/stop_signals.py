"""Stop signals at random times: the right exit status, within ten seconds, and the same command goes on to the bytes of an
undisturbed run. --tries counts the signals of each kind.
"""

import os
import signal
import subprocess
import time
import unittest

import tries

STOPS = {signal.SIGTERM: 143, signal.SIGINT: 130, signal.SIGHUP: 129, signal.SIGUSR1: 10}
IGNORED = (signal.SIGPIPE, signal.SIGXFSZ)
LIMIT_S = 10


class StopSignals(tries.FaultTest):
    def setUp(self):
        super().setUp()
        self.studies(30, slow_ms=20)
        self.expected = self.undisturbed_bytes()
        self.slowest = 0.0

    def signalled(self, number):
        """Runs once with the signal at a random time. Returns the exit status, None where it came too late."""
        process = self.start_infer("--jobs", "1")
        # Before the handlers are installed a signal does what it always does: that is the shell's business.
        self.wait_for(lambda: self.path("out/journal/identity.json").exists() or process.poll() is not None, "the run")
        time.sleep(self.random.uniform(0, 0.6))
        if process.poll() is not None:
            self.finish(process)
            return None
        process.send_signal(number)
        sent = time.monotonic()
        result = self.finish(process, timeout=60)
        self.slowest = max(self.slowest, time.monotonic() - sent)
        return result.code

    def check(self, number, allowed):
        hits = 0
        while hits < self.tries(2):
            self.forget()
            code = self.signalled(number)
            if code is None:
                continue
            hits += 1
            self.assertIn(code, allowed)
            before = self.records()
            self.ends(self.infer(), 8)
            after = self.records()
            self.assertEqual({case: after[case] for case in before}, before)
            self.assertEqual(self.bytes_of("out"), self.expected)
            self.table.add(signal.Signals(number).name, f"exit {code}, resumed to the same bytes")

    def test_stops(self):
        for number, code in STOPS.items():
            with self.subTest(signal.Signals(number).name):
                self.check(number, {code, 8})  # 8: it was about to end anyway
        self.assertLess(self.slowest, LIMIT_S)
        self.table.add("slowest stop", f"{self.slowest:.2f} s")

    def test_signals_that_become_errors_of_a_write_do_not_stop_a_run(self):
        for number in IGNORED:
            with self.subTest(signal.Signals(number).name):
                self.check(number, {8})

    def test_a_reader_that_leaves_ends_the_run_at_a_checkpoint(self):
        for _ in range(self.tries(2)):
            self.forget()
            process = self.start_infer("--jobs", "1", "--stream")
            for _ in range(self.random.randint(1, 5)):
                process.stdout.readline()
            process.stdout.close()
            process.wait(timeout=60)
            self.assertEqual(process.returncode, 128 + signal.SIGPIPE)
            self.ends(self.infer(), 8)
            self.assertEqual(self.bytes_of("out"), self.expected)
            self.table.add("reader of --stream leaves", "exit 141, resumed to the same bytes")


class OfALargeCohort(tries.FaultTest):
    """More cases than tables can be made of in the time that a stop has: by hand, with --studies 20001 or more."""

    def test_a_stop_leaves_the_tables_for_later(self):
        if (tries.OPTIONS.studies or 0) <= 20_000:
            self.skipTest("only with --studies above 20,000")
        n = self.studies(0)
        process = self.start_infer("--progress", "never")
        self.wait_for(lambda: list(self.path("out/journal").glob("*.ndjson")), "the first commit", seconds=600)
        process.send_signal(signal.SIGTERM)
        sent = time.monotonic()
        self.ends(self.finish(process, timeout=600), 143, "the tables follow when the run is complete")
        seconds = time.monotonic() - sent
        self.assertFalse(self.path("out/cases.csv").exists())
        self.ends(self.infer(timeout=3600), 8)
        self.assertEqual(len(self.rows_once()), n)
        self.table.add(f"SIGTERM to a run of {n} studies", f"exit 143 after {seconds:.1f} s, completed by the next run")


@unittest.skipIf(os.environ.get("RADBATCH_SANITIZE"), "a sanitizer slows the worker down")
class WhileAWorkerHangs(tries.FaultTest):
    """A model or a decoder that never answers does not delay a stop."""

    def check(self, **image):
        self.image("hang.fake", **image)
        process = self.start_infer("--jobs", "1")
        self.wait_for(lambda: self.path("out/private/index.ndjson").exists(), "the scan")
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        sent = time.monotonic()
        try:
            process.communicate(timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            self.fail("it went on")
        self.assertEqual(process.returncode, 143)
        self.table.add("SIGTERM while it hangs", f"exit 143 after {time.monotonic() - sent:.1f} s")

    def test_the_decoder(self):
        self.check(behaviour={"prepare": "hang"})

    def test_the_model(self):
        self.check(value=-1002)


if __name__ == "__main__":
    tries.main()
