# SPDX-License-Identifier: BSD-3-Clause
"""`tollgate ctl` and a running filter: it shows, reloads, looks away, and lets nobody else in."""

import grp
import threading

from resolver import *

REAL, OTHER, BOTH, DEEP = (f"203.0.113.{host}" for host in (2, 3, 4, 5))
POLICIES = [
    policy("allow", action="pass", domains=["both.example"]),
    policy("first", domains=["one.example", "both.example"]),
    policy("second", domains=["two.example"], action="nodata"),
]
# For things that take milliseconds where the machine has nothing else to do.
CHANGE_SECONDS = 60
PAUSED, BLOCKED = "127.0.0.1", "127.0.0.2"  # clients


class ControlTestCase(ResolverTestCase):
    zones = {
        "example": [
            "good A 203.0.113.1",
            f"one A {REAL}",
            f"two A {OTHER}",
            f"both A {BOTH}",
            f"www.one A {DEEP}",
        ]
    }
    policies = POLICIES
    resolver_keys = {"threads": 2}

    def setUp(self):
        self.ctl("resume")
        self.put(self.policies)
        self.ctl("reload", "--force")
        for rules in self.policies:
            self.ctl("shadow", rules["id"], "--off")
        self.ctl("reload")  # comes behind what was said before
        self.log_start = len(self.resolver.log())

    def put(self, policies):
        compile_database(self.folder, policies, self.database)

    def put_octets(self, octets):
        new = self.database + ".new"
        with open(new, "wb") as file:
            file.write(octets)
        os.replace(new, self.database)

    def run_ctl(self, *arguments, resolver=None):
        path = os.path.join((resolver or self.resolver).folder, "control.sock")
        return subprocess.run(
            [TOLLGATE, "ctl", "--socket", path, *arguments], capture_output=True, text=True
        )

    def ctl(self, *arguments, status=0, resolver=None):
        """What it prints on standard output; where it fails, as it shall, on standard error."""
        result = self.run_ctl(*arguments, resolver=resolver)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return result.stdout or result.stderr

    def state(self, verb="status"):
        result = self.run_ctl(verb, "--json")
        return json.loads(result.stdout)

    def wait_for(self, condition, what):
        end = time.monotonic() + CHANGE_SECONDS
        while time.monotonic() < end:
            if condition():
                return
            time.sleep(0.02)
        self.fail(what)

    def new_log(self):
        return self.resolver.log()[self.log_start :]

    def ask_from(self, client, name, rdtype="A"):
        query = dns.message.make_query(name, rdtype, use_edns=0)
        return dns.query.udp(
            query, "127.0.0.1", port=self.resolver.port, timeout=ANSWER_SECONDS, source=client
        )

    def is_blocked(self, name, client=PAUSED):
        response = self.ask_from(client, name)
        return response.rcode() == NXDOMAIN and soa_of(response).mname.to_text() == "localhost."

    def assertPaused(self, name, address, client=PAUSED):
        self.assertAnswers(self.ask_from(client, name), address)

    def assertFilters(self, name, client=PAUSED):
        self.assertBlocked(self.ask_from(client, name))

    def assertNotCached(self, name):
        self.assertNotIn((name, "A"), self.resolver.cached_questions())


