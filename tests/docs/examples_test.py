#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What the documentation shows is what the program does.

    examples_test.py TOLLGATE PAGE...

A page is Markdown. In it, and in this order:
  ```yaml or ```text whose first line is "# FILE"   that file is written, and must pass `tollgate check`;
                                                    "! FILE" and "; FILE" where these begin comments
  ```console                                        each "$ command" is run, and must print what stands below it
  a table whose first column is "query"             each name is asked of the last manifest or campaign, and must get
                                                    the action, rule and policy of its row (on the day in "on", for the
                                                    record type in "type", with the evidence in "address", "name
                                                    server", "its address" and "target"); "in shadow" is the rule that
                                                    would have decided
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

EVIDENCE = {
    "address": "--address",
    "name server": "--name-server",
    "its address": "--name-server-address",
    "target": "--target",
}

TOLLGATE = ""
PAGES = []


def without_measurements(text):
    return re.sub(r"[\d,]+ bytes, [\d.]+ s", "BYTES, SECONDS", text)


class Page:
    """Walks over one page and collects what is not as it says."""

    def __init__(self, path, folder):
        with open(path, encoding="utf-8") as page:
            self.lines = page.read().split("\n")
        self.name = os.path.basename(path)
        self.folder = folder
        self.ruleset = None  # the file that tables ask
        self.checks = 0
        self.faults = []

    def run(self):
        at = 0
        while at < len(self.lines):
            fence = re.match(r"```(\w+)", self.lines[at])
            if fence:
                end = self.lines.index("```", at)
                self.block(fence[1], self.lines[at + 1:end], at + 1)
                at = end
            elif self.lines[at].startswith("| query"):
                at = self.table(at)
                continue
            at += 1

    def block(self, language, body, line):
        title = re.match(r"[#!;] ([\w-]+\.(?:yaml|txt|rpz))", body[0]) if body else None
        if language in ("yaml", "text") and title:
            with open(os.path.join(self.folder, title[1]), "w", encoding="utf-8") as file:
                file.write("\n".join(body) + "\n")
            self.choose_ruleset(title[1], line)
        elif language == "console":
            self.console(body, line)

    def choose_ruleset(self, file, line):
        # Once there is a manifest it names the others, some of which are written after it.
        manifest = "tollgate.yaml"
        if os.path.exists(os.path.join(self.folder, manifest)):
            self.ruleset = manifest
        elif file.endswith(".yaml"):
            self.ruleset = file
            checked = self.tollgate("check", "-q", file)
            self.expect(checked.returncode == 0, line, f"check {file}: {checked.stderr}")

    def console(self, body, line):
        runs = []
        for text in body:
            if text.startswith("$ "):
                runs.append((text[2:], []))
            else:
                runs[-1][1].append(text)
        for command, expected in runs:
            done = subprocess.run(command, shell=True, cwd=self.folder, env=self.environment(),
                                  capture_output=True, text=True, check=False)
            printed = (done.stdout + done.stderr).rstrip("\n")
            self.expect(without_measurements(printed) == without_measurements("\n".join(expected)), line,
                        f"$ {command}\n{printed}")

    def table(self, at):
        def cells(row):
            return [cell.strip() for cell in row.strip("|").split("|")]

        columns = cells(self.lines[at])
        compiled = self.tollgate("compile", "-q", self.ruleset, "-o", "t.db")
        self.expect(compiled.returncode == 0, at + 1, f"compile {self.ruleset}: {compiled.stderr}")
        at += 2
        while self.lines[at].startswith("|"):
            row = dict(zip(columns, cells(self.lines[at])))
            day = ["--date", row["on"]] if "on" in row else []
            qtype = ["--type", row["type"]] if "type" in row else []
            evidence = [
                text
                for column, option in EVIDENCE.items()
                if row.get(column, "-") != "-"
                for text in (option, row[column].strip("`"))
            ]
            name = row["query"].strip("`")
            asked = ["query", "t.db", "--json", *day, *qtype, *evidence, name]
            answer = json.loads(self.tollgate(*asked).stdout)
            answer["in shadow"] = (answer.get("shadow") or {}).get("rule")
            for column in ("action", "rule", "policy", "in shadow"):
                if column in row:
                    self.expect((answer[column] or "-") == row[column], at + 1,
                                f"{row['query']}: {column} is {answer[column]}")
            at += 1
        return at

    def expect(self, holds, line, otherwise):
        self.checks += 1
        if not holds:
            self.faults.append(f"{self.name}:{line}: {otherwise}")

    def tollgate(self, *arguments):
        return subprocess.run([TOLLGATE, *arguments], cwd=self.folder, env=self.environment(),
                              capture_output=True, text=True, check=False)

    @staticmethod
    def environment():
        path = os.path.dirname(TOLLGATE) + os.pathsep + os.environ["PATH"]
        return dict(os.environ, PATH=path, LC_ALL="C.UTF-8")


class Examples(unittest.TestCase):
    def test_every_example_does_what_the_page_says(self):
        for path in PAGES:
            with self.subTest(page=path), tempfile.TemporaryDirectory() as folder:
                page = Page(path, folder)
                page.run()
                self.assertEqual(page.faults, [])
                self.assertGreater(page.checks, 0)


if __name__ == "__main__":
    TOLLGATE = os.path.abspath(sys.argv[1])
    PAGES = [os.path.abspath(page) for page in sys.argv[2:]]
    unittest.main(argv=sys.argv[:1])
