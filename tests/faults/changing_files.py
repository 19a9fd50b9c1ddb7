"""Files that vanish or change while a run reads them: E_FILE_CHANGED in the ledger, and the next run takes the case up again.
--tries counts the rounds.
"""

import os

import tries


class ChangingFiles(tries.FaultTest):
    def during(self, change):
        """Runs a cohort in which the file of the second study changes after the scan and before it is committed."""
        self.study("P1", "1.2.1", behaviour={"prepare": "sleep:300"})
        self.study("P2", "1.2.2", behaviour={"prepare": "sleep:300"})
        process = self.start_infer("--jobs", "1")
        self.wait_for(lambda: self.path("out/private/index.ndjson").exists(), "the scan")
        change(self.path("studies/1.2.2/0"))
        return self.finish(process)

    def check(self, what, change, detail):
        for _ in range(self.tries(1)):
            self.forget()
            self.ends(self.during(change), 8)
            self.assertEqual(sorted(self.ledger().values()), ["E_FILE_CHANGED", "done"])
            self.assertIn(detail, "".join(self.details().values()))
            self.study("P2", "1.2.2")
            self.ends(self.infer(), 0)
            self.table.add(what, "E_FILE_CHANGED, done by the next run")

    def test_vanishes(self):
        self.check("a file vanishes", os.remove, "cannot be opened: No such file or directory; it was there when it was scanned")

    def test_grows(self):
        def grow(path):
            with open(path, "a", encoding="utf-8") as file:
                file.write(" ")
        self.check("a file grows", grow, "file 1 of 1 has changed since the scan")

    def test_is_replaced(self):
        self.check("a file is written anew", lambda path: os.utime(path, (1, 1)), "file 1 of 1 has changed since the scan")

    def test_a_folder_that_vanishes_as_a_lost_mount_does(self):
        n = self.studies(60, slow_ms=5)
        process = self.start_infer("--jobs", "1")
        self.wait_for(lambda: self.path("out/private/index.ndjson").exists(), "the scan")
        os.rename(self.path("studies"), self.path("elsewhere"))
        result = self.finish(process)
        self.assertIn(result.code, (8, 9), result.stderr)
        os.rename(self.path("elsewhere"), self.path("studies"))
        self.ends(self.infer(), 8)
        self.assertEqual(len(self.rows_once()), n)
        self.assertNotIn("E_FILE_CHANGED", self.ledger().values())
        self.table.add("the whole input vanishes", f"exit {result.code}, complete when it is back")


if __name__ == "__main__":
    tries.main()
