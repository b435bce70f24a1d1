# SPDX-License-Identifier: BSD-3-Clause
"""tollgate diff: what a new database would change."""

import unittest

from program import *


class Diff(ProgramTestCase):
    def setUp(self):
        super().setUp()
        self.write("old.yaml", "id: c\ndomains: [a.com, b.com, c.com]\nhosts: [d.com]\n")
        self.write(
            "new.yaml",
            """
            id: c
            title: A title
            hosts: [d.com, e.com]
            domains:
              - b.com
              - name: c.com
                expires: 2026-01-31
            patterns:
              - {id: toll, meaning: m, match: 'toll-[a-z]+', suffixes: [com]}
            """,
        )
        for name in ("old", "new"):
            self.assertDone(self.compile(f"{name}.yaml", output=f"{name}.db"))

    def diff(self, *arguments):
        return self.run_program("diff", *arguments)


class Text(Diff):
    def test_equal_databases_say_so_and_exit_with_0(self):
        self.write("moved.yaml", "id: c\nhosts:\n  - d.com\ndomains:\n  - c.com\n  - b.com\n  - a.com\n")
        self.assertDone(self.compile("moved.yaml", output="moved.db"))
        result = self.assertDone(self.diff("old.db", "moved.db"))
        self.assertEqual(result.stdout, "old.db and moved.db hold the same rules\n")

    def test_a_summary_by_policy_and_exit_1(self):
        result = self.diff("old.db", "new.db")
        self.assertStatus(result, 1)
        self.assertEqual(
            result.stdout,
            r"""~ policy c changed: title
    +1 -1 ~1 names
      ~ 1 name: expires
    + pattern toll: ^(?:toll-[a-z]+)\.(?:com)\z
""",
        )

    def test_each_name(self):
        result = self.diff("old.db", "new.db", "--names")
        self.assertStatus(result, 1)
        self.assertEqual(
            sorted(line for line in result.lines() if "\t" in line),
            [
                "+ e.com\tc\thost, nxdomain",
                "- a.com\tc\tdomain, nxdomain",
                "~ c.com\tc\texpires never -> 2026-01-31",
            ],
        )

    def test_trouble_is_2(self):
        self.assertStatus(self.diff("old.db", "none.db"), 2)
        self.assertStatus(self.diff("old.db"), 2)

    def test_a_policy_that_is_new(self):
        self.write("both.yaml", "policies: [other.yaml, old.yaml]\n")
        self.write("other.yaml", "id: other\ndomains: [x.com, y.com]\n")
        self.assertDone(self.compile("both.yaml", output="both.db"))
        self.assertEqual(self.diff("old.db", "both.db").stdout,
                         "+ policy other is new\n    +2 -0 ~0 names\n")
        self.assertEqual(self.diff("both.db", "old.db").stdout,
                         "- policy other is gone\n    +0 -2 ~0 names\n")


class Json(Diff):
    def test_one_object(self):
        result = self.diff("--json", "old.db", "new.db")
        self.assertStatus(result, 1)
        self.assertEqual(
            result.json(),
            {
                "equal": False, "before": "old.db", "after": "new.db",
                "order_before": [], "order_after": [],
                "public_suffixes": {"added": 0, "removed": 0, "changed": 0},
                "policies": [
                    {
                        "policy": "c", "change": "changed", "what": ["title"],
                        "names": {
                            "added": 1, "removed": 1, "changed": 1,
                            "changes": [{"what": "expires", "names": 1}],
                        },
                        "patterns": [
                            {"rule": "toll", "change": "added", "what": r"^(?:toll-[a-z]+)\.(?:com)\z"}
                        ],
                    }
                ],
            },
        )

    def test_names_come_before_it(self):
        lines = self.diff("--json", "--names", "old.db", "new.db").json_lines()
        self.assertEqual(len(lines), 4)
        self.assertIn({"name": "e.com", "policy": "c", "change": "added", "what": "host, nxdomain"}, lines)
        self.assertIn("equal", lines[-1])

    def test_equal_is_equal(self):
        self.assertTrue(self.assertDone(self.diff("--json", "old.db", "old.db")).json()["equal"])


if __name__ == "__main__":
    unittest.main()
