# SPDX-License-Identifier: BSD-3-Clause
"""tollgate explain: every rule that matches, and which one decides."""

import os
import pty
import subprocess
import unittest

from program import *

RULES = {
    "tollgate.yaml": """
        policies:
          - allow.yaml
          - file: trial.yaml
            mode: shadow
          - hosts.yaml
          - block.yaml
        """,
    "allow.yaml": """
        id: allow
        action: pass
        domains: [good.evil.com]
        """,
    "trial.yaml": """
        id: trial
        action: drop
        domains: [evil.com]
        """,
    "hosts.yaml": """
        id: few
        action: nodata
        ede: filtered
        ttl: 30
        hosts: [login.evil.com]
        """,
    "block.yaml": """
        id: block
        ede: filtered
        ttl: 30
        domains:
          - evil.com
          - name: old.com
            expires: 2025-06-30
        patterns:
          - id: toll
            meaning: toll, a hyphen and letters
            match: 'toll-[a-z]+'
            suffixes: any
            except: [toll-house.com]
            sinkhole: [192.0.2.1, 2001:db8::1]
          - id: silent
            meaning: no answer
            match: 'silent-[a-z]+'
            suffixes: any
            action: drop
        """,
}


class Explain(ProgramTestCase):
    def setUp(self):
        super().setUp()
        for name, text in RULES.items():
            self.write(name, text)
        self.assertDone(self.compile("tollgate.yaml"))

    def run_explain(self, *arguments, **keywords):
        return self.run_program("explain", "tollgate.db", "--date", TODAY, *arguments, **keywords)

    def explain(self, *arguments):
        return self.assertDone(self.run_explain(*arguments)).stdout

    def explain_json(self, *arguments):
        [explanation] = self.assertDone(self.run_explain("--json", *arguments)).json_lines()
        return explanation

    def standings(self, *arguments):
        return [
            (candidate["policy"], candidate["rule"], candidate["standing"])
            for candidate in self.explain_json(*arguments)["candidates"]
        ]


class Text(Explain):
    def test_the_whole_reasoning(self):
        self.assertEqual(
            self.explain("login.evil.com"),
            """\
login.evil.com  type A, on 2025-06-01
  public suffix        com
  registrable domain   evil.com

3 rules match, in order of precedence:
 1. would decide, but is in shadow mode
      rule      trial/domains, action drop, in shadow mode
      matches   evil.com and everything below it
      from      trial.yaml:3
      last day  never expires
 2. decides
      rule      few/hosts, action nodata
      matches   login.evil.com alone
      from      hosts.yaml:5
      last day  never expires
 3. not asked any more: number 2, few/hosts, decides
      rule      block/domains, action nxdomain
      matches   evil.com and everything below it
      from      block.yaml:5
      last day  never expires

The client gets:
  ;; status: NOERROR, flags: qr rd ra
  ;; EDE: 17 (Filtered): (few)
  ;; AUTHORITY SECTION:
  login.evil.com. 30 IN SOA localhost. nobody.invalid. 1 3600 1200 604800 30
""",
        )

    def test_a_name_that_nothing_matches(self):
        text = self.explain("nobody.com")
        self.assertIn("\nNo rule matches.\n", text)
        self.assertIn("the real answer", text)

    def test_what_lets_pass(self):
        text = self.explain("www.good.evil.com")
        self.assertIn(" 1. decides\n      rule      allow/domains, action pass\n", text)
        self.assertIn("the real answer", text)

    def test_what_has_expired_says_when(self):
        result = self.run_program("explain", "tollgate.db", "old.com", "--date", "2025-07-01")
        text = self.assertDone(result).stdout
        self.assertIn("expired: its last day was 2025-06-30", text)

    def test_an_exception_is_named(self):
        self.assertIn("1. excepted by toll-house.com\n", self.explain("www.toll-house.com"))

    def test_a_pattern_says_what_it_means_and_on_what_it_matched(self):
        text = self.explain("www.toll-x.com")
        self.assertIn("      matches   the pattern toll-[a-z]+ on toll-x.com\n", text)
        self.assertIn("      meaning   toll, a hyphen and letters\n", text)

    def test_the_answer_of_a_sinkhole_is_that_for_the_type(self):
        self.assertIn("  toll-x.com. 30 IN A 192.0.2.1\n", self.explain("toll-x.com"))
        self.assertIn("  toll-x.com. 30 IN AAAA 2001:db8::1\n", self.explain("toll-x.com", "--type", "AAAA"))
        text = self.explain("toll-x.com", "--type", "MX")
        self.assertIn("status: NOERROR", text)
        self.assertNotIn("ANSWER SECTION", text)
        self.assertIn(" IN SOA ", text)

    def test_no_answer_at_all(self):
        self.assertIn("the query is dropped", self.explain("silent-x.com"))

    def test_a_client_is_shown(self):
        text = self.explain("evil.com", "--client", "2001:db8::7")
        self.assertIn("client               2001:db8::7\n", text)

    def test_several_names_are_apart(self):
        self.assertIn("\n\nevil.com  type A", self.explain("nobody.com", "EVIL[.]com"))
        self.assertIn("  written as           EVIL[.]com\n", self.explain("EVIL[.]com"))

    def test_a_name_that_is_none_exits_with_1_and_the_others_are_explained(self):
        result = self.run_explain("a..com", "evil.com")
        self.assertStatus(result, PROBLEMS)
        self.assertIn("tollgate: 'a..com' is not a name: ", result.stderr)
        self.assertTrue(result.stdout.startswith("evil.com "))


