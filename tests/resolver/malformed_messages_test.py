# SPDX-License-Identifier: BSD-3-Clause
"""What is not a query at all, over UDP and TCP: it harms nobody, and gets nobody around a rule.

Behind each message the probe asks for a good name and a blocked one, on the same socket."""

import contextlib
import struct

from wire import *

QUERY = 0
IQUERY, STATUS, NOTIFY, UPDATE, STATEFUL = 1, 2, 4, 5, 6


def opcode(number):
    return number << 11


class Malformed(WORLD, ResolverTestCase):
    def setUp(self):
        self.probe = Probe(self.resolver)
        self.addCleanup(self.probe.__exit__, None, None, None)

    def assertHarmless(self, *messages):
        """Each by itself: no reply has records, but for an error with what was sent behind it."""
        for octets in messages:
            for reply in self.probe.send(octets):
                is_echo = rcode_of(reply) != NOERROR and reply[4:] == octets[4:]
                self.assertTrue(is_echo or answer_count(reply) == 0, (octets.hex(), reply.hex()))


class Messages(Malformed):
    def test_a_query_cut_short_at_every_octet(self):
        for qname in (BAD_NAME, name_of("www", "sink", "example")):
            whole = query(qname, counts=(1, 0, 0, 1), rest=opt(option(10, b"clientco")))
            self.assertHarmless(*(whole[:length] for length in range(len(whole))))

    def test_no_question_or_two_or_many(self):
        question = BAD_NAME + struct.pack("!2H", 1, 1)
        for count in (0, 2, 3, 255, 65535):
            for rest in (b"", question, question * 40):
                self.assertHarmless(query(BAD_NAME, counts=(count, 0, 0, 0), rest=rest))
                self.assertHarmless(query(GOOD_NAME, counts=(count, 0, 0, 0), rest=rest))

    def test_pointers_and_loops_in_the_name_of_the_question(self):
        header = 12
        names = [
            bytes([0xC0, header]),  # at itself
            bytes([0xC0, header + 2, 0xC0, header]),  # at each other
            b"\3www" + bytes([0xC0, header]),
            b"\3www" + bytes([0xC0, header + 4]),
            bytes([0xC0, 0]),  # into the header
            bytes([0xFF, 0xFF]),  # behind the end
            bytes([0xC0, header + 6]) + BAD_NAME,  # at a blocked name behind the question
            b"\3www" + bytes([0xC0, header + 10]) + BAD_NAME,
            bytes([0xC0]),
        ]
        self.assertHarmless(*(query(name) for name in names))
        self.assertHarmless(*(query(name, rest=BAD_NAME) for name in names))

    def test_label_types_that_do_not_exist(self):
        for first in (0x40, 0x41, 0x7F, 0x80, 0xBF):
            self.assertHarmless(query(bytes([first]) + BAD_NAME), query(b"\3www" + bytes([first])))

    def test_a_label_longer_than_the_message(self):
        self.assertHarmless(query(b"\x3fbad"), query(b"\3bad\x3fexample\0"), b"\0" * 12 + b"\x3f")

    def test_other_opcodes(self):
        for number in range(1, 16):
            for qname in (BAD_NAME, GOOD_NAME):
                self.assertHarmless(query(qname, flags=dns.flags.RD | opcode(number)))

    def test_a_notify_and_an_update_with_records(self):
        soa = BAD_NAME + struct.pack("!2HIH", 6, 1, 60, 22) + b"\0\0" + bytes(20)
        address = BAD_NAME + struct.pack("!2HIH", 1, 1, 60, 4) + bytes([192, 0, 2, 9])
        self.assertHarmless(
            query(BAD_NAME, 6, flags=opcode(NOTIFY), counts=(1, 1, 0, 0), rest=soa),
            query(BAD_NAME, 6, flags=opcode(UPDATE), counts=(1, 0, 1, 0), rest=address),
            query(b"", flags=opcode(IQUERY), counts=(0, 1, 0, 0), rest=address),
            query(b"", flags=opcode(STATEFUL), counts=(0, 0, 0, 0)),
        )

    def test_a_response_in_place_of_a_query(self):
        address = BAD_NAME + struct.pack("!2HIH", 1, 1, 60, 4) + bytes([192, 0, 2, 9])
        flags = dns.flags.QR | dns.flags.RD
        self.assertHarmless(
            query(BAD_NAME, flags=flags),
            query(BAD_NAME, flags=flags, counts=(1, 1, 0, 0), rest=address),
        )

    def test_a_truncated_query(self):
        self.assertHarmless(query(BAD_NAME, flags=dns.flags.TC | dns.flags.RD))

    def test_every_rcode_in_a_query(self):
        for rcode in range(16):
            for reply in self.probe.send(query(BAD_NAME, flags=dns.flags.RD | rcode)):
                self.assertTrue(is_blocked(reply), reply.hex())

    def test_records_where_a_query_has_none(self):
        address = BAD_NAME + struct.pack("!2HIH", 1, 1, 60, 4) + bytes([192, 0, 2, 9])
        for counts in ((1, 1, 0, 0), (1, 0, 1, 0), (1, 0, 0, 1), (1, 9, 9, 9)):
            for reply in self.probe.send(query(BAD_NAME, counts=counts, rest=address)):
                self.assertNotEqual(rcode_of(reply), NOERROR, reply.hex())

    def test_octets_behind_the_message(self):
        for count in (1, 2, 100, 400):
            for reply in self.probe.send(query(BAD_NAME, rest=b"\xff" * count)):
                self.assertTrue(is_blocked(reply), reply.hex())

    def test_a_signature_behind_the_question(self):
        tsig = name_of("key") + struct.pack("!2HIH", 250, 255, 0, 16) + bytes(16)
        self.assertHarmless(query(BAD_NAME, counts=(1, 0, 0, 1), rest=tsig))

    def test_an_opt_record_that_is_none(self):
        records = [
            opt(b"\0\x0a", length=1),
            opt(b"\0\x0a\0\x08client", length=10),  # an option longer than the record
            opt(b"\0\x0a\xff\xff"),
            opt(b"\0\x0a\0", length=3),
            opt(length=65535),  # a record longer than the message
            b"\1x" + opt(),  # not the root
            opt(option(8, bytes([0, 9, 255, 255]))),  # client subnet of no family
            opt(option(8, b"\0")),
            opt(option(10, b"short")),  # RFC 7873: a cookie has 8 octets at least
            opt(option(10, bytes(60))),
            opt(bytes(480)),
        ]
        for record in records:
            for reply in self.probe.send(query(BAD_NAME, counts=(1, 0, 0, 1), rest=record)):
                self.assertEqual(answer_count(reply), 0, (record.hex(), reply.hex()))

    def test_two_opt_records(self):
        self.assertHarmless(query(BAD_NAME, counts=(1, 0, 0, 2), rest=opt() + opt()))

    def test_nothing_and_noise(self):
        chance = random.Random(1)
        self.assertHarmless(b"", b"\0", b"\xff" * 12, b"\xff" * 512, bytes(4000), b"GET / HTTP/1.1")
        self.assertHarmless(*(chance.randbytes(chance.randrange(1, 600)) for _ in range(300)))


