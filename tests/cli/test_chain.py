"""Runs from end to end: the pipe and the single run, reruns, shards, manifests."""

import json
import unittest

import harness


class Pipe(harness.CliTest):
    def setUp(self):
        super().setUp()
        self.images(6)
        self.study("P1", "1.2.3")
        self.image("broken.fake", 0.1, behaviour={"prepare": "error:E_TRUNCATED_PIXELS",
                                                  "convert": "error:E_TRUNCATED_PIXELS"})
        self.path("studies/notes.txt").write_text("not an image")
        self.bundle()

    def test_convert_preprocess_infer_in_a_pipe_equal_one_infer(self):
        self.ends(self.infer(out="one"), 8, "8 cases: 7 done, 1 failed")
        self.ends(self.shell("radbatch convert studies -o v --stream | radbatch preprocess - --model model -o t --stream"
                             " | radbatch infer - --model model -o out"), 8)
        self.assertEqual(self.path("out/predictions.csv").read_bytes(), self.path("one/predictions.csv").read_bytes())
        self.assertEqual(self.ledger(), self.ledger("one"))
        self.assertEqual(self.ledger()["broken.fake"], "E_TRUNCATED_PIXELS")

    def test_the_pipe_again_decodes_nothing_and_changes_no_file(self):
        pipe = ("radbatch convert studies -o v --stream | radbatch preprocess - --model model -o t --stream"
                " | radbatch infer - --model model -o out --retry none")
        self.ends(self.shell(pipe), 8)
        before = self.times("v") | self.times("t") | self.times()
        self.ends(self.shell(pipe), 8, "none decoded")
        self.assertEqual(self.times("v") | self.times("t") | self.times(), before)

    def test_each_tool_alone_over_the_folder_before(self):
        self.ends(self.infer(out="one"), 8)
        self.ends(self.run_tool("radbatch-preprocess", "--model", "model", "studies", "-o", "t"), 8)
        self.ends(self.infer(inputs=["t/manifest.jsonl"]), 0)
        one = {case: score for case, score in self.scores("one").items() if case != "broken.fake"}
        self.assertEqual(self.scores(), one)

    def test_preprocess_from_converted_volumes_and_infer_from_its_stream(self):
        self.ends(self.run_tool("radbatch-convert", "studies", "-o", "v"), 8)
        self.ends(self.infer(inputs=["v/manifest.jsonl"]), 0)
        self.assertEqual(set(self.ledger().values()), {"done"})

    def test_a_stream_has_a_header_every_case_and_an_end(self):
        lines = self.ends(self.run_tool("radbatch-convert", "studies", "-o", "v", "--stream"), 8).lines()
        self.assertEqual((lines[0]["format"], lines[0]["tool"]), ("radbatch-stream", "radbatch-convert"))
        self.assertEqual(lines[-1], {"end": True, "cases": 8, "by_status": {"done": 7, "failed": 1}})
        self.assertEqual(sorted(line["case_id"] for line in lines[1:-1]), sorted(self.ledger("v")))

    def test_a_rerun_streams_the_committed_cases_too(self):
        first = self.run_tool("radbatch-convert", "studies", "-o", "v", "--stream").lines()
        again = self.run_tool("radbatch-convert", "studies", "-o", "v", "--stream", "--retry", "none").lines()
        key = lambda line: line.get("case_id", "")
        self.assertEqual(sorted(again, key=key), sorted(first, key=key))

    def test_a_closed_reader_ends_the_writer_at_a_checkpoint(self):
        result = self.shell("radbatch convert studies -o v --stream | head -n 1; exit ${PIPESTATUS[0]}")
        self.assertEqual(result.code, 141, result.stderr)
        self.assertEqual(json.loads(result.stdout)["format"], "radbatch-stream")
        self.ends(self.run_tool("radbatch-convert", "studies", "-o", "v"), 8)

    def test_an_upstream_model_that_differs_is_a_mismatch_of_plans(self):
        self.bundle("other", plan=[{"name": "ExtractSlices", "axis": 1}])
        self.shell("radbatch preprocess studies --model other -o t --stream | radbatch infer - --model model -o out")
        self.assertEqual(self.ledger()["case000.fake"], "E_PLAN_MISMATCH")

    def test_garbage_on_standard_input_is_no_stream(self):
        self.ends(self.infer(inputs=["-"], stdin=b'{"format": "radbatch-stream", "format_version": "9.0"}\n'), 2)
        self.ends(self.infer(inputs=["-"], stdin=b"nowhere\n"), 2, "no such input: nowhere")

    def test_paths_on_standard_input(self):
        self.ends(self.infer(inputs=["-"], stdin=b"studies/case000.fake\nstudies/case003.fake\n"), 0)
        self.ends(self.infer("-0", inputs=["-"], stdin=b"studies/case000.fake\0studies/case003.fake\0", out="nul"), 0)
        self.assertEqual(list(self.ledger()), ["case000.fake", "case003.fake"])
        self.assertEqual(self.scores("nul"), self.scores())