class Colours(Explain):
    def on_a_terminal(self, environment):
        try:
            leader, follower = pty.openpty()
        except OSError as reason:
            self.skipTest(f"this system has no terminals to give: {reason}")
        environment = {key: value for key, value in {**os.environ, **environment}.items() if value}
        process = subprocess.Popen(
            [PROGRAM, "explain", "tollgate.db", "evil.com"], cwd=self.folder, stdout=follower, env=environment
        )
        os.close(follower)
        output = b""
        while True:
            try:
                piece = os.read(leader, 4096)
            except OSError:  # how Linux says that nobody has the other end any more
                break
            if not piece:
                break
            output += piece
        os.close(leader)
        self.assertEqual(process.wait(timeout=60), DONE)
        return output

    def test_on_a_terminal_alone(self):
        self.assertIn(b"\033[", self.on_a_terminal({"NO_COLOR": ""}))
        self.assertNotIn("\033", self.assertDone(self.run_explain("evil.com")).stdout)

    def test_no_color_is_respected(self):
        self.assertNotIn(b"\033[", self.on_a_terminal({"NO_COLOR": "1"}))


class Json(Explain):
    def test_an_object_has_all_that_is_known(self):
        explanation = self.explain_json("www.toll-x.com", "--client", "192.0.2.7")
        self.assertEqual(
            explanation,
            {
                "qname": "www.toll-x.com",
                "qtype": "A",
                "date": TODAY,
                "client": "192.0.2.7",
                "public_suffix": "com",
                "registrable_domain": "toll-x.com",
                "decision": 0,
                "shadow": None,
                "candidates": [
                    {
                        "policy": "block", "campaign": "block", "rule": "toll", "action": "sinkhole",
                        "mode": "enforce", "about": "name", "kind": "pattern", "matched": "toll-x.com",
                        "pattern": "toll-[a-z]+", "meaning": "toll, a hyphen and letters", "report": None,
                        "file": "block.yaml", "line": 11, "expires": None, "ttl": 30, "ede": "filtered",
                        "qtypes": None, "standing": "decides", "because": "decides",
                    }
                ],
                "outcome": "answer",
                "answer": {
                    "status": "NOERROR",
                    "flags": ["qr", "rd", "ra"],
                    "answer": ["www.toll-x.com. 30 IN A 192.0.2.1"],
                    "authority": [],
                    "ede": {"code": 17, "name": "Filtered", "text": "block"},
                },
            },
        )

    def test_decision_and_shadow_are_numbers_of_candidates(self):
        explanation = self.explain_json("evil.com")
        self.assertEqual((explanation["decision"], explanation["shadow"]), (1, 0))
        self.assertEqual(self.standings("evil.com"),
                         [("trial", "domains", "shadow"), ("block", "domains", "decides")])

    def test_where_nothing_is_answered_there_is_no_answer(self):
        for name, outcome in [("nobody.com", "resolve"), ("good.evil.com", "resolve"), ("silent-x.com", "drop")]:
            explanation = self.explain_json(name)
            self.assertEqual((explanation["outcome"], explanation["answer"]), (outcome, None))


class WrongUsage(Explain):
    def test_a_client_that_is_no_address(self):
        result = self.run_explain("evil.com", "--client", "192.0.2.0/24")
        self.assertStatus(result, WRONG_USAGE)
        self.assertIn("'192.0.2.0/24' is no address", result.stderr)

    def test_a_database_that_is_none(self):
        self.write("none.db", "nothing")
        result = self.run_program("explain", "none.db", "evil.com")
        self.assertStatus(result, PROBLEMS)
        self.assertIn("is not a Tollgate database", result.stderr)


if __name__ == "__main__":
    unittest.main()
