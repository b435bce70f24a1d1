# SPDX-License-Identifier: BSD-3-Clause
"""Golden cases: rules, what the database holds, and what it says of names.

Every tests/golden/*.golden is one case. A line "--- SECTION" begins a section:

    # Comments before the first section say what the case shows.
    --- rules tollgate.yaml        a file; the first one is the one that is compiled
    --- errors                     what `tollgate check` says; none where the section is missing
    --- dump                       what `tollgate dump` prints
    --- queries                    what `tollgate query` prints; the first word of each line is asked for
    --- queries 2025-07-01         the same on another day than 2025-06-01

Runs of blanks stand for tabs, so that columns can be aligned. "NAME = VERDICT" where the name is printed otherwise than
it is asked for.
"""

import unittest

from program import *

GOLDEN = TESTS / "golden"


def sections_of(text):
    """[(section, argument, [line, …]), …]"""
    sections = []
    for line in text.splitlines():
        if line.startswith("--- "):
            section, _, argument = line[4:].strip().partition(" ")
            sections.append((section, argument.strip(), []))
        elif sections:
            sections[-1][2].append(line)
    return sections


def columns(lines):
    """The lines without those that are empty, with one blank between words."""
    return [" ".join(line.split()) for line in lines if line.strip()]


class Golden(ProgramTestCase):
    def run_case(self, path):
        sections = sections_of(path.read_text())
        rules = [(name, lines) for section, name, lines in sections if section == "rules"]
        for name, lines in rules:
            self.write(name, "\n".join(lines) + "\n")
        expected_errors = [line for section, _, lines in sections if section == "errors" for line in lines]
        checked = self.check(rules[0][0])
        self.assertEqual(
            columns(line for line in checked.stderr.splitlines() if not line.startswith("tollgate: ")),
            columns(expected_errors),
        )
        if checked.status != DONE:
            self.assertTrue(expected_errors)
            return
        self.assertDone(self.compile(rules[0][0]))
        for section, argument, lines in sections:
            if section == "dump":
                self.assertEqual(columns(self.run_program("dump", "tollgate.db").lines()), columns(lines))
            elif section == "queries":
                self.run_queries(argument or TODAY, columns(lines))
            else:
                self.assertIn(section, ("rules", "errors"), "no such section")

    def run_queries(self, date, lines):
        names, expected = [], []
        for line in lines:
            name, equals, verdict = line.partition(" = ")
            names.append(name if equals else line.split()[0])
            expected.append(verdict if equals else line)
        result = self.run_program("query", "tollgate.db", "--date", date, "-", stdin="\n".join(names))
        self.assertEqual(columns(result.lines()), expected)


def add_cases():
    for path in sorted(GOLDEN.glob("*.golden")):
        name = "test_" + path.stem.replace("-", "_")
        setattr(Golden, name, lambda self, path=path: self.run_case(path))


add_cases()


class Runner(unittest.TestCase):
    def test_there_are_cases(self):
        self.assertTrue(list(GOLDEN.glob("*.golden")))


if __name__ == "__main__":
    unittest.main()