class Status(ControlTestCase):
    def test_it_says_what_is_in_use(self):
        info = subprocess.run([TOLLGATE, "info", self.database], capture_output=True, text=True)
        checksum = re.search(r"\b[0-9a-f]{16}\b", info.stdout)[0]
        unbound = subprocess.run([UNBOUND, "-V"], capture_output=True, text=True).stdout.split()[1]
        version = subprocess.run([TOLLGATE, "--version"], capture_output=True, text=True).stdout
        text = self.ctl("status")
        head = re.match(r"Tollgate +(\S+) in Unbound (\S+), running for \S+", text)
        self.assertIn(head[1], version)
        self.assertEqual(head[2], unbound)
        self.assertIn(self.database, text)
        self.assertIn("checksum " + checksum, text)
        self.assertRegex(text, r"compiled \d{4}-\d\d-\d\d .* \d+ s(econds)? ago")
        self.assertRegex(text, r"4 names, 0 patterns, 3 policies, [0-9.]+ [kKM]i?B")
        for line in (r"allow +1 +0", r"first +2 +0", r"second +1 +0"):
            self.assertRegex(text, "(?m)^" + line)

    def test_the_json_has_the_same(self):
        before = time.time()
        state = self.state()
        self.assertEqual(state["database"], self.database)
        self.assertLessEqual(abs(state["now"] - before), 5)
        self.assertLessEqual(abs(state["gauges"]["database_created_seconds"] - before), 300)
        self.assertEqual(state["gauges"]["database_bytes"], os.path.getsize(self.database))
        self.assertEqual(state["gauges"]["database_names"], 4)
        self.assertEqual(state["gauges"]["database_policies"], 3)
        self.assertEqual(
            [(p["id"], p["names"], p["shadowed"]) for p in state["policies"]],
            [("allow", 1, False), ("first", 2, False), ("second", 1, False)],
        )
        self.assertEqual((state["last_error"], state["last_error_time"]), ("", 0))

    def test_a_refused_database_shows_until_the_next_good_one(self):
        refused = self.state()["service"]["databases_refused"]
        self.put_octets(b"garbage")
        self.wait_for(lambda: self.state()["last_error"], "it was not refused")
        text = self.ctl("status", status=1)
        self.assertRegex(text, "REFUSED .* ago: .*is not a Tollgate database")
        state = self.state()
        self.assertEqual(state["gauges"]["database_failing"], 1)
        self.assertEqual(state["service"]["databases_refused"], refused + 1)
        self.assertFilters("one.example")
        self.put(POLICIES[1:])
        self.wait_for(lambda: not self.state()["last_error"], "the good one was not taken")
        self.assertNotIn("REFUSED", self.ctl("status"))
        self.assertEqual(self.state()["gauges"]["database_failing"], 0)

    def test_without_a_database_it_says_so(self):
        resolver = self.start_resolver(database=os.path.join(self.folder, "none.db"))
        text = self.ctl("status", status=1, resolver=resolver)
        self.assertIn("NONE IN USE: nothing is filtered", text)
        self.assertIn("No such file", text)

    def test_without_a_module_the_exit_status_is_2_and_the_sentence_says_why(self):
        path = os.path.join(self.folder, "nobody.sock")
        result = subprocess.run(
            [TOLLGATE, "ctl", "--socket", path, "status"], capture_output=True, text=True
        )
        self.assertEqual(result.returncode, 2)
        self.assertIn(path, result.stderr)
        self.assertIn("no such socket", result.stderr)

    def test_wrong_usage_is_exit_status_2(self):
        self.assertEqual(self.run_ctl("dance").returncode, 2)
        self.assertEqual(self.run_ctl("shadow").returncode, 2)


class Reloading(ControlTestCase):
    resolver_keys = {"threads": 2, "settings": {"max_shrink": "30%"}}
    policies = [policy("first", domains=[f"n{n}.example" for n in range(200)])]

    def test_it_is_in_use_when_the_command_returns(self):
        self.put([policy("first", domains=["one.example"] + [f"n{n}.example" for n in range(200)])])
        self.ctl("reload")
        self.assertFilters("one.example")

    def test_one_that_has_shrunk_needs_force(self):
        self.put([policy("first", domains=["one.example"])])
        text = self.ctl("reload", status=1)
        self.assertRegex(text, "it has 1 name where the one in use has 200.*max_shrink is 30%")
        self.assertFilters("n7.example")
        self.assertFalse(self.is_blocked("one.example"))
        self.ctl("status", status=1)
        self.ctl("reload", "--force")
        self.assertFilters("one.example")
        self.assertFalse(self.is_blocked("n7.example"))
        self.ctl("status")

    def test_a_damaged_one_is_refused_with_force_too(self):
        self.put_octets(b"garbage")
        for arguments in ["reload"], ["reload", "--force"]:
            self.assertIn("is not a Tollgate database", self.ctl(*arguments, status=1))
        self.assertFilters("n7.example")


