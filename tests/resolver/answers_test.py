# SPDX-License-Identifier: BSD-3-Clause
"""Answers are judged by where they lead: addresses, name servers, and several things together. From
the network, from an auth-zone, from the cache, expired: no unfiltered one slips out."""

from resolver import *

BAD = "203.0.113.66"  # in the prefix that rules are about
NAMES = [
    "good A 192.0.2.1",
    "bad A " + BAD,
    "bad AAAA 2001:db8:bad::1",
    "bad TXT text",
    "mixed A 192.0.2.2",
    "mixed A " + BAD,
    "alias CNAME bad",
    "passed A " + BAD,
    f"https HTTPS 1 . alpn=h2 ipv4hint=192.0.2.3,{BAD}",
    "https6 HTTPS 1 . ipv6hint=2001:db8:bad::2",
    "service SVCB 1 good.example. ipv4hint=" + BAD,
    "alpn HTTPS 1 . alpn=h2",
    "com-parcel A " + BAD,
    "com-parcel2 A 192.0.2.4",
    "com-pass A " + BAD,
]
WWW = ["www A 192.0.2.5"]

ZONES = {"example": NAMES}

ALLOW = policy("allow", action="pass", hosts=["passed.example"])
HOSTING = policy("hosting", addresses=["203.0.113.64/26", "2001:db8:bad::/48"])
SERVERS = policy("servers", name_servers=["bulletproof.shady.example"])


class Addresses(ResolverTestCase):
    zones = ZONES
    policies = [ALLOW, HOSTING]

    def test_an_answer_with_a_listed_address_is_blocked(self):
        for _ in range(3):
            self.assertBlocked(self.ask("bad.example"))
        self.assertBlocked(self.ask("bad.example", "AAAA"))

    def test_one_listed_address_among_several_is_enough(self):
        self.assertBlocked(self.ask("mixed.example"))

    def test_other_types_of_the_same_name_are_answered(self):
        self.assertAnswers(self.ask("bad.example", "TXT"), '"text"')

    def test_other_addresses_are_answered_and_cached(self):
        for _ in range(2):
            self.assertAnswers(self.ask("good.example"), "192.0.2.1")
        self.assertIn(("good.example", "A"), self.resolver.cached_questions())

    def test_an_address_behind_a_cname_counts(self):
        self.assertBlocked(self.ask("alias.example"))

    def test_a_pass_for_the_name_wins(self):
        self.assertAnswers(self.ask("passed.example"), BAD)

    def test_hints_of_https_and_svcb_are_addresses(self):
        self.assertBlocked(self.ask("https.example", "HTTPS"))
        self.assertBlocked(self.ask("https6.example", "HTTPS"))
        self.assertBlocked(self.ask("service.example", "SVCB"))
        self.assertEqual(self.ask("alpn.example", "HTTPS").rcode(), NOERROR)

    def test_what_is_blocked_is_in_the_cache_for_the_module_alone(self):
        self.assertBlocked(self.ask("bad.example"))
        self.assertNotIn(("bad.example", "A"), self.resolver.cached_questions())
        self.assertIn(("bad.example", "A"), self.resolver.hidden_questions())

    def test_negative_answers_are_cached_as_always(self):
        for _ in range(2):
            self.assertEqual(self.ask("nothing.example").rcode(), NXDOMAIN)
        self.assertIn(("nothing.example", "A"), self.resolver.cached_questions())


class Tree(ResolverTestCase):
    """A root, a top level and two zones, each on an address of its own: Unbound follows referrals,
    and learns from them who serves what."""

    options = []

    @classmethod
    def setUpClass(cls):
        cls.addresses = loopback_addresses(4)
        if not cls.addresses:
            raise unittest.SkipTest("port 53 on loopback is taken, or not for this user")
        cls.server_addresses = policy("server-addresses", name_server_addresses=[cls.addresses[3]])
        super().setUpClass()

    @classmethod
    def start_authority(cls, zones):
        root, top, shady, nearby = cls.addresses
        for address, served in (
            (shady, {"shady.example": ["@ NS dns.bulletproof", f"dns.bulletproof A {shady}", *WWW]}),
            (nearby, {"nearby.example": ["@ NS ns", f"ns A {nearby}", *WWW]}),
            (
                top,
                {
                    "example": [
                        "@ NS ns",
                        f"ns A {top}",
                        *NAMES,
                        "shady NS dns.bulletproof.shady",
                        f"dns.bulletproof.shady A {shady}",
                        "nearby NS ns.nearby",
                        f"ns.nearby A {nearby}",
                        "detour CNAME www.shady",
                    ]
                },
            ),
        ):
            authority = Authority(cls.folder, served, address, 53)
            cls.addClassCleanup(authority.stop)
        tops = ["example NS ns.example.", f"ns.example. A {top}"]
        authority = Authority(
            cls.folder, {"": ["@ NS a.root.", f"a.root. A {root}", *tops]}, root, 53
        )
        cls.addClassCleanup(authority.stop)
        return authority

    @classmethod
    def start_resolver(cls, **keys):
        options = [root_hints_option(cls.folder, cls.addresses[0]), *cls.options]
        return super().start_resolver(upstream=None, options=options, **keys)


