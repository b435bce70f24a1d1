# SPDX-License-Identifier: BSD-3-Clause
"""tollgate blast: good names, and queries, that rules would block."""

import unittest

from program import *


class Blast(ProgramTestCase):
    def setUp(self):
        super().setUp()
        self.write(
            "tollgate.yaml",
            """
            policies:
              - allow.yaml
              - file: trial.yaml
                mode: shadow
              - block.yaml
            """,
        )
        self.write("allow.yaml", "id: allow\naction: pass\ndomains: [toll-good.com]\n")
        self.write("trial.yaml", "id: trial\ndomains: [tried.com]\n")
        self.write(
            "block.yaml",
            """
            id: block
            domains:
              - evil.com
            patterns:
              - {id: toll, meaning: m, match: 'toll-[a-z]+', suffixes: [com]}
            """,
        )
        self.write("good.txt", "www.evil.com\ntoll-a.com\ngood.com\ntoll-good.com\ntoll-b.com\ntried.com\n")
        self.assertDone(self.compile("tollgate.yaml"))

    def blast(self, *arguments, **keywords):
        return self.run_program("blast", "tollgate.db", "--date", TODAY, *arguments, **keywords)

    def blast_json(self, *arguments, **keywords):
        return self.assertDone(self.blast("--json", *arguments, **keywords)).json()


class Text(Blast):
    def test_each_rule_with_its_names_the_worst_first(self):
        self.assertEqual(
            self.assertDone(self.blast("--against", "good.txt")).stdout,
            """\
6 names: 3 (50%) would be blocked, and 1 (16.7%) but for rules in shadow mode

    blocks   covered  policy
         1         0  trial
         3         1  block

    blocks   covered  rule, and the first names
         2         1  block/toll, nxdomain
                      blocks: toll-a.com, toll-b.com
                      covered: toll-good.com
         1         0  trial/domains, nxdomain, in shadow mode
                      blocks: tried.com
                      by tried.com, trial.yaml:2: blocks 1, covered 0
         1         0  block/domains, nxdomain
                      blocks: www.evil.com
                      by evil.com, block.yaml:3: blocks 1, covered 0
""",
        )

    def test_a_query_log_counts_queries_too(self):
        self.write(
            "unbound.log",
            """
            [1] unbound[9:0] info: start of service (unbound 1.22.0).
            [1] unbound[9:0] info: 192.0.2.7 evil.com. A IN
            [1] unbound[9:0] info: 192.0.2.7 evil.com. AAAA IN
            [1] unbound[9:0] info: 192.0.2.8 good.com. A IN
            """,
        )
        text = self.assertDone(self.blast("--against", "unbound.log")).stdout
        self.assertIn("2 names in 3 queries: 1 (50%), in 2 queries, would be blocked\n", text)
        self.assertIn("blocks: evil.com (2 queries)\n", text)

    def test_several_files_and_standard_input(self):
        text = self.assertDone(self.blast("--against", "good.txt", "-", stdin="x.evil.com\n")).stdout
        self.assertIn("7 names: 4 ", text)

    def test_lines_without_a_name_are_said(self):
        text = self.assertDone(self.blast("--against", "-", stdin="good.com\nthe quick brown fox\n")).stdout
        self.assertIn("1 line without a name, the first is line 2: the quick brown fox\n", text)
        self.assertIn("No rule matches any of them.\n", text)

    def test_the_number_of_examples(self):
        text = self.assertDone(self.blast("--against", "good.txt", "--examples", "1")).stdout
        self.assertIn("blocks: toll-a.com, ...\n", text)


class Max(Blast):
    def test_more_than_allowed_exits_with_1(self):
        result = self.blast("--against", "good.txt", "--max", "1")
        self.assertStatus(result, PROBLEMS)
        self.assertEqual(result.stderr, "tollgate: a rule blocks more than 1 name\n")
        self.assertDone(self.blast("--against", "good.txt", "--max", "2"))

    def test_rules_in_shadow_mode_may_block_what_they_like(self):
        self.assertDone(self.blast("--against", "-", "--max", "0", stdin="tried.com\ntoll-good.com\n"))

    def test_no_names_prove_nothing(self):
        result = self.blast("--against", "-", "--max", "0", stdin="")
        self.assertStatus(result, PROBLEMS)
        self.assertIn("there is no name", result.stderr)

    def test_a_file_that_is_not_there(self):
        result = self.blast("--against", "none.txt")
        self.assertStatus(result, PROBLEMS)
        self.assertIn("tollgate: none.txt: No such file", result.stderr)


class Json(Blast):
    def test_one_object(self):
        report = self.blast_json("--against", "-", stdin="toll-a.com 3\nx.evil.com 2\ngood.com\nnot a name\n")
        self.assertEqual((report["names"], report["queries"]), (3, 6))
        self.assertEqual(report["blocked"],
                         {"names": 2, "queries": 5, "examples": ["toll-a.com", "x.evil.com"]})
        self.assertEqual(report["lines"], {"names": 1, "queries": 2, "other": 0, "unknown": 1,
                                           "first_unknown": "not a name"})
        nothing = {"names": 0, "queries": 0, "examples": []}
        self.assertEqual(
            report["rules"],
            [
                {
                    "policy": "block", "rule": "domains", "action": "nxdomain", "mode": "enforce",
                    "pattern": None, "file": "block.yaml",
                    "blocks": {"names": 1, "queries": 2, "examples": ["x.evil.com"]}, "covered": nothing,
                    "indicators": [
                        {
                            "name": "evil.com", "line": 3, "covered": nothing,
                            "blocks": {"names": 1, "queries": 2, "examples": ["x.evil.com"]},
                        }
                    ],
                },
                {
                    "policy": "block", "rule": "toll", "action": "nxdomain", "mode": "enforce",
                    "pattern": "toll-[a-z]+", "file": "block.yaml",
                    "blocks": {"names": 1, "queries": 3, "examples": ["toll-a.com"]}, "covered": nothing,
                    "indicators": [],
                },
            ],
        )


if __name__ == "__main__":
    unittest.main()