class Unwatched(ControlTestCase):
    resolver_keys = {"threads": 2, "settings": {"watch": "no"}}

    def test_a_reload_is_what_makes_a_new_database_used(self):
        self.assertFilters("one.example")
        self.put([policy("other", domains=["good.example"])])
        time.sleep(1)
        self.assertFilters("one.example")
        self.assertAnswers(self.ask("good.example"), "203.0.113.1")
        self.ctl("reload")
        self.assertFilters("good.example")
        self.assertPaused("one.example", REAL)


class Statistics(ControlTestCase):
    policies = [
        policy("allow", action="pass", domains=["both.example"]),
        policy("first", domains=["one.example"], hosts=["host.example"]),
        policy("second", action="nodata", domains=["two.example"]),
        policy("third", action="refused", domains=["refused.example"]),
        policy("fourth", action="sinkhole", sinkhole=["192.0.2.1"], domains=["sink.example"]),
        policy("fifth", action="drop", domains=["drop.example"]),
        policy("trial", mode="shadow", domains=["good.example"]),
        policy(
            "shapes",
            patterns=[{"id": "com", "meaning": "m", "match": "com-[a-z]+", "suffixes": ["top"]}],
        ),
    ]
    ACTIONS = dict(pass_=2, nxdomain=12, nodata=3, refused=4, drop=1, sinkhole=5, resolve=1)

    def ask_all(self):
        """As ACTIONS says."""
        for name, rdtype, times in [
            ("one.example", "A", 4),
            ("www.one.example", "AAAA", 3),
            ("two.example", "A", 3),
            ("refused.example", "A", 4),
            ("sink.example", "A", 5),
            ("a.com-xyz.top", "A", 5),
            ("both.example", "A", 1),
            ("both.example", "MX", 1),
            ("good.example", "A", 3),  # two of them from the cache
        ]:
            for _ in range(times):
                self.ask(name, rdtype)
        self.assertUnanswered("drop.example")

    def counts(self):
        """Of all threads together; of policies; and of rules."""
        stats = self.state("stats")
        totals = {}
        for thread in stats["threads"]:
            for key, number in thread.items():
                totals[key] = totals.get(key, 0) + number
        policies = {p["id"]: (p["decisions"], p["shadow"]) for p in stats["policies"]}
        rules = {
            (p["id"], r["id"]): (r["decisions"], r["shadow"], r["is_pattern"])
            for p in stats["policies"]
            for r in p["rules"]
        }
        return totals, policies, rules

    def prometheus(self):
        text = self.ctl("stats", "--prometheus")
        self.assertTrue(text.endswith("# EOF\n"))
        return {
            key: float(value)
            for key, value in re.findall(r"(?m)^([a-z_]+(?:\{[^}]*\})?) (\S+)$", text)
        }

    def test_the_numbers_are_those_that_were_asked(self):
        resolver = self.start_resolver(**self.resolver_keys)
        with self.using(resolver):
            self.ask_all()
            totals, policies, rules = self.counts()
            for action, number in self.ACTIONS.items():
                self.assertEqual(totals["decisions_" + action.rstrip("_")], number, action)
            self.assertEqual(totals["answers_from_cache"], 2)
            self.assertEqual(totals["shadow_matches"], 1)
            self.assertEqual(
                policies,
                {
                    "allow": (2, 0),
                    "first": (7, 0),
                    "second": (3, 0),
                    "third": (4, 0),
                    "fourth": (5, 0),
                    "fifth": (1, 0),
                    "trial": (0, 1),
                    "shapes": (5, 0),
                },
            )
            self.assertEqual(rules[("shapes", "com")], (5, 0, True))
            self.assertEqual(sum(number for number, _, _ in rules.values()), 27)
            self.assertEqual(sum(number for _, number, _ in rules.values()), 1)
            self.assertGreater(len(self.state("stats")["threads"]), 1)

            series = self.prometheus()
            for action, number in self.ACTIONS.items():
                key = f'tollgate_decisions_total{{action="{action.rstrip("_")}"}}'
                self.assertEqual(series[key], number)
            self.assertEqual(series["tollgate_answers_from_cache_total"], 2)
            self.assertEqual(
                series['tollgate_policy_decisions_total{policy="first",campaign="first"}'], 7
            )
            self.assertEqual(
                sum(v for k, v in series.items() if k.startswith("tollgate_thread_verdicts_total")),
                sum(self.ACTIONS.values()),
            )

            text = self.ctl("stats")
            for number, what in [
                (12, "blocked: NXDOMAIN"),
                (3, "blocked: NODATA"),
                (4, "blocked: REFUSED"),
                (5, "blocked: a sinkhole's records"),
                (1, "blocked: no answer"),
                (2, "passed by a rule"),
                (2, "answered from Unbound's cache"),
                (30, "in all; blocked 25"),
            ]:
                self.assertRegex(text, rf"(?m)^ +{number} +[0-9.]+% +{what}")
            self.assertRegex(text, r"(?m)^ +5 +0 +shapes/com \(pattern\)$")

    def using(self, resolver):
        """For this test the resolver is this one, which counts from nothing."""

        class Using:
            def __enter__(_):
                self.resolver = resolver

            def __exit__(_, *fault):
                del self.resolver  # the class's is seen again

        return Using()

    def test_every_query_counts_once_while_the_filter_is_paused(self):
        resolver = self.start_resolver(**self.resolver_keys)
        with self.using(resolver):
            self.ctl("pause")
            for name in "one.example", "both.example", "two.example", "good.example":
                self.ask(name)
            totals, _, _ = self.counts()
            self.assertEqual(totals["paused"], 2)
            asked = sum(
                number
                for key, number in totals.items()
                if key.startswith("decisions_")
                or key in ("paused", "unavailable", "answers_from_cache")
            )
            self.assertEqual(asked, 4)

    def test_a_switch_of_databases_keeps_the_numbers(self):
        for _ in range(5):
            self.ask("one.example")
        before, policies, rules = self.counts()
        self.put(self.policies[1:] + [policy("late", domains=["late.example"])])
        self.wait_for(lambda: self.is_blocked("late.example"), "not in force")
        self.ask("one.example")
        after, new_policies, new_rules = self.counts()
        for key, number in before.items():
            self.assertGreaterEqual(after[key], number, key)
        self.assertEqual(new_policies["first"][0], policies["first"][0] + 1)
        for key, numbers in rules.items():
            if key[0] in new_policies:
                self.assertGreaterEqual(new_rules[key], numbers, key)


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
        self.wait_for(lambda: not self.is_blocked("one.example"), "no effect")
        self.assertPaused("one.example", REAL)
        after = {p["id"]: p for p in self.state("stats")["policies"]}["first"]
        self.assertTrue(after["shadowed"])
        self.assertGreater(after["shadow"], before["shadow"])
        self.assertIn("SHADOWED", self.ctl("status"))

    def test_names_in_the_cache_are_blocked_again_after_it(self):
        self.ctl("shadow", "first")
        self.wait_for(lambda: not self.is_blocked("one.example"), "no effect")
        self.assertIn(("one.example", "A"), self.resolver.cached_questions())
        self.ctl("shadow", "first", "--off")
        self.wait_for(lambda: self.is_blocked("one.example"), "still from the cache")
        self.assertNotCached("one.example")
        self.assertNotIn("SHADOWED", self.ctl("status"))

    def test_a_policy_that_lets_pass_uncovers_what_is_behind_it_for_cached_names_too(self):
        self.assertPaused("both.example", BOTH)
        self.assertIn(("both.example", "A"), self.resolver.cached_questions())
        self.ctl("shadow", "allow")
        self.wait_for(lambda: self.is_blocked("both.example"), "still from the cache")
        for _ in range(5):
            self.assertFilters("both.example")
        self.ctl("shadow", "allow", "--off")
        self.wait_for(lambda: not self.is_blocked("both.example"), "still blocked")

    def test_it_outlives_a_new_database_and_not_a_reload_of_unbound(self):
        self.ctl("shadow", "first")
        self.wait_for(lambda: not self.is_blocked("one.example"), "no effect")
        self.put(POLICIES + [policy("more", domains=["more.example"])])
        self.ctl("reload")
        self.assertPaused("one.example", REAL)
        self.resolver.reload()
        self.assertFilters("one.example")

    def test_a_policy_that_is_not_there(self):
        self.assertIn("no policy", self.ctl("shadow", "none", status=1))


