# SPDX-License-Identifier: BSD-3-Clause
"""The same policy zones and the same queries to Unbound's own RPZ and to Tollgate, both before the
same name servers: the same answers, or a difference that rpz_differences.py names.

    rpz_differential_test.py                          as much as suits CI
    rpz_differential_test.py --seed 7 --seconds 600   as long as you like, from a seed of your own

Each round makes policy zones and queries out of a seed, which it prints; a round that fails prints
the fewest records that make it fail, too."""

import argparse
import collections
import types

from resolver import *
from rpz_differences import explanation
from rpz_world import *

QUERIES = 250  # of a round
FEWEST_ROUNDS = 3
REDUCE_SECONDS = 60  # to find the fewest records of a failure
MOST_DROPS = 3  # of a round: each costs some time
FIRST_SILENCE = 0.4  # seconds; who is silent for longer than the other is asked again
LOCAL = ("192.0.2.", "2001:db8:ffff:", '"local"', "local.", "\\# 2 6162", "garden.test.")

OPTIONS = argparse.ArgumentParser(description=__doc__.splitlines()[0])
OPTIONS.add_argument("--seed", type=int, default=20260)
OPTIONS.add_argument("--seconds", type=float, default=20)
OPTIONS.add_argument("--triggers", default=",".join(TRIGGERS))
OPTIONS.add_argument("--cname", action="store_true", help="local data with CNAMEs for every seed")
OPTIONS = OPTIONS.parse_args()


class Outcome(collections.namedtuple("Outcome", "rcode truncated records")):
    """What a client sees of an answer. The TTL counts where the policy zone says it."""

    @classmethod
    def of(cls, response):
        if response is None:
            return cls("no answer", False, frozenset())
        records = []
        for rrset in response.answer:
            for item in rrset:
                text = f"{rrset.name.to_text().lower()} {item.to_text().lower()}"
                kind = dns.rdatatype.to_text(rrset.rdtype)
                if any(mark in item.to_text() for mark in LOCAL):
                    records.append(f"{text} {kind} {rrset.ttl}")
                elif response.question[0].rdtype != dns.rdatatype.ANY:
                    records.append(f"{text} {kind}")
                else:  # what somebody has who may leave out what he likes (RFC 8482)
                    records.append("real data")
        truncated = bool(response.flags & dns.flags.TC)
        return cls(dns.rcode.to_text(response.rcode()), truncated, frozenset(records))

    @property
    def has_local_data(self):
        return any(mark in text for text in self.records for mark in LOCAL)

    def __str__(self):
        text = self.rcode + " TC" * self.truncated
        return text + "".join(f"\n    {record}" for record in sorted(self.records))


class Servers:
    """The name servers of the world."""

    def __init__(self, folder, addresses):
        self.world = World(addresses)
        zones = {apex: self.world.zone_records(apex) for apex in self.world.zones}
        root = {"": self.world.root_records()}
        if not addresses:
            self.all = [Authority(folder, {**root, **zones})]
        else:
            # A server that has the zone itself refers nobody to its servers.
            first, *others = addresses
            self.all = [
                Authority(folder, root, address=first, port=53),
                Authority(folder, zones, address=others[0], more_addresses=others[1:], port=53),
            ]
        self.upstream = (self.all[0].address, self.all[0].port)

    def stop(self):
        for server in self.all:
            server.stop()


class Pair:
    """Unbound with its own RPZ, and Unbound with Tollgate, under the same policy zones."""

    def __init__(self, folder, upstream, zones):
        self.folder = tempfile.mkdtemp(dir=folder, prefix="pair.")
        paths = []
        for number, records in enumerate(zones):
            paths.append(os.path.join(self.folder, f"{number}.rpz"))
            with open(paths[-1], "w") as file:
                file.write(zone_file_text(records))
        clauses = "".join(
            f'rpz:\n  name: "{os.path.basename(path)}"\n  zonefile: "{path}"\n' for path in paths
        )
        # "test." is one of Unbound's own local zones. Who may not ask with RD=0 is refused at
        # another place, see docs/rpz.md.
        options = ["local-zone: test. nodefault", "access-control: 127.0.0.0/8 allow_snoop"]
        keys = dict(upstream=upstream, options=options)
        self.theirs = Resolver(self.folder, modules="respip iterator", clauses=clauses, **keys)
        manifest, database = (os.path.join(self.folder, name) for name in ("m.yaml", "m.db"))
        with open(manifest, "w") as file:
            json.dump({"policies": [{"file": path, "syntax": "rpz"} for path in paths]}, file)
        compile_command = [TOLLGATE, "compile", "--quiet", manifest, "-o", database]
        subprocess.run(compile_command, check=True, capture_output=True)
        self.ours = Resolver(self.folder, database=database, modules="dynlib iterator", **keys)

    def forget(self):
        """Empties the cache of Unbound's side: 1.17 does not filter what comes out of it."""
        with socket.create_connection(("127.0.0.1", self.theirs.control_port), 10) as peer:
            peer.sendall(b"UBCT1 flush_zone .\n")
            while peer.recv(4096):
                pass

    def has_crashed(self):
        """Whether Unbound's side has ended by itself. It is there again afterwards."""
        if self.theirs.server.process.poll() is None:
            return False
        self.theirs.server = started(self.theirs._start)
        return True

    def stop(self):
        self.theirs.server.stop()
        self.ours.stop()
        shutil.rmtree(self.folder)


