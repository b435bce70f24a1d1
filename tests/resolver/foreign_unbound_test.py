# SPDX-License-Identifier: BSD-3-Clause
"""Inside an Unbound that it was not built for, the module steps aside without touching anything."""

from resolver import *

FOREIGN = path_from("TOLLGATE_FOREIGN_SO")


class ForeignUnbound(ResolverTestCase):
    zones = {"example": ["good A 203.0.113.1", "bad A 203.0.113.2", "alias CNAME good"]}
    policies = [policy("bad", domains=["bad.example"])]
    modules = "dynlib validator iterator"
    options = ["extended-statistics: yes"]

    @classmethod
    def start_resolver(cls, **keys):
        return super().start_resolver(
            module=FOREIGN, modules=cls.modules, options=cls.options, **keys
        )

    def test_it_says_so(self):
        self.assertRegex(
            self.resolver.log(),
            "error: tollgate: NOTHING IS FILTERED: this is not the Unbound that tollgate.so",
        )
        self.assertNotIn("filters with", self.resolver.log())

    def test_every_name_is_resolved(self):
        self.assertAnswers(self.ask("good.example"), "203.0.113.1")
        self.assertAnswers(self.ask("bad.example"), "203.0.113.2")
        self.assertAnswers(self.ask("alias.example"), "good.example.", "203.0.113.1")
        self.assertEqual(self.ask("nothing.example").rcode(), NXDOMAIN)
        self.assertAnswers(self.ask("bad.example", tcp=True), "203.0.113.2")

    def test_unbound_reloads_and_reports_memory(self):
        self.resolver.reload()
        self.assertAnswers(self.ask("good.example"), "203.0.113.1")
        self.assertIn("mem.mod.dynlibmod=", self.resolver.control("stats_noreset").stdout)


class ForeignUnboundWithResponseIp(ForeignUnbound):
    """The host's respip stands in for the module. It also does its own work, in its own place."""

    modules = "respip dynlib validator iterator"
    options = [
        "response-ip: 203.0.113.0/31 always_nxdomain",
        "response-ip: 203.0.113.7/32 redirect",
        "response-ip-data: 203.0.113.7/32 'A 192.0.2.7'",
    ]
    zones = {
        "example": [
            "good A 203.0.113.3",
            "bad A 203.0.113.2",
            "alias CNAME good",
            "evil A 203.0.113.1",
            "moved A 203.0.113.7",
        ]
    }

    def test_every_name_is_resolved(self):
        self.assertAnswers(self.ask("good.example"), "203.0.113.3")
        self.assertAnswers(self.ask("alias.example"), "good.example.", "203.0.113.3")
        self.assertAnswers(self.ask("bad.example"), "203.0.113.2")

    def test_unbound_reloads_and_reports_memory(self):
        self.resolver.reload()
        self.assertAnswers(self.ask("good.example"), "203.0.113.3")

    def test_response_ip_does_what_it_is_told(self):
        for _ in range(2):  # from the network, and from the cache
            self.assertEqual(self.ask("evil.example").rcode(), NXDOMAIN)
            self.assertAnswers(self.ask("moved.example"), "192.0.2.7")


if __name__ == "__main__":
    main()
