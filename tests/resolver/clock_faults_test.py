# SPDX-License-Identifier: BSD-3-Clause
"""A clock that jumps: rules that end and come back while the resolver runs, for names in its cache,
too; events and limits outlive it. Debian's faketime turns the clock."""

import datetime
import glob

from faults import *

LIBRARIES = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
NOW = "2030-06-15 12:00:00"  # a date of its own, so that no rule depends on the day of the test
DAY = 24 * 60 * 60


def day(number):
    return str(datetime.date(2030, 6, 15) + datetime.timedelta(number))


class Clock(ResolverTestCase):
    zones = {
        "example": [
            f"{name} 1000000 A 203.0.113.{number}"
            for number, name in enumerate(("good", "short", "let", "feed", "old", "stix"), 1)
        ]
    }
    policies = [
        policy("allow", action="pass", domains=["let.example"], expires=day(2)),
        policy("behind", domains=["let.example", "always.example"]),
        policy("short", domains=[{"name": "short.example", "expires": day(0)}]),
        feed("list", "domains", "feed.example\n", expires=day(1)),
        feed(
            "stix",
            "stix",
            json.dumps(
                {
                    "type": "bundle",
                    "id": "bundle--5d0092c5-5f74-4287-9642-33f4c354e56d",
                    "objects": [
                        {
                            "type": "indicator",
                            "spec_version": "2.1",
                            "id": "indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",
                            "created": "2025-01-01T00:00:00.000Z",
                            "modified": "2025-01-01T00:00:00.000Z",
                            "pattern": "[domain-name:value = 'stix.example']",
                            "pattern_type": "stix",
                            "valid_from": "2025-01-01T00:00:00Z",
                            "valid_until": day(1) + "T08:00:00Z",
                        }
                    ],
                }
            ),
        ),
    ]
    resolver_keys = {"threads": 2, "settings": {"events": {"file": "events.json"}}}

    @classmethod
    def prepare(cls):
        if not LIBRARIES:
            raise unittest.SkipTest("no libfaketime (Debian: faketime)")
        if os.environ.get("TOLLGATE_PRELOAD"):
            raise unittest.SkipTest("a sanitizer and libfaketime do not start together")
        cls.clock = os.path.join(cls.folder, "clock")
        cls.began = time.time()
        cls.base = datetime.datetime.fromisoformat(NOW + "+00:00").timestamp() - cls.began
        cls.set_clock(0)

    @classmethod
    def start_resolver(cls, **keys):
        environment = {
            "LD_PRELOAD": LIBRARIES[0],
            "FAKETIME_TIMESTAMP_FILE": cls.clock,
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
            "TZ": "UTC",
        }
        return super().start_resolver(environment=environment, **keys)

    @classmethod
    def set_clock(cls, seconds):
        """So many seconds from NOW."""
        with open(cls.clock + ".new", "w") as file:
            file.write(f"{cls.base + seconds:+.0f}\n")
        os.replace(cls.clock + ".new", cls.clock)

    def setUp(self):
        self.jump(0)

    def jump(self, seconds):
        self.set_clock(seconds)
        then = self.base + self.began + seconds
        self.wait_for(lambda: abs(self.resolver.tell("status")["now"] - then) < DAY / 2, "no jump")
        # The module looks at the day every few seconds, and sweeps the cache where it has changed.

    def blocks(self, name):
        response = self.ask(name)
        return response.rcode() == NXDOMAIN and soa_of(response).mname.to_text() == "localhost."

    def assertBlocks(self, *names):
        for name in names:
            self.wait_for(lambda: self.blocks(name), name + " is not blocked")

    def assertResolves(self, *names):
        for name in names:
            self.wait_for(lambda: not self.blocks(name), name + " is blocked")

    def test_a_rule_ends_behind_its_last_day_and_comes_back_with_the_clock(self):
        self.assertBlocks("short.example", "feed.example", "stix.example")
        self.jump(DAY)
        self.assertResolves("short.example")
        self.assertBlocks("feed.example", "stix.example")
        self.jump(2 * DAY)
        self.assertResolves("short.example", "feed.example", "stix.example")
        # Back: what was stored meanwhile is in the cache, and is swept.
        self.assertIn(("short.example", "A"), self.resolver.cached_questions())
        self.jump(0)
        self.assertBlocks("short.example", "feed.example", "stix.example")
        self.assertNotIn(("short.example", "A"), self.resolver.cached_questions())

    def test_a_pass_that_ends_uncovers_what_stands_behind_it(self):
        for _ in range(2):
            self.assertAnswers(self.ask("let.example"), "203.0.113.3")
        self.assertIn(("let.example", "A"), self.resolver.cached_questions())
        self.jump(3 * DAY)
        self.assertBlocks("let.example")
        self.assertNotIn(("let.example", "A"), self.resolver.cached_questions())
        self.jump(2 * DAY)
        self.assertResolves("let.example")

    def test_no_jump_stops_events_and_switches(self):
        path = os.path.join(self.resolver.folder, "events.json")
        for number, seconds in enumerate((0, 400 * DAY, -400 * DAY, 20000 * DAY, 0)):
            self.jump(seconds)
            name = f"n{number}.always.example"
            self.assertBlocked(self.ask(name))
            self.wait_for(lambda: name in self.read(path), "no event: " + name)
            self.assertAnswers(self.ask("good.example"), "203.0.113.1")
            marker = policy(f"marker{number}", domains=[f"marker{number}.example"])
            compile_database(self.folder, [*self.policies, marker], self.database)
            self.assertBlocks(f"marker{number}.example")
        for line in self.read(path).splitlines():
            json.loads(line)
        compile_database(self.folder, self.policies, self.database)

    def test_the_limit_for_a_client_outlives_a_jump_back(self):
        # With events limited to 20 a second for a client, a step back must not shut it out for long.
        path = os.path.join(self.resolver.folder, "events.json")
        self.jump(10 * DAY)
        for number in range(60):
            self.assertBlocked(self.ask(f"a{number}.always.example"))
        self.jump(0)
        time.sleep(2)
        for attempt in range(100):
            name = f"b{attempt}.always.example"
            self.assertBlocked(self.ask(name))
            time.sleep(0.1)
            if name in self.read(path):
                return
        self.fail("no event any more")

    @staticmethod
    def read(path):
        with open(path) as file:
            return file.read()


if __name__ == "__main__":
    main()
