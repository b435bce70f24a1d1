# SPDX-License-Identifier: BSD-3-Clause
"""Running `tollgate` in a folder of its own.

    class Compile(ProgramTestCase):
        def test_it_writes_the_database(self):
            self.write("c.yaml", "id: c\\ndomains: [evil.com]\\n")
            self.assertDone(self.run_program("compile", "c.yaml", "-o", "c.db"))

The program is $TOLLGATE, or build/release/tollgate.
"""

import json
import os
import subprocess
import tempfile
import textwrap
import unittest
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
SUFFIX_LIST = TESTS / "support" / "suffixes.dat"
PROGRAM = os.environ.get("TOLLGATE", str(TESTS.parent / "build" / "release" / "tollgate"))

DONE, PROBLEMS, WRONG_USAGE = 0, 1, 2
TODAY = "2025-06-01"


class Result:
    def __init__(self, completed):
        self.status = completed.returncode
        self.stdout = completed.stdout.decode()
        self.stderr = completed.stderr.decode()

    def lines(self):
        return self.stdout.splitlines()

    def json(self):
        """Standard output as one JSON document."""
        return json.loads(self.stdout)

    def json_lines(self):
        """Standard output as one JSON document a line."""
        return [json.loads(line) for line in self.lines()]

    def __str__(self):
        return f"exit {self.status}\n--- stdout\n{self.stdout}--- stderr\n{self.stderr}"


class ProgramTestCase(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="tollgate-test-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def write(self, name, text):
        """Writes a file, without the indentation that all its lines share."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"))

    def run_program(self, *arguments, stdin="", environment=None):
        """Runs the program as it is."""
        return Result(
            subprocess.run(
                [PROGRAM, *arguments],
                cwd=self.folder,
                input=stdin if isinstance(stdin, bytes) else stdin.encode(),
                capture_output=True,
                timeout=120,
                env={**os.environ, "NO_COLOR": "1", **(environment or {})},
            )
        )

    def compile(self, manifest, *arguments, output="tollgate.db", **keywords):
        """Compiles as if on TODAY, with the tests' own Public Suffix List."""
        return self.run_program(
            "compile", manifest, "-o", output, "--date", TODAY, "--public-suffix-list", str(SUFFIX_LIST),
            *arguments, **keywords,
        )

    def check(self, manifest, *arguments, **keywords):
        return self.run_program(
            "check", manifest, "--date", TODAY, "--public-suffix-list", str(SUFFIX_LIST),
            *arguments, **keywords,
        )

    def query(self, *arguments, **keywords):
        return self.run_program("query", "tollgate.db", "--date", TODAY, *arguments, **keywords)

    def assertStatus(self, result, status):
        self.assertEqual(result.status, status, str(result))

    def assertDone(self, result):
        self.assertStatus(result, DONE)
        return result
