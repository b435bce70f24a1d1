# SPDX-License-Identifier: BSD-3-Clause
"""A new database takes effect by itself, at once, for names in the cache too; a bad one changes nothing."""

import threading

from resolver import *

FIRST = [policy("first", domains=["one.example"])]
SECOND = [policy("second", domains=["two.example"])]



class LiveTestCase(ResolverTestCase):
    zones = {"example": ["good A 203.0.113.1", "one A 203.0.113.2", "two A 203.0.113.3", "*.w A 203.0.113.4"]}
    policies = FIRST
    resolver_keys = {"threads": 2}

    def octets(self):
        with open(self.database, "rb") as file:
            return file.read()

    def new_log(self):
        return self.resolver.log()[self.log_start :]

    def is_blocked(self, name):
        response = self.ask(name)
        return response.rcode() == NXDOMAIN and soa_of(response).mname.to_text() == "localhost."

    def in_force(self, policies):
        blocked, other = ("one", "two") if policies is FIRST else ("two", "one")
        return self.is_blocked(blocked + ".example") and not self.is_blocked(other + ".example")

    def setUp(self):
        self.put(FIRST)
        self.resolver.tell("reload force=yes")
        self.log_start = len(self.resolver.log())
        self.wait_for(lambda: self.in_force(FIRST), "the first database is not in force")


