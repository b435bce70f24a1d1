# SPDX-License-Identifier: BSD-3-Clause
"""tollgate query: what the resolver would do, and why."""

import unittest

from program import *

RULES = {
    "tollgate.yaml": """
        policies:
          - allow.yaml
          - file: trial.yaml
            mode: shadow
          - block.yaml
          - feed.txt
        """,
    "allow.yaml": """
        id: allow
        action: pass
        domains: [good.evil.com]
        """,
    "trial.yaml": """
        id: trial
        action: drop
        domains: [evil.com, odd.com]
        """,
    "block.yaml": """
        id: block
        expires: 2025-12-31
        references:
          - id: report-1
            title: A report
        domains:
          - evil.com
        hosts:
          - name: host.com
            expires: 2025-06-30
        patterns:
          - id: com-hyphen
            meaning: com, a hyphen and letters
            report: report-1
            match: 'com-[a-z]+'
            suffixes: [top]
            ede: censored
            ttl: 30
          - id: garden
            meaning: names that go to the walled garden
            match: 'garden-[a-z]+'
            suffixes: any
            sinkhole: [192.0.2.1, 192.0.2.2, 2001:db8::1, 'TXT "walled garden"']
        """,
    "feed.txt": """
        listed.com
        """,
}


class Query(ProgramTestCase):
    def setUp(self):
        super().setUp()
        for name, text in RULES.items():
            self.write(name, text)
        self.assertDone(self.compile("tollgate.yaml"))

    def ask(self, *arguments, **keywords):
        return self.assertDone(self.query(*arguments, **keywords))

    def ask_json(self, *arguments):
        [answer] = self.ask("--json", *arguments).json_lines()
        return answer


class Text(Query):
    def test_a_line_has_name_action_policy_rule_place_and_last_day(self):
        for name, line in [
            ("www.evil.com", "www.evil.com|nxdomain|block|domains|block.yaml:7|2025-12-31"),
            ("host.com", "host.com|nxdomain|block|hosts|block.yaml:9|2025-06-30"),
            ("usps.com-x.top", "usps.com-x.top|nxdomain|block|com-hyphen|block.yaml:15|2025-12-31"),
            ("good.evil.com", "good.evil.com|pass|allow|domains|allow.yaml:3|-"),
            ("listed.com", "listed.com|nxdomain|feed|domains|feed.txt:1|-"),
            ("nobody.com", "nobody.com|none|-|-|-|-"),
        ]:
            with self.subTest(name=name):
                line = line.replace("|", "\t")
                # What shadow rules say comes behind it.
                self.assertEqual(self.ask(name).stdout.split("\tshadow: ")[0].rstrip("\n"), line)

    def test_shadow_rules_are_shown_behind_the_decision(self):
        self.assertEqual(
            self.ask("evil.com").stdout,
            "evil.com\tnxdomain\tblock\tdomains\tblock.yaml:7\t2025-12-31"
            "\tshadow: drop\ttrial\tdomains\ttrial.yaml:3\t-\n",
        )
        self.assertEqual(
            self.ask("odd.com").stdout,
            "odd.com\tnone\t-\t-\t-\t-\tshadow: drop\ttrial\tdomains\ttrial.yaml:3\t-\n",
        )

    def test_names_may_be_defanged_urls_or_u_labels(self):
        result = self.ask("EVIL[.]com", "hxxps[:]//www.evil[.]com/us?a=b", "bücher.com")
        self.assertEqual(
            [line.split("\t")[0] for line in result.lines()],
            ["evil.com", "www.evil.com", "xn--bcher-kva.com"],
        )

    def test_names_that_nobody_would_list_may_be_asked_for(self):
        result = self.ask("*.evil.com", "1.2.3.4", ".", "com")
        self.assertEqual(
            [line.split("\t")[:2] for line in result.lines()],
            [[r"\*.evil.com", "nxdomain"], ["1.2.3.4", "none"], [".", "none"], ["com", "none"]],
        )

    def test_answers_come_in_the_order_of_the_names(self):
        names = ["nobody.com", "evil.com", "a.com", "evil.com", "listed.com"]
        self.assertEqual([line.split("\t")[0] for line in self.ask(*names).lines()], names)

    def test_a_name_that_is_none_says_why_and_exits_with_1(self):
        result = self.query("a..com", "evil.com", "user@evil.com")
        self.assertStatus(result, PROBLEMS)
        self.assertEqual(
            [line.split("\t")[:3] for line in result.lines()],
            [
                ["a..com", "error", "an empty label (two dots, or a dot at the start)"],
                ["evil.com", "nxdomain", "block"],
                ["user@evil.com", "error", "an e-mail address, and names are wanted here"],
            ],
        )

    def test_the_date_decides_what_has_expired(self):
        for date, action in [("2025-06-30", "nxdomain"), ("2025-07-01", "none")]:
            result = self.run_program("query", "tollgate.db", "host.com", "--date", date)
            self.assertEqual(self.assertDone(result).stdout.split("\t")[1], action)


