"""Archives over fake workers: a fake archive is a JSON text with the fake images that it holds."""

import json
import os
import signal
import unittest

import harness


class Unpacking(harness.CliTest):
    def archive(self, name, members, **more):
        """Members: name -> value of a fake image, or a dictionary that replaces parts of it."""
        listed = []
        for member, value in members.items():
            image = {"kind": "png", "attributes": {"size": [2, 2, 1], "dims": 2, "spacing_mm": [1, 1, 1], "Rows": 2,
                                                   "Columns": 2, "is_image": True}, "value": 0.5, "items": 1, "side": 2}
            listed.append({"name": member, "image": image | (value if isinstance(value, dict) else {"value": value})})
        self.path(f"studies/{name}").write_text(json.dumps({"archive": listed} | more))

    def test_members_are_cases(self):
        self.archive("a.zip", {f"{i}.png": i / 10 for i in range(20)})
        self.image("b.png", 0.5)
        self.ends(self.infer(), 0, "21 cases: 21 done")
        self.assertIn("a.zip__7", self.ledger())

    def test_an_archive_that_kills_its_worker_costs_nobody_else(self):
        self.archive("bad.zip", {"x.png": 0.1}, behaviour={"unpack": "crash"})
        self.archive("good.zip", {"y.png": 0.2})
        self.ends(self.infer(), 0, "damaged file")
        self.assertEqual(self.ledger(), {"good.zip__y": "done"})
        strays = {row["path"]: row["reason"] for row in self.rows("out/private/unassigned.csv")}
        self.assertEqual(strays, {"bad.zip": "E_DECODER_CRASH"})

    def test_one_death_is_forgiven(self):
        self.archive("a.zip", {f"{i}.png": i / 10 for i in range(20)}, behaviour={"unpack": "crash-once"})
        self.image("b.png", 0.5)
        self.ends(self.infer("--jobs", "1", "--case-timeout", "20s"), 0, "21 cases: 21 done")

    def test_an_archive_that_hangs(self):
        self.archive("a.zip", {"x.png": 0.1}, behaviour={"unpack": "hang"})
        self.image("b.png", 0.5)
        self.ends(self.infer("--case-timeout", "1s"), 0)
        strays = {row["path"]: row["reason"] for row in self.rows("out/private/unassigned.csv")}
        self.assertEqual(strays, {"a.zip": "E_DECODER_TIMEOUT"})

    def test_an_answer_of_the_wrong_form(self):
        self.archive("a.zip", {"x.png": 0.1}, behaviour={"unpack": "garbage"})
        self.image("b.png", 0.5)
        self.ends(self.infer(), 0)
        self.assertEqual(self.ledger(), {"b": "done"})

    def test_a_damaged_member_makes_no_case(self):
        self.archive("a.zip", {"x.png": 0.1, "y.png": {"reason": "E_ARCHIVE"}}, damage="has 1 damaged member")
        self.ends(self.infer(), 8, "could not be read whole")
        self.assertEqual(self.ledger()["a.zip__x"], "done")
        self.assertEqual(self.ledger()["a.zip__y"], "E_ARCHIVE")

    def test_a_killed_run_goes_on_and_leaves_nothing(self):
        self.archive("a.zip", {f"{i}.png": i / 100 for i in range(40)})
        self.ends(self.infer(out="undisturbed"), 0)
        process = self.start_infer()
        self.wait_for_commits(3)
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.ends(self.infer(), 0)
        self.assertEqual(self.tables(), self.tables("undisturbed"))
        self.assertEqual(os.listdir(self.path("out/private/unpacked")), [])
        self.leaves_nothing_behind()


if __name__ == "__main__":
    unittest.main()
