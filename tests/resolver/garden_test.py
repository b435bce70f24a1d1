# SPDX-License-Identifier: BSD-3-Clause
"""Walled gardens: a rule that answers with a CNAME, and what its target has behind it."""

from gardens import *
from resolver import *
from signing import sign


class Gardens(GardenTestCase):
    # Its tests ask faster than a client is told of.
    resolver_keys = {"settings": {"events": {"per_client": 0}}}
    zones = {
        "example": GARDEN
        + [
            "bad A 203.0.113.1",
            "alias CNAME garden",
            "back CNAME www.leads-back",
            "www.leads-back A 203.0.113.9",
            "back-to-nothing CNAME leads-back-to-nothing",
            "round CNAME and-round",
            "and-round CNAME round",
            "https HTTPS 1 . alpn=h2 ipv4hint=192.0.2.80",
            "*.any A 192.0.2.81",
            "in.itself A 192.0.2.82",
            "taken A 192.0.2.83",
            "first A 203.0.113.2",
            "second A 203.0.113.3",
            "big TXT " + " ".join(['"' + "x" * 250 + '"'] * 12),
        ],
    }
    policies = [
        to("p", "garden.example", "bad.example"),
        to("alias", "alias.example", "alias-bad.example"),
        to("https", "https.example", "https-bad.example"),
        to("none", "none.example", "none-bad.example"),
        to("star", "*.any.example", "star-bad.example"),
        to("back", "back.example", "leads-back.example"),
        to("back-to-nothing", "back-to-nothing.example", "leads-back-to-nothing.example"),
        to("round", "round.example", "round-bad.example"),
        to("itself", "in.itself.example", "itself.example"),
        to("first", "second.example", "first.example"),
        to("second", "first.example", "second.example"),
        to("taken", "taken.example", "taken-bad.example"),
        policy("takes", domains=["taken.example"]),
        to("big", "big.example", "big-bad.example"),
        to("quiet", "garden.example", "quiet-bad.example", ede="none"),
    ]

    def test_a_is_the_cname_and_the_addresses_behind_it(self):
        response = self.ask("bad.example")
        self.assertChain(response, f"bad.example. CNAME {CNAME}", f"{CNAME} A 192.0.2.80")

    def test_aaaa_is_the_cname_and_the_addresses_behind_it(self):
        response = self.ask("www.bad.example", "AAAA")
        self.assertChain(
            response, f"www.bad.example. CNAME {CNAME}", f"{CNAME} AAAA 2001:db8::80"
        )

    def test_mx_is_that_of_the_target(self):
        response = self.ask("bad.example", "MX")
        self.assertChain(
            response, f"bad.example. CNAME {CNAME}", f"{CNAME} MX 10 mail.garden.example."
        )

    def test_https_is_that_of_the_target(self):
        response = self.ask("https-bad.example", "HTTPS")
        self.assertEqual([rrset.rdtype for rrset in response.answer], [5, 65])

    def test_a_type_that_the_target_does_not_have_is_nodata_with_the_targets_soa(self):
        for rdtype in ("TXT", "HTTPS", "NS", "TYPE65280"):
            with self.subTest(rdtype):
                response = self.ask("bad.example", rdtype)
                self.assertChain(response, f"bad.example. CNAME {CNAME}")
                self.assertEqual(response.authority[0].name.to_text(), "example.")

    def test_cname_and_any_are_the_cname_alone(self):
        for rdtype in ("CNAME", "ANY"):
            with self.subTest(rdtype):
                self.assertChain(self.ask("bad.example", rdtype), f"bad.example. CNAME {CNAME}")

    def test_the_cname_has_the_ttl_of_the_rule_and_it_does_not_run_down(self):
        self.assertEqual(self.ask("bad.example").answer[0].ttl, TTL)
        time.sleep(1.1)
        self.assertEqual(self.ask("bad.example").answer[0].ttl, TTL)

    def test_the_records_of_the_target_have_their_own_ttl(self):
        self.assertGreater(self.ask("bad.example").answer[1].ttl, 3000)

    def test_the_clients_spelling_is_kept(self):
        response = self.ask("WwW.bAd.ExAmPlE")
        self.assertEqual(response.question[0].name.to_text(), "WwW.bAd.ExAmPlE.")
        self.assertEqual(response.answer[0].name.to_text(), "WwW.bAd.ExAmPlE.")

    def test_a_target_that_is_an_alias_brings_its_whole_chain(self):
        self.assertChain(
            self.ask("alias-bad.example"),
            "alias-bad.example. CNAME alias.example.",
            f"alias.example. CNAME {CNAME}",
            f"{CNAME} A 192.0.2.80",
        )

    def test_a_target_that_does_not_exist_is_nxdomain_with_its_soa(self):
        response = self.ask("none-bad.example")
        self.assertChain(response, "none-bad.example. CNAME none.example.", rcode=NXDOMAIN)
        self.assertEqual(soa_of(response).mname.to_text(), "ns.invalid.")

    def test_the_ede_of_the_rule_is_in_the_answer(self):
        self.assertEqual(extended_errors(self.ask("bad.example")), [(15, "p")])
        self.assertEqual(extended_errors(self.ask("none-bad.example")), [(15, "none")])
        self.assertEqual(extended_errors(self.ask("quiet-bad.example")), [])

    def test_tcp_is_answered_alike(self):
        response = self.ask("bad.example", tcp=True)
        self.assertChain(response, f"bad.example. CNAME {CNAME}", f"{CNAME} A 192.0.2.80")

    def test_an_answer_that_is_too_large_for_udp_is_truncated_and_whole_over_tcp(self):
        self.assertTrue(self.ask("big-bad.example", "TXT").flags & dns.flags.TC)
        self.assertEqual(len(self.ask("big-bad.example", "TXT", tcp=True).answer), 2)

    def test_a_star_in_front_of_the_target_is_the_name_that_was_asked(self):
        for name in ("star-bad.example.", "www.star-bad.example."):
            with self.subTest(name):
                target = f"{name}any.example."
                self.assertChain(
                    self.ask(name), f"{name} CNAME {target}", f"{target} A 192.0.2.81"
                )

    def test_a_name_that_becomes_too_long_is_yxdomain(self):
        long = ".".join(["a" * 63] * 3 + ["b" * 44, "star-bad.example"])
        response = self.ask(long)
        self.assertEqual(response.rcode(), dns.rcode.YXDOMAIN)
        self.assertEqual(response.answer, [])
        self.assertEqual(extended_errors(response), [(15, "star")])

    def test_a_chain_that_leads_back_to_the_name_is_servfail(self):
        # The real answer to the name would stand in it.
        self.assertFails(self.ask("www.leads-back.example"), "leads back to the name")
        self.assertFails(self.ask("leads-back-to-nothing.example"), "leads back to the name")

    def test_a_chain_that_leads_to_another_name_of_the_rule_is_answered(self):
        self.assertChain(
            self.ask("mail.leads-back.example"),
            "mail.leads-back.example. CNAME back.example.",
            "back.example. CNAME www.leads-back.example.",
            "www.leads-back.example. A 203.0.113.9",
        )

    def test_a_target_that_goes_round_is_servfail(self):
        self.assertFails(self.ask("round-bad.example"), "does not resolve")

    def test_a_target_that_its_own_rule_matches_is_resolved(self):
        # A resolver behind this one, which asks for the target itself, finds it.
        target = "in.itself.example."
        self.assertChain(self.ask(target), f"{target} A 192.0.2.82")
        self.assertIn(("in.itself.example", "A"), self.resolver.cached_questions())
        self.assertChain(
            self.ask("www.itself.example"),
            f"www.itself.example. CNAME {target}",
            f"{target} A 192.0.2.82",
        )

    def test_a_target_that_another_rule_blocks_is_there_for_those_who_are_sent_to_it(self):
        for _ in range(2):
            self.assertBlocked(self.ask("taken.example"))
            self.assertChain(
                self.ask("taken-bad.example"),
                "taken-bad.example. CNAME taken.example.",
                "taken.example. A 192.0.2.83",
            )
        self.assertNothingCached("taken.example")

    def test_two_rules_that_lead_to_each_others_names_give_their_real_records(self):
        for _ in range(2):
            for name, other, address in (
                ("first.example.", "second.example.", "203.0.113.3"),
                ("second.example.", "first.example.", "203.0.113.2"),
            ):
                self.assertChain(
                    self.ask(name), f"{name} CNAME {other}", f"{other} A {address}"
                )

    def test_nothing_is_stored_under_the_name(self):
        for rdtype in ("A", "AAAA", "MX", "TXT", "CNAME", "ANY"):
            self.ask("www.stored.bad.example", rdtype)
        self.assertNothingCached("www.stored.bad.example")
        self.assertNotIn("stored.bad", self.resolver.control("dump_cache").stdout)
        self.assertIn(("garden.example", "A"), self.resolver.cached_questions())

    def test_the_target_itself_is_answered_as_always(self):
        self.assertChain(self.ask("garden.example"), f"{CNAME} A 192.0.2.80")

    def test_class_any_gets_the_records_of_in(self):
        response = self.ask("bad.example", rdclass=dns.rdataclass.ANY)
        self.assertEqual(response.answer[-1][0].to_text(), "192.0.2.80")

    def test_each_decision_is_counted_once_and_told_of_as_a_sinkhole(self):
        def count():
            return sum(thread["decisions_sinkhole"] for thread in self.resolver.tell("stats")["threads"])

        before = count()
        for rdtype in ("A", "TXT", "CNAME"):
            self.ask("counted.bad.example", rdtype)
        self.wait_for(lambda: count() == before + 3, lambda: f"{before}, now {count()}")

        def told():
            recent = self.resolver.tell("recent")["decisions"]
            return [event for event in recent if event["qname"] == "counted.bad.example"]

        event = self.wait_for(told, "nobody was told")[0]
        self.assertEqual((event["action"], event["rcode"]), ("sinkhole", "NOERROR"))