class SeveralInputs(harness.CliTest):
    """A case of two images through the pipe: one tensor of both, and the score of it."""

    def setUp(self):
        super().setUp()
        for case in ("a", "b"):
            for name, value in (("t1", 0.2), ("t2", 0.6)):
                self.image(f"{case}_{name}.fake", value, FrameOfReferenceUID="1.2")
        self.bundle(plan=[{"name": "ConcatItems", "output": "both"}], pooling={}, inputs=[
            {"name": name, "dims": 2, "channels": 1} for name in ("t1", "t2")])
        self.group = ["--group", r"(?<case>[^/]+)_(?<input>t1|t2)\.fake"]

    def test_preprocess_and_infer_equal_one_infer(self):
        self.ends(self.infer(*self.group, out="one"), 0, "2 cases: 2 done")
        words = " ".join(f"'{word}'" for word in self.group)
        self.ends(self.shell(f"radbatch preprocess studies {words} --model model -o t --stream"
                             " | radbatch infer - --model model -o out"), 0)
        self.assertEqual(self.path("out/predictions.csv").read_bytes(), self.path("one/predictions.csv").read_bytes())
        self.assertAlmostEqual(float(self.rows("one/predictions.csv")[0]["p_hand"]),
                               float(self.rows("out/predictions.csv")[0]["p_hand"]))
        self.ends(self.infer(inputs=["t/manifest.jsonl"], out="listed"), 0)
        self.assertEqual(self.scores("listed"), self.scores("one"))

    def test_an_optional_input_may_be_missing(self):
        self.path("studies/b_t2.fake").unlink()
        self.ends(self.infer(*self.group), 8, "1 done, 1 refused")
        self.assertEqual(self.ledger(), {"a": "done", "b": "E_MISSING_INPUT"})
        self.bundle("filled", plan=[{"name": "ConcatItems", "output": "both"}], pooling={}, inputs=[
            {"name": "t1", "dims": 2, "channels": 1}, {"name": "t2", "dims": 2, "channels": 1, "if_missing": "zeros"}])
        self.ends(self.infer(*self.group, model="filled", out="f"), 0)
        self.assertEqual([row["flags"] for row in self.rows("f/predictions.csv")],
                         ["W_MODALITY_UNKNOWN", "W_INPUT_FILLED W_MODALITY_UNKNOWN"])

    def test_a_lost_image_of_a_case_leaves_it_undone_and_the_rest_stands(self):
        self.ends(self.infer(*self.group), 0)
        self.image("a_t2.fake", 0.9, FrameOfReferenceUID="1.2")
        self.ends(self.infer(*self.group), 0)
        self.assertEqual(self.committed()[2:], ["a"])


