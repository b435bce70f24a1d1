# SPDX-License-Identifier: BSD-3-Clause
"""Whatever is wrong with database or configuration, Unbound starts, answers, and says so."""

from resolver import *

NO_DATABASE = (0, "tollgate: no database")


class FailureTestCase(ResolverTestCase):
    zones = {"example": ["good A 203.0.113.1", "bad A 203.0.113.2"]}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.good_database = os.path.join(cls.folder, "good.db")
        compile_database(cls.folder, [policy("bad", domains=["bad.example"])], cls.good_database)
        with open(cls.good_database, "rb") as file:
            cls.good_octets = file.read()

    @classmethod
    def start_resolver(cls, **keys):
        """None here: each test starts its own."""

    def start(self, **keys):
        keys.setdefault("upstream", (self.authority.address, self.authority.port))
        self.resolver = Resolver(self.folder, **keys)
        self.addCleanup(self.resolver.stop)

    def start_with(self, octets, **keys):
        path = os.path.join(self.folder, self.id() + ".db")
        with open(path, "wb") as file:
            file.write(octets)
        self.start(database=path, **keys)
        return path

    def assertUnfiltered(self, *log):
        """Everything is resolved, and the log has these patterns."""
        self.assertAnswers(self.ask("good.example"), "203.0.113.1")
        self.assertAnswers(self.ask("bad.example"), "203.0.113.2")
        for pattern in log:
            self.assertRegex(self.resolver.log(), pattern)


class BadDatabases(FailureTestCase):
    def test_a_missing_one(self):
        self.start(database="/nonexistent/tollgate.db")
        self.assertUnfiltered(
            r"error: tollgate: no database: .*/nonexistent/tollgate.db.*No such file",
            r"error: .*WITHOUT ANY FILTER.*tollgate compile tollgate.yaml -o /nonexistent",
        )

    def test_an_empty_one(self):
        path = self.start_with(b"")
        self.assertUnfiltered("error: tollgate: no database: .*" + re.escape(path))

    def test_a_truncated_one(self):
        self.start_with(self.good_octets[: len(self.good_octets) // 2])
        self.assertUnfiltered("error: tollgate: no database")

    def test_one_with_a_damaged_octet(self):
        octets = bytearray(self.good_octets)
        octets[len(octets) // 2] ^= 0x10
        self.start_with(bytes(octets))
        self.assertUnfiltered("error: tollgate: no database")

    def test_a_file_of_another_kind(self):
        self.start_with(b"$ORIGIN example.\n" * 1000)
        self.assertUnfiltered("error: tollgate: no database")

    def test_a_folder(self):
        self.start(database=self.folder)
        self.assertUnfiltered("error: tollgate: no database")


class OnFailureServfail(FailureTestCase):
    SETTINGS = {"on_failure": "servfail"}

    def test_every_query_of_a_client_is_servfail_and_says_why(self):
        self.start(database="/nonexistent/tollgate.db", settings=self.SETTINGS)
        for name in ("good.example", "bad.example"):
            response = self.ask(name)
            self.assertEqual(response.rcode(), SERVFAIL)
            self.assertEqual(extended_errors(response), [NO_DATABASE])
        self.assertRegex(self.resolver.log(), "error: .*SERVFAIL.*on_failure: servfail")

    def test_with_a_database_it_filters_like_any_other(self):
        self.start_with(self.good_octets, settings=self.SETTINGS)
        self.assertAnswers(self.ask("good.example"), "203.0.113.1")
        self.assertBlocked(self.ask("bad.example"))

    def test_a_reload_with_a_database_ends_it(self):
        path = os.path.join(self.folder, "late.db")
        self.start(database=path, settings=self.SETTINGS)
        self.assertEqual(self.ask("good.example").rcode(), SERVFAIL)
        shutil.copy(self.good_database, path)
        self.resolver.reload()
        self.assertAnswers(self.ask("good.example"), "203.0.113.1")
        self.assertBlocked(self.ask("bad.example"))


class BadConfigurations(FailureTestCase):
    def test_broken_yaml(self):
        self.start(configuration="database: [\n")
        self.assertUnfiltered(r"error: tollgate: .*module\.yaml:\d+(:\d+)?: error: ")

    def test_a_misspelt_key_is_named_and_the_others_count(self):
        self.start(configuration=f"database: {self.good_database}\non_failur: servfail\n")
        self.assertBlocked(self.ask("bad.example"))
        self.assertRegex(
            self.resolver.log(),
            r"module\.yaml:2:1: error: unknown key 'on_failur'; did you mean 'on_failure'",
        )

    def test_a_misspelt_value_keeps_its_default_and_the_others_count(self):
        self.start(configuration=f"database: {self.good_database}\nlog_level: infos\n")
        self.assertBlocked(self.ask("bad.example"))
        self.assertRegex(self.resolver.log(), r"module\.yaml:2:\d+: error: 'infos' is not a value")

    def test_a_file_that_the_environment_names_and_nobody_has(self):
        self.start(environment={"TOLLGATE_CONFIG": "/nonexistent/module.yaml"})
        self.assertUnfiltered("error: tollgate: /nonexistent/module.yaml: error: cannot read")

    def test_a_relative_path_begins_at_the_folder_of_the_file(self):
        os.makedirs(os.path.join(self.folder, "etc"), exist_ok=True)
        configuration = os.path.join(self.folder, "etc", "module.yaml")
        with open(configuration, "w") as file:
            file.write("database: ../good.db\n")
        self.start(environment={"TOLLGATE_CONFIG": configuration})
        self.assertBlocked(self.ask("bad.example"))

    def test_a_file_of_comments_alone_asks_for_the_defaults(self):
        self.start(configuration="# database: /var/lib/unbound/tollgate.db\n")
        self.assertAnswers(self.ask("good.example"), "203.0.113.1")
        self.assertNotRegex(self.resolver.log(), r"module\.yaml.*error")

    def test_log_level_error_keeps_the_log_quiet(self):
        self.start_with(self.good_octets, settings={"log_level": "error"})
        self.assertNotIn("tollgate:", self.resolver.log())


class TheLog(FailureTestCase):
    def test_one_line_at_the_start_says_what_filters(self):
        path = self.start_with(self.good_octets)
        lines = [line for line in self.resolver.log().splitlines() if "tollgate: version" in line]
        self.assertEqual(len(lines), 1, lines)
        self.assertRegex(
            lines[0],
            rf"info: tollgate: version \S+ filters with {re.escape(path)}: "
            r"1 policy, 1 name, 0 patterns, compiled \d{4}-\d\d-\d\d \d\d:\d\d UTC \(just now\)",
        )


if __name__ == "__main__":
    main()