def outcome(resolver, query, timeout):
    try:
        return Outcome.of(
            resolver.ask(
                query.name,
                query.rdtype,
                tcp=query.tcp,
                rd=query.rd,
                want_dnssec=query.do,
                timeout=timeout,
                source=f"127.0.0.{query.client}",
            )
        )
    except (dns.exception.Timeout, EOFError, ConnectionError):
        return Outcome.of(None)


def compare(pair, query):
    """The answers of the two. Ours comes once from the network, and once more from what it left."""
    pair.forget()
    theirs, first, again = (
        outcome(resolver, query, FIRST_SILENCE) for resolver in (pair.theirs, pair.ours, pair.ours)
    )
    if pair.has_crashed():
        return Outcome("crash", False, frozenset()), first
    if not theirs == first == again:
        pair.forget()
        theirs, first, again = (
            outcome(resolver, query, ANSWER_SECONDS)
            for resolver in (pair.theirs, pair.ours, pair.ours)
        )
    return theirs, first if first != theirs else again


class RandomPolicyZones(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="tollgate-resolver-test.")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        addresses = loopback_addresses(7)
        servers = Servers(cls.folder, addresses)
        cls.addClassCleanup(servers.stop)
        cls.world, cls.upstream = servers.world, servers.upstream
        cls.triggers = OPTIONS.triggers.split(",")
        if not addresses:
            # All zones on one server: no name server has a name that was looked at.
            cls.triggers = [trigger for trigger in cls.triggers if not trigger.startswith("ns")]

    def test_unbounds_rpz_and_tollgate_give_the_same_answers(self):
        explained, seen, rounds, compared = collections.Counter(), collections.Counter(), 0, 0
        end = time.monotonic() + OPTIONS.seconds
        while rounds < FEWEST_ROUNDS or time.monotonic() < end:
            seed = OPTIONS.seed + rounds
            compared += self.check_round(seed, explained, seen)
            rounds += 1
        print(
            f"seeds {OPTIONS.seed} to {OPTIONS.seed + rounds - 1}: {compared} queries;"
            f" differences: {dict(explained) or 'none'}; answers: {dict(seen)}",
            file=sys.stderr,
        )
        # A comparison of nothing would succeed as well.
        for kind in ("NOERROR", "NXDOMAIN", "no answer", "TC", "local data"):
            self.assertGreater(seen[kind], 0, kind)

    def check_round(self, seed, explained, seen):
        """Compares all queries of one seed; returns their number."""
        chance = random.Random(seed)
        # Local CNAMEs hide other differences behind them: every third seed has some.
        with_cname = OPTIONS.cname or seed % 3 == 0
        zones = [
            random_policy_zone(chance, self.world, self.triggers, with_cname) for _ in range(3)
        ]
        clients = "client-ip" in self.triggers
        queries = [random_query(chance, self.world, zones, clients) for _ in range(QUERIES)]
        drops = compared = 0
        pair = Pair(self.folder, self.upstream, zones)
        try:
            for query in queries:
                if drops == MOST_DROPS:
                    break
                theirs, ours = compare(pair, query)
                compared += 1
                drops += "no answer" in (theirs.rcode, ours.rcode) and not query.tcp
                seen[ours.rcode] += 1
                seen["TC"] += ours.truncated
                seen["local data"] += ours.has_local_data
                if theirs == ours:
                    continue
                row = explanation(self.case(zones, query, theirs, ours))
                if row is None:
                    self.fail_with(seed, zones, query, theirs, ours)
                explained[row] += 1
        finally:
            pair.stop()
        return compared

    def case(self, zones, query, theirs, ours):
        return types.SimpleNamespace(
            zones=zones, query=query, theirs=theirs, ours=ours, world=self.world
        )

    def differs(self, zones, query):
        """(theirs, ours) where they differ without an explanation."""
        pair = Pair(self.folder, self.upstream, zones)
        try:
            theirs, ours = compare(pair, query)
        finally:
            pair.stop()
        if theirs == ours or explanation(self.case(zones, query, theirs, ours)):
            return None
        return theirs, ours

    def fail_with(self, seed, zones, query, theirs, ours):
        """Fails with the fewest records that the two still differ about."""
        records = [(number, record) for number, zone in enumerate(zones) for record in zone]

        def as_zones(kept):
            # A zone without any rule is an error; this one matches nothing.
            nothing = [Record("nothing.invalid", 60, "CNAME .")]
            return [
                [record for at, record in kept if at == number] or nothing
                for number in range(len(zones))
            ]

        alone = self.differs(zones, query)
        if alone is not None:
            theirs, ours = alone
            end = time.monotonic() + REDUCE_SECONDS
            step = max(1, len(records) // 2)
            while time.monotonic() < end:
                for at in range(0, len(records), step):
                    fewer = records[:at] + records[at + step :]
                    found = self.differs(as_zones(fewer), query)
                    if found is not None:
                        records, (theirs, ours) = fewer, found
                        break
                else:
                    if step == 1:
                        break
                    step //= 2
        lines = [f"  zone {number}: {record}" for number, record in records]
        self.fail(
            f"seed {seed}, {query}"
            + ("" if alone else " (not when it is asked alone)")
            + f"\n  names: {' -> '.join(self.world.chain(query.qname))}\n"
            + "\n".join(lines)
            + f"\n  Unbound: {theirs}\n  Tollgate: {ours}"
        )


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