class NameServers(Tree):
    policies = [SERVERS]

    def test_what_a_listed_name_server_serves_is_blocked(self):
        for _ in range(3):
            self.assertBlocked(self.ask("www.shady.example"))
        self.assertNotIn(("www.shady.example", "A"), self.resolver.cached_questions())

    def test_names_that_do_not_exist_there_too(self):
        self.assertBlocked(self.ask("nothing.shady.example"))

    def test_a_cname_into_its_zones_too(self):
        self.assertBlocked(self.ask("detour.example"))

    def test_other_zones_are_answered_and_cached(self):
        self.assertAnswers(self.ask("good.example"), "192.0.2.1")
        self.assertAnswers(self.ask("www.nearby.example"), "192.0.2.5")
        self.assertIn(("www.nearby.example", "A"), self.resolver.cached_questions())


class NameServerAddresses(Tree):
    @classmethod
    def prepare(cls):
        cls.policies = [cls.server_addresses]

    def test_what_is_served_from_a_listed_address_is_blocked(self):
        for _ in range(3):
            self.assertBlocked(self.ask("www.nearby.example"))

    def test_other_zones_are_answered(self):
        self.assertAnswers(self.ask("www.shady.example"), "192.0.2.5")


class EvidenceTogether(ResolverTestCase):
    zones = ZONES
    policies = [
        policy("allow", action="pass", hosts=["com-pass.example"]),
        policy(
            "together",
            rules=[
                {
                    "id": "parcel",
                    "meaning": "names like that, hosted there",
                    "when": {
                        "all": [
                            {"pattern": {"match": "com-[a-z0-9]+.example", "on": "name"}},
                            {"addresses": ["203.0.113.64/26"]},
                        ]
                    },
                }
            ],
        ),
    ]

    def test_the_name_and_the_address_together_are_blocked(self):
        for _ in range(2):
            self.assertBlocked(self.ask("com-parcel.example"))

    def test_the_name_alone_is_not(self):
        self.assertAnswers(self.ask("com-parcel2.example"), "192.0.2.4")

    def test_nor_is_the_address_alone(self):
        self.assertAnswers(self.ask("bad.example"), BAD)

    def test_a_pass_for_the_name_wins(self):
        self.assertAnswers(self.ask("com-pass.example"), BAD)


class ShadowMode(ResolverTestCase):
    zones = ZONES
    policies = [{**HOSTING, "mode": "shadow"}]

    def test_it_is_counted_and_changes_nothing(self):
        for _ in range(2):
            self.assertAnswers(self.ask("bad.example"), BAD)
        stats = self.resolver.tell("stats")
        self.assertGreaterEqual(sum(thread["shadow_matches"] for thread in stats["threads"]), 1)


class ANewDatabase(Tree):
    """The cache was filled before the rule existed."""

    policies = [policy("other", hosts=["other.example"])]
    resolver_keys = {"threads": 2}

    def swap(self, policies, mark_blocked):
        self.put(policies)
        self.wait_for(
            lambda: (self.ask("mark.example").rcode() == NXDOMAIN
                     and soa_of(self.ask("mark.example")).mname.to_text() == "localhost.")
            == mark_blocked,
            "not in force",
        )

    def test_cached_answers_are_judged_by_addresses_and_name_servers(self):
        questions = {"bad.example", "alias.example", "www.shady.example", "www.nearby.example"}
        for name in questions:
            self.assertEqual(self.ask(name).rcode(), NOERROR)
        self.assertLessEqual({(name, "A") for name in questions}, self.resolver.cached_questions())
        mark = policy("mark", hosts=["mark.example"])
        self.swap([HOSTING, SERVERS, self.server_addresses, mark], True)
        self.assertFalse({(name, "A") for name in questions} & self.resolver.cached_questions())
        for name in questions:
            for _ in range(4):
                self.assertBlocked(self.ask(name))
        self.swap(self.policies, False)
        for name in questions:
            for _ in range(2):
                self.assertEqual(self.ask(name).rcode(), NOERROR)
        self.assertLessEqual({(name, "A") for name in questions}, self.resolver.cached_questions())


class ExpiredAnswers(ResolverTestCase):
    zones = {"example": ["bad 1 A " + BAD, "mark A 192.0.2.1"]}
    policies = [policy("other", hosts=["other.example"])]
    resolver_keys = {"options": ["serve-expired: yes", "serve-expired-ttl: 3600"]}

    def test_an_expired_answer_is_not_served_against_a_new_rule(self):
        self.assertAnswers(self.ask("bad.example"), BAD)
        time.sleep(2.5)
        self.put([HOSTING, policy("mark", hosts=["mark.example"])])
        self.wait_for(lambda: self.ask("mark.example").rcode() == NXDOMAIN, "not in force")
        for _ in range(5):
            self.assertBlocked(self.ask("bad.example"))


