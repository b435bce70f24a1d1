# SPDX-License-Identifier: BSD-3-Clause
"""Header, question and transport of a blocked answer."""

from resolver import *

MANY = [f"192.0.2.{host}" for host in range(1, 101)]


class Messages(ResolverTestCase):
    zones = {"example": ["good A 203.0.113.2"]}
    policies = [
        policy("bad", domains=["bad.example"]),
        policy("walled", domains=["sink.example"], action="sinkhole", sinkhole=["192.0.2.1"]),
        policy("wide", domains=["wide.example"], action="sinkhole", sinkhole=MANY),
        policy("no", domains=["refused.example"], action="refused"),
    ]
    # Without it Unbound refuses queries with RD=0, which ask for what is in the cache.
    resolver_keys = {"options": ["access-control: 127.0.0.0/8 allow_snoop"]}

    def test_the_question_is_echoed_in_the_clients_spelling(self):
        for name in ("bAd.eXaMpLe.", "WWW.BAD.EXAMPLE.", "rEfUsEd.example."):
            with self.subTest(name):
                self.assertEqual(self.ask(name).question[0].name.to_text(), name)

    def test_sinkhole_records_are_owned_by_the_name_in_the_clients_spelling(self):
        response = self.ask("wWw.SiNk.ExAmPlE.")
        self.assertEqual(response.answer[0].name.to_text(), "wWw.SiNk.ExAmPlE.")

    def test_spelling_does_not_evade_a_rule(self):
        self.assertBlocked(self.ask("BAD.EXAMPLE"))

    def test_udp_and_tcp_get_the_same_answer(self):
        udp, tcp = self.ask("www.bad.example"), self.ask("www.bad.example", tcp=True)
        udp.id = tcp.id = 0
        self.assertEqual(udp.to_text(), tcp.to_text())

    def test_several_queries_on_one_tcp_connection(self):
        with socket.create_connection(
            ("127.0.0.1", self.resolver.port), timeout=ANSWER_SECONDS
        ) as stream:
            for name in ("bad.example", "good.example", "sink.example", "bad.example"):
                query = dns.message.make_query(name, "A")
                dns.query.send_tcp(stream, query)
                response, _ = dns.query.receive_tcp(stream, time.time() + ANSWER_SECONDS)
                self.assertEqual(response.question, query.question)

    def test_an_answer_too_large_for_udp_is_truncated_and_whole_over_tcp(self):
        udp = self.ask("wide.example", use_edns=False)
        self.assertTrue(udp.flags & dns.flags.TC)
        self.assertAnswers(self.ask("wide.example", tcp=True), *MANY)

    def test_recursion_is_available_and_the_answer_not_authoritative(self):
        for name in ("bad.example", "sink.example", "refused.example"):
            with self.subTest(name):
                flags = self.ask(name).flags
                self.assertTrue(flags & dns.flags.RA)
                self.assertTrue(flags & dns.flags.RD)
                self.assertFalse(flags & dns.flags.AA)

    def test_nothing_is_authenticated_whatever_the_client_sets(self):
        for name in ("bad.example", "sink.example"):
            for keys in (
                {},
                {"want_dnssec": True},
                {"cd": True},
                {"want_dnssec": True, "cd": True},
            ):
                with self.subTest(name, **keys):
                    self.assertFalse(self.ask(name, **keys).flags & dns.flags.AD)

    def test_the_cd_and_do_bits_of_the_query_are_copied(self):
        response = self.ask("bad.example", want_dnssec=True, cd=True)
        self.assertTrue(response.flags & dns.flags.CD)
        self.assertTrue(response.ednsflags & dns.flags.DO)

    def test_a_query_without_rd_is_filtered_too(self):
        self.assertBlocked(self.ask("bad.example", rd=False))

    def test_another_class_is_none_of_our_business(self):
        response = self.ask("bad.example", rdclass="CH")
        self.assertIsNone(soa_of(response))

    def test_queries_that_arrive_together_each_get_an_answer(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(ANSWER_SECONDS)
            names = ("bad.example.", "BAD.example.", "bad.EXAMPLE.", "good.example.")
            spellings = dict(enumerate(names))
            for number, name in spellings.items():
                query = dns.message.make_query(name, "A")
                query.id = number
                client.sendto(query.to_wire(), ("127.0.0.1", self.resolver.port))
            responses = [dns.message.from_wire(client.recv(4096)) for _ in spellings]
        self.assertEqual({r.id: r.question[0].name.to_text() for r in responses}, spellings)


if __name__ == "__main__":
    main()
