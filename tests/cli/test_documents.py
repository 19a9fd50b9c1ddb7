"""The documents that describe the code are compared with it."""

import os
import re
import unittest

import harness

DOCS = harness.ROOT / "docs"
SOURCES = {"image": "apps/image_worker.cpp", "classify": "lib/radbatch/classify/classify_requests.cpp"}


def source(path):
    return (harness.ROOT / path).read_text(encoding="utf-8")


class WorkerProtocol(unittest.TestCase):
    def setUp(self):
        self.page = (DOCS / "worker-protocol.md").read_text(encoding="utf-8")

    def documented(self, role):
        part = self.page.split(f"\n## Requests to the {role} worker\n")[1].split("\n## ")[0]
        return {name: text for name, text in re.findall(r"\n### `(\w+)`\n(.*?)(?=\n### |\Z)", part, re.S)}

    def test_the_operations_are_those_that_the_workers_know(self):
        for role, path in SOURCES.items():
            self.assertEqual(set(self.documented(role)), set(re.findall(r'op == "(\w+)"', source(path))), path)

    def test_the_fake_workers_know_the_same(self):
        known = set(re.findall(r'op == "(\w+)"', source("tests/support/fake_worker.cpp")))
        self.assertEqual(known, set(self.documented("image")) | set(self.documented("classify")))

    def test_every_operation_that_the_tools_send_is_documented(self):
        sent = set()
        for path in (harness.ROOT / "lib/radbatch").rglob("*.cpp"):
            sent |= set(re.findall(r'\{"op", (?:is_tensor \? )?"(\w+)"(?: : "(\w+)")?', path.read_text(encoding="utf-8")))
        sent = {word for pair in sent for word in pair if word} | {"setup"}
        self.assertEqual(sent, set(self.documented("image")) | set(self.documented("classify")))

    def test_every_field_that_a_worker_reads_or_writes_is_documented(self):
        for path in [*SOURCES.values(), "lib/radbatch/worker/server.cpp"]:
            text = source(path)
            fields = set(re.findall(r'(?:request|setup|body|answer_?)(?:\.at\(|\.value\(|\.contains\(|\[)"(\w+)"', text))
            fields |= set(re.findall(r'\{\{?"(\w+)", ', text)) - {"torchscript"}
            missing = [field for field in sorted(fields) if f"`{field}`" not in self.page and f'"{field}"' not in self.page]
            self.assertEqual(missing, [], path)

    def test_the_numbers_of_a_frame(self):
        header = source("lib/radbatch/worker/frame.hpp")
        self.assertIn("PROTOCOL_VERSION = 1;", header)
        self.assertIn("protocol version, 1 |", self.page)
        self.assertIn("std::size_t{64} << 20", header)
        self.assertIn(str(64 << 20), self.page)
        self.assertIn("MAX_FRAME_DESCRIPTORS = 8;", header)
        self.assertIn("at most 8 |", self.page)


class Reasons(harness.CliTest):
    def page(self):
        """docs/reasons.md, from what `radbatch explain` says."""
        rows = ["# Reasons", "",
                "Why a case or a file ended as it did. Codes are stable. \"retried\": the next run of the same command takes "
                "the case up again;", "\"final\": only `--retry` or a change of its files does. Made from `radbatch explain`; "
                "`RADBATCH_UPDATE_GOLDEN=1 ctest -R cli-documents`", "writes it anew.", "",
                "| reason | status | next run | meaning | what to do |", "|---|---|---|---|---|"]
        codes = [line.split(None, 3) for line in self.run_tool("radbatch", "explain").stdout.splitlines()]
        for code, status, retried, meaning in codes:
            if code.startswith("W_"):
                continue
            told = self.run_tool("radbatch", "explain", code).stdout
            rows.append(f"| `{code}` | {status} | {retried} | {meaning} | {told.split('What to do: ')[1].strip()} |")
        rows += ["", "# Flags", "", "Warnings on cases that have their result, in the column `flags` of predictions.csv.", "",
                 "| flag | meaning |", "|---|---|"]
        rows += [f"| `{code}` | {meaning} |" for code, _, _, meaning in codes if code.startswith("W_")]
        return "\n".join(rows) + "\n"

    def test_the_page_of_reasons_is_current(self):
        page = self.page()
        if os.environ.get("RADBATCH_UPDATE_GOLDEN"):
            (DOCS / "reasons.md").write_text(page, encoding="utf-8")
        self.assertEqual((DOCS / "reasons.md").read_text(encoding="utf-8"), page)

    def test_every_flag_that_the_code_sets_is_known(self):
        known = set(re.findall(r'"(W_[A-Z_]+)"', source("lib/radbatch/base/flag.cpp")))
        used = set()
        for path in [*(harness.ROOT / "lib").rglob("*.cpp"), *(harness.ROOT / "apps").rglob("*.cpp")]:
            used |= set(re.findall(r'"(W_[A-Z_]+)"', path.read_text(encoding="utf-8")))
        self.assertEqual(used, known)

    def test_every_reason_of_the_code_is_there(self):
        in_code = re.findall(r'"(E_[A-Z_]+)"', source("lib/radbatch/base/reason.cpp"))
        self.assertEqual(re.findall(r"^\| `(E_\w+)`", self.page(), re.M), in_code)


class ReportWords(unittest.TestCase):
    def test_every_heading_of_the_report_has_its_chinese(self):
        known = set(re.findall(r'Words\{"((?:[^"\\]|\\.)*)",', source("lib/radbatch/report/language_zh.cpp")))
        used = set()
        for path in sorted((harness.ROOT / "lib/radbatch/report").glob("*.cpp")):
            for literals in re.findall(r'lang\(((?:\s*"(?:[^"\\]|\\.)*")+)\s*\)', path.read_text(encoding="utf-8")):
                used.add("".join(re.findall(r'"((?:[^"\\]|\\.)*)"', literals)))
        self.assertGreater(len(used), 10)
        self.assertEqual(used - known, set())


if __name__ == "__main__":
    unittest.main()