class StandardInput(Query):
    def test_a_hyphen_reads_one_name_a_line(self):
        result = self.ask("-", stdin="evil.com\nnobody.com\n")
        self.assertEqual([line.split("\t")[:2] for line in result.lines()],
                         [["evil.com", "nxdomain"], ["nobody.com", "none"]])

    def test_a_line_that_is_no_name_exits_with_1_and_the_others_are_answered(self):
        result = self.query("-", stdin="nobody.com\na..com\nevil.com\n")
        self.assertStatus(result, PROBLEMS)
        self.assertEqual([line.split("\t")[:2] for line in result.lines()],
                         [["nobody.com", "none"], ["a..com", "error"], ["evil.com", "nxdomain"]])

    def test_the_last_line_needs_no_end(self):
        self.assertEqual(len(self.ask("-", stdin="evil.com\nnobody.com").lines()), 2)

    def test_lines_may_end_as_on_windows_and_empty_ones_are_passed_over(self):
        result = self.ask("-", stdin="evil.com\r\n\r\n   \n  nobody.com\t\r\n")
        self.assertEqual([line.split("\t")[0] for line in result.lines()], ["evil.com", "nobody.com"])

    def test_nothing_in_is_nothing_out(self):
        self.assertEqual(self.ask("-", stdin="").stdout, "")

    def test_it_stands_where_the_hyphen_stands(self):
        result = self.ask("first.com", "-", "last.com", stdin="middle.com\n")
        self.assertEqual([line.split("\t")[0] for line in result.lines()],
                         ["first.com", "middle.com", "last.com"])

    def test_a_line_that_is_no_name_does_not_stop_the_rest(self):
        result = self.query("-", stdin="evil.com\na..com\nnobody.com\n")
        self.assertEqual([line.split("\t")[1] for line in result.lines()], ["nxdomain", "error", "none"])

    def test_a_hundred_thousand_lines_come_back_in_order(self):
        names = [f"n{i}.com" if i % 2 else f"n{i}.evil.com" for i in range(100_000)]
        lines = self.ask("-", stdin="\n".join(names)).lines()
        self.assertEqual([line.split("\t")[0] for line in lines], names)
        self.assertEqual({line.split("\t")[1] for line in lines[::2]}, {"nxdomain"})
        self.assertEqual({line.split("\t")[1] for line in lines[1::2]}, {"none"})


