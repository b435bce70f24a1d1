# SPDX-License-Identifier: BSD-3-Clause
"""Messages by the octet, for what dnspython would not write or read, and a probe that sends them.

    with Probe(resolver) as probe:
        replies = probe.send(query(b"\3bad\7example\0", rdclass=255))

`WORLD` is the authority and the rules that a probe asks about."""

import contextlib
import struct

from resolver import *

GOOD_ADDRESS = bytes([203, 0, 113, 1])  # the real address of good.example
REAL_ADDRESS = bytes([203, 0, 113, 66])  # of everything that is blocked: in no reply, ever
GOOD_NAME = b"\4good\7example\0"
BAD_NAME = b"\3bad\7example\0"
LOCALHOST = b"\x09localhost\0"  # begins the SOA that only the module writes


class WORLD:
    """Base of test cases: everything below bad.example exists, and is blocked."""

    zones = {
        "example": [
            "good A 203.0.113.1",
            "*.good A 203.0.113.1",
            *(f"{name} A 203.0.113.66" for name in ("bad", "*.bad", "sink", "*.sink", "drop")),
        ]
    }
    policies = [
        policy("bad", domains=["bad.example"]),
        policy("walled", domains=["sink.example"], action="sinkhole", sinkhole=["192.0.2.1"]),
        policy("dropped", domains=["drop.example"], action="drop"),
    ]


def name_of(*labels):
    """A name in wire format; a label is bytes, or text without escapes."""
    labels = [label.encode() if isinstance(label, str) else label for label in labels]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def query(
    qname,
    rdtype=1,
    rdclass=1,
    number=0,
    flags=dns.flags.RD,
    counts=(1, 0, 0, 0),
    rest=b"",
):
    """RFC 1035 section 4.1: `flags` with the opcode in it, `counts` of the four sections, and
    whatever stands behind the question."""
    head = struct.pack("!6H", number, flags, *counts)
    return head + qname + struct.pack("!2H", rdtype, rdclass) + rest


def opt(octets=b"", size=1232, ttl=0, length=None):
    """An OPT record (RFC 6891 section 6.1.2); `ttl` has RCODE, version and flags."""
    length = len(octets) if length is None else length
    return b"\0" + struct.pack("!2HIH", 41, size, ttl, length) + octets


def option(code, octets=b""):
    return struct.pack("!2H", code, len(octets)) + octets


def rcode_of(reply):
    return reply[3] & 0x0F


def answer_count(reply):
    return struct.unpack_from("!H", reply, 6)[0]


def is_blocked(reply):
    """NXDOMAIN by a policy."""
    return rcode_of(reply) == NXDOMAIN and answer_count(reply) == 0 and LOCALHOST in reply


class Probe(contextlib.AbstractContextManager):
    """A UDP client. No reply that it gets may have the real address of a blocked name."""

    GOOD, BAD = 0xFFF0, 0xFFF1  # numbers of the queries that show that all is well

    def __init__(self, resolver):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(("127.0.0.1", resolver.port))
        self.socket.settimeout(ANSWER_SECONDS)

    def __exit__(self, *fault):
        self.socket.close()

    def receive(self):
        reply = self.socket.recv(65535)
        if REAL_ADDRESS in reply:
            raise AssertionError(f"the real address of a blocked name: {reply.hex()}")
        return reply

    def ask(self, octets):
        """The reply to a query that has one."""
        self.socket.send(octets)
        while True:
            reply = self.receive()
            if reply[:2] == octets[:2]:
                return reply

    def send(self, *messages):
        """Sends what may have no reply, and returns the replies that there were until a good name
        and a blocked one, asked for behind it, were answered as they should."""
        for octets in messages:
            self.socket.send(octets)
        good = query(GOOD_NAME, number=self.GOOD)
        bad = query(BAD_NAME, number=self.BAD)
        self.socket.send(good)
        self.socket.send(bad)
        awaited, others = {good[:2], bad[:2]}, []
        while awaited:
            try:
                reply = self.receive()
            except TimeoutError:
                raise AssertionError(
                    f"no answer behind {[octets.hex() for octets in messages]}"
                ) from None
            if reply[:2] not in awaited:
                others.append(reply)
                continue
            awaited.remove(reply[:2])
            well = GOOD_ADDRESS in reply if reply[:2] == good[:2] else is_blocked(reply)
            if not well:
                raise AssertionError(f"a wrong answer: {reply.hex()}")
        return others
