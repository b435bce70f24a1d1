# SPDX-License-Identifier: BSD-3-Clause
"""What only feeds can say, as a client meets it: rules for some types, exceptions, policy zones."""

from resolver import *

ADBLOCK = """
||types.example^$dnstype=AAAA
||blocked.example^
@@||good.blocked.example^
"""
ZONE = """
$TTL 300
@ SOA ns.rpz. host.rpz. 1 3600 600 86400 60
  NS ns.rpz.
*.wild.example CNAME .
ok.wild.example CNAME rpz-passthru.
data.example A 192.0.2.9
data.example TXT "walled"
"""


class Feeds(ResolverTestCase):
    zones = {
        "example": [
            "types A 203.0.113.1",
            "types AAAA 2001:db8::1",
            "blocked A 203.0.113.2",
            "good.blocked A 203.0.113.3",
            "wild A 203.0.113.4",
            "a.wild A 203.0.113.5",
            "ok.wild A 203.0.113.6",
            "below.ok.wild A 203.0.113.7",
        ],
    }
    policies = [feed("lists", "adblock", ADBLOCK), feed("zone", "rpz", ZONE)]

    def test_a_rule_about_one_type_leaves_the_others_alone_in_any_order(self):
        for rdtype in ("A", "AAAA", "A", "AAAA"):
            response = self.ask("types.example", rdtype)
            if rdtype == "A":
                self.assertAnswers(response, "203.0.113.1")
            else:
                self.assertBlocked(response)

    def test_an_exception_wins_over_the_block_around_it(self):
        self.assertBlocked(self.ask("blocked.example"))
        self.assertAnswers(self.ask("good.blocked.example"), "203.0.113.3")

    def test_a_wildcard_takes_what_is_below_its_name_and_not_the_name(self):
        self.assertAnswers(self.ask("wild.example"), "203.0.113.4")
        self.assertBlocked(self.ask("a.wild.example"))

    def test_a_name_of_the_zone_stops_its_wildcard(self):
        self.assertAnswers(self.ask("ok.wild.example"), "203.0.113.6")
        self.assertAnswers(self.ask("below.ok.wild.example"), "203.0.113.7")

    def test_local_data_is_answered_by_type(self):
        self.assertAnswers(self.ask("data.example"), "192.0.2.9")
        self.assertAnswers(self.ask("data.example", "TXT"), '"walled"')
        self.assertAnswers(self.ask("data.example", "MX"))


if __name__ == "__main__":
    main()
