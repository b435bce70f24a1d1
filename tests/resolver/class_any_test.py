# SPDX-License-Identifier: BSD-3-Clause
"""QCLASS ANY: Unbound looks the name up in each class that it has root servers for, which is IN."""

from wire import *

ANY_CLASS = 255


class ClassAny(WORLD, ResolverTestCase):
    def ask(self, *labels, rdtype=1):
        with Probe(self.resolver) as probe:
            return probe.ask(query(name_of(*labels), rdtype, ANY_CLASS))

    def test_it_is_no_way_around_a_rule(self):
        for labels in (("bad", "example"), ("www", "bad", "example"), ("BAD", "example")):
            reply = self.ask(*labels)  # the probe looks for the real address
            self.assertTrue(is_blocked(reply), reply.hex())

    def test_a_sinkholed_name_has_its_sinkhole(self):
        self.assertIn(bytes([192, 0, 2, 1]), self.ask("sink", "example"))

    def test_a_dropped_name_is_dropped(self):
        with Probe(self.resolver) as probe:
            probe.socket.send(query(name_of("drop", "example"), rdclass=ANY_CLASS))
            probe.socket.settimeout(SILENCE_SECONDS)
            with self.assertRaises(TimeoutError):
                probe.receive()

    def test_nothing_of_a_blocked_name_is_left_in_the_cache(self):
        for labels in (("bad", "example"), ("sink", "example")):
            with Probe(self.resolver) as probe:
                probe.socket.send(query(name_of(*labels), rdclass=ANY_CLASS))
                probe.socket.recv(4096)
        cached = self.resolver.cached_questions()
        self.assertFalse({name for name, _ in cached if "bad" in name or "sink" in name}, cached)

    def test_a_good_name_is_resolved(self):
        self.assertIn(GOOD_ADDRESS, self.ask("good", "example"))


if __name__ == "__main__":
    main()
