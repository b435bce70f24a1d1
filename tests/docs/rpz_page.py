#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""docs/rpz.md: every row names a test that exists, and every difference that the differential test
knows names a row."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "rpz.md"
DIFFERENCES = ROOT / "tests" / "resolver" / "rpz_differences.py"


def rows():
    """The cells of each row of each table, without the heads."""
    for line in PAGE.read_text().splitlines():
        if line.startswith("| ") and not line.startswith("| |"):
            yield [cell.strip() for cell in line.strip("|").split(" | ")]


def tests():
    """The names of all tests: methods in Python, titles in C++."""
    found = set()
    for path in (ROOT / "tests").rglob("*_test.py"):
        found.update(re.findall(r"^ +def (test_\w+)\(", path.read_text(), re.MULTILINE))
    for path in (ROOT / "tests").rglob("*_test.cc"):
        titles = re.findall(r'TEST_CASE\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)', path.read_text())
        found.update("".join(re.findall(r'"((?:[^"\\]|\\.)*)"', title)) for title in titles)
    return found


class RpzPage(unittest.TestCase):
    def test_every_row_has_seven_cells(self):
        for row in rows():
            self.assertEqual(len(row), 7, row)

    def test_every_row_names_tests_that_exist(self):
        known = tests()
        self.assertGreater(len(list(rows())), 30)
        for row in rows():
            named = re.findall(r"`([^`]+)`", row[-1])
            self.assertTrue(named, row)
            for name in named:
                self.assertIn(name, known, row)

    def test_every_difference_names_a_row(self):
        titles = {row[0] for row in rows()}
        named = re.findall(r'^@difference\("([^"]+)"\)', DIFFERENCES.read_text(), re.MULTILINE)
        self.assertTrue(named)
        for name in named:
            self.assertTrue(any(title.startswith(name) for title in titles), name)


if __name__ == "__main__":
    unittest.main()
