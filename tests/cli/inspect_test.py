# SPDX-License-Identifier: BSD-3-Clause
"""tollgate info and tollgate dump: what is in a database."""

import unittest

from program import *


class Inspect(ProgramTestCase):
    def setUp(self):
        super().setUp()
        self.write("tollgate.yaml", "policies: [allow.txt, block.yaml]\n")
        self.write(
            "block.yaml",
            """
            id: block
            title: Names to block
            category: smishing
            severity: high
            expires: 2025-12-31
            hosts: [host.com]
            domains:
              - b.com
              - name: a.com
                expires: 2025-06-30
            patterns:
              - id: second
                meaning: m
                match: 'zzz.top'
                mode: shadow
              - id: first
                meaning: m
                match: 'aaa-[a-z]+'
                suffixes: [top]
                action: drop
            """,
        )
        self.write("allow.txt", "good.com\n")
        self.assertDone(self.compile("tollgate.yaml", environment={"SOURCE_DATE_EPOCH": "1748736000"}))


class Info(Inspect):
    def test_it_shows_the_header_and_the_policies_in_order_of_precedence(self):
        text = self.assertDone(self.run_program("info", "tollgate.db")).stdout
        self.assertIn("created      2025-06-01 00:00:00 UTC by tollgate ", text)
        self.assertIn("manifest     tollgate.yaml\n", text)
        self.assertIn("suffix list  test-list\n", text)
        self.assertIn("holds        4 names, 2 patterns, ", text)
        self.assertLess(text.index("\nallow "), text.index("\nblock "))
        self.assertIn("Names to block", text)

    def test_json_is_one_object(self):
        info = self.assertDone(self.run_program("info", "--json", "tollgate.db")).json()
        self.assertEqual(info["file"], "tollgate.db")
        self.assertEqual(info["bytes"], (self.folder / "tollgate.db").stat().st_size)
        self.assertRegex(info["format"], r"^\d+\.\d+$")
        self.assertRegex(info["checksum"], r"^[0-9a-f]{16}$")
        self.assertEqual(info["created"], 1748736000)
        self.assertEqual((info["names"], info["patterns"]), (4, 2))
        self.assertEqual(
            info["policies"],
            [
                {
                    "id": "allow", "campaign": None, "title": "", "category": None, "severity": None,
                    "names": 1, "patterns": 0, "prefixes": 0, "clients": [],
                },
                {
                    "id": "block", "campaign": "block", "title": "Names to block",
                    "category": "smishing", "severity": "high", "names": 3, "patterns": 2,
                    "prefixes": 0, "clients": [],
                },
            ],
        )

    def test_sections_lie_within_the_file(self):
        info = self.assertDone(self.run_program("info", "--json", "tollgate.db")).json()
        for section in info["sections"]:
            self.assertLessEqual(section["offset"] + section["bytes"], info["bytes"])

    def test_every_section_has_a_name(self):
        info = self.assertDone(self.run_program("info", "--json", "tollgate.db")).json()
        names = [section["section"] for section in info["sections"]]
        self.assertIn("shards of patterns", names)
        self.assertIn("grams", names)
        self.assertNotIn("unknown", names)


class Dump(Inspect):
    LINES = [
        ["allow", "domains", "nxdomain", "enforce", "domain", "good.com", "allow.txt:1", "-"],
        ["block", "hosts", "nxdomain", "enforce", "host", "host.com", "block.yaml:6", "2025-12-31"],
        ["block", "domains", "nxdomain", "enforce", "domain", "b.com", "block.yaml:8", "2025-12-31"],
        ["block", "domains", "nxdomain", "enforce", "domain", "a.com", "block.yaml:9", "2025-06-30"],
        ["block", "second", "nxdomain", "shadow", "pattern", r"^(?:zzz\.top)\z", "block.yaml:14", "2025-12-31"],
        ["block", "first", "drop", "enforce", "pattern", r"^(?:aaa-[a-z]+)\.(?:top)\z", "block.yaml:18", "2025-12-31"],
    ]

    def test_a_line_for_each_trigger_in_order_of_precedence(self):
        result = self.assertDone(self.run_program("dump", "tollgate.db"))
        self.assertEqual([line.split("\t") for line in result.lines()], self.LINES)

    def test_json_is_one_object_a_line_with_the_same(self):
        objects = self.assertDone(self.run_program("dump", "--json", "tollgate.db")).json_lines()
        keys = ["policy", "rule", "action", "mode", "kind", "trigger"]
        self.assertEqual([[line[key] for key in keys] for line in objects],
                         [line[:6] for line in self.LINES])
        self.assertEqual([f"{line['file']}:{line['line']}" for line in objects],
                         [line[6] for line in self.LINES])
        self.assertEqual([line["expires"] or "-" for line in objects], [line[7] for line in self.LINES])


if __name__ == "__main__":
    unittest.main()