class Json(Query):
    def test_an_object_has_all_that_is_known(self):
        self.assertEqual(
            self.ask_json("usps.com-x.top"),
            {
                "qname": "usps.com-x.top",
                "qtype": "A",
                "action": "nxdomain",
                "policy": "block",
                "campaign": "block",
                "rule": "com-hyphen",
                "about": "name",
                "matched": "com-x.top",
                "pattern": "com-[a-z]+",
                "meaning": "com, a hyphen and letters",
                "report": "report-1",
                "file": "block.yaml",
                "line": 15,
                "expires": "2025-12-31",
                "ttl": 30,
                "ede": "censored",
                "shadow": None,
            },
        )

    def test_a_listed_name_has_no_pattern(self):
        answer = self.ask_json("a.b.evil.com")
        self.assertEqual(answer["matched"], "evil.com")
        for key in ("pattern", "meaning", "report"):
            self.assertIsNone(answer[key])

    def test_a_plain_list_has_no_campaign_and_no_end(self):
        answer = self.ask_json("listed.com")
        self.assertIsNone(answer["campaign"])
        self.assertIsNone(answer["expires"])

    def test_where_nothing_matches_the_action_is_none(self):
        answer = self.ask_json("nobody.com")
        self.assertEqual(answer["action"], "none")
        for key in ("policy", "campaign", "rule", "shadow"):
            self.assertIsNone(answer[key])

    def test_shadow_is_an_object_of_the_same_kind(self):
        answer = self.ask_json("evil.com")
        self.assertEqual((answer["action"], answer["policy"]), ("nxdomain", "block"))
        self.assertEqual((answer["shadow"]["action"], answer["shadow"]["policy"]), ("drop", "trial"))

    def test_what_was_asked_is_kept_where_it_was_written_otherwise(self):
        answer = self.ask_json("hxxps[:]//EVIL[.]com/us")
        self.assertEqual(answer["qname"], "evil.com")
        self.assertEqual(answer["input"], "hxxps[:]//EVIL[.]com/us")
        self.assertNotIn("input", self.ask_json("evil.com"))

    def test_a_sinkhole_answers_with_the_records_of_the_type(self):
        for qtype, records in [
            ("A", ["A 192.0.2.1", "A 192.0.2.2"]),
            ("AAAA", ["AAAA 2001:db8::1"]),
            ("TXT", ['TXT "walled garden"']),
            ("HTTPS", []),
            ("ANY", ["A 192.0.2.1", "A 192.0.2.2", 'TXT "walled garden"', "AAAA 2001:db8::1"]),
        ]:
            with self.subTest(qtype=qtype):
                answer = self.ask_json("garden-x.com", "--type", qtype)
                self.assertEqual(answer["qtype"], qtype)
                self.assertEqual(answer["answer"], records)

    def test_other_actions_have_no_answer(self):
        self.assertNotIn("answer", self.ask_json("evil.com"))

    def test_a_name_that_is_none_is_an_object_too(self):
        result = self.query("--json", "a..com", "evil.com")
        self.assertStatus(result, PROBLEMS)
        bad, good = result.json_lines()
        self.assertEqual((bad["qname"], bad["action"], bad["policy"], bad["rule"]), ("a..com", "none", None, None))
        self.assertEqual(bad["error"], "an empty label (two dots, or a dot at the start)")
        self.assertNotIn("error", good)

    def test_objects_come_in_the_order_of_the_lines(self):
        names = ["nobody.com", "evil.com", "a..com", "listed.com"]
        objects = self.query("--json", "-", stdin="\n".join(names)).json_lines()
        self.assertEqual([answer["qname"] for answer in objects], names)

    def test_octets_that_are_no_text_are_escaped(self):
        answer = self.ask_json(r"\000\255\"x.evil.com")
        self.assertEqual(answer["qname"], r"\000\255\"x.evil.com")
        self.assertEqual(answer["action"], "nxdomain")


class Databases(ProgramTestCase):
    def test_one_that_is_not_there(self):
        result = self.query("evil.com")
        self.assertStatus(result, PROBLEMS)
        self.assertEqual(result.stdout, "")
        self.assertIn("tollgate.db", result.stderr)
        self.assertIn("No such file or directory", result.stderr)

    def test_one_that_is_something_else(self):
        self.write("tollgate.db", "not a database\n" * 100)
        for command in (["query", "tollgate.db", "evil.com"], ["info", "tollgate.db"], ["dump", "tollgate.db"]):
            with self.subTest(command=command):
                result = self.run_program(*command)
                self.assertStatus(result, PROBLEMS)
                self.assertEqual(result.stdout, "")
                self.assertTrue(result.stderr.startswith("tollgate: tollgate.db"), result.stderr)
                self.assertEqual(result.stderr.count("\n"), 1)

    def test_one_that_was_damaged_on_its_way(self):
        self.write("c.yaml", "id: c\ndomains: [evil.com]\n")
        self.assertDone(self.compile("c.yaml"))
        path = self.folder / "tollgate.db"
        octets = bytearray(path.read_bytes())
        octets[len(octets) // 2] ^= 1
        path.write_bytes(octets)
        result = self.query("evil.com")
        self.assertStatus(result, PROBLEMS)
        self.assertIn("checksum", result.stderr)


if __name__ == "__main__":
    unittest.main()
