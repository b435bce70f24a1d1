# SPDX-License-Identifier: BSD-3-Clause
"""Who may ask and how often is Unbound's business: what the module answers is under the same
limits, and what Unbound refuses does not reach it."""

import ipaddress
import struct

from wire import *


class AccessControl(WORLD, ResolverTestCase):
    resolver_keys = {
        "options": [
            "access-control: 127.0.0.2/32 refuse",
            "access-control: 127.0.0.3/32 deny",
            "access-control: 127.0.0.4/32 allow_setrd",
        ]
    }

    def ask_from(self, client, name, timeout=ANSWER_SECONDS, **keys):
        asked = dns.message.make_query(name, "A", **keys)
        return dns.query.udp(
            asked, "127.0.0.1", port=self.resolver.port, source=client, timeout=timeout
        )

    def test_who_is_refused_is_refused_whatever_the_name(self):
        for name in ("good.example", "bad.example", "sink.example", "drop.example"):
            response = self.ask_from("127.0.0.2", name)
            self.assertEqual((response.rcode(), response.authority), (REFUSED, []))

    def test_who_is_denied_gets_nothing_of_a_blocked_name(self):
        with self.assertRaises(dns.exception.Timeout):
            self.ask_from("127.0.0.3", "bad.example", timeout=SILENCE_SECONDS)

    def test_who_need_not_set_rd_is_filtered(self):
        self.assertBlocked(self.ask_from("127.0.0.4", "bad.example", flags=0))
        self.assertAnswers(self.ask_from("127.0.0.4", "good.example", flags=0), "203.0.113.1")


class IpRatelimit(WORLD, ResolverTestCase):
    LIMIT = 20
    resolver_keys = {"options": [f"ip-ratelimit: {LIMIT}", "ip-ratelimit-factor: 0"]}

    def test_blocked_answers_count_as_any_other(self):
        with Probe(self.resolver) as probe:
            for number in range(200):
                probe.socket.send(query(BAD_NAME, number=number))
            probe.socket.settimeout(0.5)
            replies = []
            with contextlib.suppress(TimeoutError):
                while True:
                    replies.append(probe.receive())
        self.assertTrue(all(is_blocked(reply) for reply in replies))
        # The limit is that of a second, and two may have begun.
        self.assertLessEqual(len(replies), 3 * self.LIMIT)
        time.sleep(2.1)
        self.assertBlocked(self.ask("bad.example"))
        self.assertAnswers(self.ask("good.example"), "203.0.113.1")


class Ratelimit(WORLD, ResolverTestCase):
    """A limit of what Unbound asks the servers of one zone: blocked names cost nothing of it."""

    # A second's worth: so few that a busy machine, too, asks for more.
    resolver_keys = {"options": ["ratelimit: 2", "ratelimit-factor: 0"]}

    def test_blocked_names_are_answered_beyond_it(self):
        resolved = 0
        for number in range(100):
            self.assertBlocked(self.ask(f"{number}.bad.example"))
            resolved += self.ask(f"{number}.good.example").rcode() == NOERROR
        self.assertLess(resolved, 100)  # Unbound's limit was reached


class DenyAny(WORLD, ResolverTestCase):
    resolver_keys = {"options": ["deny-any: yes"]}

    def test_type_any_is_no_way_around_a_rule(self):
        with Probe(self.resolver) as probe:
            for name in (BAD_NAME, name_of("sink", "example")):
                probe.ask(query(name, 255))  # the probe looks for the real address
        self.assertBlocked(self.ask("bad.example"))


class ProxyProtocol(WORLD, ResolverTestCase):
    """PROXY protocol, version 2: who the client is stands before the query."""

    @classmethod
    def start_resolver(cls, **keys):
        cls.port = free_port()
        return super().start_resolver(
            options=[
                f"interface: 127.0.0.1@{cls.port}",
                f"proxy-protocol-port: {cls.port}",
                "access-control: 198.51.100.0/24 allow",
                "access-control: 198.51.100.9/32 refuse",
            ]
        )

    @staticmethod
    def header(client, transport):
        UDP_OVER_IPV4, TCP_OVER_IPV4 = 0x12, 0x11
        family = {"udp": UDP_OVER_IPV4, "tcp": TCP_OVER_IPV4}[transport]
        addresses = ipaddress.ip_address(client).packed + bytes([127, 0, 0, 1])
        return (
            b"\r\n\r\n\0\r\nQUIT\n"
            + struct.pack("!BBH", 0x21, family, 12)
            + addresses
            + struct.pack("!HH", 5353, 53)
        )

    def ask_by_udp(self, client, octets):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as proxy:
            proxy.settimeout(ANSWER_SECONDS)
            proxy.sendto(self.header(client, "udp") + octets, ("127.0.0.1", self.port))
            return proxy.recv(65535)

    def ask_by_tcp(self, client, octets):
        address = ("127.0.0.1", self.port)
        with socket.create_connection(address, timeout=ANSWER_SECONDS) as proxy:
            head = self.header(client, "tcp")
            proxy.sendall(head + struct.pack("!H", len(octets)) + octets)
            stream = proxy.makefile("rb")
            return stream.read(struct.unpack("!H", stream.read(2))[0])

    def test_a_client_behind_a_proxy_is_filtered(self):
        for ask in (self.ask_by_udp, self.ask_by_tcp):
            self.assertTrue(is_blocked(ask("198.51.100.1", query(BAD_NAME))))
            self.assertIn(GOOD_ADDRESS, ask("198.51.100.1", query(GOOD_NAME)))
            reply = ask("198.51.100.1", query(name_of("sink", "example")))
            self.assertIn(bytes([192, 0, 2, 1]), reply)

    def test_a_client_that_is_refused_is_refused(self):
        for qname in (BAD_NAME, GOOD_NAME):
            reply = self.ask_by_udp("198.51.100.9", query(qname))
            self.assertEqual((rcode_of(reply), answer_count(reply)), (REFUSED, 0))
            self.assertNotIn(LOCALHOST, reply)

    def test_a_header_cut_short_or_none_at_all_harms_nobody(self):
        whole = self.header("198.51.100.1", "udp") + query(BAD_NAME)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as proxy:
            for length in range(len(whole) - 1):
                proxy.sendto(whole[:length], ("127.0.0.1", self.port))
            proxy.sendto(query(BAD_NAME), ("127.0.0.1", self.port))
        self.assertTrue(is_blocked(self.ask_by_udp("198.51.100.1", query(BAD_NAME))))
        self.assertBlocked(self.ask("bad.example"))


if __name__ == "__main__":
    main()
