# SPDX-License-Identifier: BSD-3-Clause
"""`tollgate exporter` and `tollgate top` before a real module."""

import urllib.request

from resolver import *

POLICIES = [
    policy("first", domains=["one.example"]),
    policy("second", domains=["two.example"], action="nodata"),
]


class MetricsTestCase(ResolverTestCase):
    zones = {"example": ["good A 203.0.113.1"]}
    policies = POLICIES

    def setUp(self):
        """A resolver that has counted nothing yet."""
        compile_database(self.folder, self.policies, self.database)
        self.resolver = self.start_resolver(threads=2)
        self.socket = os.path.join(self.resolver.folder, "control.sock")

    def ask_some(self):
        for name, times in ("www.one.example", 5), ("two.example", 3), ("good.example", 2):
            for _ in range(times):
                self.ask(name)


class Exporter(MetricsTestCase):
    def setUp(self):
        super().setUp()
        exporter = subprocess.Popen(
            [TOLLGATE, "exporter", "--socket", self.socket, "--listen", "127.0.0.1:0"],
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=die_with_parent,
        )
        self.addCleanup(exporter.wait)
        self.addCleanup(exporter.kill)
        self.addCleanup(exporter.stdout.close)
        self.url = re.fullmatch(r"serving (\S+)\n", exporter.stdout.readline())[1]

    def scrape(self):
        with urllib.request.urlopen(self.url, timeout=ANSWER_SECONDS) as page:
            text = page.read().decode()
        return {
            key: float(value)
            for key, value in re.findall(r"(?m)^([a-z_]+(?:\{[^}]*\})?) (\S+)$", text)
        }

    def test_the_numbers_are_those_that_were_asked(self):
        self.ask_some()
        series = self.scrape()
        self.assertEqual(series["tollgate_up"], 1)
        for action, number in {"nxdomain": 5, "nodata": 3, "resolve": 1, "drop": 0}.items():
            self.assertEqual(series[f'tollgate_decisions_total{{action="{action}"}}'], number)
        self.assertEqual(series["tollgate_answers_from_cache_total"], 1)
        self.assertEqual(
            series['tollgate_rule_decisions_total{policy="first",rule="domains",kind="names"}'], 5
        )
        self.assertEqual(series["tollgate_database_names"], 2)

    def test_counters_do_not_fall_with_a_switch_of_databases(self):
        self.ask_some()
        before = self.scrape()
        names = [f"n{number}.example" for number in range(50)]
        compile_database(
            self.folder, POLICIES[:1] + [policy("third", domains=names)], self.database
        )
        self.assertTrue(self.resolver.tell("reload force=yes")["ok"])
        self.assertEqual(self.ask("n7.example").rcode(), NXDOMAIN)
        after = self.scrape()
        self.assertEqual(
            after["tollgate_database_switches_total"],
            before["tollgate_database_switches_total"] + 1,
        )
        self.assertEqual(after['tollgate_decisions_total{action="nxdomain"}'], 6)
        for key, number in before.items():
            if "_total" in key and 'policy="second"' not in key:
                self.assertGreaterEqual(after[key], number, key)
        # And a policy that comes back goes on where it was.
        compile_database(self.folder, POLICIES, self.database)
        self.assertTrue(self.resolver.tell("reload force=yes")["ok"])
        again = self.scrape()
        for key, number in before.items():
            if "_total" in key:
                self.assertGreaterEqual(again[key], number, key)

    def test_a_resolver_that_has_ended_is_down(self):
        self.assertEqual(self.scrape()["tollgate_up"], 1)
        self.resolver.stop()
        self.assertEqual(self.scrape(), {"tollgate_up": 0})


class Top(MetricsTestCase):
    def test_one_picture_shows_who_asked_what_and_which_rule_decided(self):
        self.ask_some()

        def picture():
            result = subprocess.run(
                [TOLLGATE, "top", "--once", "--interval", "200ms", "--socket", self.socket],
                capture_output=True,
                text=True,
            )
            self.assertEqual(result.returncode, 0, result.stderr)
            return result.stdout

        self.resolver.server.wait_until(
            lambda: len(self.resolver.tell("recent")["decisions"]) == 8
        )
        text = picture()
        self.assertRegex(text, r"\b5 +www\.one\.example\b|www\.one\.example +5\b")
        self.assertRegex(text, r"first/domains")
        self.assertRegex(text, r"\b8 +127\.0\.0\.1|127\.0\.0\.1 +8\b")
        self.assertRegex(text, r"two\.example A +nodata|nodata.*two\.example")


if __name__ == "__main__":
    main()
