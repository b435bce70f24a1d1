# SPDX-License-Identifier: BSD-3-Clause
"""Unbound's own features and the module in one configuration: what is blocked is blocked, what is
good is good, in the answers and in the cache."""

import dns.edns

from resolver import *

REAL = "203.0.113.66"  # the real address of everything that is blocked


class Filtered:
    """Holds in every configuration; `options`, `modules` and `clauses` make it."""

    zones = {
        "example": [
            "good A 203.0.113.1",
            "*.good A 203.0.113.1",
            "alias CNAME www.bad",
            *(f"{name} A {REAL}" for name in ("bad", "*.bad", "sink", "drop")),
            "bad TXT real",
        ]
    }
    policies = [
        policy("bad", domains=["bad.example"]),
        policy("walled", domains=["sink.example"], action="sinkhole", sinkhole=["192.0.2.1"]),
        policy("dropped", domains=["drop.example"], action="drop"),
    ]
    modules = "dynlib validator iterator"
    options = ()
    clauses = ""

    @classmethod
    def start_resolver(cls, **keys):
        keys = {"modules": cls.modules, "options": cls.options, "clauses": cls.clauses, **keys}
        return super().start_resolver(**keys)

    def assertNothingBlockedIsCached(self):
        blocked = re.compile(r"(^|\.)(bad|sink|drop)\.example$")
        cached = {name for name, _ in self.resolver.cached_questions()}
        self.assertFalse({name for name in cached if blocked.search(name)}, cached)

    def test_what_is_blocked_is_blocked(self):
        for tcp in (False, True):
            for cd in (False, True):
                for rdtype in ("A", "AAAA", "TXT", "MX"):
                    self.assertBlocked(self.ask("bad.example", rdtype, tcp=tcp, cd=cd))
                    self.assertBlocked(self.ask("www.bad.example", rdtype, tcp=tcp, cd=cd))
            self.assertAnswers(self.ask("sink.example", tcp=tcp), "192.0.2.1")
        self.assertNothingBlockedIsCached()

    def test_what_is_good_is_good(self):
        for _ in range(2):  # from the network, and from the cache
            self.assertAnswers(self.ask("good.example"), "203.0.113.1")
            self.assertAnswers(self.ask("www.good.example", tcp=True), "203.0.113.1")
            self.assertEqual(self.ask("good.example", "TXT").rcode(), NOERROR)
            self.assertEqual(self.ask("nothing.example").rcode(), NXDOMAIN)

    def test_what_is_dropped_is_dropped_and_holds_nothing_up(self):
        with self.assertRaises(dns.exception.Timeout):
            self.ask("drop.example", timeout=0.3)
        self.assertAnswers(self.ask("good.example"), "203.0.113.1")

    def test_an_alias_leaves_nothing_of_its_blocked_target_for_clients(self):
        self.assertBlocked(self.ask("alias.example"))
        self.assertNothingBlockedIsCached()
        self.assertBlocked(self.ask("www.bad.example"))

    def test_it_reloads(self):
        for command in ("reload", "reload_keep_cache"):
            self.resolver.reload(command)
            self.assertBlocked(self.ask("bad.example"))
            self.assertAnswers(self.ask("good.example"), "203.0.113.1")


class Hardened(Filtered, ResolverTestCase):
    options = [
        "qname-minimisation: yes",
        "qname-minimisation-strict: yes",
        "aggressive-nsec: yes",
        "harden-glue: yes",
        "harden-dnssec-stripped: yes",
        "harden-below-nxdomain: yes",
        "harden-referral-path: yes",
        "harden-algo-downgrade: yes",
        "harden-short-bufsize: yes",
        "harden-large-queries: yes",
        "minimal-responses: yes",
        "rrset-roundrobin: yes",
        "hide-identity: yes",
        "ede: yes",
    ]


class Lenient(Filtered, ResolverTestCase):
    options = [
        "qname-minimisation: no",
        "aggressive-nsec: no",
        "harden-glue: no",
        "harden-dnssec-stripped: no",
        "harden-below-nxdomain: no",
        "minimal-responses: no",
        "rrset-roundrobin: no",
        "val-permissive-mode: yes",
    ]


class CapsForId(Filtered, ResolverTestCase):
    """Unbound spells its own questions at random, whatever the client's spelling."""

    options = ["use-caps-for-id: yes"]

    def test_an_answer_has_the_clients_spelling(self):
        for name in ("wWw.bAd.eXample.", "wWw.gOod.exAmple."):
            self.assertEqual(self.ask(name).question[0].name.to_text(), name)


