# SPDX-License-Identifier: BSD-3-Clause
"""Extended DNS Errors (RFC 8914): why a client does not get its answer."""

from resolver import *

BLOCKED, CENSORED, FILTERED = 15, 16, 17


class ExtendedErrors(ResolverTestCase):
    zones = {"example": ["good A 203.0.113.2"]}
    policies = [
        policy("smishing-triad", domains=["blocked.example"]),
        policy("court-order", domains=["censored.example"], ede="censored", action="nodata"),
        policy("family", domains=["filtered.example"], ede="filtered", action="refused"),
        policy("walled", domains=["sinkhole.example"], action="sinkhole", sinkhole=["192.0.2.1"]),
        policy("silent", domains=["silent.example"], ede="none"),
    ]

    def test_each_code_goes_with_the_policys_id(self):
        for name, expected in (
            ("blocked.example", (BLOCKED, "smishing-triad")),
            ("censored.example", (CENSORED, "court-order")),
            ("filtered.example", (FILTERED, "family")),
            ("sinkhole.example", (BLOCKED, "walled")),
        ):
            with self.subTest(name):
                self.assertEqual(extended_errors(self.ask(name)), [expected])

    def test_none_sends_no_option(self):
        response = self.ask("silent.example")
        self.assertBlocked(response)
        self.assertEqual(extended_errors(response), [])

    def test_a_resolved_name_has_no_option(self):
        self.assertEqual(extended_errors(self.ask("good.example")), [])

    def test_a_client_without_edns_gets_no_option(self):
        response = self.ask("blocked.example", use_edns=False)
        self.assertBlocked(response)
        self.assertEqual(response.edns, -1)

    def test_the_option_goes_over_tcp_too(self):
        response = self.ask("blocked.example", tcp=True)
        self.assertEqual(extended_errors(response), [(BLOCKED, "smishing-triad")])


if __name__ == "__main__":
    main()