class GardensOfAnswers(GardenTestCase):
    """Rules about what the answer has send people to the garden too."""

    zones = {
        "example": GARDEN
        + [
            "by-address A 203.0.113.1",
            "alias CNAME by-target",
            "by-target A 198.51.100.1",
            "star A 203.0.114.1",
            "near A 203.0.115.1",
            "*.any A 192.0.2.81",
        ]
    }
    policies = [
        policy("address", sinkhole={"cname": CNAME}, ttl=TTL, addresses=["203.0.113.0/24"]),
        policy("star", sinkhole={"cname": "*.any.example"}, ttl=TTL, addresses=["203.0.114.0/24"]),
        policy("near", sinkhole={"cname": "near.example"}, ttl=TTL, addresses=["203.0.115.0/24"]),
        to("target", CNAME, "by-target.example"),
    ]

    def test_by_an_address_from_the_network_and_from_the_cache(self):
        for _ in range(3):
            self.assertChain(
                self.ask("by-address.example"),
                f"by-address.example. CNAME {CNAME}",
                f"{CNAME} A 192.0.2.80",
            )
        self.assertNothingCached("by-address.example")

    def test_by_the_target_of_a_cname_the_name_that_was_asked_is_sent(self):
        for _ in range(3):
            self.assertChain(
                self.ask("alias.example"), f"alias.example. CNAME {CNAME}", f"{CNAME} A 192.0.2.80"
            )

    def test_a_star_is_the_name_that_was_asked_for_rules_about_addresses_too(self):
        self.assertChain(
            self.ask("star.example"),
            "star.example. CNAME star.example.any.example.",
            "star.example.any.example. A 192.0.2.81",
        )

    def test_a_garden_inside_what_its_rule_blocks_is_resolved(self):
        for _ in range(3):
            self.assertChain(self.ask("near.example"), "near.example. A 203.0.115.1")


