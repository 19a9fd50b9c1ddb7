"""Options, help, configuration files, and the exit statuses of what is wrong before a run begins."""

import json
import os
import unittest

import harness

TOOLS = ["radbatch-scan", "radbatch-select", "radbatch-convert", "radbatch-preprocess", "radbatch-infer", "radbatch-ensemble", "radbatch-report", "radbatch"]
GOLDEN = harness.ROOT / "tests/cli/golden"


class Help(harness.CliTest):
    def golden(self, name, text):
        # RADBATCH_UPDATE_GOLDEN=1 writes what is; git diff then shows what has changed.
        if os.environ.get("RADBATCH_UPDATE_GOLDEN"):
            (GOLDEN / name).write_text(text, encoding="utf-8")
        self.assertEqual(text, (GOLDEN / name).read_text(encoding="utf-8"))

    def test_help_is_as_the_golden_texts_say(self):
        for tool in TOOLS:
            with self.subTest(tool):
                self.golden(f"{tool}.help.txt", self.ends(self.run_tool(tool, "--help"), 0).stdout)

    def test_help_all_is_as_the_golden_texts_say(self):
        for tool in TOOLS[:-1]:
            with self.subTest(tool):
                self.golden(f"{tool}.help-all.txt", self.ends(self.run_tool(tool, "--help-all"), 0).stdout)

    def test_no_arguments_give_the_help_and_2(self):
        for tool in TOOLS:
            with self.subTest(tool):
                result = self.ends(self.run_tool(tool), 2)
                self.assertEqual((result.stdout, result.stderr), ("", self.run_tool(tool, "--help").stdout))

    def test_the_front_is_the_same_as_the_tool(self):
        self.assertEqual(self.run_tool("radbatch", "infer", "--help").stdout,
                         self.run_tool("radbatch-infer", "--help").stdout)

    def test_every_option_of_help_all_is_described_as_json(self):
        described = json.loads(self.run_tool("radbatch-infer", "--describe", "json").stdout)
        text = self.run_tool("radbatch-infer", "--help-all").stdout
        for option in described["options"]:
            self.assertIn(option["names"][0], text)
        self.assertIn("RADBATCH_MAX_RAM", [option["environment"] for option in described["options"]])

    def test_man_page_and_completions_name_the_options(self):
        for form in ("man", "bash", "zsh", "fish"):
            text = self.ends(self.run_tool("radbatch-infer", "--describe", form), 0).stdout.replace("\\-", "-")
            self.assertIn("max-ram", text, form)

    def test_version_as_text_and_as_data(self):
        self.assertRegex(self.run_tool("radbatch-infer", "--version").stdout, r"^radbatch-infer \d+\.\d+\.\d+ ")
        self.assertEqual(json.loads(self.run_tool("radbatch-infer", "--version", "--json").stdout)["tool"],
                         "radbatch-infer")


class Usage(harness.CliTest):
    def refuses(self, code, words, *texts, inputs=("studies",), **options):
        """The run ends with `code` and these texts, and has made no run folder."""
        result = self.ends(self.infer(*words, inputs=inputs, **options), code, *texts)
        self.assertEqual(result.stdout, "")
        self.assertFalse(self.path("out").exists(), "nothing was touched")

    def test_unknown_option(self):
        self.refuses(2, ["--max-ram=4G", "--max-failuers", "3"],
                     "radbatch-infer: error: unknown option --max-failuers\nhint: did you mean --max-failures?\n")

    def test_unknown_value(self):
        self.refuses(2, ["--retry", "some"],
                     "--retry: expected one of all, failed, none, transient, not 'some'")
        self.refuses(2, ["--shard", "2/2"], "--shard: expected i/n with i from 0 to n-1, not '2/2'")
        self.refuses(2, ["--max-ram", "lots"], "--max-ram: expected a size such as 8G or 512M, not 'lots'")
        self.refuses(2, ["--case-by", "StudyInstanceUDI"], "did you mean StudyInstanceUID?")

    def test_an_option_without_its_value_is_not_a_crash(self):
        self.refuses(2, ["--limit"], "radbatch-infer: error: ", "hint: see radbatch-infer --help")

    def test_missing_path(self):
        self.refuses(2, [], "radbatch-infer: error: no such input: nowhere", inputs=["nowhere"])

    def test_missing_model(self):
        self.ends(self.run_tool("radbatch-infer", "--model", "nothing", "studies", "-o", "out"), 4, "nothing")
        self.ends(self.run_tool("radbatch-infer", "studies", "-o", "out"), 2, "no model given\nhint: name its folder")
        self.assertFalse(self.path("out").exists())

    def test_no_input_and_no_output(self):
        self.ends(self.run_tool("radbatch-infer", "-o", "out"), 2, "no input given")
        self.ends(self.run_tool("radbatch-infer", "studies"), 2, "no run folder given\nhint: name it with -o FOLDER")

    def test_unknown_command_of_the_front(self):
        self.ends(self.run_tool("radbatch", "infre"), 2, "unknown command infre\nhint: did you mean infer?")

    def test_a_list_that_names_a_missing_file(self):
        self.path("list.txt").write_text("studies\ngone\n")
        self.refuses(2, [], "no such input: gone", inputs=["@list.txt"])
        self.refuses(2, [], "cannot read nothing.txt", inputs=["@nothing.txt"])

    def test_a_broken_manifest_is_named_with_its_line(self):
        self.path("list.jsonl").write_text('{"case_id": "a", "inputs": [{"path": "x"}]}\n{"case_id": \n')
        self.refuses(2, [], "list.jsonl", "line 2", inputs=["list.jsonl"])


