# SPDX-License-Identifier: BSD-3-Clause
"""What Unbound asks for itself is not blocked, and what it learns opens no hole for clients.

Unbound answers from its message cache before any module runs: no message may lie there under a
blocked name. Where no validator is configured it would be handed out as it is."""

import threading

import dns.rrset

from resolver import *

BLOCKED = [policy("bad", domains=["bad.net"], hosts=["host.example"])]


class LooksUpNames:
    """Tests of one world, in which Unbound has to look up names below bad.net for itself."""

    def assertNotCached(self, *names):
        cached = self.resolver.cached_questions()
        self.assertFalse({question for question in cached if question[0] in names}, cached)

    def test_a_zone_whose_name_server_is_blocked_is_resolved(self):
        self.assertAnswers(self.ask("www.innocent.example"), "203.0.113.1")

    def test_the_name_server_is_blocked_for_clients_afterwards(self):
        self.assertAnswers(self.ask("www2.innocent.example"), "203.0.113.2")
        self.assertNotCached("ns1.bad.net", "bad.net")
        for name in ("ns1.bad.net", "bad.net", "www.bad.net"):
            for rdtype in ("A", "AAAA", "NS"):
                for cd in (False, True):
                    self.assertBlocked(self.ask(name, rdtype, cd=cd))

    def test_the_name_server_is_blocked_for_clients_before(self):
        self.assertBlocked(self.ask("ns2.bad.net"))
        self.assertAnswers(self.ask("www.other.example"), "203.0.113.4")
        self.assertBlocked(self.ask("ns2.bad.net"))

    def test_the_zone_goes_on_working(self):
        for host in range(3):
            self.assertEqual(self.ask(f"nothing{host}.innocent.example").rcode(), NXDOMAIN)
            self.assertBlocked(self.ask("ns1.bad.net"))
        self.assertAnswers(self.ask("www.innocent.example"), "203.0.113.1")

    def test_the_target_of_a_cname_is_not_left_for_clients(self):
        self.assertBlocked(self.ask("alias.innocent.example"))
        self.assertNotCached("www.bad.net")
        self.assertBlocked(self.ask("www.bad.net"))

    def test_a_blocked_host_on_the_way_to_a_name_below_it_is_not_left_for_clients(self):
        # QNAME minimisation asks for host.example before it asks for below.host.example.
        self.assertAnswers(self.ask("below.host.example"), "203.0.113.5")
        self.assertNotCached("host.example")
        self.assertBlocked(self.ask("host.example"))

    def test_other_names_are_cached_as_always(self):
        self.ask("www.innocent.example")
        self.assertIn(("www.innocent.example", "A"), self.resolver.cached_questions())
        self.ask("below.host.example")
        self.assertIn(("below.host.example", "A"), self.resolver.cached_questions())


INNOCENT = [
    "@ NS ns1.bad.net.",
    "www A 203.0.113.1",
    "www2 A 203.0.113.2",
    "alias CNAME www.bad.net.",
]


class StubWithABlockedServer(LooksUpNames, ResolverTestCase):
    """One server for all; the stub-zone names its server, and Unbound looks the name up."""

    policies = BLOCKED
    zones = {
        "example": ["below.host A 203.0.113.5", "host A 203.0.113.6"],
        "innocent.example": INNOCENT,
        "other.example": ["@ NS ns2.bad.net.", "www A 203.0.113.4"],
        "bad.net": ["ns1 A 127.0.0.1", "ns2 A 127.0.0.1", "www A 203.0.113.3"],
        # NSD says SERVFAIL where it cannot read a zone.
        "dead.bad.net": "/nonexistent/zone",
    }
    modules = "dynlib iterator"

    @classmethod
    def start_resolver(cls, **keys):
        port = cls.authority.port
        stubs = "".join(
            f"stub-zone:\n  name: {zone}.example\n  stub-host: {server}@{port}\n"
            for zone, server in (
                ("innocent", "ns1.bad.net"),
                ("other", "ns2.bad.net"),
                ("third", "ns.dead.bad.net"),
            )
        )
        return super().start_resolver(modules=cls.modules, clauses=stubs, **keys)

    def test_a_failure_to_find_the_name_server_is_not_left_for_clients(self):
        self.assertEqual(self.ask("www.third.example").rcode(), SERVFAIL)
        self.assertNotCached("ns.dead.bad.net")
        self.assertBlocked(self.ask("ns.dead.bad.net"))


class StubWithABlockedServerAndAValidator(StubWithABlockedServer):
    modules = "dynlib validator iterator"


class Tree(LooksUpNames, ResolverTestCase):
    """A root, a top level and zones, each on an address of its own: Unbound follows referrals."""

    policies = BLOCKED
    options = []
    modules = "dynlib iterator"

    @classmethod
    def setUpClass(cls):
        cls.addresses = loopback_addresses(3)
        if not cls.addresses:
            raise unittest.SkipTest("port 53 on loopback is taken, or not for this user")
        super().setUpClass()

    @classmethod
    def start_authority(cls, zones):
        root, top, leaf = cls.addresses
        for address, served in (
            (
                leaf,
                {
                    "innocent.example": INNOCENT,
                    "other.example": ["@ NS ns2.bad.net.", "www A 203.0.113.4"],
                    "bad.net": [
                        "@ NS ns1",
                        f"ns1 A {leaf}",
                        f"ns2 A {leaf}",
                        "www A 203.0.113.3",
                    ],
                },
            ),
            (
                top,
                {
                    "example": [
                        "@ NS ns.example.",
                        f"ns A {top}",
                        "below.host A 203.0.113.5",
                        "host A 203.0.113.6",
                        "innocent NS ns1.bad.net.",
                        "other NS ns2.bad.net.",
                    ],
                    "net": ["@ NS ns.net.", f"ns A {top}", "bad NS ns1.bad", f"ns1.bad A {leaf}"],
                },
            ),
        ):
            authority = Authority(cls.folder, served, address, 53)
            cls.addClassCleanup(authority.stop)
        tops = [f"{zone} NS ns.{zone}.\nns.{zone} A {top}" for zone in ("example", "net")]
        authority = Authority(
            cls.folder, {"": ["@ NS a.root.", f"a.root. A {root}", *tops]}, root, 53
        )
        cls.addClassCleanup(authority.stop)
        return authority

    @classmethod
    def start_resolver(cls, **keys):
        options = [root_hints_option(cls.folder, cls.addresses[0]), *cls.options]
        return super().start_resolver(upstream=None, options=options, modules=cls.modules)


