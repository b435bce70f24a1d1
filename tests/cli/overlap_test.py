# SPDX-License-Identifier: BSD-3-Clause
"""tollgate overlap: which feeds are worth keeping."""

import unittest

from program import *


class Overlap(ProgramTestCase):
    def setUp(self):
        super().setUp()
        self.write("big.txt", "a.com\nb.com\nc.com\nwww.c.com\nc.com\nd.com\n192.0.2.1\n")
        self.write("small.txt", "a.com\nx.b.com\n")
        self.write("allow.yaml", "id: allow\naction: pass\ndomains: [good.com, fine.com]\n")
        self.write(
            "campaign.yaml",
            """
            id: campaign
            domains:
              - e.com
              - {name: old.com, expires: 2025-05-31}
            hosts: [d.com]
            patterns:
              - {id: toll, meaning: m, match: 'toll-[a-z]+', suffixes: [com]}
            """,
        )
        self.write("tollgate.yaml", "policies: [allow.yaml, campaign.yaml, big.txt, small.txt]\n")

    def overlap(self, *arguments):
        return self.run_program(
            "overlap", "--date", TODAY, "--public-suffix-list", str(SUFFIX_LIST), *arguments
        )


class Text(Overlap):
    def test_what_became_of_each_and_what_the_others_have_of_it(self):
        result = self.assertDone(self.overlap("tollgate.yaml"))
        self.assertEqual(
            result.stdout,
            """\
     taken  rejected duplicates  subsumed   expired  policy
         2         0          0         0         0  allow
         4         0          0         0         1  campaign
         6         1          1         1         0  big
         2         0          0         0         0  small

     names    unique    partly    shared   covered     own  policy, and how much of it others hold
         2         1         0         1         0   50.0%  campaign: big 50.0%
         4         2         1         1         0   75.0%  big: small 25.0%, campaign 25.0% partly
         2         0         0         1         1      0%  small: big 100%
         6  different names

Not compared: 2 names that allow passes, 1 pattern of campaign.

Less than 1% of its own: small (0%).
""",
        )

    def test_of_two_alike_one_may_go(self):
        self.write("again.txt", "a.com\nx.b.com\n")
        self.write("twins.yaml", "policies: [small.txt, again.txt]\n")
        result = self.assertDone(self.overlap("twins.yaml"))
        self.assertEqual(
            result.lines()[-1], "Less than 1% of their own: small (0%), again (0%). Drop one at a time."
        )

    def test_a_feed_on_trial_is_no_loss_to_what_is_enforced(self):
        self.write("trial.yaml", "policies: [big.txt, {file: small.txt, mode: shadow}]\n")
        result = self.assertDone(self.overlap("trial.yaml"))
        self.assertEqual(
            result.lines()[5:7],
            [
                "         4         3         1         0         0    100%  big: small 25.0% partly",
                "         2         0         0         1         1      0%  small (in shadow mode): big 100%",
            ],
        )

    def test_all_have_enough_of_their_own(self):
        self.write("apart.yaml", "policies: [small.txt, campaign.yaml]\n")
        self.assertEqual(
            self.assertDone(self.overlap("apart.yaml")).lines()[-1],
            "Every policy has at least 1% of its own.",
        )

    def test_one_policy_alone_has_nothing_to_compare_with(self):
        self.assertIn("nothing to compare", self.assertDone(self.overlap("campaign.yaml")).stdout)

    def test_it_writes_nothing(self):
        before = sorted(path.name for path in self.folder.iterdir())
        self.assertDone(self.overlap("tollgate.yaml"))
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), before)


class Stale(Overlap):
    def setUp(self):
        super().setUp()
        self.write("tollgate.yaml", "policies: [campaign.yaml, {file: big.txt, lifetime: 30d}]\n")
        self.assertDone(self.compile("tollgate.yaml"))

    def later(self, *arguments):
        return self.run_program(
            "overlap", "tollgate.yaml", "--date", "2025-07-15", "--public-suffix-list", str(SUFFIX_LIST),
            *arguments,
        )

    def test_names_past_a_lifetime_are_expired(self):
        seen = self.folder / "tollgate.db.seen"
        before = seen.read_bytes()
        big = self.assertDone(self.later("--state", "tollgate.db.seen", "--json")).json()["policies"][1]
        self.assertEqual((big["policy"], big["expired"], big["names"]), ("big", 6, 0))
        self.assertEqual(seen.read_bytes(), before)

    def test_without_first_sights_it_says_that_nothing_is(self):
        result = self.assertDone(self.later())
        self.assertIn("Without --state every name counts as seen for the first time today", result.stdout)
        self.assertNotIn("Without --state", self.later("--state", "tollgate.db.seen").stdout)

    def test_a_state_that_is_not_there_is_an_error(self):
        result = self.later("--state", "none.seen")
        self.assertStatus(result, PROBLEMS)
        self.assertTrue(result.stderr.startswith("tollgate: none.seen: "), result.stderr)


class Json(Overlap):
    def test_one_object_with_every_pair(self):
        result = self.assertDone(self.overlap("--json", "tollgate.yaml")).json()
        self.assertEqual(result["names"], 6)
        self.assertEqual([policy["policy"] for policy in result["policies"]],
                         ["allow", "campaign", "big", "small"])
        self.assertEqual(
            result["policies"][2],
            {
                "policy": "big", "taken": 6, "rejected": 1, "duplicates": 1, "subsumed": 1, "expired": 0,
                "patterns": 0, "passes": 0, "names": 4, "shadow": 0,
                "unique": 2, "partly": 1, "shared": 1, "covered": 0,
            },
        )
        self.assertEqual(
            result["pairs"],
            [
                {"policy": "campaign", "other": "big", "shared": 1, "covered": 0, "partly": 0},
                {"policy": "big", "other": "small", "shared": 1, "covered": 0, "partly": 0},
                {"policy": "big", "other": "campaign", "shared": 0, "covered": 0, "partly": 1},
                {"policy": "small", "other": "big", "shared": 1, "covered": 1, "partly": 0},
            ],
        )


class Faults(Overlap):
    def test_errors_are_shown_and_nothing_else(self):
        self.write("bad.yaml", "policies: [none.yaml]\n")
        result = self.overlap("bad.yaml")
        self.assertStatus(result, PROBLEMS)
        self.assertEqual(result.stdout, "")
        self.assertIn("none.yaml", result.stderr)
        self.assertIn("tollgate: 1 error\n", result.stderr)

    def test_no_suffix_list(self):
        result = self.run_program("overlap", "tollgate.yaml", "--public-suffix-list", "none.dat")
        self.assertStatus(result, PROBLEMS)
        self.assertEqual(result.stdout, "")

    def test_a_date_that_is_none(self):
        self.assertStatus(self.run_program("overlap", "tollgate.yaml", "--date", "tomorrow"), WRONG_USAGE)


if __name__ == "__main__":
    unittest.main()
