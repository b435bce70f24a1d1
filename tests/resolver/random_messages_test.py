# SPDX-License-Identifier: BSD-3-Clause
"""Thousands of messages that are almost queries. A good name and a blocked one are asked for
behind each hundred; the seed is in every failure."""

from wire import *

SEED = int(os.environ.get("TOLLGATE_TEST_SEED", "4"))
MESSAGES = 5000
AT_ONCE = 20  # as many as a socket's buffer takes
ADDITIONAL = [
    b"",
    opt(),
    opt(option(10, b"clientco")),
    opt(option(12, bytes(64)) + option(3)),
    opt(option(8, bytes([0, 1, 24, 0, 192, 0, 2])), ttl=0x8000),
]


class RandomMessages(WORLD, ResolverTestCase):
    resolver_keys = {"threads": 2, "options": ["access-control: 127.0.0.0/8 allow_snoop"]}

    @staticmethod
    def valid(chance):
        labels = [
            chance.randbytes(chance.randrange(1, 12)) for _ in range(chance.choice((0, 0, 1, 5)))
        ]
        below = chance.choice((b"bad", b"sink", b"good", b"drop", b"other"))
        spelt = bytes(octet ^ chance.choice((0, 0x20)) for octet in below)
        rest = chance.choice(ADDITIONAL)
        return query(
            name_of(*labels, spelt, "example"),
            chance.choice((1, 1, 28, 16, 65, 255, chance.randrange(65536))),
            chance.choice((1, 1, 1, 1, 3, 254, 255)),
            chance.randrange(0xFF00),
            chance.choice((0x0100, 0x0110, 0x0120, 0)),
            (1, 0, 0, 1 if rest else 0),
            rest,
        )

    @staticmethod
    def mutated(octets, chance):
        octets = bytearray(octets)
        for _ in range(chance.choice((0, 1, 1, 2, 4))):
            at = chance.randrange(len(octets))
            kind = chance.randrange(5)
            if kind == 0:
                octets[at] ^= 1 << chance.randrange(8)
            elif kind == 1:
                octets[at] = chance.randrange(256)
            elif kind == 2 and len(octets) > 13:
                del octets[at : at + chance.randrange(1, 4)]
            elif kind == 3:
                octets[at:at] = chance.randbytes(chance.randrange(1, 4))
            else:
                octets[at : at + 2] = bytes([0xC0, chance.randrange(64)])
        # A number of its own: those from 0xFF00 on are the probe's.
        if octets:
            octets[0] %= 0xFF
        return bytes(octets)

    def test_none_of_them_harms_anybody(self):
        chance = random.Random(SEED)
        with Probe(self.resolver) as probe:
            for number in range(MESSAGES // AT_ONCE):
                batch = [self.mutated(self.valid(chance), chance) for _ in range(AT_ONCE)]
                with self.subTest(seed=SEED, batch=number):
                    probe.send(*batch)
        self.assertIsNone(self.resolver.server.process.poll())
        # A dot inside a label has a backslash before it.
        blocked = re.compile(r"(^|(?<!\\)\.)(bad|sink|drop)\.example$")
        cached = {name for name, _ in self.resolver.cached_questions()}
        self.assertFalse({name for name in cached if blocked.search(name)})


if __name__ == "__main__":
    main()
