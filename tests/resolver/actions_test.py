# SPDX-License-Identifier: BSD-3-Clause
"""What a client gets for each action of a rule."""

from resolver import *

SINKHOLE = ["192.0.2.66", "192.0.2.67", "2001:db8::66", 'TXT "see https://example.net/why"']


class Actions(ResolverTestCase):
    zones = {
        "example": [
            f"{below}{action} A 203.0.113.1"
            for action in ("nxdomain", "nodata", "refused", "drop", "pass", "sinkhole")
            for below in ("", "www.")
        ]
        + ["good A 203.0.113.2"]
    }
    policies = [
        policy("allow", action="pass", domains=["pass.example"]),
        policy("p-nxdomain", action="nxdomain", domains=["nxdomain.example"]),
        policy("p-nodata", action="nodata", domains=["nodata.example"]),
        policy("p-refused", action="refused", domains=["refused.example"]),
        policy("p-drop", action="drop", domains=["drop.example"]),
        policy("p-pass", action="nxdomain", domains=["pass.example"]),
        policy(
            "p-sinkhole",
            action="sinkhole",
            sinkhole=SINKHOLE,
            ttl=77,
            domains=["sinkhole.example"],
        ),
    ]

    def test_a_name_that_no_rule_knows_is_resolved(self):
        self.assertAnswers(self.ask("good.example"), "203.0.113.2")

    def test_nxdomain_says_that_the_name_does_not_exist(self):
        response = self.ask("nxdomain.example")
        self.assertEqual(response.rcode(), NXDOMAIN)
        self.assertEqual(response.answer, [])
        self.assertIsNotNone(soa_of(response))

    def test_a_domain_is_blocked_with_everything_below_it(self):
        self.assertBlocked(self.ask("www.nxdomain.example"))
        self.assertBlocked(self.ask("a.b.c.nxdomain.example"))

    def test_nxdomain_is_the_answer_to_every_type(self):
        for rdtype in "AAAA MX TXT HTTPS NS SOA DS DNSKEY ANY TYPE65280".split():
            with self.subTest(rdtype):
                self.assertBlocked(self.ask("nxdomain.example", rdtype))

    def test_nodata_says_that_the_name_exists_without_the_type(self):
        response = self.ask("nodata.example")
        self.assertEqual(response.rcode(), NOERROR)
        self.assertEqual(response.answer, [])
        self.assertIsNotNone(soa_of(response))

    def test_refused_is_the_rcode_alone(self):
        response = self.ask("refused.example")
        self.assertEqual(response.rcode(), REFUSED)
        self.assertEqual((response.answer, response.authority), ([], []))

    def test_drop_gives_no_answer_over_udp(self):
        self.assertUnanswered("drop.example")

    def test_drop_closes_a_tcp_connection_without_an_answer(self):
        self.assertUnanswered("drop.example", tcp=True)

    def test_unbound_goes_on_after_a_drop(self):
        self.assertUnanswered("www.drop.example")
        self.assertAnswers(self.ask("good.example"), "203.0.113.2")

    def test_pass_in_an_earlier_policy_resolves_what_a_later_one_blocks(self):
        self.assertAnswers(self.ask("www.pass.example"), "203.0.113.1")

    def test_sinkhole_answers_a_with_its_ipv4_addresses(self):
        self.assertAnswers(self.ask("sinkhole.example", "A"), "192.0.2.66", "192.0.2.67")

    def test_sinkhole_answers_aaaa_with_its_ipv6_addresses(self):
        self.assertAnswers(self.ask("sinkhole.example", "AAAA"), "2001:db8::66")

    def test_sinkhole_answers_any_type_that_it_has_records_of(self):
        self.assertAnswers(self.ask("sinkhole.example", "TXT"), '"see https://example.net/why"')

    def test_sinkhole_answers_any_with_all_it_has(self):
        response = self.ask("sinkhole.example", "ANY")
        self.assertEqual(
            sorted(dns.rdatatype.to_text(rrset.rdtype) for rrset in response.answer),
            ["A", "AAAA", "TXT"],
        )

    def test_sinkhole_has_no_data_for_other_types(self):
        for rdtype in ("HTTPS", "MX", "SOA"):
            with self.subTest(rdtype):
                response = self.ask("sinkhole.example", rdtype)
                self.assertEqual(response.rcode(), NOERROR)
                self.assertEqual(response.answer, [])
                self.assertEqual(soa_of(response).minimum, 77)

    def test_sinkhole_records_have_the_queried_name_and_the_policys_ttl(self):
        for rrset in self.ask("deep.www.sinkhole.example", "ANY").answer:
            self.assertEqual(rrset.name.to_text(), "deep.www.sinkhole.example.")
            self.assertEqual(rrset.ttl, 77)

    def test_an_answer_of_the_policy_is_never_in_the_cache(self):
        self.ask("www.nxdomain.example")
        self.ask("www.sinkhole.example")
        cached = {name for name, _ in self.resolver.cached_questions()}
        self.assertFalse({name for name in cached if "nxdomain" in name or "sinkhole" in name})

    def test_a_policys_ttl_does_not_run_down(self):
        first = self.ask("www.sinkhole.example").answer[0].ttl
        time.sleep(1.1)
        self.assertEqual(self.ask("www.sinkhole.example").answer[0].ttl, first)


if __name__ == "__main__":
    main()
