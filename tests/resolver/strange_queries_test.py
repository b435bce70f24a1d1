# SPDX-License-Identifier: BSD-3-Clause
"""Well-formed queries that nobody sends by chance: names, types, classes, bits and options."""

import itertools

from wire import *


class StrangeQueries(WORLD, ResolverTestCase):
    policies = [
        *WORLD.policies,
        policy("short", domains=["b.c"]),
        policy("under", domains=["_bad.example"]),
        policy(
            "wide",
            domains=["wide.example"],
            action="sinkhole",
            sinkhole=[f"192.0.2.{host}" for host in range(1, 201)],
        ),
    ]

    resolver_keys = {"options": ["max-udp-size: 4096"]}  # which was the default up to 1.17

    def setUp(self):
        self.probe = Probe(self.resolver)
        self.addCleanup(self.probe.__exit__, None, None, None)

    def ask(self, qname, *arguments, **keys):
        return self.probe.ask(query(qname, *arguments, **keys))

    def assertBlocked(self, reply):
        self.assertTrue(is_blocked(reply), reply.hex())

    def assertNotOurs(self, reply):
        self.assertNotIn(LOCALHOST, reply, reply.hex())


class Names(StrangeQueries):
    def test_127_labels_in_255_octets_below_a_blocked_domain_are_blocked(self):
        qname = name_of(*["a"] * 125, "b", "c")
        self.assertEqual(len(qname), 255)
        self.assertBlocked(self.ask(qname))

    def test_long_labels_in_255_octets_below_a_blocked_domain_are_blocked(self):
        qname = name_of("a" * 63, "b" * 63, "c" * 63, "d" * 49, "bad", "example")
        self.assertEqual(len(qname), 255)
        self.assertBlocked(self.ask(qname))

    def test_255_octets_are_sinkholed(self):
        reply = self.ask(name_of("a" * 63, "b" * 63, "c" * 63, "d" * 48, "sink", "example"))
        self.assertIn(bytes([192, 0, 2, 1]), reply)

    def test_127_labels_that_no_rule_knows_are_resolved(self):
        reply = self.ask(name_of(*["a"] * 120, "good", "example"))
        self.assertIn(GOOD_ADDRESS, reply)

    def test_256_octets_are_no_name(self):
        qname = name_of("a" * 63, "b" * 63, "c" * 63, "d" * 50, "bad", "example")
        for reply in self.probe.send(query(qname)):
            self.assertEqual(rcode_of(reply), dns.rcode.FORMERR)

    def test_every_octet_in_a_label_below_a_blocked_domain_is_blocked(self):
        for octet in range(256):
            for label in (bytes([octet]), bytes([octet] * 63), b"a" + bytes([octet]) + b"z"):
                self.assertBlocked(self.ask(name_of(label, "bad", "example")))

    def test_every_octet_in_a_label_of_a_good_name_is_resolved(self):
        for octet in range(256):
            reply = self.ask(name_of(bytes([octet]), "good", "example"))
            self.assertIn(GOOD_ADDRESS, reply, octet)

    def test_the_question_is_echoed_octet_by_octet(self):
        for start in range(0, 256, 32):
            qname = name_of(bytes(range(start, start + 32)), "BAD", "eXample")
            self.assertIn(qname, self.ask(qname))

    def test_a_dot_inside_a_label_is_no_border_between_labels(self):
        for labels in (("x.bad", "example"), ("bad.example",), ("x", "bad.example")):
            self.assertNotOurs(self.ask(name_of(*labels)))

    def test_nul_and_backslash_do_not_end_or_extend_a_label(self):
        for label in (b"bad\0", b"\0bad", b"bad\\", b"\\bad", b"\\098ad", b"bad\\.example"):
            self.assertNotOurs(self.ask(name_of(label, "example")))
            self.assertNotOurs(self.ask(name_of("bad", b"example" + label)))

    def test_only_letters_have_two_cases(self):
        self.assertBlocked(self.ask(name_of("_BAD", "example")))
        self.assertNotOurs(self.ask(name_of(b"\x7fbad", "example")))  # "_" with the bit of a case
        self.assertNotOurs(self.ask(name_of(b"\xe2ad", "example")))  # "b" with the highest bit

    def test_the_root_is_not_ours(self):
        self.assertNotOurs(self.ask(b"\0", dns.rdatatype.NS))

    def test_a_spelling_is_repeated_whatever_was_asked_before(self):
        chance = random.Random(20)
        for _ in range(200):
            spelt = bytes(chance.choice((c, c ^ 0x20)) for c in b"wwwbadexample")
            qname = name_of(spelt[:3], spelt[3:6], spelt[6:])
            reply = self.ask(qname)
            self.assertBlocked(reply)
            self.assertIn(qname, reply)