class Explaining(ControlTestCase):
    def test_what_everybody_gets(self):
        text = self.ctl("explain", "hxxp://www[.]one[.]example/x")
        self.assertIn("www.one.example, type A: nxdomain", text)
        self.assertRegex(text, r"decides +nxdomain by first/\S+, first.yaml:\d+")
        self.assertIn("indicator: one.example", text)

    def test_the_order_of_precedence(self):
        text = self.ctl("explain", "both.example")
        self.assertRegex(text, r"(?s)decides +pass by allow.*outranked +nxdomain by first")

    def test_nothing_matches(self):
        self.assertIn("No rule matches", self.ctl("explain", "good.example"))

    def test_a_paused_client_is_told_so(self):
        self.ctl("pause", "--client", PAUSED)
        self.assertRegex(
            self.ctl("explain", "one.example", "--client", PAUSED), "for 127.0.0.1: paused"
        )
        self.assertRegex(
            self.ctl("explain", "one.example", "--client", BLOCKED), "for 127.0.0.2: nxdomain"
        )

    def test_a_paused_policy_is_told_apart_from_one_in_shadow_mode(self):
        self.ctl("pause", "--client", PAUSED, "--policy", "first")
        text = self.ctl("explain", "one.example", "--client", PAUSED)
        self.assertIn("for 127.0.0.1: resolve", text)
        self.assertRegex(text, "(?m)^  paused +nxdomain by first/")
        self.assertIn("nxdomain", self.ctl("explain", "one.example", "--client", BLOCKED))
        self.ctl("resume")
        self.ctl("shadow", "first")
        self.wait_for(lambda: not self.is_blocked("one.example"), "no effect")
        text = self.ctl("explain", "one.example", "--client", PAUSED)
        self.assertRegex(text, r"(?m)^  would decide +nxdomain \(shadow\) by first/")

    def test_it_says_what_the_client_then_gets(self):
        self.ctl("pause", "--client", PAUSED, "--name", "one.example")
        for name in "one.example", "two.example", "both.example", "good.example":
            for client in PAUSED, BLOCKED:
                answer = json.loads(self.ctl("explain", name, "--client", client, "--json"))
                response = self.ask_from(client, name)
                got = "nxdomain" if response.rcode() == NXDOMAIN else "nodata"
                if response.answer:
                    got = answer["outcome"]
                    self.assertIn(got, ("resolve", "pass", "paused"), name)
                self.assertEqual(answer["outcome"], got, name)


