# SPDX-License-Identifier: BSD-3-Clause
"""Looking away at run time: pauses, whoever asks in the same moment, and policies in shadow mode."""

import threading

from steered import *


class Pausing(ControlTestCase):
    def test_the_whole_filter(self):
        self.assertFilters("one.example")
        self.assertIn("Paused until 'tollgate ctl resume'", self.ctl("pause"))
        for client in PAUSED, BLOCKED:
            self.assertPaused("one.example", REAL, client)
        self.assertPaused("two.example", OTHER)
        self.assertIn("EVERYTHING", self.ctl("status"))
        self.assertIn("1 pause ended", self.ctl("resume"))
        self.assertFilters("one.example")
        self.assertNotIn("Paused", self.ctl("status"))

    def test_it_ends_by_itself(self):
        self.ctl("pause", "--for", "3s")
        self.assertPaused("one.example", REAL)
        self.assertEqual(len(self.state()["pauses"]), 1)
        began = time.monotonic()
        self.wait_for(lambda: self.is_blocked("one.example"), "it does not end")
        self.assertLess(time.monotonic() - began, 10)
        self.assertEqual(self.state()["pauses"], [])
        self.assertEqual(self.state()["gauges"]["pauses"], 0)

    def test_one_client(self):
        self.ctl("pause", "--client", "127.0.0.1/32")
        for _ in range(3):
            self.assertPaused("one.example", REAL)
            self.assertFilters("one.example", BLOCKED)
        self.assertNotCached("one.example")
        self.assertIn("client 127.0.0.1", self.ctl("status"))
        self.ctl("resume", "--client", "127.0.0.1/32")
        self.assertFilters("one.example")

    def test_one_policy(self):
        self.ctl("pause", "--policy", "first")
        self.assertPaused("one.example", REAL)
        self.assertEqual(self.ask("two.example").answer, [])
        self.assertNotCached("one.example")

    def test_one_policy_that_lets_pass_uncovers_what_is_behind_it(self):
        self.assertPaused("both.example", BOTH)
        self.ctl("pause", "--policy", "allow", "--client", PAUSED)
        # What the cache holds was allowed to everybody, and is answered to everybody.
        self.ctl("resume")
        self.assertPaused("both.example", BOTH)

    def test_one_name_and_what_is_below_it(self):
        self.ctl("pause", "--name", "www.one.example")
        self.assertFilters("one.example")
        self.assertPaused("www.one.example", DEEP)
        self.ctl("resume")
        self.ctl("pause", "--name", "hxxps://One[.]example/")
        self.assertPaused("one.example", REAL)
        self.assertPaused("www.one.example", DEEP)
        self.assertEqual(self.ask("two.example").answer, [])

    def test_all_of_these_together(self):
        self.ctl("pause", "--client", "127.0.0.0/31", "--policy", "first", "--name", "one.example")
        self.assertPaused("one.example", REAL)
        self.assertFilters("one.example", BLOCKED)
        self.ctl("pause", "--client", "127.0.0.2", "--policy", "second")
        self.assertFilters("one.example", BLOCKED)
        self.assertPaused("two.example", OTHER, BLOCKED)
        self.assertEqual(self.ask("two.example").answer, [])
        self.assertEqual(len(self.state()["pauses"]), 2)
        self.assertIn("2 pauses ended", self.ctl("resume"))

    def test_what_does_not_exist_cannot_be_paused_or_resumed(self):
        self.assertIn("no policy 'none'", self.ctl("pause", "--policy", "none", status=1))
        self.assertIn("bits", self.ctl("pause", "--client", "127.0.0.1/8", status=1))
        self.assertIn("no such pause", self.ctl("resume", "--client", "192.0.2.1"))

    def test_it_outlives_a_new_database(self):
        self.ctl("pause", "--policy", "second", "--client", PAUSED)
        self.put([policy("new", domains=["one.example"])] + POLICIES[1:])
        self.ctl("reload", "--force")
        self.assertPaused("two.example", OTHER)
        self.assertEqual(self.ask_from(BLOCKED, "two.example").answer, [])

    def test_it_does_not_outlive_a_reload_of_unbound(self):
        self.ctl("pause")
        self.assertPaused("one.example", REAL)
        self.resolver.reload()
        self.assertFilters("one.example")
        self.assertEqual(self.state()["pauses"], [])

    def test_it_does_not_outlive_a_restart_of_unbound(self):
        self.ctl("pause")
        self.assertPaused("one.example", REAL)
        self.resolver.stop()
        self.resolver.server = started(self.resolver._start)
        self.assertFilters("one.example")
        self.assertEqual(self.state()["pauses"], [])


class SlowAuthority(threading.Thread):
    """Answers every question with REAL, after a while: questions about one name meet."""

    DELAY = 0.03

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.timers = []

    def run(self):
        while True:
            try:
                octets, peer = self.socket.recvfrom(4096)
            except OSError:
                return
            threading.Timer(self.DELAY, self.answer, (octets, peer)).start()

    def answer(self, octets, peer):
        response = dns.message.make_response(dns.message.from_wire(octets))
        response.flags |= dns.flags.AA
        question = response.question[0]
        if question.rdtype == dns.rdatatype.A:
            response.answer.append(dns.rrset.from_text(question.name, 300, "IN", "A", REAL))
        try:
            self.socket.sendto(response.to_wire(), peer)
        except OSError:
            pass  # the test is over


