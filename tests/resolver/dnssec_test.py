# SPDX-License-Identifier: BSD-3-Clause
"""Signed zones under a trust anchor: the module does not disturb validation, nor validation it."""

from resolver import *
from signing import sign


class SignedZones(ResolverTestCase):
    policies = [
        policy("bad", domains=["bad.signed.example", "worse.broken.example"]),
        policy(
            "walled", domains=["sink.signed.example"], action="sinkhole", sinkhole=["192.0.2.1"]
        ),
    ]

    @classmethod
    def prepare(cls):
        signed, anchor = sign(
            cls.folder,
            "signed.example",
            ["good A 203.0.113.1", "bad A 203.0.113.2", "sink A 203.0.113.3", "alias CNAME bad"],
        )
        broken, broken_anchor = sign(
            cls.folder, "broken.example", ["www A 203.0.113.4", "worse A 203.0.113.5"]
        )
        # Another address than the one that was signed.
        with open(broken) as file:
            text = file.read().replace("203.0.113.4", "203.0.113.99").replace("113.5", "113.98")
        with open(broken, "w") as file:
            file.write(text)
        cls.zones = {
            "example": ["insecure A 203.0.113.6"],
            "signed.example": signed,
            "broken.example": broken,
        }
        cls.resolver_keys = {
            "options": [f'trust-anchor: "{anchor}"', f'trust-anchor: "{broken_anchor}"']
        }

    def is_authentic(self, response):
        return bool(response.flags & dns.flags.AD)

    def test_a_good_signed_name_is_authenticated(self):
        response = self.ask("good.signed.example", want_dnssec=True)
        self.assertEqual(response.answer[0][0].to_text(), "203.0.113.1")
        self.assertTrue(self.is_authentic(response))

    def test_a_blocked_signed_name_is_blocked_and_not_authenticated(self):
        for keys in ({}, {"want_dnssec": True}, {"want_dnssec": True, "cd": True}):
            with self.subTest(**keys):
                response = self.ask("www.bad.signed.example", **keys)
                self.assertBlocked(response)
                self.assertFalse(self.is_authentic(response))

    def test_a_blocked_answer_carries_no_signatures(self):
        response = self.ask("bad.signed.example", want_dnssec=True)
        types = {rrset.rdtype for rrset in response.answer + response.authority}
        self.assertEqual(types, {dns.rdatatype.SOA})

    def test_a_sinkholed_signed_name_is_not_authenticated(self):
        response = self.ask("sink.signed.example", want_dnssec=True)
        self.assertAnswers(response, "192.0.2.1")
        self.assertFalse(self.is_authentic(response))

    def test_a_bogus_name_stays_servfail(self):
        self.assertEqual(self.ask("www.broken.example").rcode(), SERVFAIL)

    def test_a_blocked_name_in_a_bogus_zone_is_blocked(self):
        self.assertBlocked(self.ask("worse.broken.example"))

    def test_an_insecure_name_is_resolved(self):
        self.assertAnswers(self.ask("insecure.example", want_dnssec=True), "203.0.113.6")

    def test_a_nonexistent_name_is_still_proved(self):
        response = self.ask("nothing.signed.example", want_dnssec=True)
        self.assertEqual(response.rcode(), NXDOMAIN)
        self.assertTrue(self.is_authentic(response))

    def test_keys_and_ds_of_a_blocked_zone_are_blocked_for_clients(self):
        self.assertBlocked(self.ask("bad.signed.example", "DNSKEY"))
        self.assertBlocked(self.ask("bad.signed.example", "DS"))


class ABlockedZoneThatUnboundNeeds(ResolverTestCase):
    """The validator's own look-ups in a blocked zone (DNSKEY) work, and stay out of the cache."""

    policies = [
        policy("allow", action="pass", hosts=["alias.example"]),
        policy("bad", domains=["bad.example"]),
    ]

    @classmethod
    def prepare(cls):
        bad, anchor = sign(cls.folder, "bad.example", ["www A 203.0.113.1"])
        cls.zones = {"example": ["alias CNAME www.bad.example."], "bad.example": bad}
        cls.resolver_keys = {"options": [f'trust-anchor: "{anchor}"']}

    def test_its_keys_are_fetched_and_not_left_in_the_cache(self):
        self.assertAnswers(self.ask("alias.example"), "www.bad.example.", "203.0.113.1")
        self.assertFalse({q for q in self.resolver.cached_questions() if "bad" in q[0]})
        self.assertBlocked(self.ask("bad.example", "DNSKEY"))
        self.assertBlocked(self.ask("bad.example", "DNSKEY", cd=True))
        self.assertBlocked(self.ask("www.bad.example"))