class Config(harness.CliTest):
    def test_printed_configuration_is_accepted_and_gives_itself_again(self):
        words = ["--model", "model", "studies", "-o", "a b", "--limit", "3", "--only", "x", "--only", 'y"z\\', "--force",
                 "--max-failures", "5%"]
        printed = self.ends(self.run_tool("radbatch-infer", *words, "--print-config"), 0).stdout
        self.path("run.toml").write_text(printed)
        again = self.ends(self.run_tool("radbatch-infer", "--config", "run.toml", "--print-config"), 0).stdout
        self.assertEqual(again, printed)
        for line in ('output = "a b"', 'limit = "3"', "force = true", 'only = ["x", "y\\"z\\\\"]'):
            self.assertIn(line + "\n", printed)

    def test_a_run_from_a_configuration_file(self):
        self.images(3)
        self.bundle()
        self.path("run.toml").write_text('model = "model"\noutput = "out"\nlimit = 2\n')
        self.ends(self.run_tool("radbatch-infer", "--config", "run.toml", "studies"), 0)
        self.assertEqual(list(self.ledger()), ["case000.fake", "case001.fake"])

    def test_option_before_environment_before_file(self):
        self.path("run.toml").write_text('limit = "1"\nseed = "1"\nsample = "1"\n')
        printed = self.run_tool("radbatch-infer", "--config", "run.toml", "--limit", "3", "--print-config",
                                env={"RADBATCH_LIMIT": "2", "RADBATCH_SEED": "2"}).stdout
        for line in ('limit = "3"', 'seed = "2"', 'sample = "1"'):
            self.assertIn(line + "\n", printed)

    def test_unknown_key(self):
        self.path("run.toml").write_text('limt = "1"\n')
        self.ends(self.run_tool("radbatch-infer", "--config", "run.toml", "studies"), 2,
                  "run.toml: unknown key 'limt'\nhint: did you mean --limit?")

    def test_missing_file(self):
        self.ends(self.run_tool("radbatch-infer", "--config", "no.toml", "studies"), 2, "cannot read no.toml")


class Model(harness.CliTest):
    def setUp(self):
        super().setUp()
        self.images(1)

    def refused(self, *texts):
        self.ends(self.infer(), 4, *texts)
        self.assertFalse(self.path("out").exists())

    def test_weights_that_are_not_the_declared_ones(self):
        self.bundle()
        with open(self.path("model/models/model.ts"), "ab") as file:
            file.write(b"x")
        self.refused("model.ts has ", " declared\nhint: take the bundle again")

    def test_a_state_dict_is_named_as_such(self):
        self.bundle(archive=("state/data.pkl", "state/data/0"))
        self.refused("model.ts is ", "hint: ")

    def test_unverified_weights_are_recorded(self):
        self.bundle()
        sidecar = json.loads(self.path("model/radbatch.json").read_text())
        sidecar["backends"][0]["sha256"] = "0" * 64
        self.path("model/radbatch.json").write_text(json.dumps(sidecar))
        self.refused("has the SHA-256 ")
        self.ends(self.infer("--allow-unverified-model"), 0)
        self.assertTrue(json.loads(self.path("out/run.json").read_text())["identity"]["options"]["allow_unverified_model"])

    def test_inspect_and_verify(self):
        self.bundle()
        self.assertIn("Lung Opacity", self.ends(self.run_tool("radbatch", "model", "inspect", "model"), 0).stdout)
        self.assertEqual(self.ends(self.run_tool("radbatch", "model", "verify", "model"), 0).stdout,
                         "models/model.ts: size, SHA-256 and kind as declared\n"
                         "models/model.ts: loaded by fake, 0 known answers within tolerance\n")


if __name__ == "__main__":
    unittest.main()
