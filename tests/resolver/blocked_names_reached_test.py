# SPDX-License-Identifier: BSD-3-Clause
"""Blocked names that are reached by way of others: nothing of them is left where a client that
asks for them would find it. And clients that ask in the moment in which Unbound does."""

import contextlib
import threading

import dns.rrset

from resolver import *

REAL = "203.0.113.66"


class ByWayOfOthers:
    """Today's limit: only the name that a client asks for gets a verdict."""

    zones = {
        "example": [
            "alias CNAME bad",
            "first CNAME second",
            "second CNAME third.bad",
            "deep.bad CNAME good",
            "tree DNAME bad",
            "mail MX 10 mx.bad",
            "_sip._tcp SRV 0 0 5060 sip.bad",
            "served NS ns.bad",
            "good A 203.0.113.1",
            "loop CNAME pool.bad",
            "pool.bad CNAME loop",
            *(f"{name} A {REAL}" for name in ("bad", "third.bad", "mx.bad", "sip.bad", "ns.bad")),
            *(f"{name} A {REAL}" for name in ("www.bad", "a.b.bad")),
        ]
    }
    policies = [policy("bad", domains=["bad.example"])]
    options = ()

    @classmethod
    def start_resolver(cls, **keys):
        return super().start_resolver(options=cls.options, **keys)

    def assertKeptFromClients(self, *names):
        blocked = re.compile(r"(^|\.)bad\.example$")
        for _ in range(2):
            cached = {name for name, _ in self.resolver.cached_questions()}
            self.assertFalse({name for name in cached if blocked.search(name)}, cached)
            for name in names:
                for cd in (False, True):
                    for rdtype in ("A", "AAAA", "CNAME", "ANY"):
                        self.assertBlocked(self.ask(name, rdtype, cd=cd))

    def test_the_target_of_a_cname(self):
        for _ in range(2):
            self.assertBlocked(self.ask("alias.example"))
            self.assertKeptFromClients("bad.example")

    def test_the_end_of_a_chain_of_cnames(self):
        self.ask("first.example")
        self.assertKeptFromClients("third.bad.example")

    def test_a_blocked_name_in_the_middle_of_a_chain(self):
        self.assertBlocked(self.ask("deep.bad.example"))
        self.assertKeptFromClients("deep.bad.example")

    def test_a_chain_without_end_through_a_blocked_name(self):
        self.ask("loop.example")
        self.assertKeptFromClients("pool.bad.example")

    def test_names_below_a_dname_to_a_blocked_one(self):
        for name in ("www", "a.b", "nothing"):
            self.ask(f"{name}.tree.example")
            self.assertKeptFromClients(f"{name}.bad.example")

    def test_hosts_of_mail_and_services(self):
        self.assertAnswers(self.ask("mail.example", "MX"), "10 mx.bad.example.")
        self.assertAnswers(self.ask("_sip._tcp.example", "SRV"), "0 0 5060 sip.bad.example.")
        self.assertKeptFromClients("mx.bad.example", "sip.bad.example")

    def test_a_delegation_with_the_address_of_its_server(self):
        self.ask("www.served.example")
        self.assertKeptFromClients("ns.bad.example")


class WithMinimalResponses(ByWayOfOthers, ResolverTestCase):
    options = ["minimal-responses: yes"]

    def test_no_address_of_a_blocked_host_comes_along(self):
        self.assertEqual(self.ask("mail.example", "MX").additional, [])


class WithFullResponses(ByWayOfOthers, ResolverTestCase):
    options = ["minimal-responses: no", "qname-minimisation: no", "harden-referral-path: yes"]


class WaitingAuthority:
    """The server of example: ns.bad.example has an address, for which one waits until `release` is
    set."""

    def __init__(self):
        self.asked = threading.Event()  # for the address
        self.release = threading.Event()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address, self.port = self.socket.getsockname()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                octets, client = self.socket.recvfrom(4096)
            except OSError:
                return
            threading.Thread(target=self.answer, args=(octets, client), daemon=True).start()

    def answer(self, octets, client):
        query = dns.message.from_wire(octets)
        name, rdtype = query.question[0].name.to_text().lower(), query.question[0].rdtype
        response = dns.message.make_response(query)
        response.flags |= dns.flags.AA
        if (name, rdtype) == ("ns.bad.example.", dns.rdatatype.A):
            response.answer = [dns.rrset.from_text(name, 60, "IN", "A", "127.0.0.1")]
            self.asked.set()
            self.release.wait()
        else:
            soa = "ns.invalid. nobody.invalid. 1 3600 1200 604800 60"
            response.authority = [dns.rrset.from_text("example.", 60, "IN", "SOA", soa)]
        with contextlib.suppress(OSError):  # stopped
            self.socket.sendto(response.to_wire(), client)

    def stop(self):
        self.release.set()
        self.socket.close()


class AClientThatJoinsWhatUnboundNeeds(ResolverTestCase):
    """Unbound fetches a zone from a server with a blocked name, and asks for its address in the
    same words as a client would. A client that asks in this moment shares the query state, whose
    real result Unbound needs."""

    policies = [policy("bad", domains=["bad.example"])]

    @classmethod
    def start_authority(cls, zones):
        authority = WaitingAuthority()
        cls.addClassCleanup(authority.stop)
        return authority

    @classmethod
    def start_resolver(cls, **keys):
        clauses = (
            f"stub-zone:\n  name: example\n  stub-addr: 127.0.0.1@{cls.authority.port}\n"
            "auth-zone:\n  name: fetched.invalid\n  primary: ns.bad.example\n"
        )
        options = ["qname-minimisation: no"]
        return super().start_resolver(upstream=None, clauses=clauses, options=options, **keys)

    def assertSilent(self, client, message):
        client.settimeout(0.3)
        with self.assertRaises(TimeoutError, msg=message):
            client.recv(4096)
        client.settimeout(ANSWER_SECONDS)

    def test_it_gets_no_answer_at_first_and_the_policys_when_it_asks_again(self):
        self.assertTrue(self.authority.asked.wait(CHANGE_SECONDS), "Unbound did not ask for itself")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.connect(("127.0.0.1", self.resolver.port))
            question = dns.message.make_query("ns.bad.example", "A").to_wire()
            client.send(question)
            self.assertSilent(client, "the client did not join anything")

            self.authority.release.set()
            self.assertSilent(client, "the client that joined was answered")
            client.send(question)
            self.assertBlocked(dns.message.from_wire(client.recv(4096)))
        self.assertNotIn("ns.bad.example", {name for name, _ in self.resolver.cached_questions()})


if __name__ == "__main__":
    main()