class BreakDnssecNo(ResolverTestCase):
    """module.yaml says "break_dnssec: no"."""

    policies = [
        policy("bad", domains=["bad.signed.example", "bad.example", "bad.broken.example"]),
        policy("walled", domains=["sink.signed.example"], sinkhole=["192.0.2.1"]),
        policy("dropped", domains=["drop.signed.example"], action="drop"),
        policy("behind", domains=["alias.signed.example"], action="refused"),
    ]

    @classmethod
    def prepare(cls):
        records = ["bad A 203.0.113.1", "sink A 203.0.113.2", "drop A 203.0.113.3"]
        signed, anchor = sign(cls.folder, "signed.example", records)
        broken, broken_anchor = sign(cls.folder, "broken.example", ["bad A 203.0.113.4"])
        with open(broken) as file:
            text = file.read().replace("203.0.113.4", "203.0.113.99")
        with open(broken, "w") as file:
            file.write(text)
        cls.zones = {
            "example": ["bad A 203.0.113.5"],
            "signed.example": signed,
            "broken.example": broken,
        }
        cls.resolver_keys = {
            "settings": {"break_dnssec": "no"},
            "options": [f'trust-anchor: "{anchor}"', f'trust-anchor: "{broken_anchor}"'],
        }

    def ask_with_do(self, name, *arguments, **keys):
        return self.ask(name, *arguments, want_dnssec=True, **keys)

    def test_who_asks_with_do_gets_a_secure_answer(self):
        for _ in range(2):
            for name, address in (("bad", "1"), ("sink", "2"), ("drop", "3")):
                response = self.ask_with_do(name + ".signed.example")
                self.assertEqual(response.answer[0][0].to_text(), f"203.0.113.{address}")
                self.assertTrue(response.flags & dns.flags.AD)
                self.assertEqual(extended_errors(response), [])

    def test_who_asks_without_do_gets_what_the_rule_says_before_and_afterwards(self):
        for _ in range(2):
            self.assertBlocked(self.ask("bad.signed.example"))
            self.assertAnswers(self.ask("sink.signed.example"), "192.0.2.1")
            self.ask_with_do("bad.signed.example")
            self.ask_with_do("sink.signed.example")

    def test_a_proof_that_there_is_nothing_is_left_alone_too(self):
        response = self.ask_with_do("x.bad.signed.example")
        self.assertEqual(response.rcode(), NXDOMAIN)
        self.assertTrue(response.flags & dns.flags.AD)
        self.assertEqual(self.ask_with_do("bad.signed.example", "TXT").rcode(), NOERROR)

    def test_what_is_not_signed_is_blocked_for_everybody(self):
        for _ in range(2):
            self.assertBlocked(self.ask_with_do("bad.example"))
            self.assertEqual(extended_errors(self.ask_with_do("bad.example")), [(15, "bad")])

    def test_what_is_bogus_is_never_given(self):
        for _ in range(2):
            response = self.ask_with_do("bad.broken.example")
            self.assertEqual((response.rcode(), response.answer), (SERVFAIL, []))

    def test_it_is_decided_and_counted_once(self):
        def decisions():
            threads = self.resolver.tell("stats")["threads"]
            return sum(thread["decisions_nxdomain"] for thread in threads)

        before = decisions()
        self.ask_with_do("once.bad.example")
        self.assertEqual(decisions(), before + 1)


class ANameInTheMiddleOfASignedTree(ResolverTestCase):
    """The validator needs the keys of a name that is blocked for clients."""

    policies = [policy("bad", hosts=["child.signed.example", "bad.child.signed.example"])]

    @classmethod
    def prepare(cls):
        records = ["www A 203.0.113.1", "bad A 203.0.113.2", "below.bad A 203.0.113.3"]
        child, ds = sign(cls.folder, "child.signed.example", records)
        parent, anchor = sign(
            cls.folder,
            "signed.example",
            ["child NS ns.invalid.", ds, "beside A 203.0.113.4"],
        )
        cls.zones = {"signed.example": parent, "child.signed.example": child}
        cls.resolver_keys = {"options": [f'trust-anchor: "{anchor}"']}

    def test_what_is_beside_and_below_a_listed_name_stays_secure(self):
        for _ in range(2):  # before and after a client asked for what is blocked
            for name in ("beside", "www.child", "below.bad.child"):
                response = self.ask(name + ".signed.example", want_dnssec=True)
                self.assertEqual(response.rcode(), NOERROR, response)
                self.assertTrue(response.flags & dns.flags.AD, response)
            for rdtype in ("DS", "DNSKEY", "A"):
                self.assertBlocked(self.ask("child.signed.example", rdtype, want_dnssec=True))
                self.assertBlocked(self.ask("bad.child.signed.example", rdtype, want_dnssec=True))

    def test_a_name_that_does_not_exist_below_a_listed_one_is_proved(self):
        response = self.ask("nothing.child.signed.example", want_dnssec=True)
        self.assertEqual(response.rcode(), NXDOMAIN)
        self.assertTrue(response.flags & dns.flags.AD)


if __name__ == "__main__":
    main()
