# SPDX-License-Identifier: BSD-3-Clause
"""`unbound-control reload`: Unbound closes the module and opens it again. (A new database needs none of
this: live_test.py.)"""

from resolver import *

FIRST = [policy("first", domains=["one.example"])]
SECOND = [policy("second", domains=["two.example"])]


class Reload(ResolverTestCase):
    resolver_keys = {"settings": {"watch": "no"}}
    zones = {"example": ["good A 203.0.113.1", "one A 203.0.113.2", "two A 203.0.113.3"]}
    policies = FIRST

    def setUp(self):
        """Every test begins with the first database in force, and the second one written."""
        compile_database(self.folder, FIRST, self.database)
        self.resolver.reload()
        self.assertBlocked(self.ask("one.example"))
        self.assertAnswers(self.ask("two.example"), "203.0.113.3")  # and is in the cache now
        compile_database(self.folder, SECOND, self.database)

    def assertSecondInForce(self):
        self.assertBlocked(self.ask("two.example"))
        self.assertAnswers(self.ask("one.example"), "203.0.113.2")
        self.assertAnswers(self.ask("good.example"), "203.0.113.1")

    def test_writing_a_database_alone_changes_nothing(self):
        self.assertBlocked(self.ask("one.example"))

    def test_unbound_control_reload(self):
        self.resolver.reload()
        self.assertSecondInForce()

    def test_the_signal_hup(self):
        starts = self.resolver.log().count("start of service")
        self.resolver.server.process.send_signal(signal.SIGHUP)
        self.assertTrue(
            self.resolver.server.wait_until(
                lambda: self.resolver.log().count("start of service") > starts
            )
        )
        self.assertSecondInForce()

    def test_reload_keep_cache_does_not_keep_answers_to_blocked_names(self):
        self.ask("good.example")
        self.resolver.reload("reload_keep_cache")
        self.assertIn(("good.example", "A"), self.resolver.cached_questions())
        self.assertNotIn(("two.example", "A"), self.resolver.cached_questions())
        self.assertSecondInForce()
        self.assertIn("removed 1 answers to blocked names", self.resolver.log())

    def test_after_a_reload_with_a_damaged_database_the_last_good_one_filters(self):
        damaged = self.database + ".new"
        with open(damaged, "wb") as file:
            file.write(b"damaged")
        os.replace(damaged, self.database)
        for command in "reload", "reload_keep_cache", "reload":
            self.resolver.reload(command)
            self.assertBlocked(self.ask("one.example"))
            self.assertAnswers(self.ask("two.example"), "203.0.113.3")
        self.assertRegex(
            self.resolver.log(), r"error: tollgate: new database refused: .*is not a Tollgate.*stays in force"
        )

    def test_many_reloads(self):
        for round in range(10):
            compile_database(self.folder, SECOND if round % 2 else FIRST, self.database)
            self.resolver.reload()
            self.assertBlocked(self.ask("two.example" if round % 2 else "one.example"))
        self.assertIsNone(self.resolver.server.process.poll())


class Stop(ResolverTestCase):
    policies = FIRST

    def test_unbound_ends_in_order(self):
        self.assertBlocked(self.ask("one.example"))
        self.resolver.stop()  # asserts that its exit code is 0


class TwoInstances(ResolverTestCase):
    """The module twice in one Unbound: each has its state to itself."""

    zones = Reload.zones
    policies = FIRST
    resolver_keys = {
        "modules": "dynlib dynlib validator iterator",
        "clauses": f'dynlib:\n  dynlib-file: "{MODULE}"\n',
    }

    def test_they_filter_and_reload(self):
        for _ in range(2):
            self.assertBlocked(self.ask("one.example"))
            self.assertAnswers(self.ask("good.example"), "203.0.113.1")
            self.resolver.reload()
        self.assertEqual(self.resolver.log().count("filters with"), 6)


class BehindAnotherModule(ResolverTestCase):
    """With a module in front, a query comes to ours as passed on, not as new."""

    zones = Reload.zones
    policies = FIRST
    resolver_keys = {"modules": "respip dynlib validator iterator"}

    def test_it_filters(self):
        self.assertBlocked(self.ask("one.example"))
        self.assertAnswers(self.ask("good.example"), "203.0.113.1")
        self.assertNotIn("warning: tollgate", self.resolver.log())


class BehindAModuleThatDisturbs(ResolverTestCase):
    policies = FIRST
    resolver_keys = {"modules": "dns64 dynlib validator iterator"}

    def test_it_warns(self):
        self.assertIn('warning: tollgate: "dns64" stands before dynlib', self.resolver.log())


if __name__ == "__main__":
    main()
