# SPDX-License-Identifier: BSD-3-Clause
"""`tollgate ctl` and a running filter: it shows, reloads, counts, and lets nobody else in."""

import grp
import threading

from steered import *


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
        self.assertLessEqual(abs(state["now"] - before), 60)
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
        self.assertRegex(text, "REFUSED .* ago, the one above stays in use: .*is not a Tollgate database")
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
        self.assertIn("NONE IN USE: every query gets what on_failure says", text)
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