class Streams(Malformed):
    """RFC 1035 section 4.2.2: over TCP a message has its length in front."""

    def connect(self):
        stream = socket.create_connection(("127.0.0.1", self.resolver.port), timeout=ANSWER_SECONDS)
        self.addCleanup(stream.close)
        return stream

    @staticmethod
    def framed(octets):
        return struct.pack("!H", len(octets)) + octets

    def read(self, stream, count):
        """That many replies, from the number of each to its octets."""
        octets, replies = b"", {}
        while len(replies) < count:
            received = stream.recv(65536)
            self.assertTrue(received, f"the connection ended after {len(replies)} replies")
            octets += received
            while len(octets) >= 2 and len(octets) >= 2 + struct.unpack("!H", octets[:2])[0]:
                end = 2 + struct.unpack("!H", octets[:2])[0]
                reply, octets = octets[2:end], octets[end:]
                self.assertNotIn(REAL_ADDRESS, reply)
                replies[struct.unpack("!H", reply[:2])[0]] = reply
        return replies

    def test_one_octet_at_a_time(self):
        stream = self.connect()
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        first, second = query(BAD_NAME, number=1), query(GOOD_NAME, number=2)
        for octet in self.framed(first) + self.framed(second):
            stream.send(bytes([octet]))
            time.sleep(0.002)
        replies = self.read(stream, 2)
        self.assertTrue(is_blocked(replies[1]))
        self.assertIn(GOOD_ADDRESS, replies[2])

    def test_many_queries_in_one_segment(self):
        octets = b""
        for number in range(200):
            below = BAD_NAME if number % 2 else GOOD_NAME
            octets += self.framed(query(b"\4" + b"%04d" % number + below, number=number))
        stream = self.connect()
        stream.sendall(octets)
        for number, reply in self.read(stream, 200).items():
            self.assertIn(b"\4%04d" % number, reply)
            self.assertEqual(is_blocked(reply), bool(number % 2), reply.hex())

    def test_the_end_of_the_clients_side_behind_a_query(self):
        stream = self.connect()
        stream.sendall(self.framed(query(BAD_NAME, number=1)))
        stream.shutdown(socket.SHUT_WR)
        self.assertNotIn(REAL_ADDRESS, stream.recv(65536))
        self.assertHarmless(b"")

    def test_a_client_that_goes_away_before_its_answer(self):
        for qname in (BAD_NAME, name_of("drop", "example"), name_of("gone", "good", "example")):
            for _ in range(20):
                stream = self.connect()
                # With a linger time of nothing the end is a reset.
                linger = struct.pack("ii", 1, 0)
                stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                stream.sendall(self.framed(query(qname)))
                stream.close()
        self.assertHarmless(b"")

    def test_a_client_that_asks_without_end_and_never_reads(self):
        stream = self.connect()
        stream.setblocking(False)
        queries = (self.framed(query(BAD_NAME)) + self.framed(query(GOOD_NAME))) * 500
        for _ in range(50):
            with contextlib.suppress(BlockingIOError, ConnectionError):
                stream.send(queries)
            self.assertHarmless(b"")

    def test_a_length_that_is_wrong(self):
        whole = query(BAD_NAME)
        for length in (0, 1, 11, 12, len(whole) - 1, len(whole) + 1, 65535):
            stream = self.connect()
            stream.sendall(struct.pack("!H", length) + whole)
            stream.settimeout(0.1)
            try:
                self.assertNotIn(REAL_ADDRESS, stream.recv(65536))
            except (TimeoutError, ConnectionError):
                pass  # Unbound waits for the rest, or has had enough
            self.assertHarmless(b"")

    def test_a_message_of_65535_octets(self):
        stream = self.connect()
        stream.sendall(self.framed(query(BAD_NAME, rest=bytes(65535 - len(query(BAD_NAME))))))
        stream.settimeout(1)
        try:
            self.assertNotIn(REAL_ADDRESS, stream.recv(65536))
        except (TimeoutError, ConnectionError):
            pass
        self.assertHarmless(b"")

    def test_noise(self):
        chance = random.Random(2)
        for _ in range(50):
            stream = self.connect()
            try:
                stream.sendall(chance.randbytes(chance.randrange(1, 2000)))
            except ConnectionError:
                pass  # Unbound has had enough
            stream.close()
        self.assertHarmless(b"")

    def test_a_dropped_query_ends_its_connection_and_no_other(self):
        other, stream = self.connect(), self.connect()
        stream.sendall(self.framed(query(name_of("drop", "example"))))
        self.assertEqual(stream.recv(65536), b"")
        other.sendall(self.framed(query(BAD_NAME, number=7)))
        self.assertTrue(is_blocked(self.read(other, 1)[7]))

    def test_a_query_dropped_among_others_of_one_connection_is_not_answered(self):
        for position in range(4):
            names = [BAD_NAME, GOOD_NAME, name_of("sink", "example")]
            names.insert(position, name_of("drop", "example"))
            stream = self.connect()
            stream.sendall(
                b"".join(
                    self.framed(query(name, number=number)) for number, name in enumerate(names)
                )
            )
            octets = b""
            with contextlib.suppress(ConnectionError):
                while received := stream.recv(65536):  # to the end of the connection
                    octets += received
            self.assertNotIn(name_of("drop", "example"), octets)
            self.assertNotIn(REAL_ADDRESS, octets)
            self.assertHarmless(b"")


if __name__ == "__main__":
    del Malformed
    main()