class Rerun(harness.CliTest):
    def setUp(self):
        super().setUp()
        self.images(5)

    def test_the_same_command_decodes_nothing_and_changes_no_file(self):
        self.ends(self.infer(), 0, "5 cases: 5 done")
        before = self.times()
        self.ends(self.infer(), 0, "nothing to do: all 5 cases committed by an earlier run, none decoded")
        self.assertEqual(self.times(), before)

    def test_a_new_file_is_the_only_work(self):
        self.infer()
        self.image("new.fake", 0.2)
        self.ends(self.infer(), 0, "6 cases: 6 done")
        self.assertEqual(self.committed()[5:], ["new.fake"])

    def test_a_changed_file_is_done_again(self):
        self.infer()
        before = self.scores()
        self.image("case002.fake", 0.123)
        self.infer()
        self.assertEqual(self.committed()[5:], ["case002.fake"])
        self.assertEqual([case for case in before if before[case] != self.scores()[case]], ["case002.fake"])

    def test_a_file_that_is_gone_leaves_the_tables(self):
        self.infer()
        self.path("studies/case002.fake").unlink()
        self.ends(self.infer(), 0)
        self.assertNotIn("case002.fake", self.ledger())

    def test_force_does_every_case_again(self):
        self.infer()
        before = self.tables()
        self.ends(self.infer("--force"), 0)
        self.assertEqual((len(self.committed()), self.tables()), (10, before))

    def test_another_model_is_refused_with_the_difference(self):
        self.infer()
        before = self.tables()
        self.bundle("other", version="2.0")
        self.ends(self.infer(model="other"), 2, 'out belongs to another run: model/version: "1.0" there, "2.0" here',
                  "hint: choose a new folder with -o")
        self.assertEqual(self.tables(), before)

    def test_another_plan_and_another_tool_are_refused(self):
        self.infer()
        self.bundle("other", plan=[{"name": "ExtractSlices", "axis": 1}])
        self.ends(self.infer(model="other"), 2, "plan/0/axis: 2 there, 1 here")
        self.ends(self.run_tool("radbatch-convert", "studies", "-o", "out"), 2, 'tool: "infer" there, "convert" here')

    def test_other_threads_of_the_network_are_refused_and_remembered(self):
        self.ends(self.infer("--threads", "2"), 0)
        self.ends(self.infer(), 2, "options/threads: 2 there, nothing here")
        before = self.path("out/predictions.h5").read_bytes()
        self.ends(self.run_tool("radbatch", "merge", "out"), 0)
        self.assertEqual(self.path("out/predictions.h5").read_bytes(), before)

    def test_a_folder_with_other_things_is_refused(self):
        self.path("out").mkdir()
        self.path("out/thesis.txt").write_text("mine")
        self.ends(self.infer(), 2, "out is not empty and holds no run of radbatch")
        self.assertEqual([path.name for path in self.path("out").iterdir()], ["thesis.txt"])

    def test_a_lost_tensor_is_made_again(self):
        words = [*self.model_words(), "studies", "-o", "t"]
        self.ends(self.run_tool("radbatch-preprocess", *words), 0)
        before = self.path("t/tensors/case001.fake.h5").read_bytes()
        self.path("t/tensors/case001.fake.h5").write_bytes(b"half")
        self.ends(self.run_tool("radbatch-preprocess", *words), 0)
        self.assertEqual(self.path("t/tensors/case001.fake.h5").read_bytes(), before)

    def test_a_table_that_was_removed_comes_back(self):
        self.infer()
        before = self.tables()
        self.path("out/predictions.csv").unlink()
        self.ends(self.infer(), 0, "none decoded")
        self.assertEqual(self.tables(), before)

    def test_jobs_and_order_change_no_byte(self):
        self.infer()
        self.ends(self.infer("--jobs", "3", out="jobs"), 0)
        self.ends(self.infer(inputs=sorted(f"studies/case00{i}.fake" for i in range(5))[::-1], out="order"), 0)
        self.assertEqual(self.tables("jobs"), self.tables())
        self.assertEqual(self.path("order/predictions.csv").read_bytes(), self.path("out/predictions.csv").read_bytes())