class LogLevels(ControlTestCase):
    def test_debug_says_why_each_name_is_blocked_and_info_does_not(self):
        self.assertEqual(self.ctl("log-level"), "info\n")
        self.assertEqual(self.ctl("log-level", "debug"), "debug\n")
        self.ask("one.example")
        self.wait_for(lambda: "one.example type 1: decided" in self.new_log(), "not logged")
        self.assertEqual(self.state()["log_level"], "debug")
        self.ctl("log-level", "info")
        before = self.new_log().count("decided:")
        self.ask("one.example")
        self.assertEqual(self.new_log().count("decided:"), before)

    def test_what_changes_the_filter_is_in_the_log_with_who_asked(self):
        self.ctl("pause", "--for", "1m", "--client", "192.0.2.7")
        self.assertRegex(
            self.new_log(),
            rf"control: uid {os.geteuid()}, pid \d+: pause for=1m client=192.0.2.7: done",
        )
        before = self.new_log().count("control:")
        self.ctl("status")
        self.assertEqual(self.new_log().count("control:"), before)

    def test_one_that_is_none(self):
        self.assertIn("did you mean 'debug'?", self.ctl("log-level", "debgu", status=1))


@unittest.skipUnless(os.geteuid() == 0, "only root can be somebody else")
class Permissions(ControlTestCase):
    GROUP = "daemon"
    resolver_keys = {"settings": {"control": {"socket": "control.sock", "group": GROUP}}}

    def ctl_as_nobody(self, *groups):
        for folder in self.folder, self.resolver.folder:
            os.chmod(folder, 0o755)
        copy = os.path.join(self.folder, "tollgate")
        shutil.copy(TOLLGATE, copy)
        os.chmod(copy, 0o755)
        socket_path = os.path.join(self.resolver.folder, "control.sock")
        return subprocess.run(
            [copy, "ctl", "--socket", socket_path, "status"],
            capture_output=True,
            text=True,
            user="nobody",
            group="nogroup",
            extra_groups=groups,
        )

    def test_the_socket_is_for_owner_and_group(self):
        status = os.stat(os.path.join(self.resolver.folder, "control.sock"))
        self.assertEqual(status.st_mode & 0o777, 0o660)
        self.assertEqual(grp.getgrgid(status.st_gid).gr_name, self.GROUP)

    def test_who_is_not_in_the_group_is_kept_out(self):
        result = self.ctl_as_nobody()
        self.assertEqual(result.returncode, 2, result.stdout + result.stderr)
        self.assertIn("no permission", result.stderr)
        self.assertIn(self.GROUP, result.stderr)

    def test_who_is_in_the_group_is_let_in(self):
        result = self.ctl_as_nobody(self.GROUP)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn(self.database, result.stdout)


