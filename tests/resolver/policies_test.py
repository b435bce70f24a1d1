# SPDX-License-Identifier: BSD-3-Clause
"""Patterns, allow lists, shadow mode and expiry, as a client meets them."""

from resolver import *


class Policies(ResolverTestCase):
    zones = {
        "top": ["com-good A 203.0.113.1", "www.com-abc123 A 203.0.113.2", "shop A 203.0.113.3"],
        "example": [
            "host A 203.0.113.4",
            "www.host A 203.0.113.5",
            "shadowed A 203.0.113.6",
            "expired A 203.0.113.7",
            "both A 203.0.113.8",
        ],
    }
    policies = [
        policy("allow", action="pass", domains=["com-good.top"]),
        policy(
            "smishing",
            patterns=[
                {
                    "id": "com-hyphen",
                    "meaning": 'a registrable domain that begins with "com-"',
                    "match": "com-[a-z0-9]+",
                    "suffixes": ["top", "xin"],
                }
            ],
        ),
        policy("one-host", hosts=["host.example"]),
        policy("trial", mode="shadow", domains=["shadowed.example", "both.example"]),
        policy("enforced", domains=["both.example"]),
        policy("old", expires="2020-01-31", domains=["expired.example"]),
    ]
    resolver_keys = {"settings": {"log_level": "debug"}}

    def test_a_name_that_no_list_holds_is_caught_by_a_pattern(self):
        self.assertBlocked(self.ask("com-neverseen7.top"))
        self.assertBlocked(self.ask("usps.com-neverseen7.xin"))

    def test_the_soa_of_a_pattern_is_owned_by_the_registrable_domain(self):
        response = self.ask("a.b.com-abc123.top")
        self.assertEqual(response.authority[0].name.to_text(), "com-abc123.top.")

    def test_a_name_that_the_pattern_does_not_match_is_resolved(self):
        self.assertAnswers(self.ask("shop.top"), "203.0.113.3")

    def test_an_allow_list_in_front_wins_over_the_pattern(self):
        self.assertAnswers(self.ask("com-good.top"), "203.0.113.1")

    def test_a_host_is_blocked_alone(self):
        self.assertBlocked(self.ask("host.example"))
        self.assertAnswers(self.ask("www.host.example"), "203.0.113.5")

    def test_shadow_mode_is_logged_and_not_enforced(self):
        self.assertAnswers(self.ask("shadowed.example"), "203.0.113.6")
        self.assertRegex(self.resolver.log(), "shadowed.example .*shadow mode.*policy trial")

    def test_a_later_policy_decides_where_an_earlier_one_is_in_shadow_mode(self):
        self.assertBlocked(self.ask("both.example"))

    def test_a_rule_past_its_last_day_does_not_match(self):
        self.assertAnswers(self.ask("expired.example"), "203.0.113.7")


if __name__ == "__main__":
    main()
