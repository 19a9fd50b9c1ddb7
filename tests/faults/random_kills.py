"""Kills at random times, over and over, until a run is complete; its tables must be those of an undisturbed run.

    RADBATCH_BIN=build-core/bin RADBATCH_WORKERS=build-core/tests/fake-workers \\
        python3 tests/faults/random_kills.py [KILLS] [SEED]

Each round runs `infer`, or the pipe of three tools, and kills one of its processes with SIGKILL after a random time:
an image worker, the classify worker or a tool. Ends with 0 when KILLS kills cost no byte.
"""

import os
import pathlib
import random
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parents[1] / "cli"))
import harness  # noqa: E402

INFER = "radbatch infer --model model studies -o out"
PIPE = ("radbatch convert studies -o v --stream | radbatch preprocess - --model model -o t --stream"
        " | radbatch infer - --model model -o out")
TABLES = ("predictions.csv", "cases.csv", "predictions.h5")


def descendants(pid):
    """Every tool and worker of radbatch at and below `pid`."""
    alive, below = harness.processes(), {pid}
    for _ in range(4):
        below |= {child for child, (parent, _name) in alive.items() if parent in below}
    return sorted(child for child in below if alive.get(child, (0, ""))[1].startswith("radbatch"))


class RandomKills(harness.CliTest):
    kills, seed = 20, 1

    def setUp(self):
        super().setUp()
        self.random = random.Random(self.seed)
        self.bundle()

    def round(self, script, longest):
        """Runs once, with one kill on the way. Returns whether somebody was hit."""
        process = subprocess.Popen(["bash", "-c", script], cwd=self.folder, stderr=subprocess.DEVNULL,
                                   env=self.environment | {"PATH": f"{harness.BIN}:{os.environ['PATH']}"})
        time.sleep(self.random.uniform(0, longest))
        victims = descendants(process.pid)
        if victims:
            try:
                os.kill(self.random.choice(victims), signal.SIGKILL)
            except ProcessLookupError:
                victims = []
        process.wait(timeout=60)
        return bool(victims)

    def cohort(self, number):
        for i in range(10):
            self.image(f"case{i:03}.fake", round((number * 10 + i) / 1000, 3),
                       behaviour={stage: "sleep:10" for stage in ("scan", "convert", "prepare")})

    def check(self, script, kills):
        hits = rounds = 0
        while hits < kills:
            self.cohort(rounds := rounds + 1)
            for folder in ("out", "v", "t", "whole"):
                subprocess.run(["rm", "-rf", self.folder / folder], check=True)
            while hits < kills and not (self.folder / "out/predictions.h5").exists():
                hits += self.round(script, 0.5)
            self.ends(self.shell(script), 0)
            self.ends(self.shell(script.replace("-o out", "-o whole").replace("-o v", "-o whole-v")
                                 .replace("-o t", "-o whole-t")), 0)
            for table in TABLES:
                self.assertEqual((self.folder / "out" / table).read_bytes(), (self.folder / "whole" / table).read_bytes(),
                                 f"{table}, round {rounds}, seed {self.seed}")
            subprocess.run(["rm", "-rf", self.folder / "whole-v", self.folder / "whole-t"], check=True)
        print(f"{hits} kills in {rounds} cohorts cost nothing: {script[:40]} ...")

    def test_infer(self):
        self.check(INFER, self.kills // 2)

    def test_pipe(self):
        self.check(PIPE, self.kills - self.kills // 2)


if __name__ == "__main__":
    RandomKills.kills = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    RandomKills.seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    unittest.main(argv=sys.argv[:1])