class TreeWithAValidator(Tree):
    modules = "dynlib validator iterator"


class TreeWithoutMinimisation(Tree):
    options = ["qname-minimisation: no"]


class TreeWithAHardenedPath(Tree):
    modules = "dynlib validator iterator"
    options = ["harden-referral-path: yes", "target-fetch-policy: '3 2 1 1 1'"]


class HoldingAuthority:
    """Knows no name below example. It answers the first question for host.example, and keeps all
    later ones waiting until `release` is set."""

    SOA = "example. 60 IN SOA ns.invalid. nobody.invalid. 1 3600 1200 604800 60"

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address, self.port = self.socket.getsockname()
        self.asked = 0
        self.asked_again = threading.Event()
        self.release = threading.Event()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                octets, client = self.socket.recvfrom(4096)
            except OSError:
                return
            query = dns.message.from_wire(octets)
            name = query.question[0].name.to_text().lower()
            self.asked += name == "host.example."
            held = name == "host.example." and self.asked > 1
            if held:
                self.asked_again.set()
            threading.Thread(
                target=self.answer, args=(query, name, client, held), daemon=True
            ).start()

    def answer(self, query, name, client, held):
        response = dns.message.make_response(query)
        response.flags |= dns.flags.AA
        response.authority = [dns.rrset.from_text(*self.SOA.split(None, 4))]
        if name != "example.":
            response.set_rcode(NXDOMAIN)
        if held:
            self.release.wait()
        try:
            self.socket.sendto(response.to_wire(), client)
        except OSError:
            pass  # stopped

    def stop(self):
        self.release.set()
        self.socket.close()


class AClientThatJoins(ResolverTestCase):
    """A client asks for a blocked name that Unbound is just looking up for itself.

    With harden-below-nxdomain, an NXDOMAIN for a piece of the name (QNAME minimisation) makes
    Unbound ask for that piece once more, to validate it. The client's query shares that query
    state, and does not enter the module as a new one."""

    policies = [policy("bad", hosts=["host.example"])]
    resolver_keys = {"options": ["harden-below-nxdomain: yes", "qname-minimisation: yes"]}

    @classmethod
    def start_authority(cls, zones):
        authority = HoldingAuthority()
        cls.addClassCleanup(authority.stop)
        return authority

    @classmethod
    def start_resolver(cls, **keys):
        stub = f"stub-zone:\n  name: example\n  stub-addr: 127.0.0.1@{cls.authority.port}\n"
        return super().start_resolver(upstream=None, clauses=stub, **keys)

    def test_it_gets_the_policys_answer(self):
        self.assertEqual(self.ask("below.host.example").rcode(), NXDOMAIN)
        self.assertTrue(self.authority.asked_again.wait(CHANGE_SECONDS), "Unbound did not ask a second time")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            query = dns.message.make_query("host.example", "A")
            client.sendto(query.to_wire(), ("127.0.0.1", self.resolver.port))
            client.settimeout(0.3)
            with self.assertRaises(TimeoutError, msg="the client did not join anything"):
                client.recv(4096)
            self.authority.release.set()
            client.settimeout(ANSWER_SECONDS)
            self.assertBlocked(dns.message.from_wire(client.recv(4096)))
        self.assertBlocked(self.ask("host.example"))
        self.assertNotIn("host.example", {name for name, _ in self.resolver.cached_questions()})


class Prefetch(ResolverTestCase):
    """Unbound fetches an answer anew, without a client, when it is asked for in its last tenth."""

    zones = {"example": ["$TTL 10", "good A 203.0.113.1", "bad A 203.0.113.2"]}
    policies = [policy("bad", domains=["bad.example"])]
    resolver_keys = {"options": ["prefetch: yes"]}

    def test_it_renews_good_names_and_not_blocked_ones(self):
        # Today's limit: load_cache is the operator's own way to put anything into the cache.
        self.assertAnswers(self.ask("good.example"), "203.0.113.1")
        dump = self.resolver.control("dump_cache").stdout
        bad = dump.replace("good.example", "bad.example").replace("203.0.113.1", "203.0.113.2")
        self.resolver.control("load_cache", input=bad)
        began = time.monotonic()
        self.assertAnswers(self.ask("bad.example"), "203.0.113.2")

        time.sleep(9.2 - (time.monotonic() - began))
        self.ask("good.example"), self.ask("bad.example")  # both are fetched anew
        time.sleep(2.5)
        self.assertIn(("good.example", "A"), self.resolver.cached_questions())
        self.assertNotIn(("bad.example", "A"), self.resolver.cached_questions())
        self.assertBlocked(self.ask("bad.example"))


if __name__ == "__main__":
    main()
