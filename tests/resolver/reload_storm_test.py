# SPDX-License-Identifier: BSD-3-Clause
"""Reload after reload while clients ask: none of them ever gets a blocked name's real answer, and
nothing of the old database or module is left in memory."""

import contextlib

from faults import *

CLIENTS = 4
RELOADS = 50
NAMES = 50_000


class Clients(Load):
    """Each question on a port of its own, so that any thread may answer. Queries may be lost while
    Unbound reloads."""

    def run(self, seed):
        chance = random.Random(seed)
        try:
            while not self.ended.is_set():
                below, check = chance.choice(((BAD_NAME, is_blocked), (GOOD_NAME, self.is_good)))
                label = b"%d" % chance.randrange(100)
                octets = query(bytes([len(label)]) + label + below, number=chance.randrange(65536))
                with contextlib.suppress(TimeoutError, ConnectionError):
                    reply = self.answer_to(octets)
                    if not check(reply):
                        raise AssertionError(f"{octets.hex()} is answered by {reply.hex()}")
                    self.good += below == GOOD_NAME
                    self.blocked += below == BAD_NAME
        except Exception as fault:
            self.faults.append(fault)

    def answer_to(self, octets):
        with Probe(self.resolver) as probe:  # a port of its own, so that any thread may answer
            probe.socket.settimeout(0.2)
            return probe.ask(octets)

    @staticmethod
    def is_good(reply):
        # SERVFAIL: the query was under way when its worker ended.
        return GOOD_ADDRESS in reply or rcode_of(reply) == SERVFAIL


class ReloadStorm(WORLD, ResolverTestCase):
    policies = [
        *WORLD.policies,
        policy("many", domains=[f"name{number}.many.example" for number in range(NAMES)]),
    ]
    resolver_keys = {
        "threads": 3,
        # A sanitizer keeps what was freed, unless told that memory is measured here.
        "environment": {
            "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "")
            + ":quarantine_size_mb=0:thread_local_quarantine_size_kb=0"
        },
    }

    def resident(self):
        """Octets of memory that Unbound has, files that it maps included."""
        with open(f"/proc/{self.resolver.server.process.pid}/status") as status:
            found = re.search(r"^VmRSS:\s+(\d+) kB", status.read(), re.MULTILINE)
        return int(found.group(1)) * 1024

    def storm(self, command):
        """Reloads under load, and checks that memory stays as it was after the first few."""
        with Clients(self.resolver, CLIENTS) as clients:
            for _ in range(5):  # for allocators, and for what Unbound itself keeps
                self.resolver.reload(command)
            before = self.resident()
            for _ in range(RELOADS):
                self.resolver.reload(command)
            grown = self.resident() - before
        print(f"{clients.good} good, {clients.blocked} blocked, {grown:+} octets", file=sys.stderr)
        self.assertEqual(clients.faults, [])
        self.assertGreater(clients.good, RELOADS)
        self.assertGreater(clients.blocked, RELOADS)
        self.assertIsNone(self.resolver.server.process.poll())
        self.assertLess(grown, self.most())

    def most(self):
        """What a storm may add: the noise of allocators, and not half of what it would cost to keep
        a database of those that were opened."""
        kept = RELOADS * os.path.getsize(self.database)
        self.assertGreater(kept, 20 << 20)  # or the test could not see it
        # Every reload starts three threads anew, and the allocator keeps an arena for each: it levels
        # off some 20 MB above where it began.
        return kept / 2 if os.environ.get("TOLLGATE_PRELOAD") else kept / 3

    def test_reload(self):
        self.storm("reload")

    def test_reload_keep_cache(self):
        self.storm("reload_keep_cache")

    def test_fast_reload(self):
        # Unbound 1.23 and later. It leaves the modules as they are.
        first = self.resolver.control("fast_reload", check=False)
        if "unknown command" in first.stdout + first.stderr:
            self.skipTest("this Unbound has no fast_reload")
        with Clients(self.resolver, CLIENTS) as clients:
            for _ in range(RELOADS):
                self.resolver.control("fast_reload")
        self.assertEqual(clients.faults, [])
        self.assertGreater(clients.blocked, RELOADS)


if __name__ == "__main__":
    main()