class Talkative(Filtered, ResolverTestCase):
    """Unbound writes every blocked answer to its log, and counts it."""

    options = ["verbosity: 5", "log-queries: yes", "log-replies: yes", "extended-statistics: yes"]

    def test_blocked_answers_are_in_unbounds_own_log_and_statistics(self):
        self.ask("counted.bad.example")
        line = " 127.0.0.1 counted.bad.example. A IN NXDOMAIN "
        self.wait_for(lambda: line in self.resolver.log(), "not in the log")  # which comes after the answer
        statistics = self.resolver.control("stats_noreset").stdout
        self.assertRegex(statistics, r"num\.answer\.rcode\.NXDOMAIN=[1-9]")


class Prefetch(Filtered, ResolverTestCase):
    options = ["prefetch: yes", "prefetch-key: yes"]


class TcpUpstream(Filtered, ResolverTestCase):
    options = ["tcp-upstream: yes"]


class SubnetCache(Filtered, ResolverTestCase):
    """It stands behind the module: its own cache is asked only for what the module lets pass."""

    modules = "dynlib subnetcache validator iterator"
    options = ["send-client-subnet: 127.0.0.1", "client-subnet-always-forward: yes"]

    def ask(self, name, rdtype="A", **keys):
        subnet = dns.edns.ECSOption("192.0.2.0", 24)
        return super().ask(name, rdtype, **{"options": [subnet], **keys})

    def test_nothing_of_a_blocked_target_is_found_by_a_client_of_the_same_subnet(self):
        self.ask("alias.example")
        for _ in range(2):
            self.assertBlocked(self.ask("www.bad.example"))
            self.assertBlocked(super().ask("www.bad.example"))

    def test_a_name_that_a_new_database_blocks_is_not_kept(self):
        self.assertAnswers(self.ask("later.good.example"), "203.0.113.1")
        compile_database(
            self.folder,
            [*self.policies, policy("later", domains=["later.good.example"])],
            self.database,
        )
        self.resolver.reload("reload_keep_cache")
        self.assertBlocked(self.ask("later.good.example"))


class Dns64(Filtered, ResolverTestCase):
    modules = "dynlib dns64 validator iterator"
    options = ["dns64-prefix: 64:ff9b::/96"]

    def test_addresses_are_made_for_good_names_alone(self):
        self.assertAnswers(self.ask("good.example", "AAAA"), "64:ff9b::cb00:7101")
        self.assertBlocked(self.ask("bad.example", "AAAA"))

    def test_none_are_made_for_a_sinkholed_name_without_them(self):
        response = self.ask("sink.example", "AAAA")
        self.assertEqual((response.rcode(), response.answer), (NOERROR, []))


class TwoInstances(Filtered, ResolverTestCase):
    """The module twice, one behind the other."""

    modules = "dynlib dynlib validator iterator"
    clauses = f'dynlib:\n  dynlib-file: "{MODULE}"\n'

    def test_both_have_the_database(self):
        self.assertGreaterEqual(self.resolver.log().count("tollgate: version"), 2)


class ResponseIp(Filtered, ResolverTestCase):
    modules = "dynlib respip validator iterator"
    options = ["response-ip: 203.0.113.7/32 always_nxdomain"]
    zones = {"example": [*Filtered.zones["example"], "hidden A 203.0.113.7"]}

    def test_unbound_still_hides_its_addresses(self):
        self.assertEqual(self.ask("hidden.example").rcode(), NXDOMAIN)


class ForwardZone(Filtered, ResolverTestCase):
    """The forwarder's answer to an alias has its target in it."""

    @classmethod
    def start_resolver(cls, **keys):
        clause = f"forward-zone:\n  name: .\n  forward-addr: 127.0.0.1@{cls.authority.port}\n"
        return super().start_resolver(upstream=None, clauses=clause + cls.more, **keys)

    more = ""


class ForwardZoneWithoutCache(ForwardZone):
    more = "  forward-no-cache: yes\n"


class ForwardFirst(ForwardZone):
    more = "  forward-first: yes\n"


class StubFirst(Filtered, ResolverTestCase):
    @classmethod
    def start_resolver(cls, **keys):
        address = f"127.0.0.1@{cls.authority.port}"
        clause = f"stub-zone:\n  name: example\n  stub-addr: {address}\n  stub-first: yes\n"
        return super().start_resolver(clauses=clause, **keys)


class Views(Filtered, ResolverTestCase):
    options = ["access-control-view: 127.0.0.0/8 inner"]
    clauses = (
        "view:\n  name: inner\n  view-first: yes\n"
        '  local-zone: own.example static\n  local-data: "www.own.example A 192.0.2.8"\n'
    )

    def test_the_view_has_its_own_data(self):
        self.assertAnswers(self.ask("www.own.example"), "192.0.2.8")


class AuthZoneForUpstream(Filtered, ResolverTestCase):
    """Unbound has the zone itself, and asks itself where it would ask the network."""

    @classmethod
    def start_resolver(cls, **keys):
        path = os.path.join(cls.folder, "auth.zone")
        with open(path, "w") as file:
            file.write(zone_text(cls.zones["example"]))
        clause = (
            f"auth-zone:\n  name: example\n  zonefile: {path}\n"
            f"  for-downstream: {cls.for_downstream}\n  for-upstream: yes\n"
        )
        return super().start_resolver(upstream=None, clauses=clause, **keys)

    for_downstream = "no"


