# SPDX-License-Identifier: BSD-3-Clause
"""Policy zones: what docs/rpz.md says of them, row by row, where it takes a resolver to see it."""

from resolver import *

TRUTH = "203.0.113.1"
HEAD = "$TTL 300\n@ SOA localhost. root.localhost. 1 3600 900 86400 60\n  NS localhost.\n"


def zone(policy_id, *records, **keys):
    """A policy zone; `keys` are those of its entry in the manifest."""
    return feed(policy_id, "rpz", HEAD + "\n".join(records) + "\n", **keys)


class LocalData(ResolverTestCase):
    zones = {"example": [f"* A {TRUTH}"]}
    policies = [
        zone(
            "data",
            "data.example 77 A 192.0.2.7",
            "data.example 77 AAAA 2001:db8::7",
            "data.example 77 MX 10 mail.data.example.",
            "data.example 77 MX 20 backup.data.example.",
            'data.example 77 TXT "walled garden"',
            "*.data.example 78 A 192.0.2.8",
            "mixed.example 600 A 192.0.2.9",
            'mixed.example 90 TXT "x"',
            "SPELT.Example A 192.0.2.10",
        )
    ]

    def test_any_gets_all_record_sets_of_local_data(self):
        response = self.ask("data.example", "ANY")
        found = {dns.rdatatype.to_text(rrset.rdtype): len(rrset) for rrset in response.answer}
        self.assertEqual(found, {"A": 1, "AAAA": 1, "MX": 2, "TXT": 1})

    def test_any_over_tcp_gets_the_same(self):
        self.assertEqual(len(self.ask("data.example", "ANY", tcp=True).answer), 4)

    def test_a_type_that_local_data_does_not_have_is_nodata(self):
        response = self.ask("www.data.example", "AAAA")
        self.assertEqual((response.rcode(), response.answer), (NOERROR, []))
        self.assertIsNotNone(soa_of(response))

    def test_several_records_of_a_type_are_one_set(self):
        self.assertAnswers(
            self.ask("data.example", "MX"), "10 mail.data.example.", "20 backup.data.example."
        )

    def test_a_wildcards_data_belong_to_the_name_that_was_asked(self):
        (rrset,) = self.ask("a.b.data.example").answer
        self.assertEqual((rrset.name.to_text(), rrset.ttl), ("a.b.data.example.", 78))

    def test_local_data_have_the_zones_ttl_and_it_does_not_run_down(self):
        self.assertEqual(self.ask("data.example").answer[0].ttl, 77)
        time.sleep(1.1)
        self.assertEqual(self.ask("data.example").answer[0].ttl, 77)

    def test_the_records_of_a_name_share_the_shortest_ttl(self):
        self.assertEqual(self.ask("mixed.example").answer[0].ttl, 90)
        self.assertEqual(self.ask("mixed.example", "TXT").answer[0].ttl, 90)

    def test_case_counts_neither_in_the_zone_nor_in_the_query_and_is_given_back(self):
        for name in ("spelt.example.", "SpElT.eXaMpLe."):
            (rrset,) = self.ask(name).answer
            self.assertEqual(rrset.name.to_text(), name)
            self.assertEqual(rrset[0].to_text(), "192.0.2.10")

    def test_nothing_of_the_policy_zone_is_in_unbounds_cache(self):
        self.ask("data.example", "ANY")
        self.assertNotIn("data.example", {name for name, _ in self.resolver.cached_questions()})


OVERRIDES = {
    "nxdomain": {"action": "nxdomain"},
    "nodata": {"action": "nodata"},
    "passthru": {"action": "pass"},
    "drop": {"action": "drop"},
    "tcp-only": {"action": "truncate"},
    "refused": {"action": "refused"},
    "data": {"sinkhole": ["192.0.2.99"]},
    "disabled": {"mode": "shadow"},
}


class Overrides(ResolverTestCase):
    """The same zone under each override, and behind all of them one that blocks everything."""

    zones = {"example": [f"* A {TRUTH}"]}
    policies = [
        zone(
            name,
            f"nxdomain.{name}.example CNAME .",
            f"nodata.{name}.example CNAME *.",
            f"passthru.{name}.example CNAME rpz-passthru.",
            f"drop.{name}.example CNAME rpz-drop.",
            f"tcp-only.{name}.example CNAME rpz-tcp-only.",
            f"data.{name}.example A 192.0.2.7",
            f"*.below.{name}.example CNAME rpz-passthru.",
            **keys,
        )
        for name, keys in OVERRIDES.items()
    ] + [policy("behind", action="refused", domains=[f"{name}.example" for name in OVERRIDES])]

    @staticmethod
    def names(override):
        owners = ("nxdomain", "nodata", "passthru", "drop", "tcp-only", "data", "a.below")
        return [f"{owner}.{override}.example" for owner in owners]

    def test_nxdomain_overrides_every_action(self):
        for name in self.names("nxdomain"):
            self.assertBlocked(self.ask(name))

    def test_nodata_overrides_every_action(self):
        for name in self.names("nodata"):
            response = self.ask(name)
            self.assertEqual((response.rcode(), response.answer), (NOERROR, []), name)
            self.assertIsNotNone(soa_of(response), name)

    def test_passthru_overrides_every_action_and_no_later_zone_counts(self):
        for name in self.names("passthru"):
            self.assertAnswers(self.ask(name), TRUTH)

    def test_drop_overrides_every_action(self):
        for name in self.names("drop"):
            self.assertUnanswered(name, tcp=True)

    def test_tcp_only_overrides_every_action(self):
        for name in self.names("tcp-only"):
            self.assertTrue(self.ask(name).flags & dns.flags.TC, name)
            self.assertAnswers(self.ask(name, tcp=True), TRUTH)

    def test_refused_overrides_every_action(self):
        for name in self.names("refused"):
            self.assertEqual(self.ask(name).rcode(), REFUSED)

    def test_data_override_every_action(self):
        for name in self.names("data"):
            self.assertAnswers(self.ask(name), "192.0.2.99")

    def test_a_disabled_zone_decides_nothing_and_a_later_one_does(self):
        for name in self.names("disabled"):
            self.assertEqual(self.ask(name).rcode(), REFUSED)


class Queries(ResolverTestCase):
    zones = {"example": [f"* A {TRUTH}"]}
    policies = [
        zone(
            "zone",
            "bad.example CNAME .",
            "*.wild.example CNAME *.",
            "a.empty.wild.example CNAME .",
            "use-application-dns.net CNAME .",
        )
    ]
    resolver_keys = {"options": ["access-control: 127.0.0.1/32 allow_snoop"]}

    def test_without_rd_the_rules_hold_for_who_may_ask_so(self):
        self.assertBlocked(self.ask("bad.example", rd=False))

    def test_without_rd_unbound_refuses_who_may_not(self):
        response = self.ask("bad.example", rd=False, source="127.0.0.2")
        self.assertEqual(response.rcode(), REFUSED)
        self.assertBlocked(self.ask("bad.example", source="127.0.0.2"))

    def test_an_empty_non_terminal_stops_the_wildcard_above_it(self):
        # Unbound sees it from one side: where the name before, in canonical order, lies below it.
        for name in ("empty", "0.empty", "z.empty"):
            self.assertAnswers(self.ask(name + ".wild.example"), TRUTH)
        self.assertBlocked(self.ask("a.empty.wild.example"))
        self.assertEqual(self.ask("other.wild.example").answer, [])

    def test_the_canary_of_browsers_does_not_exist_where_a_zone_says_so(self):
        self.assertBlocked(self.ask("use-application-dns.net"))


if __name__ == "__main__":
    main()
