"""SIGKILL at random times, to a tool or one of its workers, over and over until the run is complete: its tables must be
those of an undisturbed run. --tries counts the kills of each test, --studies the cohort of one run.
"""

import os
import signal
import subprocess
import time

import tries
from tries import harness

INFER = "radbatch infer --model model studies -o out --jobs 1"
PIPE = ("radbatch convert studies -o v --stream | radbatch preprocess - --model model -o t --stream"
        " | radbatch infer - --model model -o out")


def victims_of(pid):
    """Every tool and worker of radbatch at and below `pid`: (process id, name)."""
    alive, below = harness.processes(), {pid}
    for _ in range(4):
        below |= {child for child, (parent, _name) in alive.items() if parent in below}
    return sorted((child, alive[child][1]) for child in below
                  if child in alive and alive[child][1].startswith("radbatch"))


class RandomKills(tries.FaultTest):
    def start_script(self, script):
        return subprocess.Popen(["bash", "-c", script], cwd=self.folder, stderr=subprocess.DEVNULL,
                                env=self.environment | {"PATH": f"{harness.BIN}:{os.environ['PATH']}"})

    def kill_once(self, script, longest):
        """Runs once, with one kill on the way. Returns the name of the process that was hit."""
        process = self.start_script(script)
        time.sleep(self.random.uniform(0, longest))
        hit = ""
        if victims := victims_of(process.pid):
            victim, hit = self.random.choice(victims)
            try:
                os.kill(victim, signal.SIGKILL)
            except ProcessLookupError:
                hit = ""
        process.wait(timeout=900)
        return hit

    def kills(self, script, n_kills, expected):
        """One cohort, until `n_kills` have hit or the run is complete. Returns the hits."""
        hits = 0
        for folder in ("out", "v", "t"):
            self.forget(folder)
        while hits < n_kills and not self.path("out/predictions.h5").exists():
            committed = len(set(self.committed())) if self.path("out").exists() else 0
            name = self.kill_once(script, longest=0.3 + 0.2 * self.random.random() * hits)
            if name:
                hits += 1
                lost = committed > len(set(self.committed()))
                self.table.add(f"SIGKILL of {name}", "LOST A COMMITTED CASE" if lost else "nothing committed lost")
                self.assertFalse(lost)
        self.ends(self.shell(script, timeout=900), 8)
        found = self.bytes_of("out", report=True)
        other = sorted(name for name in expected if found[name] != expected[name])
        self.table.add("final tables, HDF5 and report", f"DIFFERENT: {other}" if other else "byte-identical")
        self.assertEqual(other, [], f"seed {tries.OPTIONS.seed}")
        self.leaves_nothing_behind()
        return hits

    def check(self, script, default_kills, default_studies):
        left = self.tries(default_kills)
        self.studies(default_studies, slow_ms=10)
        self.ends(self.shell(script.replace("-o ", "-o whole-"), timeout=900), 8)
        expected = self.bytes_of("whole-out", report=True)
        while left > 0:
            left -= max(1, self.kills(script, left, expected))

    def test_infer(self):
        self.check(INFER, 6, 30)

    def test_pipe(self):
        self.check(PIPE, 5, 20)


if __name__ == "__main__":
    tries.main()