class TypesAndClasses(StrangeQueries):
    # OPT and what is for queries alone. Unbound refuses zone transfers, and calls the others
    # malformed where it says anything: it limits the rate of such replies.
    META = {41, *range(128, 255)}

    def test_every_type_of_a_blocked_name_is_blocked(self):
        for rdtype in set(range(65536)) - self.META:
            self.assertBlocked(self.ask(BAD_NAME, rdtype))

    def test_meta_types_are_refused_by_unbound_before_any_module(self):
        for qname in (BAD_NAME, GOOD_NAME):
            for rdtype in self.META:
                for reply in self.probe.send(query(qname, rdtype)):
                    self.assertIn(rcode_of(reply), (dns.rcode.FORMERR, REFUSED), rdtype)
                    self.assertNotOurs(reply)

    def test_no_type_of_a_good_name_is_blocked(self):
        chance = random.Random(4)
        for rdtype in {*range(270), *chance.sample(range(270, 65536), 100), 65535} - self.META:
            reply = self.ask(GOOD_NAME, rdtype)
            self.assertNotOurs(reply)
            if rdtype == 1:
                self.assertIn(GOOD_ADDRESS, reply)

    def test_a_zone_transfer_of_a_blocked_name_is_refused_over_tcp(self):
        for rdtype in ("AXFR", "IXFR"):
            transfer = dns.message.make_query("bad.example", rdtype)
            reply = dns.query.tcp(
                transfer, "127.0.0.1", port=self.resolver.port, timeout=ANSWER_SECONDS
            )
            self.assertEqual((reply.rcode(), reply.answer), (REFUSED, []))

    def test_other_classes_are_answered_by_unbound_alone(self):
        chance = random.Random(5)
        for rdclass in [0, 2, 3, 4, 5, 254, 256, 65535, *chance.sample(range(257, 65535), 50)]:
            for qname in (BAD_NAME, GOOD_NAME):
                reply = self.ask(qname, rdclass=rdclass)
                self.assertNotOurs(reply)
                self.assertEqual(answer_count(reply), 0, rdclass)

    def test_unbound_still_says_who_it_is_in_class_chaos(self):
        reply = self.ask(name_of("version", "bind"), dns.rdatatype.TXT, 3)
        self.assertEqual((rcode_of(reply), answer_count(reply)), (NOERROR, 1))


class BitsAndOptions(StrangeQueries):
    # Z is reserved (RFC 1035); AA and RA mean nothing in a query.
    BITS = (dns.flags.AA, dns.flags.RA, 0x0040, dns.flags.AD, dns.flags.CD)
    DO = 0x8000

    def combinations(self):
        for chosen in itertools.product((False, True), repeat=len(self.BITS)):
            yield sum(bit for bit, on in zip(self.BITS, chosen) if on)

    def test_no_combination_of_bits_is_a_way_around_a_rule(self):
        for flags, do in itertools.product(self.combinations(), (None, 0, self.DO)):
            keys = {} if do is None else {"counts": (1, 0, 0, 1), "rest": opt(ttl=do)}
            self.assertBlocked(self.ask(BAD_NAME, flags=flags | dns.flags.RD, **keys))

    def test_a_query_without_rd_is_refused_by_unbound_as_always(self):
        for flags in self.combinations():
            self.assertEqual(rcode_of(self.ask(BAD_NAME, flags=flags)), REFUSED)

    def ask_with(self, *options, qname=BAD_NAME, **keys):
        return self.ask(qname, counts=(1, 0, 0, 1), rest=opt(b"".join(options), **keys))

    def test_no_option_is_a_way_around_a_rule(self):
        options = {
            "NSID": option(3),
            "client subnet": option(8, bytes([0, 1, 24, 0, 192, 0, 2])),
            "cookie": option(10, b"clientco"),
            "cookies of both": option(10, b"clientcoserverco"),
            "keepalive": option(11),
            "padding": option(12, bytes(400)),
            "chain": option(13, BAD_NAME),
            "extended error": option(15, b"\0\x0fno"),
            "private": option(65001, b"\xff" * 64),
            "many": b"".join(option(code) for code in range(65002, 65100)),
        }
        for what, octets in options.items():
            with self.subTest(what):
                self.assertBlocked(self.ask_with(octets))
                self.assertIn(GOOD_ADDRESS, self.ask_with(octets, qname=GOOD_NAME))

    def test_every_option_code_is_harmless(self):
        for code in range(0, 65536, 97):
            self.assertBlocked(self.ask_with(option(code, b"\0\1\2\3")))

    def test_another_version_of_edns_is_badvers(self):
        BADVERS = 16  # RFC 6891 section 9: 1 in the OPT record, 0 in the header
        for version in (1, 255):
            reply = self.ask_with(ttl=version << 16)
            self.assertEqual(rcode_of(reply), BADVERS & 15)
            self.assertNotOurs(reply)

    def test_a_sinkhole_too_large_for_the_clients_buffer_is_truncated_to_it(self):
        for size in (0, 100, 511, 512, 513, 1000, 1232):
            reply = self.ask_with(qname=name_of("wide", "example"), size=size)
            self.assertTrue(reply[2] & 0x02, f"TC is not set for {size}")
            self.assertLessEqual(len(reply), max(size, 512))

    def test_a_sinkhole_that_fits_the_clients_buffer_is_whole(self):
        reply = self.ask_with(qname=name_of("wide", "example"), size=4096)
        self.assertFalse(reply[2] & 0x02)
        self.assertEqual(answer_count(reply), 200)

    def test_a_client_that_tries_again_over_tcp_has_the_whole_sinkhole(self):
        asked = dns.message.make_query("wide.example", "A", use_edns=0, payload=512)
        reply, over_tcp = dns.query.udp_with_fallback(
            asked, "127.0.0.1", port=self.resolver.port, timeout=ANSWER_SECONDS
        )
        self.assertTrue(over_tcp)
        self.assertEqual(len(reply.answer[0]), 200)


if __name__ == "__main__":
    del StrangeQueries
    main()