class Switching(LiveTestCase):
    def test_a_new_database_is_noticed(self):
        self.put(SECOND)
        self.wait_for(lambda: self.in_force(SECOND), "the new database was not noticed")

    def test_a_name_in_the_cache_is_blocked_from_the_switch_on(self):
        for _ in range(2):
            self.assertAnswers(self.ask("two.example"), "203.0.113.3")
        self.assertIn(("two.example", "A"), self.resolver.cached_questions())
        self.put(SECOND)
        self.wait_for(lambda: self.is_blocked("two.example"), "still from the cache")
        self.assertNotIn(("two.example", "A"), self.resolver.cached_questions())
        for _ in range(20):
            self.assertBlocked(self.ask("two.example"))

    def test_what_is_not_blocked_stays_in_the_cache(self):
        self.assertAnswers(self.ask("good.example"), "203.0.113.1")
        self.put(SECOND)
        self.wait_for(lambda: self.in_force(SECOND), "not in force")
        self.assertIn(("good.example", "A"), self.resolver.cached_questions())

    def test_a_cache_of_many_names_is_swept_whole(self):
        self.put([policy("second", domains=["two.example"])])
        self.wait_for(lambda: self.in_force(SECOND), "not in force")
        names = [f"n{number}.w.example" for number in range(3000)]
        for name in names:
            self.assertAnswers(self.ask(name), "203.0.113.4")
        self.put([policy("first", domains=["w.example", "one.example"])])
        self.wait_for(lambda: self.is_blocked(names[0]), "not in force")
        left = [name for name, _ in self.resolver.cached_questions() if name.endswith(".w.example")]
        self.assertEqual(left, [])

    def test_a_database_that_appears_later_is_used(self):
        os.unlink(self.database)
        resolver = self.start_resolver(threads=1)
        self.assertEqual(resolver.ask("one.example").rcode(), NOERROR)
        self.put(FIRST)
        self.wait_for(lambda: resolver.ask("one.example").rcode() == NXDOMAIN, "not noticed")

    def test_a_folder_that_is_replaced(self):
        folder = os.path.join(self.folder, "databases")
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, "tollgate.db")
        compile_database(self.folder, FIRST, path)
        resolver = self.start_resolver(threads=1, database=path)
        self.assertEqual(resolver.ask("one.example").rcode(), NXDOMAIN)
        os.rename(folder, folder + ".old")
        os.makedirs(folder)
        compile_database(self.folder, SECOND, path)
        self.wait_for(lambda: resolver.ask("two.example").rcode() == NXDOMAIN, "not noticed")

    def test_many_switches_under_load_lose_no_query_and_give_no_wrong_answer(self):
        databases = []
        for policies in FIRST + [policy("x", domains=["always.example"])], SECOND + [
            policy("x", domains=["always.example"])
        ]:
            self.put(policies)
            databases.append(self.octets())
        self.wait_for(lambda: self.is_blocked("always.example"), "not in force")
        wrong, stop = [], threading.Event()

        def asks():
            while not stop.is_set():
                if self.ask("always.example").rcode() != NXDOMAIN:
                    wrong.append("always")
                if self.ask("good.example").rcode() != NOERROR:
                    wrong.append("good")
                # Either database blocks one of the two, and answers are whole.
                for name, address in ("one", "203.0.113.2"), ("two", "203.0.113.3"):
                    response = self.ask(name + ".example")
                    if response.rcode() == NOERROR:
                        if [r.to_text() for r in response.answer[0]] != [address]:
                            wrong.append(name)
                    elif response.rcode() != NXDOMAIN or soa_of(response).mname.to_text() != "localhost.":
                        wrong.append(name)

        threads = [threading.Thread(target=asks) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            for round in range(40):
                self.put_octets(databases[round % 2])
                blocked, other = ("one", "two") if round % 2 == 0 else ("two", "one")
                self.wait_for(lambda: self.is_blocked(blocked + ".example"), f"round {round}")
                # From the switch on, never again the old one.
                for _ in range(3):
                    self.assertBlocked(self.ask(blocked + ".example"))
                    self.assertEqual(self.ask(other + ".example").rcode(), NOERROR)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        self.assertEqual(wrong, [])


class Refusing(LiveTestCase):
    """Each of these leaves the database in force where it is."""

    resolver_keys = {"threads": 2, "settings": {"max_shrink": "30%"}}

    def assertRefused(self, why):
        self.wait_for(
            lambda: re.search("new database refused: .*" + why, self.new_log()),
            "not refused: " + why + "; " + self.new_log(),
        )
        self.assertBlocked(self.ask("one.example"))
        self.assertAnswers(self.ask("two.example"), "203.0.113.3")

    def test_garbage(self):
        self.put_octets(b"garbage")
        self.assertRefused("is not a Tollgate database")

    def test_nothing(self):
        self.put_octets(b"")
        self.assertRefused("is empty")

    def test_a_truncated_one(self):
        self.put_octets(self.octets()[:-100])
        self.assertRefused(r"damaged: it has \d+ octets instead of")

    def test_one_with_a_damaged_octet(self):
        octets = bytearray(self.octets())
        octets[len(octets) // 2] ^= 1
        self.put_octets(bytes(octets))
        self.assertRefused("damaged|checksum")

    def test_one_of_another_version(self):
        octets = bytearray(self.octets())
        octets[8] = 99
        self.put_octets(bytes(octets))
        self.assertRefused("version")

    def test_one_without_rules(self):
        self.put([feed("none", "domains", "gone.example\n", expires="2020-01-01")])
        self.assertRefused("no rule at all")

    def test_one_that_shrank_too_much(self):
        many = [f"n{number}.example" for number in range(200)]
        self.put([policy("first", domains=["one.example"] + many)])
        self.wait_for(lambda: self.is_blocked("n199.example"), "not in force")
        self.put([policy("first", domains=["one.example"] + many[:100])])
        self.assertRefused("it has 101 names where the one in use has 201: 49% fewer, and max_shrink is 30%")
        self.assertBlocked(self.ask("n199.example"))
        self.put([policy("first", domains=["one.example"] + many[:150])])
        self.wait_for(lambda: not self.is_blocked("n199.example"), "a smaller step is taken")
        self.put([policy("first", domains=["one.example"] + many[:110])])
        self.wait_for(lambda: not self.is_blocked("n149.example"), "a smaller step is taken")
        self.put([policy("first", domains=["one.example"] + many[:80])])
        self.wait_for(lambda: not self.is_blocked("n109.example"), "a smaller step is taken")

    def test_a_folder_in_its_place(self):
        os.rename(self.database, self.database + ".away")
        os.mkdir(self.database)
        try:
            self.assertRefused("regular file|directory")
        finally:
            os.rmdir(self.database)

    def test_none_any_more(self):
        os.unlink(self.database)
        self.assertRefused("No such file")

    def test_it_is_logged_once(self):
        self.put_octets(b"other garbage")
        self.assertRefused("is not a Tollgate database")
        before = self.new_log().count("refused")
        os.utime(self.database)
        time.sleep(0.5)
        self.assertEqual(self.new_log().count("refused"), before)

    def test_the_next_good_one_is_used(self):
        self.put_octets(b"garbage again")
        self.assertRefused("is not a Tollgate database")
        self.put(SECOND)
        self.wait_for(lambda: self.in_force(SECOND), "the good one was not noticed")

    def test_a_file_that_is_overwritten_in_place_does_not_end_the_resolver(self):
        with open(self.database, "r+b") as file:
            file.truncate(10)
        for _ in range(20):
            self.assertBlocked(self.ask("one.example"))
            self.assertAnswers(self.ask("good.example"), "203.0.113.1")
        self.assertIsNone(self.resolver.server.process.poll())


if __name__ == "__main__":
    main()
