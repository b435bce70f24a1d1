# SPDX-License-Identifier: BSD-3-Clause
"""The action "truncate", RPZ's tcp-only: over UDP an empty answer with TC, over TCP the real
one."""

from concurrent.futures import ThreadPoolExecutor

from resolver import *

TRUTH = "203.0.113.1"


def is_truncated(response):
    """Whether it says "ask over TCP", and nothing else."""
    sections = response.answer + response.authority + response.additional
    return bool(response.flags & dns.flags.TC) and response.rcode() == NOERROR and not sections


class TcpOnly(ResolverTestCase):
    zones = {"example": [f"* A {TRUTH}", f"*.flood A {TRUTH}"]}
    policies = [
        policy("flood", action="truncate", domains=["flood.example"]),
        policy("later", domains=["blocked.flood.example"]),
    ]

    def test_over_udp_the_answer_is_empty_and_has_tc(self):
        self.assertTrue(is_truncated(self.ask("udp.flood.example")))

    def test_over_udp_nobody_is_asked(self):
        self.ask("quiet.flood.example")
        self.assertFalse({name for name, _ in self.resolver.cached_questions() if "flood" in name})

    def test_over_udp_there_is_no_extended_error_for_nothing_is_blocked(self):
        self.assertEqual(extended_errors(self.ask("ede.flood.example")), [])

    def test_over_tcp_the_answer_is_the_real_one(self):
        response = self.ask("tcp.flood.example", tcp=True)
        self.assertAnswers(response, TRUTH)
        self.assertFalse(response.flags & dns.flags.TC)

    def test_over_tcp_no_later_policy_counts(self):
        self.assertAnswers(self.ask("blocked.flood.example", tcp=True), TRUTH)

    def test_an_answer_over_tcp_does_not_reach_udp_by_way_of_the_cache(self):
        for _ in range(2):
            self.assertAnswers(self.ask("cached.flood.example", tcp=True), TRUTH)
            self.assertTrue(is_truncated(self.ask("cached.flood.example")))

    def test_a_client_without_edns_is_told_too(self):
        self.assertTrue(is_truncated(self.ask("plain.flood.example", use_edns=False)))

    def test_what_is_asked_over_both_at_once_is_answered_each_in_its_way(self):
        def both(number):
            name = f"both{number // 2}.flood.example"
            tcp = number % 2 == 0
            response = self.ask(name, tcp=tcp)
            found = [item.to_text() for rrset in response.answer for item in rrset]
            return found == [TRUTH] if tcp else is_truncated(response)

        with ThreadPoolExecutor(8) as pool:
            self.assertTrue(all(pool.map(both, range(80))))


if __name__ == "__main__":
    main()