class Garbage(ControlTestCase):
    def connect(self):
        peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.addCleanup(peer.close)
        peer.settimeout(5)
        peer.connect(os.path.join(self.resolver.folder, "control.sock"))
        return peer

    def send(self, octets, close=True):
        try:
            peer = self.connect()
            peer.sendall(octets)
            if close:
                peer.close()
        except OSError:
            pass  # it was cut: also an answer

    def test_on_the_socket_under_load_harms_nothing(self):
        random.seed(7)
        stop, wrong, asked = threading.Event(), [], []

        def asks():
            while not stop.is_set():
                if self.ask("one.example").rcode() != NXDOMAIN:
                    wrong.append("one")
                if self.ask("good.example").rcode() != NOERROR:
                    wrong.append("good")
                asked.append(2)

        threads = [threading.Thread(target=asks) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(40):
                self.send(random.randbytes(random.randrange(1, 20000)))
                self.send(b"status" * 10 + b"\n" * 3)
                self.send(b"pause for=" + random.randbytes(20) + b"\n")
                self.send(b"a" * 100_000)
                self.send(b"\0\n\xff\n status x=%zz\n")
            # Nobody reads these answers, and these say nothing.
            for _ in range(20):
                self.send(b"stats\n" * 300, close=False)
                self.send(b"", close=False)
            self.ctl("status")
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        self.assertEqual(wrong, [])
        self.assertGreater(sum(asked), 50)
        self.assertEqual(self.state()["pauses"], [])
        before = self.state()["service"]["control_faults"]
        answer = self.resolver.tell("pause for=soon")
        self.assertEqual((answer["ok"], "no span of time" in answer["error"]), (False, True))
        self.assertEqual(self.state()["service"]["control_faults"], before + 1)


if __name__ == "__main__":
    main()
