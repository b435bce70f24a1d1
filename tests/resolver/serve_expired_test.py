# SPDX-License-Identifier: BSD-3-Clause
"""serve-expired: Unbound answers from its cache what has expired there. What is blocked is not
there, expired or not."""

from resolver import *

REAL = "203.0.113.66"


class ServeExpired:
    zones = {
        "example": ["$TTL 1", *(f"good{n} A 203.0.113.{n}" for n in range(1, 5)), f"bad A {REAL}"]
    }
    policies = [policy("bad", domains=["bad.example"])]
    options = ()

    @classmethod
    def start_resolver(cls, **keys):
        return super().start_resolver(options=["serve-expired: yes", *cls.options], **keys)

    def setUp(self):
        """Good names are in the cache, and nobody can be asked for them again."""
        compile_database(self.folder, self.policies, self.database)
        self.resolver.reload()
        authority = Authority(self.folder, {"": [], **self.zones}, port=self.authority.port)
        self.addCleanup(authority.stop)
        for number in range(1, 5):
            self.assertAnswers(self.ask(f"good{number}.example"), f"203.0.113.{number}")
        self.assertBlocked(self.ask("bad.example"))
        authority.stop()
        time.sleep(2.1)

    @classmethod
    def start_authority(cls, zones, **keys):
        authority = super().start_authority(zones, **keys)
        authority.stop()  # each test starts its own, on the same port
        return authority

    def test_what_is_good_is_good_and_what_is_blocked_blocked(self):
        for number in range(1, 5):
            self.assertAnswers(self.ask(f"good{number}.example"), f"203.0.113.{number}")
            self.assertBlocked(self.ask("bad.example"))
        self.assertNotIn("bad.example", {name for name, _ in self.resolver.cached_questions()})

    def test_a_name_that_a_new_database_blocks_is_not_served_expired(self):
        compile_database(
            self.folder, [*self.policies, policy("more", domains=["good1.example"])], self.database
        )
        self.resolver.reload("reload_keep_cache")
        self.assertBlocked(self.ask("good1.example"))
        self.assertAnswers(self.ask("good2.example"), "203.0.113.2")


class AtOnce(ServeExpired, ResolverTestCase):
    pass


class AfterAClientsTimeout(ServeExpired, ResolverTestCase):
    """RFC 8767: the network is tried first, and the expired answer given when that takes long."""

    options = ["serve-expired-client-timeout: 150", "serve-expired-ttl: 86400"]


if __name__ == "__main__":
    main()