class Shards(harness.CliTest):
    def setUp(self):
        super().setUp()
        self.images(12)

    def test_shards_merge_to_the_single_run(self):
        for shard in ("0/2", "1/2"):
            self.ends(self.infer("--shard", shard), 0, "is committed; when all are: radbatch merge out")
        self.ends(self.run_tool("radbatch", "merge", "out"), 0, "12 cases merged, 0 without result")
        self.assertEqual(self.tables(), self.undisturbed())

    def test_a_missing_shard_is_refused_by_its_number(self):
        self.infer("--shard", "1/3")
        self.infer("--shard", "2/3")
        result = self.ends(self.run_tool("radbatch", "merge", "out"), 2, "out is not complete: no result of shard 0 of 3 (")
        self.assertNotIn("shard 1", result.stderr)
        self.assertFalse(self.path("out/predictions.csv").exists())

    def test_both_shards_at_once(self):
        both = [self.start_infer("--shard", f"{i}/2") for i in range(2)]
        for one in both:
            self.ends(self.finish(one), 0)
        self.assertEqual(len(self.committed()), 12)
        self.ends(self.run_tool("radbatch", "merge", "out"), 0)
        self.assertEqual(self.tables(), self.undisturbed())

    def test_the_number_of_shards_may_change(self):
        self.infer("--shard", "0/2")
        for i in range(3):
            self.ends(self.infer("--shard", f"{i}/3"), 0)
        self.ends(self.run_tool("radbatch", "merge", "out"), 0)
        self.assertEqual((len(set(self.committed())), len(self.committed())), (12, 12))

    def test_a_case_that_changed_since_its_shard_ran_is_missing(self):
        self.infer("--shard", "0/2")
        self.infer("--shard", "1/2")
        for case in self.ledger_of_shard(1):
            self.image(case, 0.111)
        self.ends(self.infer("--shard", "0/2"), 0)
        self.ends(self.run_tool("radbatch", "merge", "out"), 2, "no result of shard 1 of 2")

    def ledger_of_shard(self, shard):
        journals = sorted(self.path("out/journal").glob(f"{shard + 1}of2-*.ndjson"))
        records = [json.loads(line)["record"] for path in journals for line in path.read_text().splitlines()]
        return [record["case_id"] for record in records if "case_id" in record]

    def test_merge_of_a_folder_that_holds_no_run(self):
        self.ends(self.run_tool("radbatch", "merge", "studies"), 2, "studies holds no run of radbatch")


class Manifest(harness.CliTest):
    def test_carried_columns_and_names_of_cases(self):
        self.images(2)
        self.path("list.csv").write_text("case_id,path,site\nanna,studies/case000.fake,Köln\n"
                                         "ben,studies/case001.fake,上海\n", encoding="utf-8")
        self.ends(self.infer(inputs=["list.csv"]), 0)
        self.assertEqual([(row["case_id"], row["site"]) for row in self.rows("out/predictions.csv")],
                         [("anna", "Köln"), ("ben", "上海")])

    def test_a_path_that_is_missing_costs_its_case_only(self):
        self.images(1)
        self.path("list.jsonl").write_text('{"case_id": "a", "inputs": [{"path": "studies/case000.fake"}]}\n'
                                           '{"case_id": "b", "inputs": [{"path": "studies/gone.fake"}]}\n')
        self.ends(self.infer(inputs=["list.jsonl"]), 8)
        self.assertEqual(self.ledger(), {"a": "done", "b": "E_IO"})

    def test_a_study_folder_in_a_manifest(self):
        self.study("P1", "1.2.3")
        self.path("list.jsonl").write_text('{"case_id": "ct", "inputs": [{"path": "studies/1.2.3"}]}\n')
        self.ends(self.infer(inputs=["list.jsonl"]), 0)
        self.assertEqual([row["n_files"] for row in self.rows("out/cases.csv")], ["3"])


if __name__ == "__main__":
    unittest.main()