class SignedGardens(GardenTestCase):
    """The name lies in a signed zone, or the target does, or both."""

    policies = [
        to("p", "garden.signed.example", "bad.example", "bad.signed.example"),
        to("unsigned", "garden.example", "worse.signed.example"),
        to("none", "none.signed.example", "none-bad.example"),
        to("bogus", "www.broken.example", "bogus-bad.example"),
        to("bogus-none", "none.broken.example", "bogus-none-bad.example"),
    ]

    @classmethod
    def prepare(cls):
        signed, anchor = sign(
            cls.folder, "signed.example", ["garden A 192.0.2.80", "bad A 203.0.113.1"]
        )
        broken, broken_anchor = sign(cls.folder, "broken.example", ["www A 203.0.113.4"])
        with open(broken) as file:
            text = file.read().replace("203.0.113.4", "203.0.113.99").replace(" 1 3600", " 2 3600")
        with open(broken, "w") as file:
            file.write(text)
        cls.zones = {"example": GARDEN, "signed.example": signed, "broken.example": broken}
        cls.resolver_keys = {
            "options": [f'trust-anchor: "{anchor}"', f'trust-anchor: "{broken_anchor}"']
        }

    def assertNotAuthentic(self, response):
        self.assertFalse(response.flags & dns.flags.AD, response)

    def test_a_signed_target_is_resolved_and_the_answer_is_not_authentic(self):
        for name in ("bad.example.", "www.bad.signed.example."):
            for keys in ({}, {"want_dnssec": True}, {"cd": True}):
                with self.subTest(name, **keys):
                    response = self.ask(name, **keys)
                    self.assertEqual(response.answer[0].to_text(),
                                     f"{name} {TTL} IN CNAME garden.signed.example.")
                    self.assertEqual(response.answer[1][0].to_text(), "192.0.2.80")
                    self.assertNotAuthentic(response)

    def test_a_client_that_sets_do_gets_the_signatures_of_the_target_alone(self):
        response = self.ask("bad.signed.example", want_dnssec=True)
        signatures = [rrset for rrset in response.answer if rrset.rdtype == dns.rdatatype.RRSIG]
        self.assertEqual([rrset.name.to_text() for rrset in signatures], ["garden.signed.example."])
        self.assertEqual(signatures[0][0].type_covered, dns.rdatatype.A)

    def test_a_client_that_does_not_set_do_gets_none(self):
        types = {rrset.rdtype for rrset in self.ask("bad.signed.example").answer}
        self.assertEqual(types, {dns.rdatatype.CNAME, dns.rdatatype.A})

    def test_an_unsigned_target_of_a_signed_name_is_resolved(self):
        response = self.ask("worse.signed.example", want_dnssec=True)
        self.assertChain(response, f"worse.signed.example. CNAME {CNAME}", f"{CNAME} A 192.0.2.80")
        self.assertNotAuthentic(response)

    def test_a_signed_target_that_does_not_exist_is_nxdomain_and_not_authentic(self):
        response = self.ask("none-bad.example", want_dnssec=True)
        self.assertChain(response, "none-bad.example. CNAME none.signed.example.", rcode=NXDOMAIN)
        self.assertNotAuthentic(response)

    def test_a_bogus_target_is_servfail(self):
        for name in ("bogus-bad.example", "bogus-none-bad.example"):
            with self.subTest(name):
                response = self.ask(name, want_dnssec=True)
                self.assertFails(response, "does not resolve")
                self.assertIn(extended_errors(response)[1][0], range(5, 13))

    def test_a_client_that_checks_by_itself_gets_what_is_there(self):
        response = self.ask("bogus-bad.example", cd=True)
        self.assertEqual(response.answer[1][0].to_text(), "203.0.113.99")
        self.assertNotAuthentic(response)

    def test_the_target_itself_is_authentic_as_always(self):
        response = self.ask("garden.signed.example", want_dnssec=True)
        self.assertTrue(response.flags & dns.flags.AD)


if __name__ == "__main__":
    main()