class TogetherWithOthers(ControlTestCase):
    """A paused client, and one that is not, ask the same in the same moment."""

    policies = [policy("slow", domains=["slow.example"])]
    ROUNDS = 300

    @classmethod
    def prepare(cls):
        cls.slow = SlowAuthority()
        cls.slow.start()
        cls.addClassCleanup(cls.slow.socket.close)

    @classmethod
    def start_resolver(cls, **keys):
        clause = f'stub-zone:\n  name: "slow.example"\n  stub-addr: 127.0.0.1@{cls.slow.port}\n'
        return super().start_resolver(clauses=clause, **keys)

    def ask_together(self, clients, names):
        """(client, name, RCODE, addresses) of every answer."""
        found = []
        barrier = threading.Barrier(len(clients))

        def asks(client):
            for name in names:
                barrier.wait()
                response = self.ask_from(client, name)
                addresses = [item.to_text() for rrset in response.answer for item in rrset]
                found.append((client, name, response.rcode(), addresses))

        threads = [threading.Thread(target=asks, args=(client,)) for client in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return found

    def check(self, clients, names):
        found = self.ask_together(clients, names)
        self.assertEqual(len(found), len(clients) * len(names))
        for client, name, *answer in found:
            wanted = [NOERROR, [REAL]] if client == PAUSED else [NXDOMAIN, []]
            self.assertEqual(answer, wanted, (client, name))
        cached = {name for name, _ in self.resolver.cached_questions()}
        self.assertEqual([name for name in cached if name.endswith("slow.example")], [])

    def test_each_gets_its_own(self):
        self.ctl("pause", "--client", PAUSED)
        names = [f"n{number}.slow.example" for number in range(self.ROUNDS)]
        self.check([PAUSED, BLOCKED, PAUSED, BLOCKED], names)

    def test_each_gets_its_own_for_one_name_over_and_over(self):
        self.ctl("pause", "--client", PAUSED)
        self.check([PAUSED, BLOCKED, PAUSED, BLOCKED, "127.0.0.3"], ["slow.example"] * self.ROUNDS)

    def test_who_comes_while_a_paused_clients_answer_is_on_its_way_does_not_get_it(self):
        self.ctl("pause", "--policy", "slow", "--client", PAUSED)
        found = {}

        def asks(client, name, wait):
            time.sleep(wait)
            found[client] = self.ask_from(client, name).rcode()

        for number in range(20):
            for first, second in (PAUSED, BLOCKED), (BLOCKED, PAUSED):
                name = f"{first.split('.')[3]}x{number}.slow.example"
                threads = [
                    threading.Thread(target=asks, args=(first, name, 0)),
                    threading.Thread(target=asks, args=(second, name, SlowAuthority.DELAY / 3)),
                ]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                self.assertEqual(found, {PAUSED: NOERROR, BLOCKED: NXDOMAIN})

    def test_a_pause_that_ends_while_the_answer_is_on_its_way_blocks_it(self):
        self.ctl("pause")
        found = []
        threads = []
        for number in range(40):
            name = f"late{number}.slow.example"
            thread = threading.Thread(target=lambda n=name: found.append(self.ask(n).rcode()))
            thread.start()
            threads.append(thread)
        self.ctl("resume")
        for thread in threads:
            thread.join()
        self.assertLessEqual(set(found), {NOERROR, NXDOMAIN})
        for number in range(40):
            self.assertFilters(f"late{number}.slow.example")


class Shadowing(ControlTestCase):
    def test_a_policy_decides_nothing_and_is_counted(self):
        self.assertFilters("one.example")
        before = {p["id"]: p for p in self.state("stats")["policies"]}["first"]
        self.assertIn("shadow mode", self.ctl("shadow", "first"))
        self.assertPaused("one.example", REAL)
        after = {p["id"]: p for p in self.state("stats")["policies"]}["first"]
        self.assertTrue(after["shadowed"])
        self.assertGreater(after["shadow"], before["shadow"])
        self.assertIn("SHADOWED", self.ctl("status"))

    def test_names_in_the_cache_are_blocked_again_after_it(self):
        self.ctl("shadow", "first")
        self.assertPaused("one.example", REAL)
        self.assertIn(("one.example", "A"), self.resolver.cached_questions())
        self.ctl("shadow", "first", "--off")
        self.assertNotCached("one.example")
        self.assertFilters("one.example")
        self.assertNotIn("SHADOWED", self.ctl("status"))

    def test_a_policy_that_lets_pass_uncovers_what_is_behind_it_for_cached_names_too(self):
        self.assertPaused("both.example", BOTH)
        self.assertIn(("both.example", "A"), self.resolver.cached_questions())
        self.ctl("shadow", "allow")
        for _ in range(5):
            self.assertFilters("both.example")
        self.ctl("shadow", "allow", "--off")
        self.assertPaused("both.example", BOTH)

    def test_it_outlives_a_new_database_and_not_a_reload_of_unbound(self):
        self.ctl("shadow", "first")
        self.put(POLICIES + [policy("more", domains=["more.example"])])
        self.ctl("reload")
        self.assertPaused("one.example", REAL)
        self.resolver.reload()
        self.assertFilters("one.example")

    def test_a_policy_that_is_not_there(self):
        self.assertIn("no policy", self.ctl("shadow", "none", status=1))


if __name__ == "__main__":
    main()