class AuthZoneForDownstream(ResolverTestCase):
    """Today's limit: Unbound answers from it before any module runs."""

    zones = Filtered.zones
    policies = Filtered.policies

    @classmethod
    def start_resolver(cls, **keys):
        path = os.path.join(cls.folder, "auth.zone")
        with open(path, "w") as file:
            file.write(zone_text(["good A 203.0.113.1", f"bad A {REAL}"]))
        clause = f"auth-zone:\n  name: example\n  zonefile: {path}\n  for-downstream: yes\n"
        return super().start_resolver(clauses=clause, **keys)

    def test_it_is_asked_first(self):
        self.assertAnswers(self.ask("bad.example"), REAL)
        self.assertEqual(self.ask("www.bad.example").rcode(), NXDOMAIN)
        self.assertNotIn("bad.example", {name for name, _ in self.resolver.cached_questions()})


class LocalZones(Filtered, ResolverTestCase):
    options = [
        "local-zone: home.example static",
        'local-data: "www.home.example A 192.0.2.9"',
        # Unbound goes to the target, and from there on it is a query like any other.
        "local-zone: led-astray.example redirect",
        'local-data: "led-astray.example CNAME www.bad.example"',
        "local-zone: led-well.example redirect",
        'local-data: "led-well.example CNAME www.good.example"',
        "local-zone: led-away.example redirect",
        'local-data: "led-away.example CNAME sink.example"',
        'local-data: "own.bad.example A 192.0.2.10"',
        "local-zone: refused.bad.example refuse",
    ]

    def test_local_names_are_answered_first(self):
        self.assertAnswers(self.ask("www.home.example"), "192.0.2.9")
        self.assertAnswers(self.ask("own.bad.example"), "192.0.2.10")
        self.assertEqual(self.ask("refused.bad.example").rcode(), REFUSED)

    def test_a_local_alias_of_a_good_name_leads_to_it(self):
        self.assertAnswers(self.ask("led-well.example"), "www.good.example.", "203.0.113.1")

    def test_a_local_alias_of_a_blocked_name_does_not_lead_to_it(self):
        for name in ("led-astray.example", "www.led-astray.example"):
            response = self.ask(name)
            self.assertEqual(response.rcode(), NXDOMAIN, response)
            self.assertEqual(response.answer[0].name.to_text(), name + ".")
            self.assertEqual(response.answer[0][0].target.to_text(), "www.bad.example.")
            self.assertEqual(len(response.answer), 1)
            self.assertEqual(response.authority[0].name.to_text(), "bad.example.")

    def test_a_local_alias_of_a_sinkholed_name_leads_into_the_sinkhole(self):
        response = self.ask("www.led-away.example")
        self.assertAnswers(response, "sink.example.", "192.0.2.1")
        self.assertEqual(response.answer[1].name.to_text(), "sink.example.")


class ResponsePolicyZone(Filtered, ResolverTestCase):
    """Unbound's own RPZ, whose respip must stand first."""

    modules = "respip dynlib validator iterator"
    zones = {"example": [*Filtered.zones["example"], "rpz-only A 203.0.113.2"]}

    @classmethod
    def start_resolver(cls, **keys):
        path = os.path.join(cls.folder, "rpz.zone")
        with open(path, "w") as file:
            file.write(
                "$TTL 60\n@ SOA ns.invalid. nobody.invalid. 1 3600 1200 604800 60\n"
                "@ NS ns.invalid.\n"
                "rpz-only.example CNAME .\n"
                "nodata.bad.example CNAME *.\n"
                "passed.bad.example CNAME rpz-passthru.\n"
                "data.bad.example A 192.0.2.11\n"
                "led-astray.example CNAME www.bad.example.\n"
            )
        clause = f"rpz:\n  name: rpz.invalid\n  zonefile: {path}\n"
        return super().start_resolver(clauses=clause, **keys)

    def test_it_blocks_its_own_names(self):
        self.assertEqual(self.ask("rpz-only.example").rcode(), NXDOMAIN)

    def test_it_is_asked_first(self):
        self.assertAnswers(self.ask("data.bad.example"), "192.0.2.11")
        response = self.ask("nodata.bad.example")
        self.assertEqual((response.rcode(), response.answer), (NOERROR, []))

    def test_what_it_passes_is_filtered(self):
        self.assertBlocked(self.ask("passed.bad.example"))

    def test_what_it_sends_to_a_blocked_name_does_not_get_there(self):
        self.assertNotIn(REAL, self.ask("led-astray.example").to_text())
        self.assertNothingBlockedIsCached()


if __name__ == "__main__":
    main()