class Prefetch(ResolverTestCase):
    """An answer that was harmless is fetched anew, and is not any more."""

    zones = {"example": ["bad 10 A 192.0.2.1"]}
    policies = [HOSTING]
    resolver_keys = {"options": ["prefetch: yes"]}

    def test_a_prefetched_answer_is_judged(self):
        self.assertAnswers(self.ask("bad.example"), "192.0.2.1")
        port = self.authority.port
        self.authority.stop()
        type(self).authority = self.start_authority({"example": ["bad 10 A " + BAD]}, port=port)
        end = time.monotonic() + 20
        while self.ask("bad.example").rcode() == NOERROR and time.monotonic() < end:
            time.sleep(0.25)
        for _ in range(5):
            self.assertBlocked(self.ask("bad.example"))
        self.assertNotIn(("bad.example", "A"), self.resolver.cached_questions())


class AuthZones(ResolverTestCase):
    policies = [HOSTING]

    @classmethod
    def start_resolver(cls, **keys):
        clauses = auth_zone_clause(cls.folder, "example", NAMES)
        return super().start_resolver(clauses=clauses, **keys)

    def test_answers_from_an_auth_zone_are_judged(self):
        for _ in range(3):
            self.assertBlocked(self.ask("bad.example"))
        self.assertAnswers(self.ask("good.example"), "192.0.2.1")


class Clients(ResolverTestCase):
    """Policies for groups of clients; the loopback network has many addresses to ask from."""

    zones = ZONES
    policies = [
        only_for(["kids"], policy("for-kids", hosts=["good.example"])),
        only_for(["staff"], policy("for-staff", action="pass", addresses=["203.0.113.64/26"])),
        HOSTING,
    ]
    groups = {"kids": ["127.1.0.0/16"], "staff": ["127.2.0.0/16"]}
    resolver_keys = {"threads": 2}
    KID, STAFF, GUEST = "127.1.0.1", "127.2.0.1", "127.3.0.1"

    @classmethod
    def start_resolver(cls, **keys):
        options = ["access-control: 127.0.0.0/8 allow"]
        return super().start_resolver(options=options, **keys)

    def ask_from(self, client, name):
        query = dns.message.make_query(name, "A")
        return dns.query.udp(
            query, "127.0.0.1", port=self.resolver.port, timeout=ANSWER_SECONDS, source=client
        )

    def test_a_policy_counts_for_its_clients_only_cached_or_not(self):
        for _ in range(3):
            self.assertBlocked(self.ask_from(self.KID, "good.example"))
            self.assertAnswers(self.ask_from(self.GUEST, "good.example"), "192.0.2.1")

    def test_a_pass_for_some_clients_lets_them_alone_through(self):
        for _ in range(3):
            self.assertAnswers(self.ask_from(self.STAFF, "bad.example"), BAD)
            self.assertBlocked(self.ask_from(self.GUEST, "bad.example"))
            self.assertBlocked(self.ask_from(self.KID, "bad.example"))

    def test_clients_of_two_groups_in_the_same_moment_each_get_their_own(self):
        sockets = {}
        for client in (self.KID, self.GUEST):
            sockets[client] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sockets[client].bind((client, 0))
            sockets[client].connect(("127.0.0.1", self.resolver.port))
            sockets[client].settimeout(ANSWER_SECONDS)
            self.addCleanup(sockets[client].close)
        for round in range(100):
            self.resolver.control("flush", "good.example")
            octets = dns.message.make_query("good.example", "A").to_wire()
            order = [self.KID, self.GUEST] if round % 2 else [self.GUEST, self.KID]
            for client in order:
                sockets[client].send(octets)
            self.assertBlocked(dns.message.from_wire(sockets[self.KID].recv(4096)))
            self.assertAnswers(dns.message.from_wire(sockets[self.GUEST].recv(4096)), "192.0.2.1")

    def test_what_depends_on_the_client_is_not_there_for_everybody(self):
        self.ask_from(self.GUEST, "good.example")
        self.assertNotIn(("good.example", "A"), self.resolver.cached_questions())
        self.ask_from(self.STAFF, "bad.example")
        self.assertNotIn(("bad.example", "A"), self.resolver.cached_questions())

    def test_what_concerns_nobody_is_cached_for_all(self):
        for client in (self.KID, self.STAFF, self.GUEST):
            self.assertAnswers(self.ask_from(client, "com-parcel2.example"), "192.0.2.4")
        self.assertIn(("com-parcel2.example", "A"), self.resolver.cached_questions())


if __name__ == "__main__":
    main()
