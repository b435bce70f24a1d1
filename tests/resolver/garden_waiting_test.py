# SPDX-License-Identifier: BSD-3-Clause
"""Walled gardens whose target takes its time, or is never there."""

import concurrent.futures
import threading

import dns.rrset

from gardens import *
from internal_lookups_test import HoldingAuthority as NxdomainAuthority
from resolver import *


class HoldingAuthority:
    """Answers every A with 192.0.2.80, but names that begin with `held` only from `release` on."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address, self.port = self.socket.getsockname()
        self.asked = []
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
            self.asked.append(name)
            threading.Thread(target=self.answer, args=(query, name, client), daemon=True).start()

    def answer(self, query, name, client):
        response = dns.message.make_response(query)
        response.flags |= dns.flags.AA
        if query.question[0].rdtype == dns.rdatatype.A:
            response.answer = [dns.rrset.from_text(name, 60, "IN", "A", "192.0.2.80")]
        if name.startswith("held"):
            self.release.wait()
        try:
            self.socket.sendto(response.to_wire(), client)
        except OSError:
            pass  # stopped

    def stop(self):
        self.release.set()
        self.socket.close()


class Waiting(GardenTestCase):
    """The target takes its time."""

    policies = [
        to("p", "held.example", "bad.com"),
        to("star", "*.held.example", "star.com"),
        to("dead", "www.dead.com", "dead-bad.com"),
        to("quick", "quick.example", "quick-bad.com"),
    ]

    @classmethod
    def start_authority(cls, zones):
        return None

    @classmethod
    def start_resolver(cls, **keys):
        """None here: each test starts its own."""

    def setUp(self):
        self.authority = HoldingAuthority()
        self.addCleanup(self.authority.stop)
        self.start()

    def start(self, **keys):
        dead = free_port()  # nobody answers there
        stub = (
            f"stub-zone:\n  name: example\n  stub-addr: 127.0.0.1@{self.authority.port}\n"
            f"stub-zone:\n  name: dead.com\n  stub-addr: 127.0.0.1@{dead}\n"
        )
        options = ["discard-timeout: 0", *keys.pop("options", [])]
        self.resolver = Resolver(
            self.folder, database=self.database, clauses=stub, options=options, **keys
        )
        self.addCleanup(self.resolver.stop)

    def ask_later(self, *names, **keys):
        """Futures of the responses to these questions, which are all under way."""
        pool = concurrent.futures.ThreadPoolExecutor(len(names))
        self.addCleanup(pool.shutdown)
        return [pool.submit(self.ask, name, **keys) for name in names]

    def wait_until_asked(self, name="held.example."):
        self.wait_for(lambda: name in self.authority.asked, "nobody asked for the target")

    def answers(self, futures):
        return [future.result(timeout=START_SECONDS) for future in futures]

    def assertSent(self, response):
        self.assertEqual(response.rcode(), NOERROR, response)
        self.assertEqual([rrset.rdtype for rrset in response.answer], [5, 1], response)

    def test_many_clients_at_once_share_one_question(self):
        futures = self.ask_later(*[f"{i % 10}.bad.com" for i in range(50)])
        self.wait_until_asked()
        time.sleep(0.3)
        self.authority.release.set()
        for response in self.answers(futures):
            self.assertSent(response)
        # One, and what Unbound sends again because nobody answers.
        self.assertLess(self.authority.asked.count("held.example."), 5)
        self.assertFalse({q for q in self.resolver.cached_questions() if "bad.com" in q[0]})

    def test_clients_over_tcp_wait_too(self):
        futures = self.ask_later("a.bad.com", "b.bad.com", tcp=True)
        self.wait_until_asked()
        self.authority.release.set()
        for response in self.answers(futures):
            self.assertSent(response)

    def test_a_client_of_the_target_itself_shares_the_question(self):
        futures = self.ask_later("bad.com", "held.example")
        self.wait_until_asked()
        time.sleep(0.2)
        self.authority.release.set()
        sent, itself = self.answers(futures)
        self.assertSent(sent)
        self.assertAnswers(itself, "192.0.2.80")

    def test_a_client_that_goes_while_it_waits_takes_nothing_with_it(self):
        with socket.create_connection(("127.0.0.1", self.resolver.port)) as client:
            query = dns.message.make_query("gone.bad.com", "A").to_wire()
            client.sendall(len(query).to_bytes(2, "big") + query)
            self.wait_until_asked()
        futures = self.ask_later("stays.bad.com")
        time.sleep(0.3)
        self.authority.release.set()
        self.assertSent(self.answers(futures)[0])

    def test_a_reload_while_clients_wait_does_no_harm(self):
        for command in ("reload", "reload_keep_cache"):
            with self.subTest(command):
                self.authority.asked.clear()
                pool = concurrent.futures.ThreadPoolExecutor(8)
                self.addCleanup(pool.shutdown)
                futures = [
                    pool.submit(self.assertUnanswered, f"{i}.bad.com", tcp=i % 2 == 1)
                    for i in range(8)
                ]
                self.wait_until_asked()
                self.resolver.reload(command)
                self.answers(futures)
                self.assertSent(self.ask("quick-bad.com"))

    def test_a_new_database_while_clients_wait_does_no_harm(self):
        futures = self.ask_later("a.bad.com", "b.bad.com")
        self.wait_until_asked()
        before = self.resolver.tell("status")["checksum"]
        self.put([to("other", "quick.example", "other.com")])
        self.wait_for(
            lambda: self.resolver.tell("status")["checksum"] != before, "no new database"
        )
        self.authority.release.set()
        for response in self.answers(futures):
            self.assertSent(response)
        self.assertSent(self.ask("other.com"))
        self.put(self.policies)

    def test_it_ends_while_clients_wait(self):
        for i in range(8):
            pool = concurrent.futures.ThreadPoolExecutor(1)
            self.addCleanup(pool.shutdown)
            pool.submit(self.assertUnanswered, f"{i}.bad.com")
        self.wait_until_asked()
        self.resolver.stop()

    def test_a_target_that_nobody_answers_for_is_servfail(self):
        response = self.ask("dead-bad.com", timeout=60)
        self.assertFails(response, "does not resolve")
        self.assertFails(self.ask("again.dead-bad.com", timeout=60), "does not resolve")

    def test_more_clients_than_there_is_room_for_are_let_go(self):
        self.resolver.stop()
        self.start(options=["num-queries-per-thread: 16", "jostle-timeout: 50", "msg-cache-size: 0"])
        pool = concurrent.futures.ThreadPoolExecutor(40)
        self.addCleanup(pool.shutdown)

        def ask(i):
            try:
                return self.ask(f"{i}.star.com" if i % 2 else f"{i}.bad.com", timeout=3)
            except (dns.exception.Timeout, dns.query.BadResponse):
                # The second: a late answer to whoever had this port before.
                return None

        for _ in range(3):
            futures = [pool.submit(ask, i) for i in range(40)]
            self.answers(futures)
        self.authority.release.set()
        self.assertSent(self.ask("quick-bad.com"))


class ExpiredAnswers(GardenTestCase):
    """serve-expired gives an old answer where a new one fails or takes long: none of the name's own
    from before the rule."""

    zones = {"example": ["good A 203.0.113.2", "bad 1 A 203.0.113.1", "bad 1 TXT old"]}
    policies = [policy("nothing", domains=["other.com"])]
    resolver_keys = {
        "options": [
            "serve-expired: yes",
            "serve-expired-client-timeout: 300",
            "discard-timeout: 0",
        ],
    }

    @classmethod
    def start_resolver(cls, **keys):
        stub = f"stub-zone:\n  name: dead.com\n  stub-addr: 127.0.0.1@{free_port()}\n"
        return super().start_resolver(clauses=stub, **keys)

    def test_the_old_answer_to_the_name_is_not_given_for_a_garden_that_fails(self):
        self.assertAnswers(self.ask("bad.example"), "203.0.113.1")
        time.sleep(2.1)
        before = self.resolver.tell("status")["checksum"]
        self.put([to("dead", "www.dead.com", "bad.example")])
        self.wait_for(
            lambda: self.resolver.tell("status")["checksum"] != before, "no new database"
        )
        self.assertFails(self.ask("bad.example", timeout=60), "does not resolve")


class AClientThatJoins(GardenTestCase):
    """A client asks for a blocked name that Unbound is just looking up for itself, and shares the
    query state: it is judged when the answer is there, and goes to the garden then."""

    policies = [policy("p", sinkhole={"cname": "garden.com"}, ttl=TTL, hosts=["host.example"])]
    zones = {"com": ["garden A 192.0.2.80"]}
    resolver_keys = {"options": ["harden-below-nxdomain: yes", "qname-minimisation: yes"]}

    @classmethod
    def start_resolver(cls, **keys):
        cls.nothing = NxdomainAuthority()
        cls.addClassCleanup(cls.nothing.stop)
        stub = f"stub-zone:\n  name: example\n  stub-addr: 127.0.0.1@{cls.nothing.port}\n"
        return super().start_resolver(clauses=stub, **keys)

    def test_it_is_sent_to_the_garden(self):
        self.assertEqual(self.ask("below.host.example").rcode(), NXDOMAIN)
        self.assertTrue(self.nothing.asked_again.wait(CHANGE_SECONDS), "Unbound did not ask a second time")
        with concurrent.futures.ThreadPoolExecutor() as pool:
            joined = [pool.submit(self.ask, "host.example") for _ in range(3)]
            time.sleep(0.3)
            self.assertFalse(any(future.done() for future in joined), "they did not join anything")
            self.nothing.release.set()
            for future in joined:
                self.assertChain(
                    future.result(),
                    "host.example. CNAME garden.com.",
                    "garden.com. A 192.0.2.80",
                )
        self.assertNothingCached("host.example")


if __name__ == "__main__":
    main()
